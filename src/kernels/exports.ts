/**
 * The kernels of `assembly/`, as TypeScript sees them. Every kernel is stateless: `(out, inputs…,
 * count)` on byte addresses in the one imported memory. The caller owns all memory, aligns every
 * buffer to its element size, and lets none overlap unless said. `count` is in rows and may be 0.
 *
 * - A *mask* is a bitmap: one bit a row, least significant first, in 64-bit words; bits past `count`
 *   in the last word are zero before and after.
 * - *Codes* are unsigned; *ids* and *indexes* are u32; *flags* are one byte a row, 0 or 1.
 * - i128 values are 16 bytes: low u64, then high i64. i64 operands cross as BigInt.
 * - Floats order as SQL has them: −0 equals 0; NaN equals NaN and is greater than every number.
 *   Scalar float operands are never NaN.
 */
export type KernelExports = Filters &
  Bitmaps &
  Sums &
  Extremes &
  Grouping &
  Movement &
  Arithmetic &
  Arrays &
  Hashing &
  Ordinals &
  Texts &
  Unpacking;

/** Widths of code columns. */
export type CodeWidth = 'U8' | 'U16' | 'U32';
/** Physical types of raw columns. */
export type RawType = 'I32' | 'I64' | 'F32' | 'F64';
/** Comparison operators. */
export type Comparison =
  | 'Equal'
  | 'NotEqual'
  | 'Less'
  | 'LessOrEqual'
  | 'Greater'
  | 'GreaterOrEqual';

type NumberOperand = CodeWidth | 'I32' | 'F32' | 'F64';

/** `mask &= predicate(value)`, row by row; words of 64 rows that are already zero are skipped. */
type Filters = {
  [K in `filter${Comparison}${NumberOperand}`]: (
    mask: number,
    values: number,
    operand: number,
    count: number,
  ) => void;
} & {
  [K in `filter${Comparison}I64`]: (
    mask: number,
    values: number,
    operand: bigint,
    count: number,
  ) => void;
} & {
  /** Both ends inclusive. */
  [K in `filterBetween${NumberOperand}`]: (
    mask: number,
    values: number,
    low: number,
    high: number,
    count: number,
  ) => void;
} & {
  filterBetweenI64(mask: number, values: number, low: bigint, high: bigint, count: number): void;
} & {
  /** `set` is a bitmap over codes. */
  [K in `filterSet${CodeWidth}`]: (mask: number, codes: number, set: number, count: number) => void;
};

/** Whole masks; `wordCount` counts 64-bit words. */
interface Bitmaps {
  /** Sets the first `count` bits and clears the rest of the last word. */
  bitmapFill(mask: number, count: number): void;
  /** `mask &= other`; likewise `|=` and `&= ~`. */
  bitmapAnd(mask: number, other: number, wordCount: number): void;
  bitmapOr(mask: number, other: number, wordCount: number): void;
  bitmapAndNot(mask: number, other: number, wordCount: number): void;
  /** Inverts the first `count` bits; the tail stays zero. */
  bitmapNot(mask: number, count: number): void;
  /** Number of set bits. */
  bitmapCount(mask: number, wordCount: number): number;
  /** Writes the positions of set bits, ascending, as u32; returns how many. */
  bitmapToIndexes(indexes: number, mask: number, wordCount: number): number;
  /** Sets the bits at `count` u16 positions, at any address, in a mask of 64 Ki bits. */
  bitmapSetPositions(mask: number, positions: number, count: number): void;
  /** Sets `count` runs of bits: u16 pairs of first position and length − 1, at any address. */
  bitmapSetRuns(mask: number, runs: number, count: number): void;
  /** Bit from flag and flag from bit. */
  flagsToBitmap(mask: number, flags: number, count: number): void;
  bitmapToFlags(flags: number, mask: number, count: number): void;
  /** `counts[row]` (i64) = set bits of row `row` in a matrix of `wordsPerRow` words a row. */
  bitmapRowCounts(counts: number, bits: number, wordsPerRow: number, rowCount: number): void;
}

/** Sums over all rows, or over the rows of a mask. Small integers cannot overflow an i64 here. */
type Sums = {
  [K in `sum${CodeWidth | 'I32'}`]: (values: number, count: number) => bigint;
} & {
  [K in `sumMasked${CodeWidth | 'I32'}`]: (values: number, mask: number, count: number) => bigint;
} & {
  [K in 'sumF32' | 'sumF64']: (values: number, count: number) => number;
} & {
  [K in 'sumMaskedF32' | 'sumMaskedF64']: (values: number, mask: number, count: number) => number;
} & {
  /** Adds to the i128 at `sum`. */
  sumI64(sum: number, values: number, count: number): void;
  sumMaskedI64(sum: number, values: number, mask: number, count: number): void;
};

/**
 * Least and greatest value. Over no rows: the identity (largest / smallest value of the type; NaN for
 * the least float, since NaN is SQL's greatest). U32 results come back as signed numbers.
 */
type Extremes = {
  [K in `${'min' | 'max'}${NumberOperand}`]: (values: number, count: number) => number;
} & {
  [K in `${'min' | 'max'}Masked${NumberOperand}`]: (
    values: number,
    mask: number,
    count: number,
  ) => number;
} & {
  [K in 'minI64' | 'maxI64']: (values: number, count: number) => bigint;
} & {
  [K in 'minMaskedI64' | 'maxMaskedI64']: (values: number, mask: number, count: number) => bigint;
};

/** Dense group-by: `ids` index accumulators that the caller has initialised. */
type Grouping = {
  /** `ids[row] = ids[row] × 4 + row mod 4`, in place. */
  spreadIds(ids: number, count: number): void;
} & {
  /** `ids[row] = table[code]`, or the code itself when `table` (u32 a code) is 0. */
  [K in `groupIds${CodeWidth}`]: (ids: number, codes: number, table: number, count: number) => void;
} & {
  /** `ids[row] = ids[row] × cardinality + table[code]` (or `+ code` when `table` is 0). */
  [K in `groupIdsAppend${CodeWidth}`]: (
    ids: number,
    codes: number,
    table: number,
    cardinality: number,
    count: number,
  ) => void;
} & {
  /** `counts[code] += 1` (i64). */
  countByCodeU16(counts: number, codes: number, count: number): void;
  /** As above, for codes below `cardinality`. `lanes` are 8 KiB of scratch, which become zeros. */
  countByCodeU8(
    counts: number,
    codes: number,
    lanes: number,
    cardinality: number,
    count: number,
  ): void;
  /** `out[next[id]++] = value`: orders 64-bit values by group. `next` is u32 a group. */
  scatterByGroup64(out: number, next: number, ids: number, values: number, count: number): void;
} & {
  /** `counts[id] += 1` (i64). */
  countByGroup(counts: number, ids: number, count: number): void;
} & {
  /** `sums[id] += value` into i64. */
  [K in `sumByGroup${CodeWidth | 'I32'}`]: (
    sums: number,
    ids: number,
    values: number,
    count: number,
  ) => void;
} & {
  /** I64 and I128 add into i128; F32 and F64 add into f64. */
  [K in `sumByGroup${'I64' | 'I128' | 'F32' | 'F64'}`]: (
    sums: number,
    ids: number,
    values: number,
    count: number,
  ) => void;
} & {
  /** Accumulators: u32 for codes, i32, i64, f64 (F32 and F64). */
  [K in `${'min' | 'max'}ByGroup${CodeWidth | RawType}`]: (
    extremes: number,
    ids: number,
    values: number,
    count: number,
  ) => void;
} & {
  /** The first half of MurmurHash3_x64_128, seed 9001; floats by value: zeros are equal, and NaNs. */
  [K in `hash${'I64' | 'F64'}`]: (hashes: number, values: number, count: number) => void;
} & {
  /** 64-bit hashes of texts: the bytes from each u32 offset to the next, `count + 1` offsets. */
  hashTexts(hashes: number, offsets: number, bytes: number, count: number): void;
  /**
   * Adds hashes to the HyperLogLog registers of groups, 2^log2m bytes at the u32 address that each
   * group has; where that is 0, writes i64 pairs of the group and an entry. Returns how many; `pairs` has
   * room for all.
   */
  registersOrEntries(
    pairs: number,
    registers: number,
    ids: number,
    hashes: number,
    log2m: number,
    entryBits: number,
    count: number,
  ): number;
  /**
   * Halves hashes and keeps those that are neither 0 nor as large as the u64 limit of their group, with
   * their ids. Returns how many; both outputs have room for all.
   */
  hashesBelowLimits(
    keptIds: number,
    kept: number,
    limits: number,
    ids: number,
    hashes: number,
    count: number,
  ): number;
} & {
  /**
   * Writes the numbers of the rows whose key is as good as the best of its group so far, or better,
   * and keeps the best in `bests` (i64 or f64 a group). Returns how many rows that are; `rows` has room
   * for all.
   */
  [K in `${'min' | 'max'}RowsByGroup${'I64' | 'F64'}`]: (
    rows: number,
    bests: number,
    ids: number,
    keys: number,
    count: number,
  ) => number;
} & {
  /**
   * Adds f64 values to the moments of groups: 3 × f64 a group (count, mean, sum of squared distances
   * from it) for `varianceByGroup`; 5 (the same, then the sums of third and fourth powers) for
   * `momentsByGroup`. No group's state starts as anything but zeros.
   */
  varianceByGroup(states: number, ids: number, values: number, count: number): void;
  momentsByGroup(states: number, ids: number, values: number, count: number): void;
  /**
   * Adds pairs of f64: 6 × f64 a group (count, mean of x, mean of y, sums of squared distances of x
   * and of y, and of their products).
   */
  covarianceByGroup(states: number, ids: number, xs: number, ys: number, count: number): void;
  /** Adds all rows to the state of one group, as `varianceByGroup` and `covarianceByGroup` have it. */
  varianceOfAll(state: number, values: number, count: number): void;
  covarianceOfAll(state: number, xs: number, ys: number, count: number): void;
  /**
   * For each group the i64 that stands at its u32 index when its values are in order; nothing is
   * written where it has no more than `index` values. A group's values end at `ends[group]` (u32) and begin
   * where those before end; they are reordered among themselves.
   */
  selectByGroup(out: number, values: number, ends: number, indexes: number, count: number): void;
  /**
   * Turns the bits of floats, with one zero and one NaN, into i64 that order as they do, NaN last; and
   * back. In place.
   */
  flipNegatives(values: number, count: number): void;
  /**
   * Values as i64 keys that order as the values do, or the other way round if `isDescending` is 1. All
   * zeros have one key, and so have all NaN, the last one unless descending. Of i64 in place, too.
   */
  orderKeysF64(keys: number, values: number, isDescending: number, count: number): void;
  orderKeysI64(keys: number, values: number, isDescending: number, count: number): void;
  /**
   * The rows (u32) that may be among the first of their groups, by i64 keys, so far; returns how many.
   * `tops` has `limit` i64 a group, ascending: the least keys so far, 2^63 - 1 for those that
   * are missing; `limit` is 1 or more. A row whose key equals the last one of them is kept if `keepsTies` is 1.
   */
  keepTopByGroup(
    kept: number,
    tops: number,
    ids: number,
    keys: number,
    limit: number,
    keepsTies: number,
    count: number,
  ): number;
  /** The rows (u32) whose keys are not behind the last ones in `tops`; returns how many. */
  withinTopByGroup(
    kept: number,
    tops: number,
    ids: number,
    keys: number,
    limit: number,
    count: number,
  ): number;
  /** Sets bit `code` (u32) of row `id` in a bit matrix of `wordsPerRow` 64-bit words a row. */
  setBitsByGroup(
    bits: number,
    ids: number,
    codes: number,
    wordsPerRow: number,
    count: number,
  ): void;
};

/** Moving and decoding values. */
type Movement = {
  /** `out[row] = values[indexes[row]]` for elements of 8, 16, 32, 64 or 128 bits. */
  [K in `gather${8 | 16 | 32 | 64 | 128}`]: (
    out: number,
    values: number,
    indexes: number,
    count: number,
  ) => void;
} & {
  /** `out[row] = table[code]` for table elements of 8, 32 or 64 bits. */
  [K in `lookup${CodeWidth}To${8 | 32 | 64}`]: (
    out: number,
    codes: number,
    table: number,
    count: number,
  ) => void;
} & {
  /** `out[row] = base + code × scale`. */
  [K in `decode${CodeWidth}To${'I32' | 'F64'}`]: (
    out: number,
    codes: number,
    base: number,
    scale: number,
    count: number,
  ) => void;
} & {
  [K in `decode${CodeWidth}ToI64`]: (
    out: number,
    codes: number,
    base: bigint,
    scale: bigint,
    count: number,
  ) => void;
} & {
  /** Conversions that lose nothing, except I64 to F64, which rounds. U8 is a BOOLEAN. */
  [K in `convert${'U8ToU32' | 'U16ToU32' | 'U8ToI64' | 'I32ToI64' | 'I32ToF64' | 'I64ToF64' | 'F32ToF64'}`]: (
    out: number,
    values: number,
    count: number,
  ) => void;
} & {
  /** `out[row] (u32) = value − base`, which fits by the caller's knowledge. */
  rebaseI32(out: number, values: number, base: number, count: number): void;
  rebaseI64(out: number, values: number, base: bigint, count: number): void;
  /** `out[row] = value` where the mask's bit is set; other rows keep theirs. */
  replaceMasked32(out: number, mask: number, value: number, count: number): void;
  replaceMasked64(out: number, mask: number, value: bigint, count: number): void;
  /** `out[row] = value`. */
  splat32(out: number, value: number, count: number): void;
  /** As `Uint8Array.fill`, which goes byte by byte where memory is shared. */
  fillBytes(out: number, value: number, count: number): void;
  /** `out[row] = first + row`, u32. */
  sequence32(out: number, first: number, count: number): void;
  splat64(out: number, value: bigint, count: number): void;
  splatF64(out: number, value: number, count: number): void;
  /** Days since 1970 (i32, floored) and microseconds of the day (f64) of i64 microseconds. */
  splitTimestamp(days: number, microsOfDay: number, values: number, count: number): void;
};

/** Row by row on two vectors. `out` may be the same buffer as an input. */
type Arithmetic = {
  /** Exact; returns 1 when any row overflowed an i64 (that row is then undefined), else 0. */
  [K in 'addI64' | 'subtractI64' | 'multiplyI64']: (
    out: number,
    left: number,
    right: number,
    count: number,
  ) => number;
} & {
  [K in 'addF64' | 'subtractF64' | 'multiplyF64' | 'divideF64']: (
    out: number,
    left: number,
    right: number,
    count: number,
  ) => void;
} & {
  /** Flags out. */
  [K in `compare${Comparison}${'I32' | 'I64' | 'F64'}`]: (
    flags: number,
    left: number,
    right: number,
    count: number,
  ) => void;
} & {
  /** `out[i] (i128) = counts[i] × base + sums[i] × scale`, all inputs i64. */
  affineI128(
    out: number,
    sums: number,
    counts: number,
    base: bigint,
    scale: bigint,
    count: number,
  ): void;
  /** i64 from i128; returns 1 when any value does not fit, else 0. */
  narrowI128(out: number, values: number, count: number): number;
  convertI64ToI128(out: number, values: number, count: number): void;
  convertI128ToF64(out: number, values: number, count: number): void;
};

/**
 * Rows of several values each: the values of row `r` lie at the positions from `offsets[r]` (u32) to before
 * `offsets[r + 1]`. `rows` are `count` row numbers, u32.
 */
interface Arrays {
  /** The offsets of the rows' values put one after another, `count + 1` of them; returns how many values. */
  arrayOffsets(out: number, offsets: number, rows: number, count: number): number;
  /** The positions of the rows' values, one after another; `out` has room for them. */
  arrayPositions(out: number, offsets: number, rows: number, count: number): void;
  /** The row number of each value of the first `count` rows, whose offsets start at 0. */
  arrayRows(out: number, offsets: number, count: number): void;
  /**
   * Sets in a mask the bits of those rows from `first` to before `end` that have a value whose bit is set.
   * `bits` is a bitmap of the positions from `low` to before `high`; others do not count.
   */
  bitmapAnyOfArrays(
    mask: number,
    offsets: number,
    bits: number,
    low: number,
    high: number,
    first: number,
    end: number,
  ): void;
}

/** The texts of a dictionary: UTF-8 behind `count` + 1 u32 offsets. */
interface Texts {
  /**
   * The set of texts that have all parts in their order without overlap, the first at the start and the
   * last at the end; either may be empty, those between not. `parts` is `partCount` (at least 2) pairs
   * of address and length, u32. `set` is a mask that is written whole.
   */
  matchTexts(
    set: number,
    offsets: number,
    bytes: number,
    count: number,
    parts: number,
    partCount: number,
  ): void;
  /**
   * Looks for a regular expression in texts: those of `codes`, `count` × u32, or the first `count` when
   * that is 0; `textCount` is the number of all. `search` and what comes back are drawn in
   * `assembly/layout.ts`. Sets the bit of each code whose text has a match in `set`, a mask.
   */
  testTexts(
    set: number,
    search: number,
    offsets: number,
    bytes: number,
    textCount: number,
    codes: number,
    count: number,
  ): number;
  /**
   * The same, but writes matches: the index of the text's code and `slotCount` places (at least 2) from the
   * start of the text, −1 for none, all u32. There is room for so many of them. With `firstOnly` = 1 a text
   * has one match at most, with 0 all that do not overlap; an empty one never touches the one before.
   */
  findTexts(
    matches: number,
    room: number,
    slotCount: number,
    firstOnly: number,
    search: number,
    offsets: number,
    bytes: number,
    textCount: number,
    codes: number,
    count: number,
  ): number;
  /** Characters (code points) of each text, u32. */
  textLengths(lengths: number, offsets: number, bytes: number, count: number): void;
}

/** Several sorted dictionaries as one; the layouts are in `assembly/layout.ts`. */
interface Ordinals {
  /**
   * Numbers the distinct texts of sorted dictionaries in order, from 0: the table of each dictionary
   * gets the number of each of its codes, and `origins` for each number the first (dictionary, code), both
   * u32, that has it. `heap` is working space of one u32 a dictionary. Takes `entriesMax` entries from where
   * the dictionaries are, `known` texts having their numbers by then. Returns how many have.
   */
  mergeDictionaries(
    origins: number,
    sources: number,
    heap: number,
    sourceCount: number,
    known: number,
    entriesMax: number,
  ): number;
}

/**
 * Decoding what `src/segment/storage/` has written. The stored bytes may hold anything: 0 is returned
 * when they are not exactly one chunk of `count` values, and `out` is undefined then. Up to 16 bytes
 * after them are read, and mean nothing.
 */
type Unpacking = {
  /** CRC-32C of `count` bytes as a signed number, with the tables that `crc32cTables` makes. */
  crc32c(tables: number, bytes: number, count: number): number;
} & {
  [K in `unpackIntegers${8 | 16 | 32 | 64}`]: (
    out: number,
    stored: number,
    storedBytes: number,
    count: number,
  ) => number;
} & {
  /** `scratch` is working space of 1024 × i64. */
  [K in `unpackDecimals${'F32' | 'F64'}`]: (
    out: number,
    stored: number,
    storedBytes: number,
    scratch: number,
    count: number,
  ) => number;
} & {
  /** Decompresses one LZ4 block to `outBytes` bytes. */
  decompressLz4(out: number, outBytes: number, stored: number, storedBytes: number): number;
  /**
   * Puts `count` pieces one after the other into `outBytes` bytes: each the first bytes of the piece
   * before it, `prefixes` (u32) of them, then `lengths` (u32) bytes of `own`.
   */
  joinPieces(
    out: number,
    outBytes: number,
    prefixes: number,
    lengths: number,
    own: number,
    ownBytes: number,
    count: number,
  ): number;
};

/** Keys of the hash group-by; the table itself is `GroupTable` in `group-table.ts`. */
interface Hashing {
  /** `out[row] (i64) = left[row] << 32 | right[row]`, both u32. */
  pairKeys(out: number, left: number, right: number, count: number): void;
  /**
   * `out[row] (u64)` = the word with the number `rows[row]` (u32) of the sequence that SplitMix64 (Steele,
   * Lea and Flood 2014) gives from the seed `seeds[row]` (u64).
   */
  mixRows(out: number, seeds: number, rows: number, count: number): void;
  /** `out[row] (f64)` = the upper 53 bits of `words[row]` (u64) as a fraction of 1; may be in place. */
  fractionF64(out: number, words: number, count: number): void;
  /** `keys[row] (i64) = keys[row] << bits | ids[row] (u32)`, in place; `bits` is at most 32. */
  appendKeys(keys: number, ids: number, bits: number, count: number): void;
  /** `ids[row] (u32)` = the `bits` bits of `keys[row] (i64)` above the lowest `shift`. */
  extractKeys(ids: number, keys: number, shift: number, bits: number, count: number): void;
  /**
   * Gives every key its group id, in order of first appearance, and appends new keys to the table's
   * list. Stops early when the table must grow first; returns the number of keys done.
   * `table` is the address of a table header as `assembly/layout.ts` draws it.
   */
  hashGroupIds(ids: number, table: number, keys: number, count: number): number;
  /** Inserts all keys of `from` into the larger, empty `to`; ids stay. */
  hashRehash(to: number, from: number): void;
  /**
   * Copies keys so that those whose hashes share their top bits lie together, in order within, and
   * writes each copy's row number to `rows`. `starts` is working space of 256 u32.
   */
  hashPartition(
    partitioned: number,
    rows: number,
    starts: number,
    keys: number,
    count: number,
  ): void;
  /** `hashes[row] (u64)` = a hash of what it was and `words[row] (i64)`, in place. */
  mixWords(hashes: number, words: number, count: number): void;
  /**
   * Writes the numbers of the rows by the top `bits` bits of their hashes (u64), those with the same bits
   * in order, and for each value of these bits the end of its rows in `order`: 2^bits × u32.
   */
  orderByHash(order: number, ends: number, hashes: number, bits: number, count: number): void;
  /** `out[row] = values[row]`, f64, with one zero and one NaN: equal numbers have equal bits. */
  uniformF64(out: number, values: number, count: number): void;
  /** `out[indexes[row]] = values[row]`, all u32. */
  scatter32(out: number, values: number, indexes: number, count: number): void;
}
