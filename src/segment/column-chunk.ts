import { fitsInt64, wideKey } from '../base/decimal.ts';
import { type DataType, isDecimal, physicalType, type Value } from '../base/types.ts';

/**
 * Some consecutive rows of one column on their way into a segment. `nulls` is one byte a row, 1 =
 * NULL, or null when no row is NULL; what a NULL row holds in `values` or `codes` does not matter.
 * A builder keeps references to the arrays, so the caller must not change them afterwards.
 */
export type ColumnChunk = IntegerChunk | FloatChunk | BooleanChunk | TextChunk | EncodedTextChunk;

/** Types of physical type `i32` as Int32Array, of `i64` as BigInt64Array. */
export interface IntegerChunk {
  readonly kind: 'integers';
  readonly values: BigInt64Array | Int32Array;
  readonly nulls: Uint8Array | null;
}

/** FLOAT and DOUBLE; a FLOAT is rounded to single precision when it is stored. */
export interface FloatChunk {
  readonly kind: 'floats';
  readonly values: Float64Array | Float32Array;
  readonly nulls: Uint8Array | null;
}

/** BOOLEAN, one byte a row, 0 or 1. */
export interface BooleanChunk {
  readonly kind: 'booleans';
  readonly values: Uint8Array;
  readonly nulls: Uint8Array | null;
}

/** Text, one string a row; or decimals of which some do not fit 64 bits, one wide key a row. */
export interface TextChunk {
  readonly kind: 'texts';
  readonly values: readonly string[];
  readonly nulls: Uint8Array | null;
}

/** STRING as indexes into a dictionary, whose entries need not be distinct, sorted or all used. */
export interface EncodedTextChunk {
  readonly kind: 'encodedTexts';
  readonly codes: Uint32Array;
  readonly dictionary: readonly string[];
  readonly nulls: Uint8Array | null;
}

/** A chunk of decimals: integers when all fit 64 bits. */
export function decimalChunk(values: readonly bigint[], nulls: Uint8Array | null): ColumnChunk {
  return values.every(fitsInt64)
    ? { kind: 'integers', values: BigInt64Array.from(values), nulls }
    : { kind: 'texts', values: values.map(wideKey), nulls };
}

/** Rows in a chunk. */
export function chunkRowCount(chunk: ColumnChunk): number {
  return chunk.kind === 'encodedTexts' ? chunk.codes.length : chunk.values.length;
}

/** The rows [start, end) of a chunk; typed arrays are views, not copies. */
export function sliceChunk(chunk: ColumnChunk, start: number, end: number): ColumnChunk {
  if (start === 0 && end === chunkRowCount(chunk)) return chunk;
  const nulls = chunk.nulls?.subarray(start, end) ?? null;
  switch (chunk.kind) {
    case 'integers':
      return { kind: 'integers', values: chunk.values.subarray(start, end), nulls };
    case 'floats':
      return { kind: 'floats', values: chunk.values.subarray(start, end), nulls };
    case 'booleans':
      return { kind: 'booleans', values: chunk.values.subarray(start, end), nulls };
    case 'texts':
      return { kind: 'texts', values: chunk.values.slice(start, end), nulls };
    case 'encodedTexts':
      return { ...chunk, codes: chunk.codes.subarray(start, end), nulls };
  }
}

/** A chunk of `rowCount` NULLs, for a column that a file does not have. */
export function nullChunk(type: DataType, rowCount: number): ColumnChunk {
  const nulls = new Uint8Array(rowCount).fill(1);
  switch (physicalType(type)) {
    case 'flag':
      return { kind: 'booleans', values: new Uint8Array(rowCount), nulls };
    case 'i32':
      return { kind: 'integers', values: new Int32Array(rowCount), nulls };
    case 'i64':
      return { kind: 'integers', values: new BigInt64Array(rowCount), nulls };
    case 'f32':
    case 'f64':
      return { kind: 'floats', values: new Float64Array(rowCount), nulls };
    case 'text':
      return { kind: 'encodedTexts', codes: new Uint32Array(rowCount), dictionary: [], nulls };
  }
}

/** A chunk of values of a type, which may be NULL. */
export function valuesChunk(type: DataType, values: readonly Value[]): ColumnChunk {
  const nulls = values.includes(null)
    ? Uint8Array.from(values, (value) => (value === null ? 1 : 0))
    : null;
  const bigints = (): bigint[] => values.map((value) => BigInt(value ?? 0));
  if (isDecimal(type)) return decimalChunk(bigints(), nulls);
  switch (physicalType(type)) {
    case 'flag':
      return { kind: 'booleans', values: Uint8Array.from(values, Number), nulls };
    case 'i32':
      return { kind: 'integers', values: Int32Array.from(values, Number), nulls };
    case 'i64':
      return { kind: 'integers', values: BigInt64Array.from(bigints()), nulls };
    case 'f32':
    case 'f64':
      return { kind: 'floats', values: Float64Array.from(values, Number), nulls };
    case 'text':
      return { kind: 'texts', values: values.map((value) => String(value ?? '')), nulls };
  }
}
