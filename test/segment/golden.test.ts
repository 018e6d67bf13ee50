import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { DATA_TYPES, type Value } from '../../src/base/types.ts';
import { decodeColumn } from '../../src/segment/decode.ts';
import { columnBuffers, readSegment } from '../../src/segment/read.ts';
import { buildSegment, fileOf } from './files.ts';
import { chunkOf, randomValues, SHAPES } from './random-column.ts';

const folder = join(import.meta.dirname, 'golden');

/** What a file holds, readable in a diff: values with their kind, and how columns are stored. */
function describeFile(file: Uint8Array): string {
  const metadata = readSegment(file);
  const columns = metadata.columns.map((column) => ({
    ...column,
    buffers: column.buffers.map(({ role, lengthBytes }) => `${role} ${lengthBytes}`).join(', '),
    rows: decodeColumn(metadata.rowCount, column, columnBuffers(file, column)),
  }));
  // Files of before indexes have a description of before indexes.
  const indexes = metadata.indexes.length === 0 ? {} : { indexes: metadata.indexes };
  const shown = { ...metadata, columns, indexes: undefined, ...indexes };
  return `${JSON.stringify(shown, showValue, 1)}\n`;
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

if (process.env.UPDATE) writeGoldenFiles();

describe('segment files written by earlier versions stay readable', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.segment'));

  it('there is one for every shape of data', () => {
    expect(names).toEqual(SHAPES.map((shape) => `${shape}.segment`).sort());
  });

  for (const name of names) {
    it(name, () => {
      const expected = readFileSync(join(folder, name.replace('.segment', '.json')), 'utf8');
      expect(describeFile(new Uint8Array(readFileSync(join(folder, name))))).toBe(expected);
    });
  }
});
