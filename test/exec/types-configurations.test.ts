import { afterAll, describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import {
  CONFIGURATIONS,
  ConfiguredDatabases,
  configurationText,
} from '../support/configurations.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`types in every configuration: SEED=${seed}`);

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'g', type: 'TINYINT' },
    { name: 's', type: 'SMALLINT' },
    { name: 'b', type: 'BYTES' },
    { name: 'j', type: 'JSON' },
    { name: 'price', type: 'DECIMAL(9,2)' },
    { name: 'mixed', type: 'DECIMAL(30,5)' },
    { name: 'id', type: 'INT' },
  ],
};

const queries = [
  'SELECT g, COUNT(*), SUM(price), MIN(mixed), MAX(b), COUNT(DISTINCT s), SUM(s) FROM t GROUP BY g ORDER BY g',
  'SELECT b, COUNT(*), MIN(price), MAX(mixed), SUM(mixed) FROM t GROUP BY b ORDER BY b',
  'SELECT mixed, COUNT(*), MAX(s) FROM t GROUP BY mixed ORDER BY mixed',
  'SELECT s, price, COUNT(*) FROM t GROUP BY s, price ORDER BY s, price',
  'SELECT g, j, b, mixed, COUNT(*) FROM t GROUP BY g, j, b, mixed ORDER BY g, j, b, mixed',
  'SELECT b, mixed, COUNT(*) FROM t GROUP BY ROLLUP (b, mixed) ORDER BY GROUPING(b, mixed), b, mixed',
  "SELECT id FROM t WHERE b >= X'7f' AND price > 12.5 AND s < 1000 ORDER BY id",
  'SELECT id FROM t WHERE mixed IN (1, 2, 3) OR s BETWEEN -5000 AND 5000 OR price = 7 ORDER BY id',
  'SELECT DISTINCT b FROM t ORDER BY b',
  'SELECT DISTINCT mixed FROM t ORDER BY mixed',
  'SELECT id, mixed FROM t ORDER BY mixed, id LIMIT 100',
  'SELECT g, distinct_count_raw_theta_sketch(mixed), distinct_count_raw_theta_sketch(b) FROM t GROUP BY g ORDER BY g',
  'SELECT approx_count_distinct(s), approx_count_distinct(mixed), approx_count_distinct(b) FROM t',
  'SELECT g, median(price), quantile_disc(mixed, 0.5), mode(s), mode(mixed), mode(b) FROM t GROUP BY g ORDER BY g',
  "SELECT g, string_agg(mixed, ' '), string_agg(hex(b), ' '), arg_min(mixed, id) FROM t GROUP BY g ORDER BY g",
  'SELECT SUM(DISTINCT mixed), AVG(DISTINCT price), histogram(price, -1000, 1000, 4) FROM t',
  'SELECT s + g, price * 2, mixed + price, COALESCE(mixed, price) FROM t ORDER BY id',
  'SET enableNullHandling = false; SELECT g, s, b, j, price, mixed FROM t ORDER BY id',
];

/** Every value of every dimension is among them. */
const configurations = CONFIGURATIONS.filter((_, index) => index % 11 === 0);

describe('answers of every type do not depend on how a table is stored and a query runs', () => {
  const rows = randomRows(new Prng(seed));
  const databases = new ConfiguredDatabases();
  const answers = new Map<string, Value[][]>();
  afterAll(() => databases.close());

  it.each(configurations.map((one) => [configurationText(one), one] as const))(
    '%s',
    async (_, configuration) => {
      const database = await databases.addTable(configuration, schema, rows);
      try {
        for (const sql of queries) {
          const answer = await database.sql(sql);
          if (!answers.has(sql)) answers.set(sql, answer);
          expect(answer, sql).toEqual(answers.get(sql));
        }
      } finally {
        database.dropTable('t');
      }
    },
  );
});

/** Decimals that do not fit 64 bits are in the second half only. */
function randomRows(prng: Prng): Value[][] {
  const orNull = (value: Value): Value => (prng.float() < 0.1 ? null : value);
  const bytes = (): string =>
    Array.from({ length: prng.integer(0, 3) }, () =>
      String.fromCharCode(prng.pick([0, 1, 127, 128, 200, 255])),
    ).join('');
  return Array.from({ length: 700 }, (_, row) => [
    orNull(prng.integer(-3, 3)),
    orNull(prng.integer(-32_768, 32_767)),
    orNull(bytes()),
    orNull(`{"a": ${prng.integer(0, 9)}}`),
    orNull(BigInt(prng.integer(-99_999, 99_999))),
    orNull(
      row > 350 && prng.float() < 0.3
        ? BigInt(prng.uint32()) * 10n ** 18n
        : BigInt(prng.integer(-50, 50)) * 10n ** 5n,
    ),
    row,
  ]);
}
