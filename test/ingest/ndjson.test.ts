import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openNdjson } from '../../src/ingest/ndjson.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { readAll } from './rows.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

async function read(name: string, content: string | Uint8Array) {
  return readAll(await openNdjson(nodeDisk, folder.write(name, content), null));
}

describe('an NDJSON file', () => {
  it('gets its columns and types from its first rows', async () => {
    const { types, columns } = await read(
      'types.ndjson',
      '{"b":true,"i":1,"d":1,"day":"2024-02-29","t":"x"}\r\n' +
        '\n' +
        '{"d":2.5,"moment":"2024-02-29T00:00:00Z","t":null,"mixed":1}\n' +
        '{"mixed":"one","nested":{"a":[1,2]}}',
    );
    expect(types).toEqual({
      b: 'BOOLEAN',
      i: 'BIGINT',
      d: 'DOUBLE',
      day: 'DATE',
      t: 'STRING',
      moment: 'TIMESTAMP',
      mixed: 'STRING',
      nested: 'STRING',
    });
    expect(columns).toEqual({
      b: [true, null, null],
      i: [1n, null, null],
      d: [1, 2.5, null],
      day: [19_782, null, null],
      t: ['x', null, null],
      moment: [null, 1_709_164_800_000_000n, null],
      mixed: [null, '1', 'one'],
      nested: [null, null, '{"a":[1,2]}'],
    });
  });

  it('keeps 64-bit integers exactly', async () => {
    const { columns } = await read(
      'long.ndjson',
      '{"i":9223372036854775807,"t":"1: 9223372036854775807","n":[9223372036854775807]}\n{"i":-9223372036854775808,"t":"\\"9007199254740993"}\n{"i":9007199254740993}\n',
    );
    expect(columns.i).toEqual([2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n]);
    expect(columns.t).toEqual(['1: 9223372036854775807', '"9007199254740993', null]);
    expect(columns.n![0]).toBe('[9223372036854775807]');
  });

  it('rejects rows that are no objects, do not fit or have unknown fields', async () => {
    const rows = Array.from({ length: 60_000 }, (_, row) =>
      JSON.stringify({ id: row, name: `n${row}` }),
    );
    rows[50_000] = '{"id": "x"}';
    rows[50_001] = '[1]';
    rows[50_002] = '{"id": 1';
    rows[50_003] = '{"idd": 1}';
    rows[50_004] = '{"id": 9223372036854775808}';
    rows[50_005] = '{"id": 1.5}';
    const { rowCount, rejections } = await read('rejected.ndjson', rows.join('\n'));
    expect(rowCount).toBe(59_994);
    expect(
      rejections.map(({ line, column, value, reason }) => [line, column, value, reason]),
    ).toEqual([
      [50_001, 'id', 'x', 'expected BIGINT'],
      [50_002, null, '[1]', 'expected a JSON object'],
      [50_003, null, '{"id": 1', 'expected a JSON object'],
      [50_004, 'idd', '1', 'expected a column of the table (did you mean id?)'],
      [50_005, 'id', '9223372036854775808', 'expected BIGINT'],
      [50_006, 'id', '1.5', 'expected BIGINT'],
    ]);
  });

  it('may be gzipped', async () => {
    const rows = Array.from({ length: 100_000 }, (_, row) => JSON.stringify({ id: row }));
    const { columns } = await read('zipped.ndjson.gz', gzipSync(rows.join('\n')));
    expect(columns.id!.findIndex((id, row) => id !== BigInt(row))).toBe(-1);
    expect(columns.id!.length).toBe(100_000);
  });
});
