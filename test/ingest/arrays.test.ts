import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import type { ColumnSchema } from '../../src/base/types.ts';
import { loadFiles } from '../../src/ingest/load.ts';
import { openRecords } from '../../src/ingest/open-records.ts';
import { parseSchemaFile } from '../../src/ingest/schema-file.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { readAll } from './rows.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

const declared: readonly ColumnSchema[] = [
  { name: 'id', type: 'INT' },
  { name: 'tags', type: 'ARRAY<STRING>' },
  { name: 'n', type: 'ARRAY<BIGINT>' },
  { name: 'd', type: 'ARRAY<DATE>' },
];

async function readText(name: string, lines: readonly string[]) {
  return readAll(await openRecords(nodeDisk, folder.write(name, lines.join('\n')), declared));
}

async function readParquet(name: string, query: string, options: string) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const path = folder.path(name);
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ${options})`);
  connection.closeSync();
  return readAll(await openRecords(nodeDisk, path, null));
}

describe('arrays of an NDJSON file', () => {
  it('are JSON arrays, or one value, without their NULLs', async () => {
    const { columns, rejections } = await readText('arrays.ndjson', [
      '{"id": 1, "tags": ["a", "b,\\"c", ""], "n": [9007199254740993, -1], "d": ["2024-01-02"]}',
      '{"id": 2, "tags": [], "n": [null, 7], "d": null}',
      '{"id": 3, "tags": "alone", "n": 5}',
      '{"id": 4, "tags": [1, true, {"a": 2}], "n": ["8"]}',
    ]);
    expect(rejections).toEqual([]);
    expect(columns).toEqual({
      id: [1, 2, 3, 4],
      tags: ['["a","b,\\"c",""]', '[]', '["alone"]', '["1","true","{\\"a\\":2}"]'],
      n: ['[9007199254740993,-1]', '[7]', '[5]', '[8]'],
      d: ['[19724]', null, null, null],
    });
  });

  it('reject a row with an element that does not fit', async () => {
    const { rejections } = await readText('wrong.ndjson', [
      '{"id": 1, "n": [1, "x"]}',
      '{"id": 2, "n": [1.5]}',
      '{"id": 3, "n": [[1]]}',
      '{"id": 4, "n": {"a": 1}}',
    ]);
    expect(rejections.map(({ line, column, reason }) => [line, column, reason])).toEqual(
      [1, 2, 3, 4].map((line) => [line, 'n', 'expected ARRAY<BIGINT>']),
    );
  });
});

describe('arrays of a CSV file', () => {
  it('are separated by semicolons when they are declared', async () => {
    const { columns } = await readText('arrays.csv', [
      'id,tags,n,d',
      '1,a;b c;,1;2,2024-01-02;2024-01-03',
      '2,"x,y;z",7,',
      '3,"","[1, 2]","2024-01-02"',
      '4,,;;,',
    ]);
    expect(columns).toEqual({
      id: [1, 2, 3, 4],
      tags: ['["a","b c"]', '["x,y","z"]', '[]', null],
      n: ['[1,2]', '[7]', '[1,2]', '[]'],
      d: ['[19724,19725]', null, '[19724]', null],
    });
  });

  it('stay text when they are not', async () => {
    const path = folder.write('plain.csv', 'tags\na;b\n');
    const reader = await openRecords(nodeDisk, path, null);
    expect((await readAll(reader)).types).toEqual({ tags: 'STRING' });
  });
});

describe('lists of a Parquet file', () => {
  const query = `
    SELECT CASE WHEN i % 10 = 3 THEN NULL ELSE list_transform(range(i % 4), x -> (x + i)::INTEGER) END AS n,
      CASE WHEN i % 7 = 2 THEN NULL ELSE list_transform(range(i % 3), x -> 'é' || (i % 5)) END AS t,
      [i % 2 = 0] AS flags, [(i / 4)::DOUBLE, NULL] AS d, [DATE '2024-01-01' + i] AS days,
      [i::DECIMAL(30, 2)] AS wide, i AS id
    FROM (SELECT range::INTEGER AS i FROM range(5000))`;

  it.each([
    ['version 1', "CODEC 'snappy', ROW_GROUP_SIZE 2048"],
    ['version 2', "CODEC 'zstd', PARQUET_VERSION v2"],
  ])('have the values that DuckDB wrote, %s', async (name, options) => {
    const { types, columns } = await readParquet(`${name}.parquet`, query, options);
    expect(types).toEqual({
      ...{ n: 'ARRAY<INT>', t: 'ARRAY<STRING>', flags: 'ARRAY<BOOLEAN>', d: 'ARRAY<DOUBLE>' },
      ...{ days: 'ARRAY<DATE>', wide: 'ARRAY<DECIMAL(30,2)>', id: 'INT' },
    });
    for (let i = 0; i < 5000; i++) {
      const n = Array.from({ length: i % 4 }, (_, x) => x + i);
      const t = Array.from({ length: i % 3 }, () => `é${i % 5}`);
      expect([i, columns.n![i], columns.t![i]]).toEqual([
        i,
        i % 10 === 3 ? null : JSON.stringify(n),
        i % 7 === 2 ? null : JSON.stringify(t),
      ]);
      expect([columns.flags![i], columns.d![i]]).toEqual([`[${i % 2 === 0}]`, `[${i / 4}]`]);
      expect([columns.days![i], columns.wide![i]]).toEqual([`[${19_723 + i}]`, `[${i * 100}]`]);
    }
  });

  it('widen to what a table has', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const path = folder.path('narrow.parquet');
    await connection.run(`COPY (SELECT [1, 2] AS n) TO '${path}' (FORMAT parquet)`);
    connection.closeSync();
    const load = (type: 'ARRAY<BIGINT>' | 'ARRAY<STRING>') =>
      loadFiles({
        table: 't',
        files: [path],
        schema: { name: 't', columns: [{ name: 'n', type }] },
        maxErrors: 0,
        segmentRows: 100,
        disk: nodeDisk,
        clock: nodeClock,
        onProgress: () => {},
        onSegment: async () => {},
      });
    expect((await load('ARRAY<BIGINT>')).rowsAccepted).toBe(1);
    await expect(load('ARRAY<STRING>')).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
  });
});

describe('arrays of a schema file', () => {
  const columnsOf = (json: object) => parseSchemaFile(JSON.stringify(json), 'x.json', 't').columns;

  it('are Pinot’s multi-value fields', () => {
    const field = { name: 'a', dataType: 'LONG', singleValueField: false };
    expect(columnsOf({ dimensionFieldSpecs: [field] })).toEqual([
      { name: 'a', type: 'ARRAY<BIGINT>' },
    ]);
  });

  it('are named by their elements', () => {
    const columns = [{ name: 'a', type: 'array<int>' }];
    expect(columnsOf({ columns })).toEqual([{ name: 'a', type: 'ARRAY<INT>' }]);
    expect(() => columnsOf({ columns: [{ name: 'a', type: 'ARRAY<ARRAY<INT>>' }] })).toThrow(
      /expected BOOLEAN, .*ARRAY<type>, found ARRAY<ARRAY<INT>>/,
    );
  });
});
