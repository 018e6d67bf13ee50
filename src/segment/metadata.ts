import { assert } from '../base/assert.ts';
import { fitsInt64 } from '../base/decimal.ts';
import type { IndexConfig } from '../base/index-config.ts';
import {
  type ArrayType,
  type DataType,
  type DecimalType,
  isArray,
  isDecimal,
  isText,
  type TableSchema,
  type TextType,
  type Value,
} from '../base/types.ts';

/**
 * How a column's rows are stored. `dictionary` and `affine` columns are *coded*: each row is an
 * unsigned code of `codeBytes` bytes, and codes order as their values do.
 */
export type ColumnEncoding = DictionaryEncoding | AffineEncoding | RawEncoding | ArrayEncoding;

/** True when rows are codes. */
export function isCoded(encoding: ColumnEncoding): encoding is DictionaryEncoding | AffineEncoding {
  return encoding.kind === 'dictionary' || encoding.kind === 'affine';
}

/** `value = dictionary[code]`; the dictionary is sorted and holds every value once. */
export interface DictionaryEncoding {
  readonly kind: 'dictionary';
  readonly codeBytes: 1 | 2 | 4;
  /** Entries in the dictionary; codes are below it. */
  readonly cardinality: number;
}

/** `value = base + code × scale`, for integers, dates, timestamps and booleans. */
export interface AffineEncoding {
  readonly kind: 'affine';
  readonly codeBytes: 1 | 2 | 4;
  readonly base: bigint;
  /** At least 1. */
  readonly scale: bigint;
  /** One more than the largest code. */
  readonly codeCount: number;
}

/**
 * Values as they are, in their physical type: i32, i64, f32 or f64.
 */
export interface RawEncoding {
  readonly kind: 'raw';
}

/** The values of all rows one after another, stored as a column of their own: see `ColumnMetadata.elements`. */
export interface ArrayEncoding {
  readonly kind: 'array';
  /** Values of all rows. */
  readonly valueCount: number;
}

/**
 * What a buffer of a column holds.
 * - `codes`: one code a row (coded columns). `values`: one value a row (raw columns).
 * - `nulls`: one bit a row, least significant first, 64-bit words, set = NULL. Only when there are
 *   NULLs; NULL rows hold code or value 0.
 * - `dictionaryValues`: fixed-width dictionary entries, as raw values (BOOLEAN never has one).
 * - `dictionaryOffsets`: u32 × (cardinality + 1) into `dictionaryBytes`: UTF-8, or bytes as they are
 *   (BYTES, and decimals as wide keys).
 * - `offsets`: of arrays, u32 × (rows + 1), the place of each row's first value among the elements, and
 *   the end of the last row's. NULL rows have no values.
 * - `zones`: per 64 Ki rows the least and greatest code (u32 pairs), or value (i32, i64, f32 or f64
 *   pairs as the column's raw width) of the rows that are not NULL. An all-NULL zone has min > max.
 *   Float zones that hold NaN have max = +∞ and, if they hold only NaN, min = +∞ too.
 */
export type BufferRole =
  | 'codes'
  | 'values'
  | 'nulls'
  | 'dictionaryValues'
  | 'dictionaryOffsets'
  | 'dictionaryBytes'
  | 'offsets'
  | 'zones';

/**
 * How a buffer's bytes lie in the file, where that is not as they lie in memory: `storage/` draws the
 * forms.
 * - `packed`: integers in few bits, as distances from a base or from the value before, or as runs.
 * - `decimal`: floats as packed integers with a decimal exponent.
 * - `frontCoded`: sorted texts without the beginnings that they share.
 * - `lz4`: any bytes.
 */
export interface BufferStorage {
  readonly codec: 'packed' | 'decimal' | 'frontCoded' | 'lz4';
  /** Of the elements: integers or floats, 1 for bytes. */
  readonly widthBytes: 1 | 2 | 4 | 8;
  /** In the file; less than in memory. */
  readonly lengthBytes: number;
}

/** Where a buffer lies in the segment file. */
export interface BufferLocation<Role extends string = BufferRole> {
  readonly role: Role;
  /** From the start of the file; a multiple of 64. */
  readonly offsetBytes: number;
  /** In memory. */
  readonly lengthBytes: number;
  /** Of the bytes in the file. */
  readonly crc32c: number;
  /** Absent when the bytes in the file are those in memory. */
  readonly storage?: BufferStorage;
}

/** Length of a buffer in the file. */
export function storedLengthBytes({ lengthBytes, storage }: BufferLocation<string>): number {
  return storage?.lengthBytes ?? lengthBytes;
}

/** One column of a segment. */
export interface ColumnMetadata {
  readonly name: string;
  readonly type: DataType;
  readonly encoding: ColumnEncoding;
  readonly nullCount: number;
  /** Least and greatest value that is not NULL (NaN excluded); null when there is none, and for arrays. */
  readonly min: Value;
  readonly max: Value;
  /** The column's buffers lie next to each other in the file, in this order. */
  readonly buffers: readonly BufferLocation[];
  /**
   * The elements of a column of arrays, without NULL, as a column whose rows are they: its buffers come
   * next in the file. Only arrays have it.
   */
  readonly elements?: ColumnMetadata;
}

/** The elements of a column of arrays. */
export function elementsOf(column: Pick<ColumnMetadata, 'name' | 'elements'>): ColumnMetadata {
  const { elements } = column;
  assert(elements !== undefined, () => `column ${column.name} has elements`);
  return elements;
}

/** What the column of an array column's elements is called: no column of a table has such a name. */
export function elementsName(column: string): string {
  return `${column}[]`;
}

/** All buffers of a column in the order in which they lie in the file. */
export function buffersOf({ buffers, elements }: ColumnMetadata): readonly BufferLocation[] {
  return elements === undefined ? buffers : [...buffers, ...elements.buffers];
}

/**
 * An index over columns of a segment: the configuration that it was built from, with what it knows of
 * itself among the parameters. `src/segment/indexes/` draws what each kind has in its buffers.
 */
export interface SegmentIndex extends IndexConfig {
  /** Next to each other in the file, behind all columns, in the order of the kind's roles. */
  readonly buffers: readonly BufferLocation<string>[];
}

/** What a segment's footer says: everything but the column data itself. */
export interface SegmentMetadata {
  /** Unique within the table; letters, digits, `_`, `-`. */
  readonly name: string;
  readonly table: string;
  readonly rowCount: number;
  readonly columns: readonly ColumnMetadata[];
  /** At most one of a kind over the same columns; files of before indexes have none. */
  readonly indexes: readonly SegmentIndex[];
  /** Milliseconds since 1970 at which it was built. */
  readonly createdAtMs: number;
}

/** Types whose dictionaries hold texts. */
export type EntryType = Exclude<TextType, ArrayType> | DecimalType;

/**
 * The type of a column whose dictionary holds texts: of a text type, or decimals of which one at least
 * does not fit 64 bits. Null for columns of fixed-width values.
 */
export function textEntryType({
  type,
  min,
  max,
}: Pick<ColumnMetadata, 'type' | 'min' | 'max'>): EntryType | null {
  if (isArray(type)) return null;
  if (isText(type)) return type;
  if (!isDecimal(type)) return null;
  const isWide = [min, max].some((value) => typeof value === 'bigint' && !fitsInt64(value));
  return isWide ? type : null;
}

/** The schema that a segment's rows have. */
export function segmentSchema(metadata: SegmentMetadata): TableSchema {
  return {
    name: metadata.table,
    columns: metadata.columns.map(({ name, type }) => ({ name, type })),
  };
}
