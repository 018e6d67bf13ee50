/**
 * Numbers that kernels and TypeScript share. Plain numeric constants only: both compilers read this
 * file, and nothing in it exists at run time on the kernels' side.
 */

/**
 * Bytes at the start of every memory that hold no buffer. The kernels keep no data of their own;
 * these bytes make address 0 mean "none", as `groupIds…` uses it.
 */
export const KERNEL_RESERVED_BYTES = 1024;

/*
 * The hash group-by's table. A header of six u32 words points at two arrays:
 *
 *   header    | buckets | bucketBits | count | capacity | keys | touched |     24 bytes
 *   byte      0         4            8       12         16     20
 *
 *   buckets   2^bucketBits cache lines of 64 bytes, all zero at first:
 *             | 5 keys: i64 | 5 ids: u32 | length: u32 |
 *             0             40           60
 *   keys      `capacity` × i64: the distinct keys by id; the first `count` are filled
 *
 * The top `bucketBits` bits of a key's hash number its bucket; when that is full, the key goes to
 * the next one with a free place, circularly. Keys that share the hash's top bits thus lie in one
 * stretch of buckets.
 */

/** Byte offset of the header's address of the buckets. */
export const TABLE_BUCKETS = 0;
/** Byte offset of the header's base-2 logarithm of the number of buckets, 8 to 25. */
export const TABLE_BUCKET_BITS = 4;
/** Byte offset of the header's number of distinct keys so far. */
export const TABLE_COUNT = 8;
/** Byte offset of the header's number of distinct keys at which the table must grow. */
export const TABLE_CAPACITY = 12;
/** Byte offset of the header's address of the key list. */
export const TABLE_KEYS = 16;
/** Byte offset of the header's word that keeps the look-ahead loads alive; it means nothing. */
export const TABLE_TOUCHED = 20;
/** Length of a table header. */
export const TABLE_HEADER_BYTES = 24;

/** Length of a bucket. */
export const BUCKET_BYTES = 64;
/** Places for keys in a bucket. */
export const BUCKET_PLACES = 5;
/** Byte offset of a bucket's ids; its keys start at 0. */
export const BUCKET_IDS = 40;
/** Byte offset of a bucket's number of filled places. */
export const BUCKET_LENGTH = 60;

/** Partitions of `hashPartition`, selected by the hash's top bits. */
export const PARTITION_BITS = 8;
/** Number of partitions: 256 write streams are about what the address-translation cache follows. */
export const PARTITION_COUNT = 256;

/*
 * A dictionary that `mergeDictionaries` reads: five u32 words.
 *
 *   | offsets | bytes | count | table | next |     20 bytes
 *   0         4       8       12      16
 *
 *   offsets   `count` + 1 × u32 into `bytes`, UTF-8, entries in ascending order
 *   table     `count` × u32: the ordinal of each code, written by the merge
 *   next      the first code that has no ordinal yet, 0 at first
 */

/** Byte offset of the address of the dictionary's offsets. */
export const SOURCE_OFFSETS = 0;
/** Byte offset of the address of its bytes. */
export const SOURCE_BYTES = 4;
/** Byte offset of its number of entries. */
export const SOURCE_COUNT = 8;
/** Byte offset of the address of its ordinals by code. */
export const SOURCE_TABLE = 12;
/** Byte offset of the code at which the merge is. */
export const SOURCE_NEXT = 16;
/** Length of one such description. */
export const ORDINAL_SOURCE_BYTES = 20;

/*
 * Stored integers lie in blocks; `src/segment/storage/integers.ts` draws one.
 */

/** Values of a block; the last one of a chunk may have fewer. */
export const BLOCK_VALUES = 1024;
/** A block whose packed values are distances from the base. */
export const BLOCK_FRAME = 0;
/** A block whose packed values, with the base added, are distances from the value before. */
export const BLOCK_DELTA = 1;
/** A block of runs of equal values. */
export const BLOCK_RUNS = 2;
/** Bits of a run's length less one. */
export const RUN_LENGTH_BITS = 10;

/** Greatest decimal exponent: powers of ten are exact doubles up to 10^22. */
export const DECIMAL_EXPONENT_MAX = 18;
/** In place of the exponent: the block holds the bits of floats as integers. */
export const DECIMAL_NONE = 255;

/** Length of a part of a pattern for `matchTexts`: its address and its length, both u32. */
export const PART_BYTES = 8;

/** Bytes that a checksum takes in one step, each with a table of its own of 256 × u32. */
export const CHECKSUM_SLICES = 16;
