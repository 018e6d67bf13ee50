import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import type { DataType, Value } from '../../src/base/types.ts';
import { bufferDecoder } from '../../src/kernels/buffer-decoder.ts';
import { readSegment, storedBytes } from '../../src/segment/read.ts';
import { decodeStored } from '../segment/decode-stored.ts';
import { buildSegment, fileOf } from '../segment/files.ts';
import { chunkOf } from '../segment/random-column.ts';
import { loadModule } from './load.ts';

const rows = Array.from({ length: 200_000 }, (_, row) => row);
const columns: readonly [DataType, (row: number) => Value][] = [
  ['INT', (row) => (row * 7919) % 1009],
  ['TIMESTAMP', (row) => 1_700_000_000_000_000n + BigInt(row * 100_000_003)],
  ['DOUBLE', (row) => ((row * 7919) % 100_003) / 100],
  ['STRING', (row) => `https://www.example.com/${row % 9}/item-${(row * 7919) % 1009}`],
  ['STRING', (row) => (row % 50 === 0 ? null : `${'long '.repeat(row % 3)}text`)],
];
const file = fileOf(
  buildSegment(
    'stored',
    columns.map(([type, valueAt], at) => ({
      name: `column${at}`,
      type,
      chunk: chunkOf(type, rows.map(valueAt)),
    })),
  ),
);
const buffers = readSegment(file).columns.flatMap((column) => column.buffers);
const stored = buffers.flatMap(({ storage, ...location }) =>
  storage === undefined ? [] : [{ ...location, storage }],
);

describe('stored buffers are decoded outside of an engine', () => {
  const decode = bufferDecoder(loadModule('shared'));

  it('as their twin decodes them, into memory that nobody shares', () => {
    expect(new Set(stored.map(({ storage }) => storage.codec)).size).toBeGreaterThanOrEqual(3);
    for (const location of stored) {
      const bytes = decode(location, storedBytes(file, location));
      expect(bytes.buffer).toBeInstanceOf(ArrayBuffer);
      const expected = decodeStored(location, storedBytes(file, location));
      expect(Buffer.compare(bytes, expected), location.role).toBe(0);
    }
  });

  it('or refused', () => {
    const location = stored[0]!;
    const damaged = storedBytes(file, location).slice().fill(255);
    expect(() => decode(location, damaged)).toThrow(EngineError);
  });
});
