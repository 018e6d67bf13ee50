import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatDecimal } from '../../src/base/decimal.ts';
import { Prng } from '../../src/base/prng.ts';
import { decimalShape, isDecimal, type TableSchema, type Value } from '../../src/base/types.ts';
import { valueAt } from '../../src/exec/vector-build.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'g', type: 'INT' },
    { name: 'price', type: 'DECIMAL(9,2)' },
    { name: 'rate', type: 'DECIMAL(5,4)' },
    { name: 'big', type: 'DECIMAL(38,3)' },
    { name: 'mixed', type: 'DECIMAL(30,5)' },
    { name: 'n', type: 'BIGINT' },
  ],
};

const seed = 20_261_126;
const prng = new Prng(seed);

function bigValue(): bigint {
  const value = (BigInt(prng.uint32()) << 80n) + BigInt(prng.uint32()) * 10n ** 9n;
  return prng.float() < 0.5 ? -value : value;
}

const rows: Value[][] = Array.from({ length: 400 }, (_, row) => [
  prng.integer(0, 5),
  prng.float() < 0.1 ? null : BigInt(prng.integer(-999_999, 999_999)),
  prng.float() < 0.1 ? null : BigInt(prng.integer(-10_000, 10_000)),
  prng.float() < 0.1 ? null : bigValue(),
  // Wide in some segments only.
  row > 200 && prng.float() < 0.5
    ? bigValue() / 10n ** 8n
    : BigInt(prng.integer(-50, 50)) * 10n ** 5n,
  BigInt(prng.integer(-100, 100)),
]);

/** Queries whose answers DuckDB gives in the same types, or after a cast to text of one scale. */
const queries = [
  'SELECT SUM(price), MIN(price), MAX(price), COUNT(price), COUNT(DISTINCT price) FROM t',
  'SELECT g, SUM(price), SUM(big), MIN(big), MAX(mixed), SUM(mixed) FROM t GROUP BY g ORDER BY g',
  'SELECT SUM(price * rate), SUM(price * (1 - rate)), SUM(price + rate) FROM t',
  'SELECT g, SUM(price * rate) FROM t WHERE price * rate > 10.5 GROUP BY g ORDER BY g',
  'SELECT COUNT(*) FROM t WHERE price > 12.5 AND rate <= 0.25',
  'SELECT COUNT(*) FROM t WHERE price > 12.505 OR rate = 0.5 OR price = 7',
  'SELECT COUNT(*) FROM t WHERE price > rate',
  'SELECT COUNT(*) FROM t WHERE big > mixed',
  'SELECT COUNT(*), MIN(mixed) FROM t WHERE mixed > 2.5 AND big <= 0',
  'SELECT COUNT(*) FROM t WHERE price IN (1, 2.5, 100.25) OR mixed IN (1, 2, 3)',
  'SELECT mixed, COUNT(*) AS n FROM t GROUP BY mixed ORDER BY n DESC, mixed LIMIT 20',
  'SELECT price + n, COUNT(*) FROM t GROUP BY 1 ORDER BY 1 LIMIT 20',
  'SELECT big FROM t ORDER BY big DESC NULLS LAST LIMIT 20',
  'SELECT DISTINCT mixed FROM t ORDER BY mixed LIMIT 50',
  'SELECT big - mixed FROM t WHERE big IS NOT NULL ORDER BY big, mixed LIMIT 20',
  'SELECT ABS(price), -price, SIGN(price), price % 7 FROM t ORDER BY price, rate LIMIT 50',
  'SELECT FLOOR(price), CEIL(price), ROUND(price) FROM t ORDER BY price LIMIT 50',
  'SELECT CAST(price AS BIGINT), CAST(price AS DOUBLE), CAST(price AS VARCHAR) FROM t ORDER BY price LIMIT 50',
  'SELECT CAST(price AS DECIMAL(9, 1)), CAST(n AS DECIMAL(20, 4)) FROM t ORDER BY price, n LIMIT 50',
  'SELECT CAST(CAST(price AS DOUBLE) AS DECIMAL(12, 2)) FROM t ORDER BY price LIMIT 50',
  'SELECT SUM(CASE WHEN g < 3 THEN price ELSE 0 END), SUM(CASE WHEN g < 3 THEN mixed ELSE 0 END) FROM t',
  'SELECT COALESCE(price, rate, 0), GREATEST(price, rate), LEAST(mixed, price) FROM t ORDER BY 1, 2, 3 LIMIT 50',
  'SELECT MIN(price * rate), MAX(price * rate), MIN(big - 1), COUNT(DISTINCT price * rate) FROM t',
  'SELECT MEDIAN(CAST(price AS DOUBLE)), STDDEV_POP(price) FROM t WHERE g = 1',
  'SELECT g, MODE(mixed) FILTER (WHERE mixed = 1) FROM t GROUP BY g ORDER BY g',
  'SELECT SUM(DISTINCT price), SUM(DISTINCT mixed) FROM t',
];

function text(value: Value, type: string): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return value.toPrecision(12);
  const found = type as (typeof schema.columns)[number]['type'];
  return isDecimal(found) ? formatDecimal(BigInt(value), decimalShape(found).scale) : String(value);
}

/** Numbers of equal value in one form, whatever their scale. */
function plain(value: string): string {
  return /^-?\d+\.\d+$/.test(value) ? value.replace(/\.?0+$/, '') : value;
}

it('refuses sums and keys that no type holds', async () => {
  const wide: TableSchema = { name: 't', columns: [{ name: 'a', type: 'DECIMAL(38,0)' }] };
  const most = 10n ** 38n - 1n;
  const table = await openMemoryTable(wide, [[most], [most], [1n], [null]], { segmentRows: 1 });
  try {
    await expect(table.sql('SELECT SUM(a) FROM t')).rejects.toThrow(/does not fit into DECIMAL/);
    await expect(table.sql('SELECT ARG_MAX(a, a) FROM t')).rejects.toThrow(
      /takes a value and a key/,
    );
    expect(await table.sql('SELECT NDV(a), COUNT(DISTINCT a), MODE(a), MIN(a) FROM t')).toEqual([
      [2n, 2n, most, 1n],
    ]);
    expect(await table.sql('SELECT SUM(a) FROM t WHERE a < 5')).toEqual([[1n]]);
  } finally {
    await table.close();
  }
});

it('sketches do not depend on the form that decimals are in', async () => {
  const sketches = (type: string): string =>
    `SELECT distinct_count_raw_theta_sketch(CAST(mixed AS ${type})), ` +
    `approx_count_distinct(CAST(mixed AS ${type})) FROM t`;
  const answers: Value[][][] = [];
  const expected = new Set(rows.map((row) => row[4]));
  for (const segmentRows of [400, 57, 1]) {
    const table = await openMemoryTable(schema, rows, { segmentRows });
    try {
      answers.push(await table.sql(sketches('DECIMAL(30,5)')));
      expect(
        await table.sql('SELECT distinct_count_theta_sketch(mixed), COUNT(DISTINCT mixed) FROM t'),
      ).toEqual([[BigInt(expected.size), BigInt(expected.size)]]);
      // Those that fit 64 bits are as their units.
      const [narrow] = await table.sql(
        'SELECT distinct_count_raw_theta_sketch(price), ' +
          'distinct_count_raw_theta_sketch(CAST(price * 100 AS BIGINT)) FROM t',
      );
      expect(narrow![0]).toEqual(narrow![1]);
    } finally {
      await table.close();
    }
  }
  expect(answers).toEqual(answers.map(() => answers[0]));
});

it.each([
  ['percentile(price, 30)', 'percentile(CAST(price AS DOUBLE), 30)'],
  ['percentile_kll(mixed, 30)', 'percentile_kll(CAST(mixed AS DOUBLE), 30)'],
  ['percentileTDigest95(big)', 'percentileTDigest95(CAST(big AS DOUBLE))'],
  ['percentileKLL95(price)', 'percentileKLL95(CAST(price AS DOUBLE))'],
  ['approx_median(mixed)', 'approx_median(CAST(mixed AS DOUBLE))'],
  ['median(big)', 'median(CAST(big AS DOUBLE))'],
  ['quantile_cont(price, 0.3)', 'quantile_cont(CAST(price AS DOUBLE), 0.3)'],
  ['histogram(price, -9000, 9000, 7)', 'histogram(CAST(price AS DOUBLE), -9000, 9000, 7)'],
  ["string_agg(mixed, ' ')", "string_agg(CAST(mixed AS VARCHAR), ' ')"],
])('%s is as of DOUBLE', async (decimal, double) => {
  const table = await openMemoryTable(schema, rows, { segmentRows: 57 });
  try {
    const [answers] = await table.sql(`SELECT ${decimal}, ${double} FROM t`);
    expect(answers![0]).not.toBeNull();
    expect(answers![0]).toEqual(answers![1]);
  } finally {
    await table.close();
  }
});

it('a NULL is in no list of decimals that do not fit 64 bits', async () => {
  const table = await openMemoryTable(schema, rows, { segmentRows: 57 });
  try {
    const sql = 'SELECT COUNT(*), COUNT(big) FROM t WHERE big IN (0, 1.5) OR big NOT IN (0, 1.5)';
    const [[all, known]] = (await table.sql(sql)) as [[bigint, bigint]];
    expect(all).toBe(known);
  } finally {
    await table.close();
  }
});

describe.each([
  { segmentRows: 400 },
  { segmentRows: 57 },
  { segmentRows: 57, raw: true },
  { segmentRows: 57, batchRows: 64, spanningGroupsMin: 1 },
])(`decimals as in DuckDB, seed ${seed}, %j`, (options) => {
  let table: MemoryTable;
  let duck: Awaited<ReturnType<DuckDBInstance['connect']>>;

  beforeAll(async () => {
    table = await openMemoryTable(schema, rows, options);
    duck = await (await DuckDBInstance.create()).connect();
    const columns = schema.columns.map(({ name, type }) => `${name} ${type}`);
    await duck.run(`CREATE TABLE t (${columns.join(', ')})`);
    const values = rows.map((row) =>
      row.map((value, column) => text(value, schema.columns[column]!.type)).join(', '),
    );
    await duck.run(`INSERT INTO t VALUES (${values.join('), (')})`);
  });

  afterAll(() => table.close());

  it.each(queries)('%s', async (sql) => {
    const { vectors, rowCount } = await table.answer(sql);
    const ours = Array.from({ length: rowCount }, (_, row) =>
      vectors.map((vector) => plain(text(valueAt(vector, row), vector.type))),
    );
    const theirs = (await duck.runAndReadAll(sql))
      .getRows()
      .map((row) =>
        row.map((value) =>
          plain(typeof value === 'number' ? value.toPrecision(12) : String(value ?? 'NULL')),
        ),
      );
    expect(ours).toEqual(theirs);
  });
});
