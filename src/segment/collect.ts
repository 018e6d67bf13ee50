import { assert } from '../base/assert.ts';
import type { DataType } from '../base/types.ts';
import { type ColumnChunk, chunkRowCount } from './column-chunk.ts';
import { encodeFloats } from './encode-floats.ts';
import { encodeIntegers } from './encode-integers.ts';
import { encodeTexts } from './encode-texts.ts';
import type { EncodedColumn } from './encoded-column.ts';
import { TextInterner } from './text-interner.ts';

/** Gathers one column's chunks, then encodes them. */
export interface ColumnCollector {
  /** Takes the column's next rows; keeps references to the chunk's arrays. */
  append(chunk: ColumnChunk): void;
  /**
   * Encodes all rows taken so far.
   *
   * @param order the rows in the order in which they are to be stored; null for as they came.
   */
  encode(order: Uint32Array | null): EncodedColumn;
}

/**
 * A collector for a column of this type. A chunk of another type is a defect of the caller.
 *
 * @param raw true for plain values where the type has such an encoding, whatever is smaller.
 */
export function columnCollector(type: DataType, raw = false): ColumnCollector {
  if (type === 'STRING') return textCollector();
  const chunks: NumericChunk[] = [];
  return {
    append(chunk) {
      assert(isNumericChunkOf(chunk, type), () => `segment: a ${chunk.kind} chunk for ${type}`);
      chunks.push(chunk);
    },
    encode(order) {
      const nulls = inOrder(joinNulls(chunks), order);
      if (type === 'FLOAT' || type === 'DOUBLE') {
        return encodeFloats(type, inOrder(joinFloats(type, chunks), order), nulls, raw);
      }
      return encodeIntegers(type, inOrder(joinIntegers(chunks), order), nulls, raw);
    },
  };
}

type NumericChunk = Extract<ColumnChunk, { kind: 'integers' | 'floats' | 'booleans' }>;

function isNumericChunkOf(chunk: ColumnChunk, type: DataType): chunk is NumericChunk {
  if (type === 'BOOLEAN') return chunk.kind === 'booleans';
  if (type === 'FLOAT' || type === 'DOUBLE') return chunk.kind === 'floats';
  return chunk.kind === 'integers';
}

function textCollector(): ColumnCollector {
  const interner = new TextInterner();
  const chunks: { values: Uint32Array; nulls: Uint8Array | null }[] = [];
  return {
    append(chunk) {
      chunks.push({ values: interner.idsOf(chunk), nulls: chunk.nulls });
    },
    encode(order) {
      const ids = new Uint32Array(totalRows(chunks));
      let start = 0;
      for (const { values } of chunks) {
        ids.set(values, start);
        start += values.length;
      }
      return encodeTexts(inOrder(ids, order), interner.texts, inOrder(joinNulls(chunks), order));
    },
  };
}

function inOrder<T extends Uint8Array | Uint32Array | BigInt64Array | Float64Array | null>(
  values: T,
  order: Uint32Array | null,
): T {
  if (values === null || order === null) return values;
  const ordered = values.slice() as Exclude<T, null>;
  for (let row = 0; row < order.length; row++) ordered[row] = values[order[row]!]!;
  return ordered;
}

function totalRows(chunks: readonly { readonly values: { readonly length: number } }[]): number {
  return chunks.reduce((sum, { values }) => sum + values.length, 0);
}

/** One byte a row over all chunks; null when no row is NULL. */
function joinNulls(
  chunks: readonly { values: { readonly length: number }; nulls: Uint8Array | null }[],
): Uint8Array | null {
  if (!chunks.some(({ nulls }) => nulls?.includes(1))) return null;
  const joined = new Uint8Array(totalRows(chunks));
  let start = 0;
  for (const { values, nulls } of chunks) {
    if (nulls !== null) joined.set(nulls, start);
    start += values.length;
  }
  return joined;
}

/** Widened to 64 bits. */
function joinIntegers(chunks: readonly NumericChunk[]): BigInt64Array {
  const joined = new BigInt64Array(totalRows(chunks));
  const words = new Int32Array(joined.buffer);
  let start = 0;
  for (const { values } of chunks) {
    if (values instanceof BigInt64Array) {
      joined.set(values, start);
    } else {
      for (let row = 0; row < values.length; row++) {
        const value = values[row]!;
        words[2 * (start + row)] = value;
        words[2 * (start + row) + 1] = value >> 31;
      }
    }
    start += values.length;
  }
  return joined;
}

function joinFloats(type: 'FLOAT' | 'DOUBLE', chunks: readonly NumericChunk[]): Float64Array {
  const joined = new Float64Array(totalRows(chunks));
  let start = 0;
  for (const chunk of chunks) {
    assert(chunk.kind === 'floats', 'checked when it was appended');
    joined.set(chunk.values, start);
    start += chunkRowCount(chunk);
  }
  if (type === 'FLOAT')
    for (let row = 0; row < joined.length; row++) joined[row] = Math.fround(joined[row]!);
  return joined;
}
