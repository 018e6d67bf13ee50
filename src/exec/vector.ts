import type { DecimalType, FlatType, TextType } from '../base/types.ts';

/**
 * A column of a batch. Two shapes, told apart by `kind`:
 *
 * - `flat`: one value a row in `data`, by the physical type: `i32` Int32Array, `i64` BigInt64Array,
 *   `f32` and `f64` Float64Array, `flag` Uint8Array of 0 and 1.
 * - `text`: `codes[row]` is an index into `dictionary`, whose entries need not be distinct or sorted.
 *
 * Decimals that do not fit 64 bits are text whose entries are wide keys, see decimal-vector.ts.
 *
 * `nulls` is one byte a row, 1 = NULL, or null when there is no NULL; a NULL row holds an arbitrary
 * valid value (text: a valid code). Vectors are immutable once made; buffers may be views of linear
 * memory that are valid only until the caller's scratch is released, unless said otherwise.
 */
export type Vector = FlatVector | TextVector;

/** Fixed-width values. */
export interface FlatVector {
  readonly kind: 'flat';
  readonly type: FlatType;
  readonly data: FlatData;
  readonly nulls: Uint8Array | null;
}

/** Dictionary-encoded text. */
export interface TextVector {
  readonly kind: 'text';
  readonly type: TextType | DecimalType;
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
