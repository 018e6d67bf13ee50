/** HyperLogLog: hashes of values, and the registers that estimate how many different ones there are. */
class Hash {
  private constructor() {}

  /** MurmurHash3's finisher: every bit of the key changes half of the result's. */
  @inline static mix(key: u64): u64 {
    let hash = key;
    hash = (hash ^ (hash >> 33)) * (((<u64>0xff51afd7) << 32) | 0xed558ccd);
    hash = (hash ^ (hash >> 33)) * (((<u64>0xc4ceb9fe) << 32) | 0x1a85ec53);
    return hash ^ (hash >> 33);
  }
}

/** In place when `hashes` is `values`. */
export function hashI64(hashes: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    store<u64>(hashes, Hash.mix(load<u64>(values)));
    hashes += 8;
    values += 8;
  }
}

/** Zeros of either sign are one value, and so are all NaNs. */
export function hashF64(hashes: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    const value = load<f64>(values);
    const isNumber = value <= <f64>Infinity;
    const bits = reinterpret<u64>(isNumber ? value + 0 : <f64>NaN);
    store<u64>(hashes, Hash.mix(bits));
    hashes += 8;
    values += 8;
  }
}

/**
 * Keeps, in each of the 2^log2m byte registers of a group, the greatest rank: the place of the first
 * 1 in the bits of a hash behind those that choose the register.
 */
export function registersByGroup(
  registers: usize,
  ids: usize,
  hashes: usize,
  log2m: u32,
  count: u32,
): void {
  for (; count > 0; count--) {
    const hash = load<u64>(hashes);
    const register = registers + ((<usize>load<u32>(ids)) << log2m) + <usize>(hash >> (64 - log2m));
    // A bit behind the last one bounds the rank.
    const rest = (hash << log2m) | ((<u64>1) << (log2m - 1));
    const rank = <u8>clz<u64>(rest) + 1;
    if (rank > load<u8>(register)) store<u8>(register, rank);
    ids += 4;
    hashes += 8;
  }
}
