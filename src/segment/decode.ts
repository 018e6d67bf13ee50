import { arrayText, type Element } from '../base/array-text.ts';
import { assert } from '../base/assert.ts';
import { byteString } from '../base/byte-string.ts';
import { decodeUtf8 } from '../base/bytes.ts';
import { wideValue } from '../base/decimal.ts';
import { EngineError } from '../base/errors.ts';
import { type FlatType, isDecimal, isText, physicalType, type Value } from '../base/types.ts';
import { integerValue } from './encode-integers.ts';
import { viewOf } from './format.ts';
import {
  type BufferRole,
  type ColumnMetadata,
  type EntryType,
  elementsOf,
  isCoded,
  textEntryType,
} from './metadata.ts';
import type { ColumnBuffers } from './read.ts';
import { holdsBytes } from './text-bytes.ts';

/** Dictionary entries as arrays: i32 and i64 as they are, floats widened to f64, wide decimals as wide keys. */
export type DictionaryValues = readonly string[] | Int32Array | BigInt64Array | Float64Array;

/**
 * The entries of a dictionary column in order of their codes. The result is a copy: it stays valid
 * when the buffers' memory is reused.
 *
 * @param buffers must have the column's dictionary buffers, verified; may be views of shared memory.
 * @throws EngineError CORRUPT_DATA when text offsets are not ascending or text is not UTF-8.
 */
export function decodeDictionary(
  column: Omit<ColumnMetadata, 'buffers'>,
  buffers: ColumnBuffers,
): DictionaryValues {
  assert(column.encoding.kind === 'dictionary', () => `column ${column.name} has a dictionary`);
  const { type } = column;
  const entryType = textEntryType(column);
  if (entryType === null) {
    assert(!isText(type), 'text has entries of text');
    return rawValues(type, bufferOf(column, buffers, 'dictionaryValues'));
  }
  const offsets = new Uint32Array(copyOf(bufferOf(column, buffers, 'dictionaryOffsets')));
  return decodeTexts(column, entryType, offsets, bufferOf(column, buffers, 'dictionaryBytes'));
}

/**
 * Every row's value, one by one: for tests and tools, not for queries.
 *
 * @param rowCount rows of the segment.
 * @param buffers all buffers of the column, verified.
 * @param elementBuffers of an array: all buffers of its elements, verified.
 * @throws EngineError CORRUPT_DATA when a code has no dictionary entry, or text is broken.
 */
export function decodeColumn(
  rowCount: number,
  column: ColumnMetadata,
  buffers: ColumnBuffers,
  elementBuffers: ColumnBuffers = {},
): Value[] {
  const nulls = column.nullCount > 0 ? bufferOf(column, buffers, 'nulls') : null;
  const valueAt =
    column.encoding.kind === 'array'
      ? arrayDecoder(column, buffers, elementBuffers)
      : rowDecoder(column, buffers);
  return Array.from({ length: rowCount }, (_, row) =>
    nulls !== null && nulls[row >> 3]! & (1 << (row & 7)) ? null : valueAt(row),
  );
}

function arrayDecoder(
  column: ColumnMetadata,
  buffers: ColumnBuffers,
  elementBuffers: ColumnBuffers,
): (row: number) => Value {
  assert(column.encoding.kind === 'array', 'only arrays have elements');
  const offsets = new Uint32Array(copyOf(bufferOf(column, buffers, 'offsets')));
  const { valueCount } = column.encoding;
  for (let row = 0; row + 1 < offsets.length; row++) {
    if (offsets[row]! <= offsets[row + 1]!) continue;
    const found = `${offsets[row]} before ${offsets[row + 1]}`;
    throw corrupt(column, 'ascending offsets of values', found);
  }
  if (offsets[0] !== 0 || offsets.at(-1) !== valueCount) {
    const found = `${offsets[0]} to ${offsets.at(-1)}`;
    throw corrupt(column, `offsets from 0 to ${valueCount}`, found);
  }
  const values = decodeColumn(valueCount, elementsOf(column), elementBuffers) as Element[];
  return (row) => arrayText(values.slice(offsets[row], offsets[row + 1]));
}

function rowDecoder(column: ColumnMetadata, buffers: ColumnBuffers): (row: number) => Value {
  const { encoding, type } = column;
  if (encoding.kind === 'raw') {
    assert(!isText(type), 'text is never raw');
    const values = rawValues(type, bufferOf(column, buffers, 'values'));
    return (row) => values[row]!;
  }
  assert(isCoded(encoding), 'arrays have a decoder of their own');
  const view = viewOf(bufferOf(column, buffers, 'codes'));
  const { codeBytes } = encoding;
  const codeAt = (row: number): number => {
    if (codeBytes === 1) return view.getUint8(row);
    return codeBytes === 2 ? view.getUint16(2 * row, true) : view.getUint32(4 * row, true);
  };
  if (encoding.kind === 'affine') {
    assert(!isText(type), 'text has a dictionary');
    return (row) => integerValue(type, encoding.base + BigInt(codeAt(row)) * encoding.scale);
  }
  const dictionary = decodeDictionary(column, buffers);
  return (row) => {
    const value = dictionary[codeAt(row)];
    if (value === undefined) {
      throw corrupt(column, `codes below ${dictionary.length}`, `${codeAt(row)} in row ${row}`);
    }
    return isDecimal(type) && typeof value === 'string' ? wideValue(value) : value;
  };
}

function rawValues(type: FlatType, bytes: Uint8Array): Int32Array | BigInt64Array | Float64Array {
  const copy = copyOf(bytes);
  switch (physicalType(type)) {
    case 'i32':
      return new Int32Array(copy);
    case 'f32':
      return Float64Array.from(new Float32Array(copy));
    case 'f64':
      return new Float64Array(copy);
    case 'i64':
      return new BigInt64Array(copy);
    case 'flag':
      assert(false, 'a BOOLEAN is never raw and has no dictionary');
  }
}

function decodeTexts(
  column: Pick<ColumnMetadata, 'name'>,
  type: EntryType,
  offsets: Uint32Array,
  shared: Uint8Array,
): string[] {
  const bytes = new Uint8Array(copyOf(shared));
  const count = offsets.length - 1;
  for (let index = 0; index < count; index++) {
    if (offsets[index]! > offsets[index + 1]!) {
      throw corrupt(
        column,
        'ascending text offsets',
        `${offsets[index]} before ${offsets[index + 1]}`,
      );
    }
  }
  if (offsets[0] !== 0 || offsets[count] !== bytes.length) {
    throw corrupt(
      column,
      `offsets from 0 to ${bytes.length}`,
      `${offsets[0]} to ${offsets[count]}`,
    );
  }
  if (holdsBytes(type)) {
    return Array.from({ length: count }, (_, index) =>
      byteString(bytes.subarray(offsets[index]!, offsets[index + 1]!)),
    );
  }
  const what = `segment: column ${column.name}`;
  const all = decodeUtf8(bytes, what);
  // In ASCII text bytes and characters have the same places.
  const isAscii = all.length === bytes.length;
  return Array.from({ length: count }, (_, index) => {
    const [start, end] = [offsets[index]!, offsets[index + 1]!];
    return isAscii ? all.slice(start, end) : decodeUtf8(bytes.subarray(start, end), what);
  });
}

function bufferOf(
  column: Pick<ColumnMetadata, 'name'>,
  buffers: ColumnBuffers,
  role: BufferRole,
): Uint8Array {
  const bytes = buffers[role];
  assert(bytes !== undefined, () => `the ${role} buffer of column ${column.name} was handed in`);
  return bytes;
}

/** A copy in memory of its own: aligned, and not shared. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}

function corrupt(
  column: Pick<ColumnMetadata, 'name'>,
  expected: string,
  found: string,
): EngineError {
  return new EngineError(
    'CORRUPT_DATA',
    `segment: column ${column.name}: expected ${expected}, found ${found}`,
  );
}
