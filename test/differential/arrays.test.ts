import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareAnswers } from '../../bench/compare-answers.ts';
import { arrayText, type Element } from '../../src/base/array-text.ts';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import {
  CONFIGURATIONS,
  ConfiguredDatabases,
  configurationText,
} from '../support/configurations.ts';
import { createOracleTable, openOracle, oracleRows } from '../support/duckdb.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`arrays in every configuration: SEED=${seed}`);

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 'g', type: 'INT' },
    { name: 'tags', type: 'ARRAY<STRING>' },
    { name: 'n', type: 'ARRAY<INT>' },
    { name: 'big', type: 'ARRAY<BIGINT>' },
    { name: 'd', type: 'ARRAY<DOUBLE>' },
    { name: 'flags', type: 'ARRAY<BOOLEAN>' },
    { name: 'days', type: 'ARRAY<DATE>' },
  ],
};

/** Conditions as Pinot has them, and what they mean. */
const conditions: readonly (readonly [string, string])[] = [
  ["tags = 'b'", "list_contains(tags, 'b')"],
  ["tags <> 'b'", "NOT list_contains(tags, 'b')"],
  ["tags IN ('a', 'zz')", "list_has_any(tags, ['a', 'zz'])"],
  ["tags NOT IN ('a', 'b')", "NOT list_has_any(tags, ['a', 'b'])"],
  ["tags LIKE 'b%'", any('tags', "x LIKE 'b%'")],
  ["tags NOT LIKE '%c%'", `NOT ${any('tags', "x LIKE '%c%'")}`],
  ["regexp_like(tags, '^(a|c)+$')", any('tags', "regexp_matches(x, '^(a|c)+$')")],
  ["tags >= 'b'", any('tags', "x >= 'b'")],
  ['n = 3', 'list_contains(n, 3)'],
  ['n <> 3', 'NOT list_contains(n, 3)'],
  ['n < 0', any('n', 'x < 0')],
  ['NOT n > 5', `NOT ${any('n', 'x > 5')}`],
  ['n BETWEEN 3 AND 4', any('n', 'x BETWEEN 3 AND 4')],
  ['n NOT BETWEEN -2 AND 7', `NOT ${any('n', 'x BETWEEN -2 AND 7')}`],
  ['n > 3 AND n < 2', `${any('n', 'x > 3')} AND ${any('n', 'x < 2')}`],
  ['n = id', 'list_contains(n, id)'],
  ['n IN (g, id)', any('n', 'x IN (g, id)')],
  ['n = 3 OR tags IS NULL', 'list_contains(n, 3) OR tags IS NULL'],
  ['big = 4', 'list_contains(big, 4)'],
  ['d > 1.5', any('d', 'x > 1.5')],
  ['flags = true', 'list_contains(flags, true)'],
  ["days >= DATE '2024-01-05'", any('days', "x >= DATE '2024-01-05'")],
  ['array_contains(n, 2)', 'list_contains(n, 2)'],
  ['array_length(n) > 2 AND id > 100', 'len(n) > 2 AND id > 100'],
  ['n IS NOT NULL AND g = 1', 'n IS NOT NULL AND g = 1'],
  ["arrays_overlap(tags, ARRAY['b', 'cc'])", "list_has_any(tags, ['b', 'cc'])"],
];

/** Whole queries; the order of rows is stated where it matters. */
const queries: readonly (readonly [string, string])[] = [
  ...conditions.map(([ours, theirs]): readonly [string, string] => [
    `SELECT id FROM t WHERE ${ours} ORDER BY id`,
    `SELECT id FROM t WHERE ${theirs} ORDER BY id`,
  ]),
  same('SELECT id, tags, n, big, d, flags, days FROM t ORDER BY id'),
  same('SELECT id, n FROM t WHERE g = 2 ORDER BY id LIMIT 20 OFFSET 5'),
  same('SELECT COUNT(*), COUNT(n), COUNT(tags) FROM t'),
  [
    'SELECT tags, COUNT(*), SUM(id), MIN(g) FROM t GROUP BY tags ORDER BY tags',
    `SELECT u, COUNT(*), SUM(id), MIN(g) FROM ${unnest('tags')} GROUP BY u ORDER BY u`,
  ],
  [
    'SELECT g, n, COUNT(*) FROM t WHERE n > 0 GROUP BY g, n ORDER BY g, n',
    `SELECT g, u, COUNT(*) FROM (SELECT *, unnest(n) AS u FROM t WHERE ${any('n', 'x > 0')}) GROUP BY g, u ORDER BY g, u`,
  ],
  [
    'SELECT n, tags, COUNT(*) FROM t WHERE id < 60 GROUP BY n, tags ORDER BY n, tags',
    'SELECT u, v, COUNT(*) FROM (SELECT u, unnest(tags) AS v FROM (SELECT tags, unnest(n) AS u FROM t WHERE id < 60)) GROUP BY u, v ORDER BY u, v',
  ],
  [
    "SELECT value_in(tags, 'a', 'b') AS v, COUNT(*) FROM t GROUP BY value_in(tags, 'a', 'b') ORDER BY v",
    `SELECT u, COUNT(*) FROM ${unnest('tags')} WHERE u IN ('a', 'b') GROUP BY u ORDER BY u`,
  ],
  [
    'SELECT tags, COUNT(*) AS c FROM t GROUP BY tags HAVING COUNT(*) > 20 ORDER BY c DESC, tags LIMIT 5',
    `SELECT u, COUNT(*) AS c FROM ${unnest('tags')} GROUP BY u HAVING COUNT(*) > 20 ORDER BY c DESC, u LIMIT 5`,
  ],
  ['SELECT DISTINCT n FROM t ORDER BY n', `SELECT DISTINCT u FROM ${unnest('n')} ORDER BY u`],
  [
    'SELECT days, COUNT(*) FROM t GROUP BY days ORDER BY days',
    `SELECT u, COUNT(*) FROM ${unnest('days')} GROUP BY u ORDER BY u`,
  ],
  [
    'SELECT g, countmv(n), summv(n), minmv(n), maxmv(n), avgmv(n), minmaxrangemv(n), distinctcountmv(n) FROM t GROUP BY g ORDER BY g',
    `SELECT g, COUNT(u), SUM(u)::BIGINT, MIN(u), MAX(u), AVG(u), (MAX(u) - MIN(u))::DOUBLE, COUNT(DISTINCT u) FROM t LEFT JOIN (SELECT id AS i, unnest(n) AS u FROM t) ON i = id GROUP BY g ORDER BY g`,
  ],
  [
    "SELECT countmv(n) FILTER (WHERE g = 1), summv(d), distinctcountmv(tags), maxmv(tags), distinctsummv(big), minmv(days) FROM t WHERE tags <> 'b'",
    `SELECT SUM(len(n)) FILTER (WHERE g = 1), SUM(list_sum(d)), len(list_distinct(flatten(list(tags) FILTER (WHERE tags IS NOT NULL)))), list_max(flatten(list(tags))), list_sum(list_distinct(flatten(list(big) FILTER (WHERE big IS NOT NULL))))::BIGINT, MIN(list_min(days)) FROM t WHERE NOT list_contains(tags, 'b')`,
  ],
  [
    'SELECT tags, summv(n), distinctcountmv(big) FROM t GROUP BY tags ORDER BY tags',
    `SELECT u, SUM(list_sum(n))::BIGINT, COALESCE(len(list_distinct(flatten(list(big) FILTER (WHERE big IS NOT NULL)))), 0) FROM ${unnest('tags')} GROUP BY u ORDER BY u`,
  ],
  [
    'SELECT id, array_length(tags), array_min(n), array_max(n), array_sum(n), array_average(n), array_sum_long(big), array_min(tags) FROM t ORDER BY id',
    'SELECT id, len(tags), list_min(n), list_max(n), list_sum(n)::DOUBLE, list_avg(n), list_sum(big)::BIGINT, list_min(tags) FROM t ORDER BY id',
  ],
  [
    'SELECT id, array_sort(n), array_reverse(tags), array_slice(n, 1, 3), array_concat(n, ARRAY[7, 8]), array_sort(array_distinct(tags)), array_sort(array_union(n, ARRAY[3, 99])) FROM t ORDER BY id',
    'SELECT id, list_sort(n), list_reverse(tags), n[2:3], CASE WHEN n IS NOT NULL THEN n || [7, 8] END, list_sort(list_distinct(tags)), CASE WHEN n IS NOT NULL THEN list_sort(list_distinct(n || [3, 99])) END FROM t ORDER BY id',
  ],
  [
    'SELECT id, array_element_at(n, 2), array_index_of(n, 3) + 1, array_push_back(n, id), ARRAY[id, g] FROM t WHERE g IS NOT NULL ORDER BY id',
    'SELECT id, n[2], COALESCE(list_position(n, 3), CASE WHEN n IS NOT NULL THEN 0 END), CASE WHEN n IS NOT NULL THEN list_append(n, id) END, [id, g] FROM t WHERE g IS NOT NULL ORDER BY id',
  ],
  [
    'SELECT g, array_agg(id ORDER BY id DESC), array_agg(DISTINCT id % 3 ORDER BY id % 3) FROM t GROUP BY g ORDER BY g',
    'SELECT g, list(id ORDER BY id DESC), list_sort(list(DISTINCT id % 3)) FROM t GROUP BY g ORDER BY g',
  ],
];

function same(sql: string): readonly [string, string] {
  return [sql, sql];
}

/** True when a condition on x holds for any element; NULL for NULL. */
function any(list: string, condition: string): string {
  return `(len(list_filter(${list}, x -> ${condition})) > 0)`;
}

function unnest(list: string): string {
  return `(SELECT *, unnest(${list}) AS u FROM t)`;
}

const rows = randomRows(new Prng(seed));

/** Every value of every dimension is among them. */
const configurations = CONFIGURATIONS.filter((_, index) => index % 23 === 0);

describe('arrays answer as DuckDB’s lists do', () => {
  const databases = new ConfiguredDatabases();
  const expected = new Map<string, Value[][]>();

  beforeAll(async () => {
    const oracle = await openOracle();
    await createOracleTable(oracle, schema, rows);
    for (const [ours, theirs] of queries) expected.set(ours, await oracleRows(oracle, theirs));
    oracle.closeSync();
  });
  afterAll(() => databases.close());

  it.each(configurations.map((one) => [configurationText(one), one] as const))(
    '%s',
    async (_, configuration) => {
      const database = await databases.addTable(configuration, schema, rows);
      try {
        for (const [sql] of queries) {
          const answer = await database.sql(sql);
          expect(compareAnswers(answer, expected.get(sql)!, { ordered: 'total' }), sql).toBeNull();
        }
      } finally {
        database.dropTable('t');
      }
    },
  );
});

/** Arrays that are NULL, empty, short, and now and then long. */
function randomRows(prng: Prng): Value[][] {
  const array = (element: () => Element): Value => {
    if (prng.float() < 0.1) return null;
    const length = prng.float() < 0.02 ? prng.integer(60, 200) : prng.integer(0, 5);
    return arrayText(Array.from({ length }, element));
  };
  return Array.from({ length: 900 }, (_, id) => [
    id,
    prng.pick([1, 2, 3, null]),
    array(() => prng.pick(['a', 'b', 'b"1', 'bc', 'c,', 'cc', 'é', ''])),
    array(() => prng.integer(-5, 10)),
    array(() => BigInt(prng.integer(-5, 6)) * 2n ** BigInt(prng.pick([0, 40]))),
    array(() => prng.integer(-8, 20) / 4),
    array(() => prng.float() < 0.5),
    array(() => 19_723 + prng.integer(0, 9)),
  ]);
}
