import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { appendRows, pinotType } from '../../src/broker/json-rows.ts';
import { TextPieces } from '../../src/broker/text-pieces.ts';
import { runSteps } from '../../src/exec/steps.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 'tags', type: 'ARRAY<STRING>' },
    { name: 'n', type: 'ARRAY<INT>' },
    { name: 'f', type: 'ARRAY<FLOAT>' },
    { name: 'at', type: 'ARRAY<TIMESTAMP>' },
    { name: 'price', type: 'ARRAY<DECIMAL(9,2)>' },
    { name: 'b', type: 'ARRAY<BYTES>' },
  ],
};
const rows: Value[][] = [
  [1, '["a","b"]', '[1,2,3]', '[1.5,NaN]', '[1700000000000000]', '[150,25]', '["\\u0000ÿ"]'],
  [2, '[]', '[]', '[]', '[]', '[]', '[]'],
  [3, null, null, null, null, null, null],
  [4, '["b","c","b"]', '[5,-1]', '[-Infinity]', '[0,1000000]', '[-1]', '["a"]'],
];

let table: MemoryTable;
beforeAll(async () => {
  table = await openMemoryTable(schema, rows);
});
afterAll(() => table.close());

const answerOf = async (expression: string): Promise<Value[]> =>
  (await table.sql(`SELECT ${expression} FROM t ORDER BY id`)).map(([value]) => value!);
const errorOf = async (sql: string): Promise<unknown> =>
  table.sql(sql).then(
    () => 'an answer',
    (error) => error.code,
  );

describe('a function of arrays', () => {
  const cases: readonly (readonly [string, Value, Value, Value, Value])[] = [
    // Of ["a","b"] or [1,2,3], of an empty one, of NULL, and of ["b","c","b"] or [5,-1].
    ['array_length(tags)', 2, 0, null, 3],
    ['CARDINALITY(n)', 3, 0, null, 2],
    ['arrayMin(n)', 1, null, null, -1],
    ['array_max(tags)', 'b', null, null, 'c'],
    ['array_max(f)', Number.NaN, null, null, -Infinity],
    ['array_sum(n)', 6, null, null, 4],
    ['array_sum(price)', 1.75, null, null, -0.01],
    ['arraySumInt(n)', 6n, null, null, 4n],
    ['array_average(n)', 2, null, null, 2],
    ['arraySortInt(n)', '[1,2,3]', '[]', null, '[-1,5]'],
    ['array_sort(f)', '[1.5,NaN]', '[]', null, '[-Infinity]'],
    ['arrayReverseString(tags)', '["b","a"]', '[]', null, '["b","c","b"]'],
    ['array_distinct(tags)', '["a","b"]', '[]', null, '["b","c"]'],
    ['array_to_mv(n)', '[1,2,3]', '[]', null, '[5,-1]'],
    ["arrayContainsString(tags, 'c')", false, false, null, true],
    ["array_contains(f, CAST('NaN' AS FLOAT))", true, false, null, false],
    ["arrayIndexOfString(tags, 'b')", 1, -1, null, 0],
    ["array_indexes_of(tags, 'b')", '[1]', '[]', null, '[0,2]'],
    ["array_remove(tags, 'b')", '["a"]', '[]', null, '["c","b"]'],
    ['array_push_back(n, id)', '[1,2,3,1]', '[2]', null, '[5,-1,4]'],
    ['array_push_front(n, id)', '[1,1,2,3]', '[2]', null, '[4,5,-1]'],
    ["VALUEIN(tags, 'b', 'z')", '["b"]', '[]', null, '["b","b"]'],
    ['array_concat(n, ARRAY[7])', '[1,2,3,7]', '[7]', null, '[5,-1,7]'],
    ['array_union(n, ARRAY[7, 3])', '[1,2,3,7]', '[7,3]', null, '[5,-1,7,3]'],
    ['arrays_overlap(n, ARRAY[5, 6])', false, false, null, true],
    ['array_slice(n, 1, 9)', '[2,3]', '[]', null, '[-1]'],
    ['array_slice(n, -5, 1)', '[1]', '[]', null, '[5]'],
    ['array_slice(n, 2, 1)', '[]', '[]', null, '[]'],
    ['array_element_at(n, 1)', 1, null, null, 5],
    ['array_element_at(n, 0)', null, null, null, null],
    ["array_to_string(tags, '-')", 'a-b', '', null, 'b-c-b'],
    ["map_value(tags, 'b', n)", 2, null, null, 5],
    ['ARRAY[id, 7]', '[1,7]', '[2,7]', '[3,7]', '[4,7]'],
    ['array_any(n, id = 4)', false, false, null, true],
    ["CASE WHEN id = 1 THEN tags ELSE ARRAY['z'] END", '["a","b"]', '["z"]', '["z"]', '["z"]'],
    ['COALESCE(n, ARRAY[0])', '[1,2,3]', '[]', '[0]', '[5,-1]'],
    ['CAST(b AS STRING)', '["00ff"]', '[]', null, '["61"]'],
    ['CAST(price AS STRING)', '[1.50,0.25]', '[]', null, '[-0.01]'],
    ['n IS NULL', false, false, true, false],
  ];
  it.each(cases)('%s', async (expression, ...expected) => {
    expect(await answerOf(expression)).toEqual(expected);
  });

  it.each([
    ['array_length(id)', 'TYPE_MISMATCH'],
    ['array_length(tags, 1)', 'TYPE_MISMATCH'],
    ['array_sum(tags)', 'TYPE_MISMATCH'],
    ['array_sum_long(f)', 'TYPE_MISMATCH'],
    ["array_contains(n, 'a')", 'TYPE_MISMATCH'],
    ['array_contains(n, 10000000000)', 'TYPE_MISMATCH'],
    ['array_concat(n, tags)', 'TYPE_MISMATCH'],
    ['array_slice(n, 1)', 'TYPE_MISMATCH'],
    ['array_to_string(n, 1)', 'TYPE_MISMATCH'],
    ['ARRAY[n, n]', 'TYPE_MISMATCH'],
    ["ARRAY[1, 'a']", 'BAD_CAST'],
    ['ARRAY[true, 1]', 'TYPE_MISMATCH'],
    ['ARRAY[]', 'TYPE_MISMATCH'],
    ['greatest(n, n)', 'TYPE_MISMATCH'],
    ['n + 1', 'TYPE_MISMATCH'],
    ['nullif(n, n)', 'TYPE_MISMATCH'],
    ['CAST(tags AS INT)', 'TYPE_MISMATCH'],
    ['array_sum_long(ARRAY[9223372036854775807, 1])', 'NUMERIC_OVERFLOW'],
    ['filter_mv(n, 1)', 'NOT_SUPPORTED'],
    ['array_lenght(n)', 'UNKNOWN_FUNCTION'],
  ])('%s is %s', async (expression, code) => {
    expect(await errorOf(`SELECT ${expression} FROM t`)).toBe(code);
  });
});

describe('a query of arrays', () => {
  it.each([
    ['SELECT id FROM t ORDER BY tags', 'NOT_SUPPORTED'],
    ['SELECT n, COUNT(*) FROM t GROUP BY ROLLUP (n)', 'NOT_SUPPORTED'],
    ['SELECT array_length(n) FROM t GROUP BY n', 'NOT_SUPPORTED'],
    ['SELECT id FROM t WHERE tags = tags', 'NOT_SUPPORTED'],
    ['SELECT id FROM t WHERE n IS DISTINCT FROM n', 'NOT_SUPPORTED'],
    ['SELECT unnest(n) FROM t', 'NOT_SUPPORTED'],
    ['SELECT MAX(n) FROM t', 'TYPE_MISMATCH'],
    ['SELECT COUNT(DISTINCT n) FROM t', 'TYPE_MISMATCH'],
    ['SELECT list_agg(n) FROM t', 'TYPE_MISMATCH'],
    ['SELECT summv(id) FROM t', 'TYPE_MISMATCH'],
    ['SELECT summv(tags) FROM t', 'TYPE_MISMATCH'],
    ['SELECT countmv(*) FROM t', 'INVALID_QUERY'],
    ['SELECT array_agg(n) FROM t', 'NOT_SUPPORTED'],
    ["SELECT array_agg(id, 'DATE') FROM t", 'TYPE_MISMATCH'],
    ["SELECT id FROM t WHERE n = 'a'", 'BAD_CAST'],
    ['SELECT id FROM t WHERE tags = 1', 'TYPE_MISMATCH'],
  ])('%s is %s', async (sql, code) => {
    expect(await errorOf(sql)).toBe(code);
  });

  it('puts a row into the groups of its elements, twice where one comes twice', async () => {
    const sql = 'SELECT tags, COUNT(*) FROM t GROUP BY tags ORDER BY tags';
    expect(await table.sql(sql)).toEqual([
      ['a', 1n],
      ['b', 3n],
      ['c', 1n],
    ]);
  });

  it('reads a condition on a grouped array as one on the element of the group', async () => {
    const sql = "SELECT tags FROM t GROUP BY tags HAVING tags <> 'b' AND tags LIKE '_' ORDER BY 1";
    expect(await table.sql(sql)).toEqual([['a'], ['c']]);
  });

  it('collects values that are not NULL', async () => {
    const sql =
      "SELECT array_agg(NULLIF(id, 2)), array_agg(id % 2, 'LONG', true), array_agg(id) FILTER (WHERE id > 9) FROM t";
    expect(await table.sql(sql)).toEqual([['[1,3,4]', '[0,1]', null]]);
  });

  it('reads the elements of aggregates by every name of Pinot’s', async () => {
    const sql = `SELECT percentilemv(n, 50), percentile50mv(n), percentileTDigest50MV(n), percentileKLLMV(n, 50),
      distinctCountBitmapMV(tags), distinctCountHLLMV(tags), distinctCountHLLPlusMV(tags), distinctAvgMV(n), percentileEstMV(n, 90) FROM t`;
    expect(await table.sql(sql)).toEqual([[2, 2, 2, 2, 3n, 3n, 3n, 2, 5]]);
  });

  it('reads NULL as an array of the default value without NULL handling', async () => {
    const sql = "SET enableNullHandling = false; SELECT id, tags FROM t WHERE tags = 'null'";
    expect(await table.sql(sql)).toEqual([[3, '["null"]']]);
  });

  it('answers in Pinot’s JSON', async () => {
    const { vectors, rowCount } = await table.answer(
      'SELECT * FROM t WHERE id IN (1, 3) ORDER BY id',
    );
    const out = new TextPieces();
    runSteps(appendRows(out, vectors, rowCount));
    expect(JSON.parse(String(out.finish()))).toEqual([
      [
        1,
        ['a', 'b'],
        [1, 2, 3],
        [1.5, 'NaN'],
        ['2023-11-14 22:13:20.0'],
        ['1.50', '0.25'],
        ['00ff'],
      ],
      [3, null, null, null, null, null, null],
    ]);
    expect(vectors.map(({ type }) => pinotType(type))).toEqual([
      ...['INT', 'STRING_ARRAY', 'INT_ARRAY', 'FLOAT_ARRAY', 'TIMESTAMP_ARRAY'],
      ...['BIG_DECIMAL_ARRAY', 'BYTES_ARRAY'],
    ]);
  });
});
