import { afterAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase, type TableSchema } from '../../src/client/index.ts';
import { parseSchemaFile } from '../../src/ingest/schema-file.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';

const folder = temporaryFolder();
const opened: Database[] = [];
afterAll(async () => {
  for (const database of opened) await database.close();
});

const schema: TableSchema = parseSchemaFile(
  JSON.stringify({
    dimensionFieldSpecs: [
      { name: 'id', dataType: 'INT' },
      { name: 'tags', dataType: 'STRING', singleValueField: false },
      { name: 'scores', dataType: 'DOUBLE', singleValueField: false },
    ],
  }),
  'posts.json',
  'posts',
);
const posts = folder.write(
  'posts.ndjson',
  [
    '{"id": 1, "tags": ["sql", "wasm"], "scores": [0.5, 2]}',
    '{"id": 2, "tags": [], "scores": [1]}',
    '{"id": 3, "tags": ["sql"]}',
  ].join('\n'),
);

async function open(): Promise<Database> {
  const dataDirectory = folder.path('data');
  const database = await openDatabase({ dataDirectory, memoryBytes: 256 * 1_048_576, threads: 1 });
  opened.push(database);
  return database;
}

describe('arrays in an embedded database', () => {
  it('come from files and answer as JavaScript arrays', async () => {
    const database = await open();
    await database.load('posts', [posts], { schema });
    const answer = await database.sql('SELECT * FROM posts ORDER BY id');
    expect(answer.columns.map(({ type }) => type)).toEqual([
      'INT',
      'ARRAY<STRING>',
      'ARRAY<DOUBLE>',
    ]);
    expect(answer.rows).toEqual([
      [1, ['sql', 'wasm'], [0.5, 2]],
      [2, [], [1]],
      [3, ['sql'], null],
    ]);
    const groups = 'SELECT tags, COUNT(*), maxmv(scores) FROM posts GROUP BY tags ORDER BY tags';
    expect((await database.sql(groups)).rows).toEqual([
      ['sql', 2n, 2],
      ['wasm', 1n, 2],
    ]);
    const plan = await database.sql("EXPLAIN PLAN FOR SELECT id FROM posts WHERE tags = 'sql'");
    expect(JSON.stringify(plan.rows)).toContain("array_any(tags, $element = 'sql')");
  });

  it('stay as they are when indexes of other columns are built', async () => {
    const database = await open();
    await database.configure('posts', { tableIndexConfig: { invertedIndexColumns: ['id'] } });
    const sql = "SELECT id FROM posts WHERE id > 1 AND tags = 'sql'";
    expect((await database.sql(sql)).rows).toEqual([[3]]);
    for (const tableIndexConfig of [
      { invertedIndexColumns: ['tags'] },
      { sortedColumn: ['tags'] },
      {
        starTreeIndexConfigs: [
          { dimensionsSplitOrder: ['id'], functionColumnPairs: ['SUM__scores'] },
        ],
      },
    ]) {
      const refused = database.configure('posts', { tableIndexConfig });
      await expect(refused).rejects.toMatchObject({
        code: 'NOT_SUPPORTED',
        message: expect.stringMatching(/an index over ARRAY<.*> is not supported/),
      });
    }
  });
});
