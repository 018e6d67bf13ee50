import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { constantEvaluator } from '../../src/exec/constant-evaluator.ts';
import { planQuery } from '../../src/sql/query.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 's', type: 'STRING' },
    { name: 'at', type: 'TIMESTAMP' },
  ],
} as const;

let table: MemoryTable;
beforeAll(async () => {
  table = await openMemoryTable(schema, [[1, 'abc', 0n]]);
});
afterAll(() => table.close());

function explain(text: string): string {
  const { explain: lines } = planQuery(`EXPLAIN ${text}`, {
    resolveTable: () => schema,
    tableNames: () => ['t'],
    nowMs: 0,
    evaluateConstant: constantEvaluator(table.engine.mainContext),
  });
  return lines.map((line) => line.trim()).join(' / ');
}

describe('calls of constants are computed while planning', () => {
  it.each([
    ["s = LOWER('ABC')", "s = 'abc'"],
    ["s = CONCAT('a', UPPER(SUBSTR('xyz', 1, 1)))", "s = 'aX'"],
    ["s LIKE CONCAT('a', '%')", "s like 'a%'"],
    ["id > LENGTH('four') + 1", 'id > 5'],
    [
      "at >= DATE_TRUNC('month', TIMESTAMP '2024-05-06 07:08:09')",
      "at >= timestamp '2024-05-01 00:00:00.0'",
    ],
    ["id = 1 AND REGEXP_LIKE('abc', 'b')", 'id = 1'],
    ["id = 1 OR s = COALESCE(NULL, 'x')", "id = 1 or s = 'x'"],
    ["id = 1 AND 'b' IN ('a', 'c')", 'false'],
    ['id = ABS(-7) AND id < SQRT(36)', 'false'],
  ])('WHERE %s', (condition, expected) => {
    expect(explain(`SELECT id FROM t WHERE ${condition}`)).toContain(`Filter [${expected}]`);
  });

  it('but for one that fails, which does so only if a row gets there', async () => {
    const failing = "CAST(CONCAT('no', ' number') AS INT)";
    expect(explain(`SELECT id FROM t WHERE id = ${failing}`)).toContain(
      "Filter [id = cast('no number' as INT)]",
    );
    await expect(table.sql(`SELECT id FROM t WHERE id = ${failing}`)).rejects.toThrow(/no number/);
    expect(await table.sql(`SELECT id FROM t WHERE s = 'none' AND id = ${failing}`)).toEqual([]);
    expect(await table.sql(`SELECT CASE WHEN id = 1 THEN 2 ELSE ${failing} END FROM t`)).toEqual([
      [2],
    ]);
  });

  it('and for long texts, which a plan is better without', () => {
    expect(explain("SELECT REPEAT('x', 5000) FROM t")).toContain("repeat('x', 5000)");
  });
});
