import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BuildConfig,
  DEFAULT_BUILD_CONFIG,
  type IndexKind,
} from '../../src/base/index-config.ts';
import { tokensOf } from '../../src/base/text-search.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 'note', type: 'STRING' },
    { name: 'doc', type: 'STRING' },
  ],
};

const NOTES: Value[] = [
  'The quick brown fox',
  'quick, QUICK fox-trot',
  'brown the fox quickly',
  'Zürich is quite far',
  null,
  '',
  'snake_case and 42 numbers',
];
const DOCS: Value[] = [
  '{"name":"adam","age":30,"tags":["x","y"],"pets":[{"kind":"cat","age":3},{"kind":"dog","age":9}]}',
  '{"name":"bea","age":5,"tags":[],"pets":[{"kind":"cat","age":9}],"it.s":{"a.b":true}}',
  '{"name":"cy","age":null,"tags":["y"],"nested":{"deep":{"v":"x"}}}',
  'no JSON',
  null,
  '[1,2,[3]]',
  '{"name":"adam","pets":[{"kind":"dog","age":3}],"tags":["x"]}',
];
const rows: Value[][] = NOTES.map((note, row) => [row, note, DOCS[row]!]);

let table: MemoryTable;
beforeAll(async () => {
  const index = (kind: IndexKind, column: string) => ({ kind, columns: [column], parameters: {} });
  const config: BuildConfig = {
    ...DEFAULT_BUILD_CONFIG,
    indexes: [index('text', 'note'), index('json', 'doc')],
  };
  table = await openMemoryTable(schema, rows, { config });
});
afterAll(() => table.close());

async function idsOf(predicate: string, index: string | null): Promise<Value[]> {
  const query = `SELECT id FROM t WHERE ${predicate} ORDER BY id`;
  const { rows: found, stats } = await table.run(query);
  expect(await table.sql(`SET useIndexes = false; ${query}`)).toEqual(found);
  if (index !== null && found.length > 0) expect(stats.indexesUsed).toEqual([index]);
  return found.flat();
}

describe('TEXT_MATCH, by its index and without it', () => {
  it.each<[string, number[]]>([
    ['quick', [0, 1]],
    ['QUICK', [0, 1]],
    ['quick*', [0, 1, 2]],
    ['qu*', [0, 1, 2, 3]],
    ['"quick brown"', [0]],
    ['"brown fox"', [0]],
    ['"quick fox"', [1]],
    ['fox-trot', [1]],
    ['quick AND brown', [0]],
    ['quick brown', [0, 1, 2]],
    ['quick OR far', [0, 1, 3]],
    ['brown NOT quick', [2]],
    ['brown AND NOT (quick OR far)', [2]],
    ['fox && !quick', [2]],
    ['zürich', [3]],
    ['42', [6]],
    ['snake_case', [6]],
    ['snake', []],
    ['missing', []],
    ['NOT quick', [2, 3, 5, 6]],
    ['quick AND missing', []],
  ])('%s', async (query, ids) => {
    const isUnknown = query.startsWith('NOT');
    expect(await idsOf(`TEXT_MATCH(note, '${query}')`, isUnknown ? null : 'text(note)')).toEqual(
      ids,
    );
  });

  it.each<[string, string]>([
    ['', 'INVALID_QUERY'],
    ['(quick', 'INVALID_QUERY'],
    ['"quick', 'INVALID_QUERY'],
    ['quick)', 'INVALID_QUERY'],
    ['AND quick', 'INVALID_QUERY'],
    ['***', 'NOT_SUPPORTED'],
    ['--', 'NOT_SUPPORTED'],
    ['...', 'INVALID_QUERY'],
    [`${'('.repeat(200)}a`, 'INVALID_QUERY'],
    ['qu?ck', 'NOT_SUPPORTED'],
    ['q*k', 'NOT_SUPPORTED'],
    ['quick~2', 'NOT_SUPPORTED'],
    ['/qu.*/', 'NOT_SUPPORTED'],
    ['note:quick', 'NOT_SUPPORTED'],
    ['fox-tr*', 'NOT_SUPPORTED'],
  ])('%s is refused', async (query, code) => {
    const statement = `SELECT COUNT(*) FROM t WHERE TEXT_MATCH(note, '${query}')`;
    await expect(table.sql(statement)).rejects.toMatchObject({ code });
    await expect(table.sql(`SET useIndexes = false; ${statement}`)).rejects.toMatchObject({ code });
  });

  it('tokens are words in lower case', () => {
    expect(tokensOf('Don’t ÄRGERE 3.5-fold, naïve_x')).toEqual([
      ...['don', 't', 'ärgere', '3', '5', 'fold', 'naïve_x'],
    ]);
  });
});

describe('JSON_MATCH, by its index and without it', () => {
  it.each<[string, number[]]>([
    [`"$.name" = ''adam''`, [0, 6]],
    [`name = ''adam''`, [-1]],
    [`"name" = ''adam''`, [0, 6]],
    [`"$.name" IN (''adam'', ''cy'')`, [0, 2, 6]],
    [`"$.age" = 30`, [0]],
    [`"$.age" > 5`, [0]],
    [`"$.age" >= 5`, [0, 1]],
    [`"$.name" < ''c''`, [0, 1, 6]],
    [`"$.tags[*]" = ''x''`, [0, 6]],
    [`"$.tags[0]" = ''y''`, [2]],
    [`"$.tags[1]" = ''y''`, [0]],
    [`"$.pets[*].kind" = ''cat'' AND "$.pets[*].age" = 9`, [1]],
    [`"$.pets[*].kind" = ''cat'' AND "$.tags[*]" = ''y''`, [0]],
    [`"$.pets[0].kind" = ''cat'' AND "$.pets[1].kind" = ''dog''`, []],
    [`"$.pets[*].kind" = ''cat'' OR "$.name" = ''cy''`, [0, 1, 2]],
    [`("$.name" = ''adam'' OR "$.name" = ''bea'') AND "$.pets[*].age" = 3`, [0, 6]],
    [`"$.nested.deep.v" = ''x''`, [2]],
    [`"$[''it.s''][''a.b'']" = true`, [1]],
    [`"$[*]" = 2`, [5]],
    [`"$[*][*]" = 3`, [5]],
    [`"$.age" IS NOT NULL`, [0, 1]],
    [`"$.age" IS NULL`, [2, 3, 5, 6]],
    [`"$.name" <> ''adam''`, [1, 2, 3, 5]],
    [`"$.tags[*]" NOT IN (''x'')`, [1, 2, 3, 5]],
    [`REGEXP_LIKE("$.name", ''^a.*m$'')`, [0, 6]],
  ])('%s', async (filter, ids) => {
    const predicate = `JSON_MATCH(doc, '${filter}')`;
    if (ids[0] === -1) {
      await expect(table.sql(`SELECT id FROM t WHERE ${predicate}`)).rejects.toThrow(/a path/);
      return;
    }
    const isNegated = /IS NULL|<>|NOT IN/.test(filter);
    expect(await idsOf(predicate, isNegated ? null : 'json(doc)')).toEqual(ids);
  });

  it.each<[string, string]>([
    ['', 'INVALID_QUERY'],
    ['"$.a"', 'INVALID_QUERY'],
    ['"$.a" = ', 'INVALID_QUERY'],
    ['"$.a" = 1 2', 'INVALID_QUERY'],
    ['("$.a" = 1', 'INVALID_QUERY'],
    [`${'('.repeat(200)}"$.a" = 1`, 'INVALID_QUERY'],
    ['"$.a" LIKE 1', 'INVALID_QUERY'],
    ['"$..a" = 1', 'NOT_SUPPORTED'],
    ['"$.a" <> 1 AND "$.b" = 2', 'NOT_SUPPORTED'],
  ])('%s is refused', async (filter, code) => {
    const statement = `SELECT COUNT(*) FROM t WHERE JSON_MATCH(doc, '${filter}')`;
    await expect(table.sql(statement)).rejects.toMatchObject({ code });
    await expect(table.sql(`SET useIndexes = false; ${statement}`)).rejects.toMatchObject({ code });
  });

  it('arrays that make too many records are refused', async () => {
    const list = JSON.stringify(Array.from({ length: 200 }, (_, at) => at));
    const wide = await openMemoryTable(schema, [[0, '', `{"a":${list},"b":${list}}`]]);
    const query = `SELECT COUNT(*) FROM t WHERE JSON_MATCH(doc, '"$.a[*]" = 1 AND "$.b[*]" = 2')`;
    await expect(wide.sql(query)).rejects.toMatchObject({ code: 'MEMORY_LIMIT' });
    await wide.close();
  });
});
