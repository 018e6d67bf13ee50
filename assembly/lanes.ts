/**
 * Vector idioms that several kernel families share. Everything here is inlined, and everything that
 * depends on `T` or on a constant argument is decided at compile time.
 */
import { Comparison } from './comparison';

export class Lanes {
  private constructor() {}

  /** Lanes of all ones where the bit of `bits` is set, lowest bit first. Higher bits are ignored. */
  @inline static fromBits<T>(bits: u64): v128 {
    if (sizeof<T>() === 1) {
      const weights = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
      const pair = i16x8.splat(<i16>bits);
      const bytes = v128.shuffle<u8>(pair, pair, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
      return i8x16.eq(v128.and(bytes, weights), weights);
    }
    if (sizeof<T>() === 2) {
      const weights = i16x8(1, 2, 4, 8, 16, 32, 64, 128);
      return i16x8.eq(v128.and(i16x8.splat(<i16>bits), weights), weights);
    }
    if (sizeof<T>() === 4) {
      const weights = i32x4(1, 2, 4, 8);
      return i32x4.eq(v128.and(i32x4.splat(<i32>bits), weights), weights);
    }
    const weights = i64x2(1, 2);
    return i64x2.eq(v128.and(i64x2.splat(<i64>bits), weights), weights);
  }

  /** Joins two vectors of 16-bit truth values into one of 8-bit truth values; likewise below. */
  @inline static pack2(a: v128, b: v128): v128 {
    return i8x16.narrow_i16x8_s(a, b);
  }

  /** Joins four vectors of 32-bit truth values. */
  @inline static pack4(a: v128, b: v128, c: v128, d: v128): v128 {
    return Lanes.pack2(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
  }

  /** The 32-bit truth values of two vectors of 64-bit ones. */
  @inline static halve(a: v128, b: v128): v128 {
    return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
  }

  /** Four codes of 8, 16 or 32 bits as u32 lanes. Reads exactly four codes. */
  @inline static loadCodes4<T>(codes: usize): v128 {
    if (sizeof<T>() === 1) {
      return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(codes)));
    }
    if (sizeof<T>() === 2) return v128.load16x4_u(codes);
    return v128.load(codes);
  }

  /**
   * Truth values of `left <op> right` where right is never NaN. A NaN on the left is greater than
   * everything, so the "greater" operators are the negation of the "less" ones.
   */
  @inline static compare<T>(op: Comparison, left: v128, right: v128): v128 {
    if (op === Comparison.Equal) return v128.eq<T>(left, right);
    if (op === Comparison.NotEqual) return v128.ne<T>(left, right);
    if (op === Comparison.Less) return v128.lt<T>(left, right);
    if (op === Comparison.LessOrEqual) return v128.le<T>(left, right);
    if (op === Comparison.Greater) {
      return isFloat<T>() ? v128.not(v128.le<T>(left, right)) : v128.gt<T>(left, right);
    }
    return isFloat<T>() ? v128.not(v128.lt<T>(left, right)) : v128.ge<T>(left, right);
  }

  /** As `compare`, with NaN on both sides: equal to itself and greater than every number. */
  @inline static compareTotal<T>(op: Comparison, left: v128, right: v128): v128 {
    if (!isFloat<T>()) return Lanes.compare<T>(op, left, right);
    if (op === Comparison.Equal || op === Comparison.NotEqual) {
      const bothNaN = v128.and(v128.ne<T>(left, left), v128.ne<T>(right, right));
      const equal = v128.or(v128.eq<T>(left, right), bothNaN);
      return op === Comparison.Equal ? equal : v128.not(equal);
    }
    if (op === Comparison.Less) return Lanes.lessTotal<T>(left, right);
    if (op === Comparison.Greater) return Lanes.lessTotal<T>(right, left);
    if (op === Comparison.LessOrEqual) return v128.not(Lanes.lessTotal<T>(right, left));
    return v128.not(Lanes.lessTotal<T>(left, right));
  }

  /** Floats: left is a number, and right is greater or NaN. */
  @inline static lessTotal<T>(left: v128, right: v128): v128 {
    return v128.and(v128.not(v128.ge<T>(left, right)), v128.eq<T>(left, left));
  }
}
