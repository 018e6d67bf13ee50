import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnDefaultText, columnDefaultValue } from '../../src/base/column-default.ts';
import type { BuildConfig } from '../../src/base/index-config.ts';
import type { ColumnSchema, TableSchema, Value } from '../../src/base/types.ts';
import { buildSegments, MemoryDatabase } from '../support/memory-table.ts';

/** What rows of segments without the column read. */
const ADDED: readonly (readonly [ColumnSchema['name'], ColumnSchema['type'], Value])[] = [
  ['flag', 'BOOLEAN', true],
  ['tiny', 'TINYINT', -3],
  ['whole', 'INT', 7],
  ['long', 'BIGINT', -(2n ** 63n)],
  ['single', 'FLOAT', 0.5],
  ['real', 'DOUBLE', Number.NEGATIVE_INFINITY],
  ['price', 'DECIMAL(9,2)', 1250n],
  ['wide', 'DECIMAL(30,2)', 10n ** 25n],
  ['text', 'STRING', 'unknown'],
  ['json', 'JSON', '{"a":1}'],
  ['at', 'TIMESTAMP', 1_700_000_000_000_000n],
  ['day', 'DATE', 19_000],
  ['tags', 'ARRAY<STRING>', '["a","b"]'],
  ['nothing', 'INT', null],
  ['nobody', 'STRING', null],
];

/** The same rows in two tables: segments of `added` lack what those of `stored` have as it reads there. */
function fill(database: MemoryDatabase, config?: BuildConfig): void {
  const old: ColumnSchema[] = [
    { name: 'k', type: 'INT' },
    { name: 'g', type: 'STRING' },
  ];
  const extra = ADDED.map(([name, type, value]) => {
    return { name, type, absent: columnDefaultText(value) };
  });
  const whole = (name: string): TableSchema => ({ name, columns: [...old, ...extra] });
  const rows = Array.from({ length: 500 }, (_, row): Value[] => [row, `g${row % 3}`]);
  const defaults = ADDED.map(([, , value]) => value);
  const later = rows.slice(300).map((row, index): Value[] => {
    const own = [index % 2 === 0, 5, index, BigInt(index), 1.5, 2.5, 99n, 7n, `t${index % 5}`];
    const rest = ['[1]', BigInt(index) * 1_000_000n, index, '["c"]', index, 'somebody'];
    return [...row, ...own, ...rest];
  });
  const options = { segmentRows: 100, ...(config && { config }) };
  const newer = (name: string) => buildSegments(whole(name), later, options, `${name}_new_`);
  const early = rows.slice(0, 300);
  database.attachTable(whole('stored'), [
    ...buildSegments(
      whole('stored'),
      early.map((row) => [...row, ...defaults]),
      { segmentRows: 100 },
      'stored_old_',
    ),
    ...newer('stored'),
  ]);
  database.attachTable(whole('added'), [
    ...buildSegments({ name: 'added', columns: old }, early, { segmentRows: 100 }, 'added_old_'),
    ...newer('added'),
  ]);
}

const STAR: BuildConfig = {
  indexes: [
    { kind: 'inverted', columns: ['text'], parameters: {} },
    { kind: 'bloom', columns: ['whole'], parameters: {} },
    {
      kind: 'startree',
      columns: ['g', 'text'],
      parameters: { functionColumnPairs: ['COUNT__*', 'SUM__whole', 'MAX__whole'] },
    },
  ],
  rawColumns: [],
  sortedColumn: null,
};

const names = ADDED.map(([name]) => name);
const scalars = names.filter((name) => name !== 'tags');
const QUERIES = [
  'SELECT * FROM t ORDER BY k',
  ...names.map((name) => `SELECT k, ${name} FROM t ORDER BY k DESC LIMIT 250`),
  ...scalars.map((name) => `SELECT ${name}, COUNT(*) FROM t GROUP BY ${name} ORDER BY 2, 1`),
  ...scalars.map((name) => `SELECT COUNT(${name}), COUNT(DISTINCT ${name}) FROM t`),
  ...scalars.map((name) => `SELECT MIN(${name}), MAX(${name}) FROM t`),
  ...scalars.map((name) => `SELECT COUNT(*) FROM t WHERE ${name} IS NULL`),
  ...scalars.map((name) => `SELECT ${name}, k FROM t ORDER BY ${name}, k LIMIT 320`),
  'SELECT SUM(whole), AVG(price), MAX(long), SUM(nothing), SUM(real) FROM t WHERE k > 250',
  'SELECT g, text, SUM(whole), MAX(whole) FROM t GROUP BY g, text ORDER BY 1, 2',
  "SELECT COUNT(*) FROM t WHERE text = 'unknown' AND whole = 7",
  "SELECT COUNT(*) FROM t WHERE text = 't1' OR nobody = 'somebody'",
  'SELECT COUNT(*) FROM t WHERE whole + k > 290',
  "SELECT COUNT(*) FROM t WHERE tags = 'a'",
  'SELECT SUM(k) FILTER (WHERE whole = 7), COUNT(*) FILTER (WHERE nothing > 3) FROM t',
  "SELECT DATE_TRUNC('MONTH', at), COUNT(*) FROM t GROUP BY 1 ORDER BY 1",
  'SELECT k, ROW_NUMBER() OVER (PARTITION BY text ORDER BY k) FROM t ORDER BY k LIMIT 400',
  'SELECT DISTINCT text, nobody FROM t ORDER BY 1, 2',
  'SET enableNullHandling = false; SELECT SUM(nothing), MIN(nobody), COUNT(nothing) FROM t',
  'SET enableNullHandling = false; SELECT nobody, COUNT(*) FROM t GROUP BY nobody ORDER BY 1',
];

describe.each([
  ['plain', {}, undefined],
  ['gathered over segments', { spanningGroupsMin: 1 }, undefined],
  ['with indexes and star-trees', {}, STAR],
] as const)('columns that were added to a table, %s', (_, run, config) => {
  let database: MemoryDatabase;
  beforeAll(async () => {
    database = await MemoryDatabase.open(run);
    fill(database, config);
  });
  afterAll(() => database.close());

  it.each(QUERIES)('read as stored ones do: %s', async (query) => {
    const ask = (table: string) => database.sql(query.replace('FROM t', `FROM ${table}`));
    expect(await ask('added')).toEqual(await ask('stored'));
  });
});

describe('segments without an added column', () => {
  it('are left out without a look at their rows when its value rules them out', async () => {
    const database = await MemoryDatabase.open();
    fill(database);
    const { stats } = await database.run("SELECT k FROM added WHERE text = 't1'");
    expect(stats).toMatchObject({ segmentsQueried: 5, segmentsPruned: 3 });
    await database.close();
  });

  it('are refused when nothing is said of the column', async () => {
    const database = await MemoryDatabase.open();
    const old: TableSchema = { name: 't', columns: [{ name: 'k', type: 'INT' }] };
    const columns: ColumnSchema[] = [...old.columns, { name: 'x', type: 'INT' }];
    database.attachTable({ name: 't', columns }, buildSegments(old, [[1]]));
    await expect(database.sql('SELECT x FROM t')).rejects.toMatchObject({
      code: 'UNKNOWN_COLUMN',
    });
    await database.close();
  });

  it('have values that survive their text', () => {
    for (const [, type, value] of ADDED) {
      expect(columnDefaultValue(type, columnDefaultText(value))).toEqual(value);
    }
  });
});
