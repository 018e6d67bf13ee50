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

/*
 * The automaton of a regular expression, which `src/base/regexp/automaton.ts` makes as texts ask for it:
 *
 *   table        rows of u32, one a state, to which its number of words times the number of states leads:
 *                | transition of each class of bytes | of the end | 16 bytes of exits | u32 |
 *                A transition is the row of the next state and the flags below.
 *                Bit `byte >> 4` of exit byte `byte & 15` says that an ASCII byte leads to another state; the last word is 128 when all bytes above do that, else 0.
 *   traceStarts  u32 a transition: where its trace starts in `traces`
 *   traces       u32 words, for each transition that of the thread which has matched before the byte, then
 *                one a thread of the next state: | thread before: 16 bits | places saved: 16 bits |
 *   classes      a byte for each byte
 *   starts       u32 a class, and one for the text's start: the row to start from after such a byte
 *   log          two u32 a step: the transition, and the place before it in the text
 */

/** The words of a transition that are the next row. */
export const AUTOMATON_ROW_MASK = 0xff_ffff;
/** No thread is left. */
export const AUTOMATON_DEAD = 0x100_0000;
/** The next state is the same, and bytes may be skipped there. */
export const AUTOMATON_SKIP = 0x200_0000;
/** A match ended before the byte. */
export const AUTOMATON_MATCH = 0x400_0000;
/** The transition is to be made. */
export const AUTOMATON_MISSING = 0x800_0000;

/*
 * What `testTexts` and `findTexts` go by: u32 words.
 *
 *   | table | traceStarts | traces | classes | starts | log | logSteps | endClass |
 *   0       4             8        12        16       20    24         28
 *   | stage | entry | place | row | start | matchPlace | matchStep | steps | previousEnd | matches | transition |
 *   32      36      40      44    48      52           56          60      64            68        72
 *
 * The second line is where a search is, so that it can go on once the missing transition is there:
 * places are addresses; `matchStep` counts from 1, 0 for no match; `previousEnd` is that of the match before.
 */

/** Byte offset of the address of the table. */
export const SEARCH_TABLE = 0;
/** Byte offset of the address of the places of traces. */
export const SEARCH_TRACE_STARTS = 4;
/** Byte offset of the address of the traces. */
export const SEARCH_TRACES = 8;
/** Byte offset of the address of the classes. */
export const SEARCH_CLASSES = 12;
/** Byte offset of the address of the rows to start from. */
export const SEARCH_STARTS = 16;
/** Byte offset of the address of the log. */
export const SEARCH_LOG = 20;
/** Byte offset of the number of steps for which the log has room. */
export const SEARCH_LOG_STEPS = 24;
/** Byte offset of the class of the end. */
export const SEARCH_END_CLASS = 28;
/** Byte offset of what comes next, see the stages. */
export const SEARCH_STAGE = 32;
/** Byte offset of the index of the text. */
export const SEARCH_ENTRY = 36;
/** Byte offset of the address of the next byte. */
export const SEARCH_PLACE = 40;
/** Byte offset of the row of the state there. */
export const SEARCH_ROW = 44;
/** Byte offset of the address at which this search of the text has started. */
export const SEARCH_START = 48;
/** Byte offset of the address at which the latest match ends. */
export const SEARCH_MATCH_PLACE = 52;
/** Byte offset of the number of steps up to its end. */
export const SEARCH_MATCH_STEP = 56;
/** Byte offset of the number of steps in the log. */
export const SEARCH_STEPS = 60;
/** Byte offset of the address at which the match before ended, or 0. */
export const SEARCH_PREVIOUS_END = 64;
/** Byte offset of the number of matches written. */
export const SEARCH_MATCHES = 68;
/** Byte offset of the transition that is missing. */
export const SEARCH_TRANSITION = 72;
/** Length of all of it. */
export const SEARCH_BYTES = 76;

/** The text `entry` is to be started. */
export const STAGE_TEXT = 0;
/** A search of the text is to be started at `start`. */
export const STAGE_SEARCH = 1;
/** The search goes on. */
export const STAGE_STEP = 2;

/** All texts are done. */
export const SEARCH_DONE = 0;
/** A transition is missing. */
export const SEARCH_MISSING = 1;
/** The room for matches is full. */
export const SEARCH_FULL = 2;
/** A search is longer than the log. */
export const SEARCH_LOG_FULL = 3;
