import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { type LoadOptions, type LoadProgress, loadFiles } from '../../src/ingest/load.ts';
import type { LoadedSegment } from '../../src/ingest/segment-splitter.ts';
import type { Clock } from '../../src/io/clock.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { decodeColumn } from '../../src/segment/decode.ts';
import { readSegment } from '../../src/segment/read.ts';
import { columnBuffers } from '../segment/decode-stored.ts';
import { fileOf } from '../segment/files.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const FLIGHTS = 'node_modules/vega-datasets/data/flights-3m.parquet';
const clock: Clock = {
  nowMs: () => 0x18b_cfe5_6800,
  monotonicMs: () => 5,
  schedule: () => ({ cancel: () => undefined }),
  soon: () => undefined,
};

async function load(files: readonly string[], options: Partial<LoadOptions> = {}) {
  const segments: LoadedSegment[] = [];
  const progress: LoadProgress[] = [];
  const report = await loadFiles({
    table: 't',
    files,
    schema: null,
    maxErrors: 0,
    segmentRows: 1000,
    disk: nodeDisk,
    clock,
    onProgress: (step) => progress.push(step),
    onSegment: async (segment) => {
      segments.push(segment);
    },
    ...options,
  });
  return { report, segments, progress };
}

/** All rows of some segments, by column. */
function rowsOf(segments: readonly LoadedSegment[]): Record<string, Value[]> {
  const rows: Record<string, Value[]> = {};
  for (const segment of segments) {
    const file = fileOf(segment);
    const { rowCount, columns } = readSegment(file);
    for (const column of columns) {
      rows[column.name] ??= [];
      rows[column.name]!.push(...decodeColumn(rowCount, column, columnBuffers(file, column)));
    }
  }
  return rows;
}

describe('loading files', () => {
  it('three million flights become three equal segments whose sums are known', async () => {
    const { report, segments, progress } = await load([FLIGHTS], {
      table: 'flights',
      segmentRows: 1_048_576,
    });
    expect(segments.map(({ metadata }) => metadata.rowCount)).toEqual([
      1_000_000, 1_000_000, 1_000_000,
    ]);
    expect(report).toMatchObject({
      rowsRead: 3_000_000,
      rowsAccepted: 3_000_000,
      rowsRejected: 0,
      rejections: [],
    });
    expect(report.segments.map(({ name }) => name)).toEqual([
      'flights_18bcfe56800_0',
      'flights_18bcfe56800_1',
      'flights_18bcfe56800_2',
    ]);
    const last = progress.at(-1)!;
    expect([last.rowsRead, last.bytesTotal]).toEqual([3_000_000, 13_493_022]);
    expect(last.bytesRead).toBeGreaterThan(0.99 * last.bytesTotal);
    const statistics = (name: string) =>
      report.segments.map((segment) => segment.columns.find((column) => column.name === name)!);
    expect(
      statistics('date')
        .map(({ min }) => min)
        .sort()[0],
    ).toBe(978_307_260_000_000n);
    expect(
      statistics('date')
        .map(({ max }) => max)
        .sort()
        .at(-1),
    ).toBe(993_945_600_000_000n);
    const delays = statistics('delay').flatMap(({ min, max }) => [Number(min), Number(max)]);
    expect([Math.min(...delays), Math.max(...delays)]).toEqual([-1116, 1688]);
    const file = fileOf(segments[0]!);
    const origin = readSegment(file).columns.find(({ name }) => name === 'origin')!;
    expect(origin.encoding).toMatchObject({ kind: 'dictionary', codeBytes: 1 });
  }, 30_000);

  it('rows keep their order across files and segments, and every file its columns', async () => {
    const first = folder.write(
      'first.csv',
      `id,name\n${Array.from({ length: 1500 }, (_, row) => `${row},n${row % 3}`).join('\n')}\n`,
    );
    const second = folder.write(
      'second.ndjson',
      Array.from({ length: 1000 }, (_, row) => JSON.stringify({ ID: 1500 + row })).join('\n'),
    );
    const { report, segments } = await load([first, second]);
    expect(report.schema).toEqual({
      name: 't',
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'name', type: 'STRING' },
      ],
    });
    expect(segments.map(({ metadata }) => metadata.rowCount)).toEqual([1000, 1000, 500]);
    const rows = rowsOf(segments);
    expect(rows.id).toEqual(Array.from({ length: 2500 }, (_, row) => BigInt(row)));
    expect(rows.name).toEqual(
      Array.from({ length: 2500 }, (_, row) => (row < 1500 ? `n${row % 3}` : null)),
    );
  });

  it('a schema gives types that are never inferred, and widens what a file has', async () => {
    const schema: TableSchema = {
      name: 'ignored',
      columns: [
        { name: 'small', type: 'INT' },
        { name: 'day', type: 'TIMESTAMP' },
        { name: 'ratio', type: 'DOUBLE' },
        { name: 'missing', type: 'FLOAT' },
      ],
    };
    const csv = folder.write('typed.csv', 'ratio,small,day\n1,2,2024-01-01\n');
    const parquet = folder.write(
      'typed.parquet',
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'small', data: [3], type: 'INT32' },
            { name: 'ratio', data: [4], type: 'INT32' },
          ],
        }),
      ),
    );
    const { report, segments } = await load([csv, parquet], { schema });
    expect(report.schema).toEqual({ ...schema, name: 't' });
    expect(rowsOf(segments)).toEqual({
      small: [2, 3],
      day: [1_704_067_200_000_000n, null],
      ratio: [1, 4],
      missing: [null, null],
    });
  });

  it('accepted and rejected rows add up, as long as there are few enough', async () => {
    const rows = Array.from({ length: 30_000 }, (_, row) =>
      row >= 20_000 && row % 1000 === 0 ? 'x' : row,
    );
    const file = folder.write('few.csv', `id,b\n${rows.map((id) => `${id},1`).join('\n')}\n`);
    const { report } = await load([file], { maxErrors: 10, segmentRows: 1_000_000 });
    expect([report.rowsRead, report.rowsAccepted, report.rowsRejected]).toEqual([
      30_000, 29_990, 10,
    ]);
    expect(report.rejections[0]).toEqual({
      file,
      line: 20_002,
      column: 'id',
      value: 'x',
      reason: 'expected BIGINT',
    });
    await expect(load([file], { maxErrors: 9 })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(
        /few\.csv: line 20002, column id: expected BIGINT, found "x"; 10 rows were rejected and 9 may be/,
      ),
    });
  });

  it('a file that does not fit is refused before any row is read', async () => {
    const good = folder.write('good.csv', 'id,name\n1,a\n');
    const cases: [string, string, RegExp][] = [
      [
        'extra.csv',
        'id,nam\n1,a\n',
        /extra\.csv: expected columns of table t, found nam \(did you mean name\?\)/,
      ],
      ['header.csv', '', /expected at least one column, found none/],
    ];
    for (const [name, content, message] of cases) {
      const segments: string[] = [];
      const loading = load([good, folder.write(name, content)], {
        segmentRows: 1,
        onSegment: async (segment) => void segments.push(segment.name),
      });
      await expect(loading).rejects.toMatchObject({
        code: 'SCHEMA_MISMATCH',
        message: expect.stringMatching(message),
      });
      expect(segments).toEqual([]);
    }
    const parquet = folder.write(
      'text.parquet',
      new Uint8Array(
        parquetWriteBuffer({ columnData: [{ name: 'id', data: ['x'], type: 'STRING' }] }),
      ),
    );
    await expect(load([good, parquet])).rejects.toMatchObject({
      message: expect.stringMatching(/column id: expected BIGINT, found STRING/),
    });
  });

  it('unknown formats, missing files and no files have their errors', async () => {
    await expect(load([folder.write('x.xlsx', '')])).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: expect.stringMatching(/x\.xlsx: expected a file named \.parquet/),
    });
    await expect(load([folder.path('missing.csv')])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(load([])).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('a file without rows makes no segment', async () => {
    const { report, segments } = await load([folder.write('none.csv', 'a,b\n')]);
    expect([segments.length, report.rowsRead, report.schema.columns.length]).toEqual([0, 0, 2]);
  });
});
