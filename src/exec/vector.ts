import type { DataType } from '../base/types.ts';

/**
 * A column of a batch. Two shapes, told apart by `kind`:
 *
 * - `flat`: one value a row in `data`: INT and DATE Int32Array; BIGINT and TIMESTAMP BigInt64Array;
 *   FLOAT and DOUBLE Float64Array; BOOLEAN Uint8Array of 0 and 1. Never STRING.
 * - `text`: STRING: `codes[row]` is an index into `dictionary`, whose entries need not be distinct
 *   or sorted.
 *
 * `nulls` is one byte a row, 1 = NULL, or null when there is no NULL; a NULL row holds an arbitrary
 * valid value (text: a valid code). Vectors are immutable once made; buffers may be views of linear
 * memory that are valid only until the caller's scratch is released, unless said otherwise.
 */
export type Vector = FlatVector | TextVector;

/** Fixed-width values. */
export interface FlatVector {
  readonly kind: 'flat';
  readonly type: Exclude<DataType, 'STRING'>;
  readonly data: FlatData;
  readonly nulls: Uint8Array | null;
}

/** Dictionary-encoded text. */
export interface TextVector {
  readonly kind: 'text';
  readonly type: 'STRING';
  readonly codes: Uint32Array;
  readonly dictionary: TextDictionary;
  readonly nulls: Uint8Array | null;
}

/** The entries of a text vector: an array, or something that decodes them when they are asked for. */
export interface TextDictionary {
  readonly length: number;
  /** The entry of a code below `length`. */
  at(code: number): string | undefined;
  /** True when entries are distinct and in order: their codes compare as they do. */
  readonly isSorted?: boolean;
}

/** The arrays that hold flat values. */
export type FlatData = Int32Array | BigInt64Array | Float64Array | Uint8Array;
