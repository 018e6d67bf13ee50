/**
 * Predicates over columns: `mask &= predicate(value)`, 64 rows a step, one mask word each. Words that
 * are already zero cost one load. NaN and the other conventions are those of `exports.ts`.
 */
import { Comparison } from './comparison';
import { Lanes } from './lanes';

class Filter {
  private constructor() {}

  /**
   * Truth values of one vector. `Between` on integers of up to 32 bits is one unsigned compare:
   * `x - low <= high - low`; there `second` holds `high - low`, otherwise `high`.
   */
  @inline static matches<T>(op: Comparison, values: v128, first: v128, second: v128): v128 {
    if (op !== Comparison.Between) return Lanes.compare<T>(op, values, first);
    if (!Filter.hasRangeForm<T>()) {
      return v128.and(v128.ge<T>(values, first), v128.le<T>(values, second));
    }
    const distance = v128.sub<T>(values, first);
    if (sizeof<T>() === 4) return v128.le<u32>(distance, second);
    return v128.le<T>(distance, second);
  }

  @inline static hasRangeForm<T>(): bool {
    return isInteger<T>() && sizeof<T>() < 8;
  }

  /** The bits of 16 rows. */
  @inline static rows16<T>(op: Comparison, at: usize, first: v128, second: v128): u64 {
    const a = Filter.matches<T>(op, v128.load(at), first, second);
    if (sizeof<T>() === 1) return i8x16.bitmask(a);
    const b = Filter.matches<T>(op, v128.load(at, 16), first, second);
    if (sizeof<T>() === 2) return i8x16.bitmask(Lanes.pack2(a, b));
    const c = Filter.matches<T>(op, v128.load(at, 32), first, second);
    const d = Filter.matches<T>(op, v128.load(at, 48), first, second);
    if (sizeof<T>() === 4) return i8x16.bitmask(Lanes.pack4(a, b, c, d));
    const e = Filter.matches<T>(op, v128.load(at, 64), first, second);
    const f = Filter.matches<T>(op, v128.load(at, 80), first, second);
    const g = Filter.matches<T>(op, v128.load(at, 96), first, second);
    const h = Filter.matches<T>(op, v128.load(at, 112), first, second);
    const ab = Lanes.halve(a, b);
    const cd = Lanes.halve(c, d);
    return i8x16.bitmask(Lanes.pack4(ab, cd, Lanes.halve(e, f), Lanes.halve(g, h)));
  }

  /** The bits of 64 rows. */
  @inline static rows64<T>(op: Comparison, at: usize, first: v128, second: v128): u64 {
    const a = Filter.rows16<T>(op, at, first, second);
    const b = Filter.rows16<T>(op, at + 16 * sizeof<T>(), first, second);
    const c = Filter.rows16<T>(op, at + 32 * sizeof<T>(), first, second);
    const d = Filter.rows16<T>(op, at + 48 * sizeof<T>(), first, second);
    return a | (b << 16) | (c << 32) | (d << 48);
  }

  /** The bits of fewer than 64 rows, through the same compare, so that there is one definition. */
  @inline static rest<T>(op: Comparison, at: usize, first: v128, second: v128, rows: u32): u64 {
    let bits: u64 = 0;
    for (let row: u32 = 0; row < rows; row++) {
      const value = v128.load_splat<T>(at + row * <u32>sizeof<T>());
      const matches = i32x4.extract_lane(Filter.matches<T>(op, value, first, second), 0) & 1;
      bits |= (<u64>matches) << row;
    }
    return bits;
  }

  @inline static run<T>(
    op: Comparison,
    mask: usize,
    values: usize,
    first: v128,
    second: v128,
    count: u32,
  ): void {
    for (let words = count >> 6; words > 0; words--) {
      const word = load<u64>(mask);
      if (word !== 0) store<u64>(mask, word & Filter.rows64<T>(op, values, first, second));
      mask += 8;
      values += 64 * sizeof<T>();
    }
    const rows = count & 63;
    if (rows === 0) return;
    store<u64>(mask, load<u64>(mask) & Filter.rest<T>(op, values, first, second, rows));
  }

  @inline static compare<T>(
    op: Comparison,
    mask: usize,
    values: usize,
    operand: T,
    count: u32,
  ): void {
    const splat = v128.splat<T>(operand);
    Filter.run<T>(op, mask, values, splat, splat, count);
  }

  @inline static between<T>(mask: usize, values: usize, low: T, high: T, count: u32): void {
    if (low > high) {
      memory.fill(mask, 0, ((count + 63) >> 6) << 3);
      return;
    }
    const second = Filter.hasRangeForm<T>() ? <T>(high - low) : high;
    Filter.run<T>(
      Comparison.Between,
      mask,
      values,
      v128.splat<T>(low),
      v128.splat<T>(second),
      count,
    );
  }
}

/** Membership of codes in a set that is a bitmap over codes. */
class CodeSet {
  private constructor() {}

  @inline static has<T>(set: usize, code: T): u64 {
    return (load<u64>(set + ((<u32>code >> 6) << 3)) >> (<u64>code & 63)) & 1;
  }

  /** The bits of 64 rows, without a branch. */
  @inline static dense<T>(codes: usize, set: usize): u64 {
    let bits: u64 = 0;
    for (let row: u32 = 0; row < 64; row += 4) {
      const four =
        CodeSet.has<T>(set, load<T>(codes)) |
        (CodeSet.has<T>(set, load<T>(codes, sizeof<T>())) << 1) |
        (CodeSet.has<T>(set, load<T>(codes, 2 * sizeof<T>())) << 2) |
        (CodeSet.has<T>(set, load<T>(codes, 3 * sizeof<T>())) << 3);
      bits |= four << row;
      codes += 4 * sizeof<T>();
    }
    return bits;
  }

  /** Tests only the rows whose bit is set in `word`. */
  @inline static sparse<T>(codes: usize, set: usize, word: u64): u64 {
    let bits: u64 = 0;
    for (let rest = word; rest !== 0; rest &= rest - 1) {
      const row = ctz<u64>(rest);
      bits |= CodeSet.has<T>(set, load<T>(codes + <usize>row * sizeof<T>())) << row;
    }
    return bits;
  }

  @inline static filter<T>(mask: usize, codes: usize, set: usize, count: u32): void {
    for (let words = count >> 6; words > 0; words--) {
      const word = load<u64>(mask);
      if (popcnt<u64>(word) > 24) store<u64>(mask, word & CodeSet.dense<T>(codes, set));
      else if (word !== 0) store<u64>(mask, CodeSet.sparse<T>(codes, set, word));
      mask += 8;
      codes += 64 * sizeof<T>();
    }
    if ((count & 63) !== 0) store<u64>(mask, CodeSet.sparse<T>(codes, set, load<u64>(mask)));
  }

  /** Bits of 16 codes from a set of 256 bits in two registers: byte `code / 8`, bit `code % 8`. */
  @inline static rows16(codes: v128, low: v128, high: v128): u64 {
    const weights = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
    const byteIndex = i8x16.shr_u(codes, 3);
    const bytes = v128.or(
      v128.swizzle(low, byteIndex),
      v128.swizzle(high, i8x16.sub(byteIndex, i8x16.splat(16))),
    );
    const bit = v128.swizzle(weights, v128.and(codes, i8x16.splat(7)));
    return i8x16.bitmask(i8x16.eq(v128.and(bytes, bit), bit));
  }
}

/**
 * Sets over 8-bit codes fit two registers. Both are loaded whole although the set may be shorter:
 * from an address that is a multiple of 32 that cannot leave the memory, and no code selects the
 * bits beyond. Sets at other addresses are tested bit by bit.
 */
export function filterSetU8(mask: usize, codes: usize, set: usize, count: u32): void {
  if ((set & 31) !== 0) {
    CodeSet.filter<u8>(mask, codes, set, count);
    return;
  }
  const low = v128.load(set);
  const high = v128.load(set, 16);
  for (let words = count >> 6; words > 0; words--) {
    const word = load<u64>(mask);
    if (word !== 0) {
      const a = CodeSet.rows16(v128.load(codes), low, high);
      const b = CodeSet.rows16(v128.load(codes, 16), low, high);
      const c = CodeSet.rows16(v128.load(codes, 32), low, high);
      const d = CodeSet.rows16(v128.load(codes, 48), low, high);
      store<u64>(mask, word & (a | (b << 16) | (c << 32) | (d << 48)));
    }
    mask += 8;
    codes += 64;
  }
  if ((count & 63) !== 0) store<u64>(mask, CodeSet.sparse<u8>(codes, set, load<u64>(mask)));
}

export function filterSetU16(mask: usize, codes: usize, set: usize, count: u32): void {
  CodeSet.filter<u16>(mask, codes, set, count);
}

export function filterSetU32(mask: usize, codes: usize, set: usize, count: u32): void {
  CodeSet.filter<u32>(mask, codes, set, count);
}

export function filterEqualU8(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u8>(Comparison.Equal, mask, values, <u8>operand, count);
}

export function filterNotEqualU8(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u8>(Comparison.NotEqual, mask, values, <u8>operand, count);
}

export function filterLessU8(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u8>(Comparison.Less, mask, values, <u8>operand, count);
}

export function filterLessOrEqualU8(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u8>(Comparison.LessOrEqual, mask, values, <u8>operand, count);
}

export function filterGreaterU8(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u8>(Comparison.Greater, mask, values, <u8>operand, count);
}

export function filterGreaterOrEqualU8(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u8>(Comparison.GreaterOrEqual, mask, values, <u8>operand, count);
}

export function filterBetweenU8(mask: usize, values: usize, low: u32, high: u32, count: u32): void {
  Filter.between<u8>(mask, values, <u8>low, <u8>high, count);
}

export function filterEqualU16(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u16>(Comparison.Equal, mask, values, <u16>operand, count);
}

export function filterNotEqualU16(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u16>(Comparison.NotEqual, mask, values, <u16>operand, count);
}

export function filterLessU16(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u16>(Comparison.Less, mask, values, <u16>operand, count);
}

export function filterLessOrEqualU16(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u16>(Comparison.LessOrEqual, mask, values, <u16>operand, count);
}

export function filterGreaterU16(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u16>(Comparison.Greater, mask, values, <u16>operand, count);
}

export function filterGreaterOrEqualU16(
  mask: usize,
  values: usize,
  operand: u32,
  count: u32,
): void {
  Filter.compare<u16>(Comparison.GreaterOrEqual, mask, values, <u16>operand, count);
}

export function filterBetweenU16(
  mask: usize,
  values: usize,
  low: u32,
  high: u32,
  count: u32,
): void {
  Filter.between<u16>(mask, values, <u16>low, <u16>high, count);
}

export function filterEqualU32(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u32>(Comparison.Equal, mask, values, operand, count);
}

export function filterNotEqualU32(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u32>(Comparison.NotEqual, mask, values, operand, count);
}

export function filterLessU32(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u32>(Comparison.Less, mask, values, operand, count);
}

export function filterLessOrEqualU32(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u32>(Comparison.LessOrEqual, mask, values, operand, count);
}

export function filterGreaterU32(mask: usize, values: usize, operand: u32, count: u32): void {
  Filter.compare<u32>(Comparison.Greater, mask, values, operand, count);
}

export function filterGreaterOrEqualU32(
  mask: usize,
  values: usize,
  operand: u32,
  count: u32,
): void {
  Filter.compare<u32>(Comparison.GreaterOrEqual, mask, values, operand, count);
}

export function filterBetweenU32(
  mask: usize,
  values: usize,
  low: u32,
  high: u32,
  count: u32,
): void {
  Filter.between<u32>(mask, values, low, high, count);
}

export function filterEqualI32(mask: usize, values: usize, operand: i32, count: u32): void {
  Filter.compare<i32>(Comparison.Equal, mask, values, operand, count);
}

export function filterNotEqualI32(mask: usize, values: usize, operand: i32, count: u32): void {
  Filter.compare<i32>(Comparison.NotEqual, mask, values, operand, count);
}

export function filterLessI32(mask: usize, values: usize, operand: i32, count: u32): void {
  Filter.compare<i32>(Comparison.Less, mask, values, operand, count);
}

export function filterLessOrEqualI32(mask: usize, values: usize, operand: i32, count: u32): void {
  Filter.compare<i32>(Comparison.LessOrEqual, mask, values, operand, count);
}

export function filterGreaterI32(mask: usize, values: usize, operand: i32, count: u32): void {
  Filter.compare<i32>(Comparison.Greater, mask, values, operand, count);
}

export function filterGreaterOrEqualI32(
  mask: usize,
  values: usize,
  operand: i32,
  count: u32,
): void {
  Filter.compare<i32>(Comparison.GreaterOrEqual, mask, values, operand, count);
}

export function filterBetweenI32(
  mask: usize,
  values: usize,
  low: i32,
  high: i32,
  count: u32,
): void {
  Filter.between<i32>(mask, values, low, high, count);
}

export function filterEqualI64(mask: usize, values: usize, operand: i64, count: u32): void {
  Filter.compare<i64>(Comparison.Equal, mask, values, operand, count);
}

export function filterNotEqualI64(mask: usize, values: usize, operand: i64, count: u32): void {
  Filter.compare<i64>(Comparison.NotEqual, mask, values, operand, count);
}

export function filterLessI64(mask: usize, values: usize, operand: i64, count: u32): void {
  Filter.compare<i64>(Comparison.Less, mask, values, operand, count);
}

export function filterLessOrEqualI64(mask: usize, values: usize, operand: i64, count: u32): void {
  Filter.compare<i64>(Comparison.LessOrEqual, mask, values, operand, count);
}

export function filterGreaterI64(mask: usize, values: usize, operand: i64, count: u32): void {
  Filter.compare<i64>(Comparison.Greater, mask, values, operand, count);
}

export function filterGreaterOrEqualI64(
  mask: usize,
  values: usize,
  operand: i64,
  count: u32,
): void {
  Filter.compare<i64>(Comparison.GreaterOrEqual, mask, values, operand, count);
}

export function filterBetweenI64(
  mask: usize,
  values: usize,
  low: i64,
  high: i64,
  count: u32,
): void {
  Filter.between<i64>(mask, values, low, high, count);
}

export function filterEqualF32(mask: usize, values: usize, operand: f32, count: u32): void {
  Filter.compare<f32>(Comparison.Equal, mask, values, operand, count);
}

export function filterNotEqualF32(mask: usize, values: usize, operand: f32, count: u32): void {
  Filter.compare<f32>(Comparison.NotEqual, mask, values, operand, count);
}

export function filterLessF32(mask: usize, values: usize, operand: f32, count: u32): void {
  Filter.compare<f32>(Comparison.Less, mask, values, operand, count);
}

export function filterLessOrEqualF32(mask: usize, values: usize, operand: f32, count: u32): void {
  Filter.compare<f32>(Comparison.LessOrEqual, mask, values, operand, count);
}

export function filterGreaterF32(mask: usize, values: usize, operand: f32, count: u32): void {
  Filter.compare<f32>(Comparison.Greater, mask, values, operand, count);
}

export function filterGreaterOrEqualF32(
  mask: usize,
  values: usize,
  operand: f32,
  count: u32,
): void {
  Filter.compare<f32>(Comparison.GreaterOrEqual, mask, values, operand, count);
}

export function filterBetweenF32(
  mask: usize,
  values: usize,
  low: f32,
  high: f32,
  count: u32,
): void {
  Filter.between<f32>(mask, values, low, high, count);
}

export function filterEqualF64(mask: usize, values: usize, operand: f64, count: u32): void {
  Filter.compare<f64>(Comparison.Equal, mask, values, operand, count);
}

export function filterNotEqualF64(mask: usize, values: usize, operand: f64, count: u32): void {
  Filter.compare<f64>(Comparison.NotEqual, mask, values, operand, count);
}

export function filterLessF64(mask: usize, values: usize, operand: f64, count: u32): void {
  Filter.compare<f64>(Comparison.Less, mask, values, operand, count);
}

export function filterLessOrEqualF64(mask: usize, values: usize, operand: f64, count: u32): void {
  Filter.compare<f64>(Comparison.LessOrEqual, mask, values, operand, count);
}

export function filterGreaterF64(mask: usize, values: usize, operand: f64, count: u32): void {
  Filter.compare<f64>(Comparison.Greater, mask, values, operand, count);
}

export function filterGreaterOrEqualF64(
  mask: usize,
  values: usize,
  operand: f64,
  count: u32,
): void {
  Filter.compare<f64>(Comparison.GreaterOrEqual, mask, values, operand, count);
}

export function filterBetweenF64(
  mask: usize,
  values: usize,
  low: f64,
  high: f64,
  count: u32,
): void {
  Filter.between<f64>(mask, values, low, high, count);
}
