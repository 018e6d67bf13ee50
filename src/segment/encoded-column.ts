import type { ElementType, Value } from '../base/types.ts';
import type { ColumnChunk } from './column-chunk.ts';
import type { BufferRole, ColumnEncoding } from './metadata.ts';

/** A column as it goes into a segment file, before its buffers have a place in it. */
export interface EncodedColumn {
  readonly encoding: ColumnEncoding;
  readonly nullCount: number;
  readonly min: Value;
  readonly max: Value;
  readonly buffers: readonly EncodedBuffer[];
  /** Of arrays: their elements. */
  readonly elements?: EncodedColumn & { readonly type: ElementType };
}

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

/** One buffer's content. */
export interface EncodedBuffer<Role extends string = BufferRole> {
  readonly role: Role;
  readonly bytes: Uint8Array;
}

/** The fewest bytes (1, 2 or 4) that hold codes below `codeCount`. */
export function codeWidthBytes(codeCount: number): 1 | 2 | 4 {
  if (codeCount <= 0x100) return 1;
  return codeCount <= 0x1_0000 ? 2 : 4;
}

/** A `codes` buffer: each code in `codeBytes` bytes, little-endian. */
export function codesBuffer(codes: Uint32Array, codeBytes: 1 | 2 | 4): EncodedBuffer {
  const narrow =
    codeBytes === 1 ? new Uint8Array(codes) : codeBytes === 2 ? new Uint16Array(codes) : codes;
  return { role: 'codes', bytes: bytesOf(narrow) };
}

/** The `nulls` buffer of one byte a row, or nothing when there are no NULLs. */
export function nullsBuffers(nulls: Uint8Array | null): EncodedBuffer[] {
  if (nulls === null) return [];
  const bytes = new Uint8Array(nullsLengthBytes(nulls.length));
  for (let row = 0; row < nulls.length; row++) {
    if (nulls[row] !== 0) bytes[row >> 3]! |= 1 << (row & 7);
  }
  return [{ role: 'nulls', bytes }];
}

/** Length of a `nulls` buffer: whole 64-bit words. */
export function nullsLengthBytes(rowCount: number): number {
  return Math.ceil(rowCount / 64) * 8;
}

/** Rows that are NULL. */
export function countNulls(nulls: Uint8Array | null): number {
  let count = 0;
  if (nulls !== null) for (const flag of nulls) if (flag !== 0) count++;
  return count;
}

/** The memory of a typed array as bytes; a view, little-endian as on every host that Node runs on. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
