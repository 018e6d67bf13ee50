/** Rows by a hash of their keys: 64-bit words that rows of equal keys have in common. */
class Spread {
  private constructor() {}

  /**
   * The finisher of MurmurHash3 (Austin Appleby). Another hash than that of the tables: keys that share
   * its top bits must not share those that tell a table's buckets apart.
   */
  @inline static mix(hash: u64): u64 {
    hash = (hash ^ (hash >> 33)) * (((<u64>0xff51afd7) << 32) | 0xed558ccd);
    hash = (hash ^ (hash >> 33)) * (((<u64>0xc4ceb9fe) << 32) | 0x1a85ec53);
    return hash ^ (hash >> 33);
  }
}

export function mixWords(hashes: usize, words: usize, count: u32): void {
  for (; count > 0; count--) {
    store<u64>(hashes, Spread.mix(load<u64>(hashes) ^ load<u64>(words)));
    hashes += 8;
    words += 8;
  }
}

export function orderByHash(order: usize, ends: usize, hashes: usize, bits: u32, count: u32): void {
  const shift = <u64>(64 - bits);
  const partitions = (<u32>1) << bits;
  memory.fill(ends, 0, partitions << 2);
  for (let row: u32 = 0; row < count; row++) {
    const at = ends + ((<u32>(load<u64>(hashes + (row << 3)) >> shift)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let start: u32 = 0;
  for (let partition: u32 = 0; partition < partitions; partition++) {
    const at = ends + (partition << 2);
    const length = load<u32>(at);
    store<u32>(at, start);
    start += length;
  }
  for (let row: u32 = 0; row < count; row++) {
    const at = ends + ((<u32>(load<u64>(hashes + (row << 3)) >> shift)) << 2);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u32>(order + (place << 2), row);
  }
}

export function uniformF64(out: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    const value = load<f64>(values);
    store<f64>(out, value <= Infinity ? value + 0.0 : NaN);
    values += 8;
    out += 8;
  }
}

export function replaceMasked64(out: usize, mask: usize, value: u64, count: u32): void {
  const vector = i64x2.splat(value);
  for (let words = (count + 63) >> 6; words > 0; words--) {
    let bits = load<u64>(mask);
    if (bits === u64.MAX_VALUE) {
      for (let pair: u32 = 0; pair < 32; pair++) v128.store(out + (pair << 4), vector);
    } else {
      for (; bits !== 0; bits &= bits - 1) {
        store<u64>(out + ((<usize>ctz<u64>(bits)) << 3), value);
      }
    }
    mask += 8;
    out += 512;
  }
}
