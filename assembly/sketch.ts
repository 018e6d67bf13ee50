/** Moves 64-bit values to the places of their groups: `out[next[id]++] = value`. */
export function scatterByGroup64(
  out: usize,
  next: usize,
  ids: usize,
  values: usize,
  count: u32,
): void {
  for (; count > 0; count--) {
    const place = next + ((<usize>load<u32>(ids)) << 2);
    const index = load<u32>(place);
    store<u32>(place, index + 1);
    store<u64>(out + ((<usize>index) << 3), load<u64>(values));
    ids += 4;
    values += 8;
  }
}

/**
 * HyperLogLog. Where a group has registers, keeps the greatest rank in the one that the first `log2m`
 * bits of a hash choose: the place of the first 1 behind those bits. Elsewhere writes the pair of the
 * group and an entry: the first `entryBits` bits, and the rank behind those in the six lowest bits.
 *
 * @returns how many pairs.
 */
export function registersOrEntries(
  pairs: usize,
  registers: usize,
  ids: usize,
  hashes: usize,
  log2m: u32,
  entryBits: u32,
  count: u32,
): u32 {
  const start = pairs;
  for (; count > 0; count--) {
    const hash = load<u64>(hashes);
    const id = load<u32>(ids);
    const own = <usize>load<u32>(registers + ((<usize>id) << 2));
    if (own !== 0) {
      const register = own + <usize>(hash >> (64 - log2m));
      const rank = Rank.behind(hash, log2m);
      if (rank > load<u8>(register)) store<u8>(register, rank);
    } else {
      const entry = ((hash >> (64 - entryBits)) << 6) | <u64>Rank.behind(hash, entryBits);
      store<u64>(pairs, ((<u64>id) << 32) | entry);
      pairs += 8;
    }
    ids += 4;
    hashes += 8;
  }
  return <u32>((pairs - start) >> 3);
}

class Rank {
  private constructor() {}

  /** The place of the first 1 behind the first bits of a hash; a bit behind the last one bounds it. */
  @inline static behind(hash: u64, bits: u32): u8 {
    const rest = (hash << bits) | ((<u64>1) << (bits - 1));
    return <u8>clz<u64>(rest) + 1;
  }
}

/**
 * Theta sketches. Halves each hash and keeps, with their group, those that are neither 0 nor as large
 * as the group's limit.
 *
 * @returns how many.
 */
export function hashesBelowLimits(
  keptIds: usize,
  kept: usize,
  limits: usize,
  ids: usize,
  hashes: usize,
  count: u32,
): u32 {
  const start = kept;
  for (; count > 0; count--) {
    const hash = load<u64>(hashes) >> 1;
    const id = load<u32>(ids);
    // Once there is a limit, nearly no hash is below it, and the branch is foreseen.
    if (hash !== 0 && hash < load<u64>(limits + ((<usize>id) << 3))) {
      store<u64>(kept, hash);
      store<u32>(keptIds, id);
      kept += 8;
      keptIds += 4;
    }
    ids += 4;
    hashes += 8;
  }
  return <u32>((kept - start) >> 3);
}
