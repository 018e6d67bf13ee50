import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableSchema } from '../../src/base/types.ts';
import { planQuery } from '../../src/sql/query.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const TYPES = [
  'BOOLEAN',
  'INT',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'STRING',
  'TIMESTAMP',
  'DATE',
  'TINYINT',
  'SMALLINT',
  'BYTES',
  'JSON',
  'DECIMAL(9,2)',
  'DECIMAL(38,2)',
] as const;
const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    ...TYPES.map((type) => ({ name: `c_${type.toLowerCase().replace(/\W/g, '_')}`, type })),
  ],
};
const values = [true, 5, 7n, 1.5, 2.5, 'x', 10n, 20, 1, 2, '\xff', '{}', 125n, 10n ** 30n];
const rows = [
  [1, ...values],
  [2, ...values.map(() => null)],
  [3, ...values],
];

/** NULLs in the first of two segments only. */
let table: MemoryTable;
beforeAll(async () => {
  table = await openMemoryTable(schema, rows, { segmentRows: 2 });
});
afterAll(() => table.close());

const off = 'SET enableNullHandling = false; ';

describe('without NULL handling', () => {
  it('NULL reads as the default value of its type', async () => {
    const all = 'SELECT * FROM t ORDER BY id LIMIT 1 OFFSET 1';
    expect(await table.sql(all)).toEqual([[2, ...values.map(() => null)]]);
    const low = Number.NEGATIVE_INFINITY;
    const defaults = [false, -(2 ** 31), -(2n ** 63n), low, low, 'null', 0n, 0];
    const further = [-128, -32_768, '', 'null', 0n, 0n];
    expect(await table.sql(off + all)).toEqual([[2, ...defaults, ...further]]);
  });

  it.each([
    ['SELECT COUNT(c_int), COUNT(*), MIN(c_int), MAX(c_int) FROM t', [[3n, 3n, -(2 ** 31), 5]]],
    ['SELECT SUM(c_int), COUNT(DISTINCT c_string) FROM t', [[10n - 2n ** 31n, 2n]]],
    ['SELECT id FROM t WHERE c_int < 0', [[2]]],
    ["SELECT id FROM t WHERE c_string = 'null'", [[2]]],
    ['SELECT id FROM t WHERE NOT c_boolean', [[2]]],
    ['SELECT id FROM t WHERE c_double <> 2.5', [[2]]],
    ['SELECT id FROM t WHERE c_int IS NULL', [[2]]],
    ['SELECT COUNT(*) FROM t WHERE c_int IS NOT NULL', [[2n]]],
    [
      'SELECT c_string, COUNT(*) FROM t GROUP BY c_string ORDER BY 1',
      [
        ['null', 1n],
        ['x', 2n],
      ],
    ],
    ['SELECT COUNT(*) FILTER (WHERE c_bigint < 0) FROM t', [[1n]]],
    ["SELECT c_string || '!' FROM t ORDER BY c_int LIMIT 1", [['null!']]],
    ['SELECT COUNT(*) FROM t HAVING MIN(c_int) < 0', [[3n]]],
  ])('%s', async (query, expected) => {
    expect(await table.sql(off + query)).toEqual(expected);
  });

  it('segments without NULLs are answered as they would be anyway', async () => {
    const whole = await openMemoryTable(schema, [rows[0]!, rows[2]!]);
    const { stats } = await whole.execute(`${off}SELECT MIN(c_int) FROM t WHERE c_int > 0`);
    // The range of codes covers all: no value is looked at.
    expect(stats).toMatchObject({ entriesScannedInFilter: 0, docsScanned: 2 });
    const { profile } = await whole.execute(`${off}SELECT MAX(c_bigint), COUNT(c_int) FROM t`, {
      isProfiled: true,
    });
    expect(profile).toMatchObject({ segmentsFromMetadata: 1 });
    await whole.close();
  });

  it('is asked for by true or false', () => {
    const resolver = { resolveTable: () => schema, tableNames: () => ['t'], nowMs: 0 };
    expect(() => planQuery('SET enableNullHandling = maybe; SELECT 1', resolver)).toThrow(
      'takes true or false',
    );
  });
});
