import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { arrayOf, DATA_TYPES, type DataType, type Value } from '../../src/base/types.ts';
import { decodeColumn } from '../../src/segment/decode.ts';
import type { ColumnMetadata } from '../../src/segment/metadata.ts';
import { readSegment } from '../../src/segment/read.ts';
import { columnBuffers } from './decode-stored.ts';
import { buildSegment, fileOf } from './files.ts';
import { chunkOf, randomValues, SHAPES } from './random-column.ts';

const folder = join(import.meta.dirname, 'golden');

/** What a file holds, readable in a diff: values with their kind, and how columns are stored. */
function describeFile(file: Uint8Array): string {
  const metadata = readSegment(file);
  const columns = metadata.columns.map((column) => ({
    ...column,
    buffers: column.buffers.map(({ role, lengthBytes }) => `${role} ${lengthBytes}`).join(', '),
    ...(column.elements === undefined ? {} : { elements: describeElements(column.elements) }),
    rows: decodeColumn(
      metadata.rowCount,
      column,
      columnBuffers(file, column),
      column.elements && columnBuffers(file, column.elements),
    ),
  }));
  // Files of before indexes have a description of before indexes.
  const indexes = metadata.indexes.length === 0 ? {} : { indexes: metadata.indexes };
  const shown = { ...metadata, columns, indexes: undefined, ...indexes };
  return `${JSON.stringify(shown, showValue, 1)}\n`;
}

function describeElements(elements: ColumnMetadata): object {
  const buffers = elements.buffers.map(({ role, lengthBytes }) => `${role} ${lengthBytes}`);
  return { ...elements, buffers: buffers.join(', ') };
}

function showValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `bigint ${value}`;
  if (Object.is(value, -0)) return 'number -0';
  return typeof value === 'number' && !Number.isFinite(value) ? `number ${value}` : value;
}

/** One segment for each shape of data, with a column of every type with and without NULLs. */
function writeGoldenFiles(): void {
  mkdirSync(folder, { recursive: true });
  for (const shape of SHAPES) {
    const path = join(folder, `${shape}.segment`);
    if (existsSync(path)) continue;
    const random = new Prng(SHAPES.indexOf(shape));
    const columns = DATA_TYPES.flatMap((type) =>
      [0, 0.3].map((nullShare) => {
        const values: Value[] = randomValues(random, type, shape, 40, nullShare);
        const name = `${type.toLowerCase()}${nullShare > 0 ? '_nullable' : ''}`;
        return { name, type, chunk: chunkOf(type, values) };
      }),
    );
    const file = fileOf(buildSegment(`golden_${shape}`, columns));
    writeFileSync(path, file);
    writeFileSync(path.replace('.segment', '.json'), describeFile(file));
  }
}

/** One segment whose buffers lie in every stored form. */
function writeStoredGoldenFile(): void {
  const path = join(folder, 'stored.segment');
  if (existsSync(path)) return;
  const rows = Array.from({ length: 300 }, (_, row) => row);
  const columns: [DataType, (row: number) => Value][] = [
    ['BOOLEAN', (row) => row > 200],
    ['INT', (row) => (row * 7919) % 1009],
    ['DATE', (row) => 20_000 + Math.floor(row / 60)],
    ['BIGINT', (row) => BigInt(row) ** 5n * (row % 2 === 0 ? 1n : -1n)],
    ['TIMESTAMP', (row) => 1_700_000_000_000_000n + BigInt(row * 100_000_003 + ((row * 37) % 7))],
    ['FLOAT', (row) => Math.fround(((row * 7919) % 1009) / 10)],
    ['DOUBLE', (row) => [-0, NaN, Infinity][row - 100] ?? ((row * 7919) % 1009) / 100],
    ['STRING', (row) => `https://www.example.com/${row % 9}/item-${(row * 7919) % 1009}`],
    ['STRING', (row) => (row % 50 === 0 ? null : `${'long '.repeat(row % 3)}text`)],
  ];
  const named = columns.map(([type, valueAt], index) => ({
    name: `column${index}`,
    type,
    chunk: chunkOf(type, rows.map(valueAt)),
  }));
  const file = fileOf(buildSegment('golden_stored', named));
  const codecs = readSegment(file).columns.flatMap(({ buffers }) =>
    buffers.map(({ storage }) => storage?.codec),
  );
  expect(new Set(codecs)).toEqual(new Set(['packed', 'decimal', 'frontCoded', 'lz4', undefined]));
  writeFileSync(path, file);
  writeFileSync(path.replace('.segment', '.json'), describeFile(file));
}

/** One segment of arrays. */
function writeArraysGoldenFile(): void {
  const path = join(folder, 'arrays.segment');
  if (existsSync(path)) return;
  const texts = (values: readonly (string | null)[]) =>
    ({
      kind: 'texts',
      values: values.map((value) => value ?? ''),
      nulls: Uint8Array.from(values, (value) => (value === null ? 1 : 0)),
    }) as const;
  const columns = [
    { name: 'tags', type: arrayOf('STRING'), chunk: texts(['["a","b"]', '[]', null, '["b"]']) },
    { name: 'n', type: arrayOf('INT'), chunk: texts(['[3,-1,3]', '[7]', '[]', '[1000000]']) },
    { name: 'd', type: arrayOf('DOUBLE'), chunk: texts(['[0.5,NaN]', null, null, '[Infinity]']) },
  ];
  const file = fileOf(buildSegment('golden_arrays', columns));
  writeFileSync(path, file);
  writeFileSync(path.replace('.segment', '.json'), describeFile(file));
}

if (process.env.UPDATE) {
  writeGoldenFiles();
  writeStoredGoldenFile();
  writeArraysGoldenFile();
}

describe('segment files written by earlier versions stay readable', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.segment'));

  it('there is one for every shape of data, one of stored forms and one of arrays', () => {
    expect(names).toEqual(
      [...SHAPES, 'stored', 'arrays'].map((shape) => `${shape}.segment`).sort(),
    );
  });

  for (const name of names) {
    it(name, () => {
      const expected = readFileSync(join(folder, name.replace('.segment', '.json')), 'utf8');
      expect(describeFile(new Uint8Array(readFileSync(join(folder, name))))).toBe(expected);
    });
  }
});
