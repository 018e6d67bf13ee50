/**
 * Keys of the hash group-by. The table is drawn in `layout.ts`: buckets of one cache line with five
 * places each, searched without a branch for each place, so that a row costs one line and a search
 * is decided by one comparison.
 */
import {
  BUCKET_IDS,
  BUCKET_LENGTH,
  BUCKET_PLACES,
  PARTITION_BITS,
  PARTITION_COUNT,
  TABLE_BUCKET_BITS,
  TABLE_BUCKETS,
  TABLE_CAPACITY,
  TABLE_COUNT,
  TABLE_KEYS,
  TABLE_TOUCHED,
} from './layout';

/** A table of up to 2^12 buckets, 256 KiB, is near enough; fetching ahead would only cost time. */
const CACHED_BUCKET_BITS: u32 = 12;

/** Rows whose buckets are fetched before any of them is searched. */
const LOOK_AHEAD_ROWS: u32 = 64;

/**
 * Full buckets that a search passes before it asks for a larger table. Keys that arrive partition by
 * partition fill one stretch of buckets long before the table as a whole is full.
 */
const LONGEST_SEARCH: u32 = 16;

class Table {
  private constructor() {}

  /**
   * Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4) by 2^64 over the golden
   * ratio: the top bits are the good ones. The high half is folded in first, for keys that differ
   * only there, as floats do.
   */
  @inline static hash(key: u64): u64 {
    return (key ^ (key >> 32)) * (((<u64>0x9e3779b9) << 32) | 0x7f4a7c15);
  }

  /** Address of the bucket at which the search for a key starts. */
  @inline static home(buckets: usize, shift: u64, key: u64): usize {
    return buckets + ((<u32>(Table.hash(key) >> shift)) << 6);
  }

  /** Which of a bucket's five places hold `key`, as bits; places never filled do not count. */
  @inline static matches(bucket: usize, key: u64, length: u32): u32 {
    const wanted = i64x2.splat(key);
    const first = i64x2.bitmask(i64x2.eq(v128.load(bucket), wanted));
    const second = i64x2.bitmask(i64x2.eq(v128.load(bucket, 16), wanted));
    const fifth = <u32>(load<u64>(bucket, 32) === key);
    return (first | (second << 2) | (fifth << 4)) & ((1 << length) - 1);
  }

  /** The bucket after another, circularly. */
  @inline static next(buckets: usize, lastByte: u32, bucket: usize): usize {
    return buckets + ((bucket - buckets + 64) & lastByte);
  }

  /** Puts a key that is not there. */
  @inline static insert(bucket: usize, length: u32, key: u64, id: u32): void {
    store<u64>(bucket + (length << 3), key);
    store<u32>(bucket + (length << 2), id, BUCKET_IDS);
    store<u32>(bucket, length + 1, BUCKET_LENGTH);
  }
}

export function pairKeys(out: usize, left: usize, right: usize, count: u32): void {
  for (; count > 0; count--) {
    store<u64>(out, ((<u64>load<u32>(left)) << 32) | <u64>load<u32>(right));
    left += 4;
    right += 4;
    out += 8;
  }
}

export function mixRows(out: usize, seeds: usize, rows: usize, count: u32): void {
  const step = ((<u64>0x9e3779b9) << 32) | 0x7f4a7c15;
  const factor1 = ((<u64>0xbf58476d) << 32) | 0x1ce4e5b9;
  const factor2 = ((<u64>0x94d049bb) << 32) | 0x133111eb;
  for (; count > 0; count--) {
    let word = load<u64>(seeds) + (<u64>load<u32>(rows) + 1) * step;
    word = (word ^ (word >> 30)) * factor1;
    word = (word ^ (word >> 27)) * factor2;
    store<u64>(out, word ^ (word >> 31));
    seeds += 8;
    rows += 4;
    out += 8;
  }
}

export function fractionF64(out: usize, words: usize, count: u32): void {
  for (; count > 0; count--) {
    store<f64>(out, <f64>(load<u64>(words) >> 11) * (1.0 / 9007199254740992.0));
    words += 8;
    out += 8;
  }
}

export function appendKeys(keys: usize, ids: usize, bits: u32, count: u32): void {
  for (; count > 0; count--) {
    store<u64>(keys, (load<u64>(keys) << (<u64>bits)) | <u64>load<u32>(ids));
    keys += 8;
    ids += 4;
  }
}

export function extractKeys(ids: usize, keys: usize, shift: u32, bits: u32, count: u32): void {
  const mask = ((<u64>1) << (<u64>bits)) - 1;
  for (; count > 0; count--) {
    store<u32>(ids, <u32>((load<u64>(keys) >> <u64>shift) & mask));
    keys += 8;
    ids += 4;
  }
}

export function hashGroupIds(ids: usize, table: usize, keys: usize, count: u32): u32 {
  const buckets = load<usize>(table, TABLE_BUCKETS);
  const bucketBits = load<u32>(table, TABLE_BUCKET_BITS);
  const capacity = load<u32>(table, TABLE_CAPACITY);
  const list = load<usize>(table, TABLE_KEYS);
  const shift = <u64>(64 - bucketBits);
  const lastByte = ((<u32>64) << bucketBits) - 1;
  let groups = load<u32>(table, TABLE_COUNT);
  const isLarge = bucketBits > CACHED_BUCKET_BITS;
  let touched: u32 = 0;
  let row: u32 = 0;
  while (row < count) {
    const end = min<u32>(count, row + LOOK_AHEAD_ROWS);
    let ahead = keys;
    for (let rest = isLarge ? end - row : 0; rest > 0; rest--) {
      touched |= load<u32>(Table.home(buckets, shift, load<u64>(ahead)));
      ahead += 8;
    }
    for (; row < end; row++) {
      const key = load<u64>(keys);
      let bucket = Table.home(buckets, shift, key);
      let length = load<u32>(bucket, BUCKET_LENGTH);
      let matches = Table.matches(bucket, key, length);
      for (let step: u32 = 0; matches === 0 && length === BUCKET_PLACES; step++) {
        if (step === LONGEST_SEARCH) break;
        bucket = Table.next(buckets, lastByte, bucket);
        length = load<u32>(bucket, BUCKET_LENGTH);
        matches = Table.matches(bucket, key, length);
      }
      let id = groups;
      if (matches !== 0) {
        id = load<u32>(bucket + (ctz<u32>(matches) << 2), BUCKET_IDS);
      } else {
        if (groups === capacity || length === BUCKET_PLACES) break;
        store<u64>(list + (groups << 3), key);
        Table.insert(bucket, length, key, groups);
        groups += 1;
      }
      store<u32>(ids, id);
      keys += 8;
      ids += 4;
    }
    if (row < end) break;
  }
  store<u32>(table, groups, TABLE_COUNT);
  store<u32>(table, touched, TABLE_TOUCHED);
  return row;
}

export function hashRehash(to: usize, from: usize): void {
  const buckets = load<usize>(to, TABLE_BUCKETS);
  const bucketBits = load<u32>(to, TABLE_BUCKET_BITS);
  const shift = <u64>(64 - bucketBits);
  const lastByte = ((<u32>64) << bucketBits) - 1;
  const groups = load<u32>(from, TABLE_COUNT);
  memory.copy(load<usize>(to, TABLE_KEYS), load<usize>(from, TABLE_KEYS), groups << 3);
  let source = load<usize>(from, TABLE_BUCKETS);
  for (let rest = (<u32>1) << load<u32>(from, TABLE_BUCKET_BITS); rest > 0; rest--) {
    const places = load<u32>(source, BUCKET_LENGTH);
    for (let place: u32 = 0; place < places; place++) {
      const key = load<u64>(source + (place << 3));
      let bucket = Table.home(buckets, shift, key);
      while (load<u32>(bucket, BUCKET_LENGTH) === BUCKET_PLACES) {
        bucket = Table.next(buckets, lastByte, bucket);
      }
      const id = load<u32>(source + (place << 2), BUCKET_IDS);
      Table.insert(bucket, load<u32>(bucket, BUCKET_LENGTH), key, id);
    }
    source += 64;
  }
  store<u32>(to, groups, TABLE_COUNT);
}

export function hashPartition(
  partitioned: usize,
  rows: usize,
  starts: usize,
  keys: usize,
  count: u32,
): void {
  memory.fill(starts, 0, PARTITION_COUNT << 2);
  for (let row: u32 = 0; row < count; row++) {
    const hash = Table.hash(load<u64>(keys + (row << 3)));
    const at = starts + ((<u32>(hash >> (64 - PARTITION_BITS))) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let start: u32 = 0;
  for (let partition: u32 = 0; partition < <u32>PARTITION_COUNT; partition++) {
    const at = starts + (partition << 2);
    const length = load<u32>(at);
    store<u32>(at, start);
    start += length;
  }
  for (let row: u32 = 0; row < count; row++) {
    const key = load<u64>(keys + (row << 3));
    const at = starts + ((<u32>(Table.hash(key) >> (64 - PARTITION_BITS))) << 2);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u64>(partitioned + (place << 3), key);
    store<u32>(rows + (place << 2), row);
  }
}

export function scatter32(out: usize, values: usize, indexes: usize, count: u32): void {
  for (; count > 0; count--) {
    store<u32>(out + (load<u32>(indexes) << 2), load<u32>(values));
    values += 4;
    indexes += 4;
  }
}
