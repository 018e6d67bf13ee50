import { afterAll, describe, expect, it } from 'vitest';
import { BATCH_ROWS } from '../../src/base/limits.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { planQuery } from '../../src/sql/query.ts';
import { openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'b', type: 'BIGINT' },
    { name: 'd', type: 'DOUBLE' },
    { name: 'f', type: 'FLOAT' },
    { name: 'k', type: 'INT' },
  ],
};

/** Values too many for a dictionary that rise from zone to zone. */
const rows: Value[][] = Array.from({ length: 3 * BATCH_ROWS + 100 }, (_, row) => {
  const zone = Math.floor(row / BATCH_ROWS);
  const place = (row * 40_503) % BATCH_ROWS;
  const value = zone * 1e6 + place;
  // Zone 1 has NaN, zone 2 infinities, and the last one nothing but NaN and NULL.
  const odd = zone === 1 ? Number.NaN : zone === 2 ? Infinity : value;
  const double =
    zone === 3 ? (row % 2 === 0 ? null : Number.NaN) : row % 1000 === 0 ? odd : value / 3;
  return [
    zone === 3 ? null : BigInt(value) * 2n ** 40n + BigInt(place),
    double,
    double === null ? null : Math.fround(double),
    zone * 100 + (row % 50),
  ];
});

const table = openMemoryTable(schema, rows);
afterAll(async () => (await table).close());

async function run(condition: string): Promise<{ count: Value; scanned: number }> {
  const database = await table;
  const { engine } = database;
  const text = `SELECT COUNT(*) FROM t WHERE ${condition}`;
  const { plan } = planQuery(text, {
    resolveTable: () => schema,
    tableNames: () => ['t'],
    nowMs: 0,
  });
  const { stats } = await engine.execute(plan.leaf!, ['s0'], 60_000);
  return { count: (await database.sql(text))[0]![0]!, scanned: stats.entriesScannedInFilter };
}

/** SQL's order: NaN equals itself and is the greatest. */
function order(left: number | bigint, right: number | bigint): number {
  if (Number.isNaN(left)) return 1;
  return left < right ? -1 : Number(left > right);
}

const OPERATORS = {
  '=': (sign: number) => sign === 0,
  '<>': (sign: number) => sign !== 0,
  '<': (sign: number) => sign < 0,
  '<=': (sign: number) => sign <= 0,
  '>': (sign: number) => sign > 0,
  '>=': (sign: number) => sign >= 0,
} as const;

const OPERANDS: Record<string, readonly [number, string, number | bigint][]> = {
  b: ['-5', '0', String(1_000_000n * 2n ** 40n), String(3n * 2n ** 60n)].map((text) => [
    0,
    text,
    BigInt(text),
  ]),
  d: [-1, 0, 5, 400_000, 1e300, Infinity, -Infinity].map((value) => [1, double(value), value]),
  f: [-1, 0, 5, 400_000, Infinity].map((value) => [2, `CAST(${double(value)} AS FLOAT)`, value]),
};

function double(value: number): string {
  return Number.isFinite(value) ? value.toExponential() : `CAST('${value}' AS DOUBLE)`;
}

describe('zones that their ends decide are not read', () => {
  for (const [column, operands] of Object.entries(OPERANDS)) {
    it(`and comparisons of raw ${column} find the same rows, NaN and infinities among them`, async () => {
      for (const [index, text, operand] of operands) {
        for (const [operator, accepts] of Object.entries(OPERATORS)) {
          const expected = rows.filter(
            (row) => row[index] !== null && accepts(order(row[index] as number, operand)),
          ).length;
          const { count } = await run(`${column} ${operator} ${text}`);
          expect([column, operator, text, count]).toEqual([
            column,
            operator,
            text,
            BigInt(expected),
          ]);
        }
      }
    });
  }

  it('where a comparison has all or none of a zone', async () => {
    expect(await run('d < 0.5e0')).toMatchObject({ scanned: BATCH_ROWS });
    expect(await run('d > 3e5 AND d < 3.1e5')).toMatchObject({ count: 0n });
    expect(await run('b < 0')).toMatchObject({ count: 0n, scanned: 0 });
    expect(await run(`b >= ${2n ** 40n}`)).toMatchObject({ scanned: BATCH_ROWS });
  });

  it('where a set of codes has all or none of a zone', async () => {
    const found = (keys: number[]) =>
      BigInt(rows.filter((row) => keys.includes(Number(row[3]))).length);
    for (const keys of [
      [0, 7, 11],
      [101, 149],
      [7, 260],
      [60, 80, 190],
    ]) {
      const zones = new Set(
        keys.filter((key) => key % 100 < 50).map((key) => Math.floor(key / 100)),
      );
      expect(await run(`k IN (${keys.join(', ')})`)).toEqual({
        count: found(keys),
        scanned: zones.size * BATCH_ROWS,
      });
    }
  });
});
