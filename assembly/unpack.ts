/**
 * Decoders of stored buffers. `src/segment/storage/` draws the layouts and writes them. The input comes
 * from a file: every length and every count in it is checked, so that whatever it holds, nothing is
 * written outside of the output, and nothing read outside of the input and 16 bytes after it.
 */
import {
  BLOCK_DELTA,
  BLOCK_FRAME,
  BLOCK_RUNS,
  BLOCK_VALUES,
  DECIMAL_EXPONENT_MAX,
  DECIMAL_NONE,
  RUN_LENGTH_BITS,
} from './layout';

/** Packed integers: value `i` of `bits` bits starts at bit `i × bits`, least significant first. */
class Packed {
  private constructor() {}

  @inline static lengthBytes(count: u32, bits: u32): u32 {
    return (count * bits + 7) >> 3;
  }

  /** Widths that one unaligned load of 64 bits always covers, and 64 itself. */
  @inline static isWidth(bits: u32, widthBytes: u32): bool {
    return bits <= widthBytes << 3 && (bits <= 57 || bits === 64);
  }

  @inline static at(packed: usize, index: u32, bits: u32): u64 {
    const bit = index * bits;
    const word = load<u64>(packed + (bit >> 3)) >> <u64>(bit & 7);
    return bits === 64 ? word : word & (((<u64>1) << (<u64>bits)) - 1);
  }

  /** `out[i] = base + value i`, modulo the width of `T`. */
  @inline static unpack<T>(out: usize, packed: usize, bits: u32, base: T, count: u32): void {
    let done: u32 = 0;
    if (bits <= 25) {
      done = count & ~7;
      Packed.unpackEights<T>(out, packed, bits, base, done);
    }
    for (; done < count; done++) {
      store<T>(out + done * <u32>sizeof<T>(), base + <T>Packed.at(packed, done, bits));
    }
  }

  /**
   * Eight values take `bits` whole bytes. Each value and the up to seven bits before it lie within four
   * bytes: a swizzle brings these into its lane, a multiplication moves the value to bit 7 on in all
   * lanes alike, and one shift and one mask leave the value.
   */
  @inline static unpackEights<T>(out: usize, packed: usize, bits: u32, base: T, count: u32): void {
    const bytes = i8x16(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
    const lowStarts = i32x4.mul(i32x4.splat(bits), i32x4(0, 1, 2, 3));
    const highBytes = bits >> 1;
    const highStarts = i32x4.add(lowStarts, i32x4.splat((bits & 1) << 2));
    const lowPattern = i8x16.add(Packed.spread(i32x4.shr_u(lowStarts, 3)), bytes);
    const highPattern = i8x16.add(Packed.spread(i32x4.shr_u(highStarts, 3)), bytes);
    const lowFactors = Packed.factors(lowStarts);
    const highFactors = Packed.factors(highStarts);
    const mask = i32x4.splat((1 << bits) - 1);
    for (; count > 0; count -= 8) {
      const low = i8x16.swizzle(v128.load(packed), lowPattern);
      const high = i8x16.swizzle(v128.load(packed + highBytes), highPattern);
      Packed.storeEight<T>(
        out,
        v128.and(i32x4.shr_u(i32x4.mul(low, lowFactors), 7), mask),
        v128.and(i32x4.shr_u(i32x4.mul(high, highFactors), 7), mask),
        base,
      );
      packed += bits;
      out += 8 * sizeof<T>();
    }
  }

  /** The least byte of each lane in all four of its bytes. */
  @inline static spread(lanes: v128): v128 {
    return v128.shuffle<u8>(lanes, lanes, 0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12);
  }

  /** `2^(7 − start mod 8)` in each lane: one shift for each of the three bits that is not set. */
  @inline static factors(starts: v128): v128 {
    let factors = i32x4.splat(1);
    factors = v128.bitselect(factors, i32x4.shl(factors, 4), Packed.hasBit(starts, 4));
    factors = v128.bitselect(factors, i32x4.shl(factors, 2), Packed.hasBit(starts, 2));
    return v128.bitselect(factors, i32x4.shl(factors, 1), Packed.hasBit(starts, 1));
  }

  @inline static hasBit(starts: v128, bit: i32): v128 {
    return i32x4.ne(v128.and(starts, i32x4.splat(bit)), i32x4.splat(0));
  }

  @inline static storeEight<T>(out: usize, low: v128, high: v128, base: T): void {
    if (sizeof<T>() === 8) {
      const bases = i64x2.splat(<i64>base);
      v128.store(out, i64x2.add(i64x2.extend_low_i32x4_u(low), bases));
      v128.store(out, i64x2.add(i64x2.extend_high_i32x4_u(low), bases), 16);
      v128.store(out, i64x2.add(i64x2.extend_low_i32x4_u(high), bases), 32);
      v128.store(out, i64x2.add(i64x2.extend_high_i32x4_u(high), bases), 48);
      return;
    }
    const bases = i32x4.splat(<i32>base);
    const first = i32x4.add(low, bases);
    const second = i32x4.add(high, bases);
    if (sizeof<T>() === 4) {
      v128.store(out, first);
      v128.store(out, second, 16);
      return;
    }
    // Narrowing saturates, and the sum is modulo the width.
    const width = i32x4.splat(sizeof<T>() === 2 ? 0xffff : 0xff);
    const halves = i16x8.narrow_i32x4_u(v128.and(first, width), v128.and(second, width));
    if (sizeof<T>() === 2) v128.store(out, halves);
    else v128.store64_lane(out, i8x16.narrow_i16x8_u(halves, halves), 0);
  }
}

/** One block of at most `BLOCK_VALUES` integers. */
class Block {
  private constructor() {}

  /** Decodes the block at `at`. Returns the address after it, or 0 when it is not a block. */
  static decode<T>(out: usize, at: usize, end: usize, count: u32): usize {
    const headerBytes = <u32>(2 + sizeof<T>());
    if (end - at < headerBytes) return 0;
    const mode = load<u8>(at);
    const bits = <u32>load<u8>(at, 1);
    const base = load<T>(at, 2);
    if (!Packed.isWidth(bits, sizeof<T>())) return 0;
    at += headerBytes;
    if (mode === BLOCK_FRAME) return Block.frame<T>(out, at, end, bits, base, count);
    if (mode === BLOCK_DELTA) return Block.delta<T>(out, at, end, bits, base, count);
    if (mode === BLOCK_RUNS) return Block.runs<T>(out, at, end, bits, base, count);
    return 0;
  }

  @inline static frame<T>(
    out: usize,
    at: usize,
    end: usize,
    bits: u32,
    base: T,
    count: u32,
  ): usize {
    const packedBytes = Packed.lengthBytes(count, bits);
    if (end - at < packedBytes) return 0;
    Packed.unpack<T>(out, at, bits, base, count);
    return at + packedBytes;
  }

  /** The differences are unpacked into the output, and summed up there. */
  @inline static delta<T>(
    out: usize,
    at: usize,
    end: usize,
    bits: u32,
    base: T,
    count: u32,
  ): usize {
    if (end - at < sizeof<T>()) return 0;
    let sum = load<T>(at);
    at = Block.frame<T>(out, at + sizeof<T>(), end, bits, base, count);
    if (at === 0) return 0;
    for (let rest = count; rest > 0; rest--) {
      sum += load<T>(out);
      store<T>(out, sum);
      out += sizeof<T>();
    }
    return at;
  }

  @inline static runs<T>(out: usize, at: usize, end: usize, bits: u32, base: T, count: u32): usize {
    if (end - at < 2) return 0;
    const runCount = <u32>load<u16>(at);
    if (runCount > count) return 0;
    const lengths = at + 2;
    const lengthsBytes = Packed.lengthBytes(runCount, RUN_LENGTH_BITS);
    const valuesBytes = Packed.lengthBytes(runCount, bits);
    if (end - lengths < lengthsBytes + valuesBytes) return 0;
    const values = lengths + lengthsBytes;
    let rest = count;
    for (let run: u32 = 0; run < runCount; run++) {
      let length = <u32>Packed.at(lengths, run, RUN_LENGTH_BITS) + 1;
      if (length > rest) return 0;
      rest -= length;
      const value = base + <T>Packed.at(values, run, bits);
      for (; length > 0; length--) {
        store<T>(out, value);
        out += sizeof<T>();
      }
    }
    return rest === 0 ? values + valuesBytes : 0;
  }

  /** Decodes a chunk: one block after the other, which must end where the chunk does. */
  @inline static chunk<T>(out: usize, stored: usize, storedBytes: u32, count: u32): u32 {
    const end = stored + storedBytes;
    while (count > 0) {
      const length = min<u32>(count, BLOCK_VALUES);
      stored = Block.decode<T>(out, stored, end, length);
      if (stored === 0) return 0;
      out += length * <u32>sizeof<T>();
      count -= length;
    }
    return stored === end ? 1 : 0;
  }
}

/** Blocks of floats: `F` is their type, `B` an integer as wide. */
class Decimals {
  private constructor() {}

  /** Decodes the block at `at`. Returns the address after it, or 0 when it is not a block. */
  static decode<F, B>(out: usize, at: usize, end: usize, scratch: usize, count: u32): usize {
    if (end - at < 1) return 0;
    const exponent = <u32>load<u8>(at);
    if (exponent === DECIMAL_NONE) return Block.decode<B>(out, at + 1, end, count);
    if (exponent > <u32>DECIMAL_EXPONENT_MAX || end - at < 3) return 0;
    const exceptionCount = <u32>load<u16>(at, 1);
    const positions = at + 3;
    const values = positions + (exceptionCount << 1);
    const exceptionsBytes = exceptionCount * <u32>(2 + sizeof<F>());
    if (end - positions < exceptionsBytes) return 0;
    at = Block.decode<i64>(scratch, positions + exceptionsBytes, end, count);
    if (at === 0) return 0;
    let divisor: f64 = 1;
    for (let power: u32 = 0; power < exponent; power++) divisor *= 10;
    for (let row: u32 = 0; row < count; row++) {
      const decimal = <f64>load<i64>(scratch + (row << 3)) / divisor;
      store<F>(out + row * <u32>sizeof<F>(), <F>decimal);
    }
    for (let index: u32 = 0; index < exceptionCount; index++) {
      const row = <u32>load<u16>(positions + (index << 1));
      if (row >= count) return 0;
      const value = load<B>(values + index * <u32>sizeof<B>());
      store<B>(out + row * <u32>sizeof<B>(), value);
    }
    return at;
  }

  @inline static chunk<F, B>(
    out: usize,
    stored: usize,
    storedBytes: u32,
    scratch: usize,
    count: u32,
  ): u32 {
    const end = stored + storedBytes;
    while (count > 0) {
      const length = min<u32>(count, BLOCK_VALUES);
      stored = Decimals.decode<F, B>(out, stored, end, scratch, length);
      if (stored === 0) return 0;
      out += length * <u32>sizeof<F>();
      count -= length;
    }
    return stored === end ? 1 : 0;
  }
}

class Bytes {
  private constructor() {}

  /** Copies forward where ranges do not overlap, in vectors as long as whole ones fit. */
  @inline static copy(out: usize, from: usize, lengthBytes: u32): void {
    for (; lengthBytes >= 16; lengthBytes -= 16) {
      v128.store(out, v128.load(from));
      out += 16;
      from += 16;
    }
    Bytes.repeat(out, from, lengthBytes);
  }

  /** Byte by byte, so that a match repeats what it has just written. */
  @inline static repeat(out: usize, from: usize, lengthBytes: u32): void {
    for (; lengthBytes > 0; lengthBytes--) store<u8>(out++, load<u8>(from++));
  }
}

export function unpackIntegers8(out: usize, stored: usize, storedBytes: u32, count: u32): u32 {
  return Block.chunk<u8>(out, stored, storedBytes, count);
}

export function unpackIntegers16(out: usize, stored: usize, storedBytes: u32, count: u32): u32 {
  return Block.chunk<u16>(out, stored, storedBytes, count);
}

export function unpackIntegers32(out: usize, stored: usize, storedBytes: u32, count: u32): u32 {
  return Block.chunk<u32>(out, stored, storedBytes, count);
}

export function unpackIntegers64(out: usize, stored: usize, storedBytes: u32, count: u32): u32 {
  return Block.chunk<u64>(out, stored, storedBytes, count);
}

export function unpackDecimalsF32(
  out: usize,
  stored: usize,
  storedBytes: u32,
  scratch: usize,
  count: u32,
): u32 {
  return Decimals.chunk<f32, u32>(out, stored, storedBytes, scratch, count);
}

export function unpackDecimalsF64(
  out: usize,
  stored: usize,
  storedBytes: u32,
  scratch: usize,
  count: u32,
): u32 {
  return Decimals.chunk<f64, u64>(out, stored, storedBytes, scratch, count);
}

/** LZ4's block format (lz4_Block_format.md of the LZ4 project, version 1.6.3). */
export function decompressLz4(out: usize, outBytes: u32, stored: usize, storedBytes: u32): u32 {
  const start = out;
  const outEnd = out + outBytes;
  const end = stored + storedBytes;
  while (stored < end) {
    const token = <u32>load<u8>(stored++);
    let literals = token >> 4;
    if (literals === 15) {
      let more: u32 = 255;
      while (more === 255) {
        if (stored === end) return 0;
        more = load<u8>(stored++);
        literals += more;
      }
    }
    if (end - stored < literals || outEnd - out < literals) return 0;
    Bytes.copy(out, stored, literals);
    out += literals;
    stored += literals;
    if (stored === end) break;
    if (end - stored < 2) return 0;
    const offset = <u32>load<u16>(stored);
    stored += 2;
    let length = (token & 15) + 4;
    if (length === 19) {
      let more: u32 = 255;
      while (more === 255) {
        if (stored === end) return 0;
        more = load<u8>(stored++);
        length += more;
      }
    }
    if (offset === 0 || out - start < offset || outEnd - out < length) return 0;
    if (offset >= 16) Bytes.copy(out, out - offset, length);
    else Bytes.repeat(out, out - offset, length);
    out += length;
  }
  return out === outEnd ? 1 : 0;
}

export function joinPieces(
  out: usize,
  outBytes: u32,
  prefixes: usize,
  lengths: usize,
  own: usize,
  ownBytes: u32,
  count: u32,
): u32 {
  let previous = out;
  let rest = outBytes;
  for (; count > 0; count--) {
    const prefix = load<u32>(prefixes);
    const length = load<u32>(lengths);
    // One piece has written what lies from `previous` on, and nothing lies after it.
    if (prefix > <u32>(out - previous) || prefix > rest || length > ownBytes) return 0;
    if (length > rest - prefix) return 0;
    const start = out;
    Bytes.copy(out, previous, prefix);
    Bytes.copy(out + prefix, own, length);
    out += prefix + length;
    rest -= prefix + length;
    own += length;
    ownBytes -= length;
    previous = start;
    prefixes += 4;
    lengths += 4;
  }
  return rest === 0 && ownBytes === 0 ? 1 : 0;
}
