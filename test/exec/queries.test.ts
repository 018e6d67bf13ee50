import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 'trips',
  columns: [
    { name: 'city', type: 'STRING' },
    { name: 'delay', type: 'BIGINT' },
    { name: 'price', type: 'DOUBLE' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'day', type: 'DATE' },
    { name: 'ok', type: 'BOOLEAN' },
  ],
};

const rows: Value[][] = [
  ['Oslo', 5n, 1.5, 0n, 0, true],
  ['Rome', -3n, 2.5, 86_400_000_000n, 1, false],
  ['Oslo', null, 4.0, 172_800_000_000n, 2, true],
  [null, 7n, null, null, null, null],
  ['Bonn', 2n ** 40n, Number.NaN, -1n, -1, false],
];

const queries: [sql: string, expected: Value[][]][] = [
  ['SELECT COUNT(*) FROM trips', [[5n]]],
  ['SELECT COUNT(delay), COUNT(city), COUNT(price) FROM trips', [[4n, 4n, 4n]]],
  ['SELECT SUM(delay), MIN(delay), MAX(delay) FROM trips', [[2n ** 40n + 9n, -3n, 2n ** 40n]]],
  [
    'SELECT city, COUNT(*) AS n, SUM(delay) FROM trips GROUP BY city ORDER BY n DESC, city',
    [
      ['Oslo', 2n, 5n],
      ['Bonn', 1n, 2n ** 40n],
      ['Rome', 1n, -3n],
      [null, 1n, 7n],
    ],
  ],
  ["SELECT delay FROM trips WHERE city = 'Oslo' AND delay IS NOT NULL", [[5n]]],
  ["SELECT COUNT(*) FROM trips WHERE NOT (city = 'Oslo')", [[2n]]],
  ["SELECT COUNT(*) FROM trips WHERE city IN ('Rome', 'Bonn') OR delay IS NULL", [[3n]]],
  ['SELECT AVG(price) FROM trips WHERE price < 4', [[2.0]]],
  ['SELECT MAX(price), MIN(price) FROM trips', [[Number.NaN, 1.5]]],
  ["SELECT COUNT(*) FROM trips WHERE price > 2 AND city LIKE '%o%'", [[3n]]],
  ['SELECT COUNT(DISTINCT city), COUNT(DISTINCT ok) FROM trips', [[3n, 2n]]],
  [
    'SELECT ok, COUNT(*) FILTER (WHERE delay > 0), SUM(delay) FILTER (WHERE delay < 0) ' +
      'FROM trips GROUP BY ok ORDER BY ok NULLS FIRST',
    [
      [null, 1n, null],
      [false, 1n, -3n],
      [true, 1n, null],
    ],
  ],
  ['SELECT city FROM trips ORDER BY delay DESC NULLS LAST LIMIT 2', [['Bonn'], [null]]],
  ['SELECT delay FROM trips ORDER BY price LIMIT 2 OFFSET 1', [[-3n], [null]]],
  ['SELECT DISTINCT ok FROM trips ORDER BY ok NULLS LAST', [[false], [true], [null]]],
  ['SELECT SUM(delay * 2 + 1) FROM trips WHERE delay < 100', [[21n]]],
  [
    "SELECT city, MAX(day) AS d FROM trips GROUP BY city HAVING MAX(day) > DATE '1970-01-01' ORDER BY d",
    [
      ['Rome', 1],
      ['Oslo', 2],
    ],
  ],
  ['SELECT MIN(city), MAX(UPPER(city)) FROM trips', [['Bonn', 'ROME']]],
  [
    'SELECT COUNT(*), SUM(delay), MIN(city), AVG(price) FROM trips WHERE delay = 12345',
    [[0n, null, null, null]],
  ],
  [
    'SELECT SUM(DISTINCT delay), AVG(DISTINCT price), SUM0(delay), COUNT_IF(ok) FROM trips WHERE delay < 100',
    [[9n, 2, 9n, 1n]],
  ],
  [
    'SELECT SUM0(delay), SUM(DISTINCT delay), COUNT_IF(ok) FROM trips WHERE delay = 12345',
    [[0n, null, 0n]],
  ],
  [
    'SELECT BOOL_AND(ok), BOOL_OR(ok), EVERY(delay > -4), ANY_VALUE(day) FROM trips',
    [[false, true, true, -1]],
  ],
  ["SELECT MINMAXRANGE(delay), ANY_VALUE(city) FROM trips WHERE city = 'Oslo'", [[0, 'Oslo']]],
  [
    'SELECT VAR_POP(delay), VARIANCE(delay), STDDEV_POP(delay) FROM trips WHERE delay < 100',
    [[56 / 3, 28, Math.sqrt(56 / 3)]],
  ],
  [
    'SELECT city, VAR_POP(delay), VAR_SAMP(delay), SKEWNESS(delay), CORR(delay, price) FROM trips ' +
      'GROUP BY city ORDER BY city',
    [
      ['Bonn', 0, null, null, null],
      ['Oslo', 0, null, null, null],
      ['Rome', 0, null, null, null],
      [null, 0, null, null, null],
    ],
  ],
  [
    'SELECT REGR_COUNT(delay, price), REGR_SLOPE(delay, price), REGR_INTERCEPT(delay, price), REGR_R2(delay, price) ' +
      'FROM trips WHERE price < 4',
    [[2n, -8, 17, 1]],
  ],
  ['SELECT VAR_POP(price) FROM trips', [[Number.NaN]]],
  [
    'SELECT ARG_MAX(city, delay), ARG_MIN(city, delay), ARG_MAX(delay, price), ARG_MIN(day, city = city) FROM trips',
    [['Bonn', 'Rome', 2n ** 40n, -1]],
  ],
  [
    "SELECT ok, LAST_WITH_TIME(city, at, 'STRING'), FIRST_WITH_TIME(delay, day, 'LONG'), MAX_BY(price, at) " +
      'FROM trips GROUP BY ROLLUP (ok) ORDER BY 1, 2',
    [
      [false, 'Rome', 2n ** 40n, 2.5],
      [true, 'Oslo', 5n, 4],
      [null, 'Oslo', 2n ** 40n, 4],
      [null, null, null, null],
    ],
  ],
  ['SELECT APPROX_COUNT_DISTINCT(city), NDV(price), NDV(ok, 4) FROM trips', [[3n, 4n, 2n]]],
  ['SELECT MODE(city), MODE(ok), MODE(delay) FROM trips', [['Oslo', false, -3n]]],
  [
    'SELECT MODE(city), MEDIAN(delay), VAR_POP(delay) FROM trips WHERE delay = 12345',
    [[null, null, null]],
  ],
  [
    'SELECT MEDIAN(delay), QUANTILE_DISC(delay, 0.5), PERCENTILE(delay, 50), PERCENTILE99(delay) FROM trips',
    [[6, 5n, 7, 2 ** 40]],
  ],
  [
    'SELECT QUANTILE_CONT(price, 1), QUANTILE_DISC(city, 0), QUANTILE_DISC(day, 1) FROM trips',
    [[Number.NaN, 'Bonn', 2]],
  ],
  [
    'SELECT city, ok, COUNT(*), SUM(delay), MEDIAN(delay), GROUPING(city, ok) FROM trips ' +
      'GROUP BY ROLLUP (city, ok) ORDER BY 6, 1, 2',
    [
      ['Bonn', false, 1n, 2n ** 40n, 2 ** 40, 0n],
      ['Oslo', true, 2n, 5n, 5, 0n],
      ['Rome', false, 1n, -3n, -3, 0n],
      [null, null, 1n, 7n, 7, 0n],
      ['Bonn', null, 1n, 2n ** 40n, 2 ** 40, 1n],
      ['Oslo', null, 2n, 5n, 5, 1n],
      ['Rome', null, 1n, -3n, -3, 1n],
      [null, null, 1n, 7n, 7, 1n],
      [null, null, 5n, 2n ** 40n + 9n, 6, 3n],
    ],
  ],
  [
    'SELECT ok, COUNT(*), COUNT(DISTINCT city) FROM trips GROUP BY GROUPING SETS ((), (ok), ()) ORDER BY 1, 2',
    [
      [false, 2n, 2n],
      [true, 2n, 1n],
      [null, 1n, 0n],
      [null, 5n, 3n],
      [null, 5n, 3n],
    ],
  ],
  [
    'SELECT city, COUNT(*), SUM(delay), GROUPING(city) FROM trips WHERE delay = 12345 GROUP BY CUBE (city)',
    [[null, 0n, null, 1n]],
  ],
  ['SELECT COUNT(*), GROUPING(city) FROM trips GROUP BY city HAVING COUNT(*) = 2', [[2n, 0n]]],
  ['SELECT 1 + 1', [[2n]]],
  ['SELECT city FROM trips LIMIT 0', []],
];

describe.each([
  { segmentRows: 5, threads: 0 },
  { segmentRows: 2, threads: 0 },
  { segmentRows: 1, threads: 2 },
])('queries on segments of $segmentRows rows and $threads threads', (options) => {
  let table: MemoryTable;
  beforeAll(async () => {
    table = await openMemoryTable(schema, rows, options);
  });
  afterAll(() => table.close());
  it.each(queries)('%s', async (sql, expected) => {
    expect(await table.sql(sql)).toEqual(expected);
  });
});

describe('working memory', () => {
  it('is given back after queries that fail in any step', async () => {
    const table = await openMemoryTable(schema, rows, { segmentRows: 2 });
    const { state, batch } = table.engine.mainContext;
    const before = [state.mark(), batch.mark()];
    for (const sql of [
      'SELECT SUM(delay * 8388608) FROM trips WHERE delay > 100',
      'SELECT city FROM trips GROUP BY city HAVING CAST(city AS INT) > 1',
      'SELECT DISTINCT SUM(delay) * 16777216 FROM trips',
    ]) {
      await expect(table.sql(sql)).rejects.toMatchObject({ name: 'EngineError' });
      expect([state.mark(), batch.mark()]).toEqual(before);
    }
    await table.close();
  });
});
