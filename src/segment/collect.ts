import { assert } from '../base/assert.ts';
import { fitsInt64, wideKey, wideValue } from '../base/decimal.ts';
import {
  type ArrayType,
  type DataType,
  type DecimalType,
  type FlatType,
  isArray,
  isDecimal,
  isFloat,
  isText,
  type TextType,
} from '../base/types.ts';
import { arrayCollector } from './collect-arrays.ts';
import { type ColumnChunk, chunkRowCount } from './column-chunk.ts';
import { encodeFloats } from './encode-floats.ts';
import { encodeIntegers } from './encode-integers.ts';
import { encodeTexts } from './encode-texts.ts';
import type { ColumnCollector, EncodedColumn } from './encoded-column.ts';
import { TextInterner } from './text-interner.ts';

/**
 * A collector for a column of this type. A chunk of another type is a defect of the caller.
 *
 * @param raw true for plain values where the type has such an encoding, whatever is smaller.
 */
export function columnCollector(type: DataType, raw = false): ColumnCollector {
  if (isArray(type)) return arrayCollector(type, (element) => columnCollector(element, raw));
  if (isText(type)) return textCollector(type);
  if (isDecimal(type)) return decimalCollector(type, raw);
  const chunks: NumericChunk[] = [];
  return {
    append(chunk) {
      assert(isNumericChunkOf(chunk, type), () => `segment: a ${chunk.kind} chunk for ${type}`);
      chunks.push(chunk);
    },
    encode(order) {
      const nulls = inOrder(joinNulls(chunks), order);
      if (isFloat(type)) {
        return encodeFloats(type, inOrder(joinFloats(type, chunks), order), nulls, raw);
      }
      return encodeIntegers(type, inOrder(joinIntegers(chunks), order), nulls, raw);
    },
  };
}

type NumericChunk = Extract<ColumnChunk, { kind: 'integers' | 'floats' | 'booleans' }>;

function isNumericChunkOf(chunk: ColumnChunk, type: FlatType): chunk is NumericChunk {
  if (type === 'BOOLEAN') return chunk.kind === 'booleans';
  if (isFloat(type)) return chunk.kind === 'floats';
  return chunk.kind === 'integers';
}

function textCollector(type: Exclude<TextType, ArrayType>): ColumnCollector {
  const interner = new TextInterner(type);
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
      const nulls = inOrder(joinNulls(chunks), order);
      return encodeTexts(type, inOrder(ids, order), interner.texts, nulls);
    },
  };
}

/** Integers as long as all values fit 64 bits, else a dictionary of wide keys, `raw` or not. */
function decimalCollector(type: DecimalType, raw: boolean): ColumnCollector {
  const narrow: Extract<ColumnChunk, { kind: 'integers' }>[] = [];
  const wide = new TextInterner(type);
  const pieces: (
    | { kind: 'narrow'; values: BigInt64Array | Int32Array; nulls: Uint8Array | null }
    | { kind: 'wide'; values: Uint32Array; nulls: Uint8Array | null }
  )[] = [];
  return {
    append(chunk) {
      if (chunk.kind === 'integers') {
        narrow.push(chunk);
        pieces.push({ ...chunk, kind: 'narrow' });
      } else {
        pieces.push({ kind: 'wide', values: wide.idsOf(chunk), nulls: chunk.nulls });
      }
    },
    encode(order) {
      const nulls = inOrder(joinNulls(pieces), order);
      if (pieces.length === narrow.length) {
        return encodeIntegers(type, inOrder(joinIntegers(narrow), order), nulls, raw);
      }
      const interned = wide.texts.map(wideValue);
      const unordered = pieces.flatMap((piece) =>
        piece.kind === 'wide'
          ? Array.from(piece.values, (id) => interned[id] ?? 0n)
          : Array.from(piece.values, BigInt),
      );
      const values = order === null ? unordered : Array.from(order, (row) => unordered[row]!);
      const isPresent = (row: number) => nulls === null || nulls[row] === 0;
      if (values.every((value, row) => fitsInt64(value) || !isPresent(row))) {
        return encodeIntegers(type, BigInt64Array.from(values), nulls, raw);
      }
      return encodeWide(type, values, nulls);
    },
  };
}

function encodeWide(
  type: DecimalType,
  values: readonly bigint[],
  nulls: Uint8Array | null,
): EncodedColumn {
  const interner = new TextInterner(type);
  const ids = interner.idsOf({ kind: 'texts', values: values.map(wideKey), nulls });
  const encoded = encodeTexts(type, ids, interner.texts, nulls);
  const [min, max] = [encoded.min, encoded.max].map((key) => wideValue(String(key)));
  return { ...encoded, min: min!, max: max! };
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
