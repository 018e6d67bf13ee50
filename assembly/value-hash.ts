/**
 * Hashes of values for sketches: the first half of MurmurHash3_x64_128 (Austin Appleby) over a value's
 * little-endian bytes with the seed 9001, as Apache DataSketches takes it.
 */
class Murmur {
  private constructor() {}

  static readonly SEED: u64 = 9001;

  @inline static first(word: u64): u64 {
    const factor1 = ((<u64>0x87c37b91) << 32) | 0x114253d5;
    const factor2 = ((<u64>0x4cf5ad43) << 32) | 0x2745937f;
    return rotl<u64>(word * factor1, 31) * factor2;
  }

  @inline static second(word: u64): u64 {
    const factor1 = ((<u64>0x4cf5ad43) << 32) | 0x2745937f;
    const factor2 = ((<u64>0x87c37b91) << 32) | 0x114253d5;
    return rotl<u64>(word * factor1, 33) * factor2;
  }

  @inline static finish(key: u64): u64 {
    let hash = key;
    hash = (hash ^ (hash >> 33)) * (((<u64>0xff51afd7) << 32) | 0xed558ccd);
    hash = (hash ^ (hash >> 33)) * (((<u64>0xc4ceb9fe) << 32) | 0x1a85ec53);
    return hash ^ (hash >> 33);
  }

  /** What remains to be done behind the last byte: the first half of the hash. */
  @inline static end(left: u64, right: u64, length: u64): u64 {
    const first = (left ^ length) + (right ^ length);
    const second = first + (right ^ length);
    return Murmur.finish(first) + Murmur.finish(second);
  }

  @inline static ofWord(word: u64): u64 {
    return Murmur.end(Murmur.SEED ^ Murmur.first(word), Murmur.SEED, 8);
  }

  /** Up to eight bytes, the first one lowest. */
  @inline static tail(bytes: usize, length: usize): u64 {
    let word: u64 = 0;
    for (let index: usize = 0; index < length; index++) {
      word |= (<u64>load<u8>(bytes + index)) << (index << 3);
    }
    return word;
  }

  static ofBytes(start: usize, length: usize): u64 {
    let left = Murmur.SEED;
    let right = Murmur.SEED;
    let bytes = start;
    let rest = length;
    for (; rest >= 16; rest -= 16) {
      left ^= Murmur.first(load<u64>(bytes));
      left = (rotl<u64>(left, 27) + right) * 5 + 0x52dce729;
      right ^= Murmur.second(load<u64>(bytes, 8));
      right = (rotl<u64>(right, 31) + left) * 5 + 0x38495ab5;
      bytes += 16;
    }
    if (rest > 8) right ^= Murmur.second(Murmur.tail(bytes + 8, rest - 8));
    if (rest > 0) left ^= Murmur.first(Murmur.tail(bytes, min<usize>(rest, 8)));
    return Murmur.end(left, right, length);
  }
}

export function hashI64(hashes: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    store<u64>(hashes, Murmur.ofWord(load<u64>(values)));
    hashes += 8;
    values += 8;
  }
}

/** Zeros of either sign are one value, and so are all NaNs. */
export function hashF64(hashes: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    const value = load<f64>(values);
    const isNumber = value <= <f64>Infinity;
    const bits = isNumber ? reinterpret<u64>(value + 0) : (<u64>0x7ff8) << 48;
    store<u64>(hashes, Murmur.ofWord(bits));
    hashes += 8;
    values += 8;
  }
}

/** Text `i` is the bytes from `offsets[i]` to `offsets[i + 1]`. */
export function hashTexts(hashes: usize, offsets: usize, bytes: usize, count: u32): void {
  for (; count > 0; count--) {
    const start = <usize>load<u32>(offsets);
    const end = <usize>load<u32>(offsets, 4);
    store<u64>(hashes, Murmur.ofBytes(bytes + start, end - start));
    hashes += 8;
    offsets += 4;
  }
}
