/** Sums over all rows or over the rows of a mask, in several accumulators per loop. */
import { Lanes } from './lanes';

class Sum {
  private constructor() {}

  /**
   * One vector of values as partial sums in wider lanes: 4 × u32 for 8 and 16-bit codes (at most
   * 131,070 a step), 2 × i64 for 32-bit integers, 2 × f64 for floats.
   */
  @inline static widen<T>(values: v128): v128 {
    if (isFloat<T>()) {
      if (sizeof<T>() === 8) return values;
      const high = v128.shuffle<i32>(values, values, 2, 3, 2, 3);
      return f64x2.add(f64x2.promote_low_f32x4(values), f64x2.promote_low_f32x4(high));
    }
    if (sizeof<T>() === 1) {
      return i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(values));
    }
    if (sizeof<T>() === 2) return i32x4.extadd_pairwise_i16x8_u(values);
    return i64x2.add(v128.extend_low<T>(values), v128.extend_high<T>(values));
  }

  /** Adds accumulators of `widen`'s kind. */
  @inline static add<T>(left: v128, right: v128): v128 {
    if (isFloat<T>()) return f64x2.add(left, right);
    return sizeof<T>() < 4 ? i32x4.add(left, right) : i64x2.add(left, right);
  }

  /** An integer accumulator as 2 × i64. */
  @inline static flush<T>(partial: v128): v128 {
    if (sizeof<T>() === 4) return partial;
    return i64x2.add(i64x2.extend_low_i32x4_u(partial), i64x2.extend_high_i32x4_u(partial));
  }

  @inline static lanesOf(total: v128): i64 {
    return i64x2.extract_lane(total, 0) + i64x2.extract_lane(total, 1);
  }

  /** Sum of `steps` × 64 bytes; `steps` is at least 1 and small enough for u32 partial sums. */
  @inline static run<T>(values: usize, steps: u32): v128 {
    let a = i64x2.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (; steps > 0; steps--) {
      a = Sum.add<T>(a, Sum.widen<T>(v128.load(values)));
      b = Sum.add<T>(b, Sum.widen<T>(v128.load(values, 16)));
      c = Sum.add<T>(c, Sum.widen<T>(v128.load(values, 32)));
      d = Sum.add<T>(d, Sum.widen<T>(v128.load(values, 48)));
      values += 64;
    }
    return Sum.add<T>(Sum.add<T>(a, b), Sum.add<T>(c, d));
  }

  /** Sum of the rows of one mask word, 64 rows wide. */
  @inline static word<T>(values: usize, bits: u64): v128 {
    const lanes = 16 / sizeof<T>();
    let a = i64x2.splat(0);
    let b = a;
    for (let step: u32 = 0; step < 2 * sizeof<T>(); step++) {
      a = Sum.add<T>(a, Sum.widen<T>(v128.and(v128.load(values), Lanes.fromBits<T>(bits))));
      bits >>= lanes;
      b = Sum.add<T>(b, Sum.widen<T>(v128.and(v128.load(values, 16), Lanes.fromBits<T>(bits))));
      bits >>= lanes;
      values += 32;
    }
    return Sum.add<T>(a, b);
  }

  /** 2,048 steps of 64 bytes keep u32 partial sums of u16 below 2^31. */
  @inline static integers<T>(values: usize, count: u32): i64 {
    const rowsPerStep = 64 / <u32>sizeof<T>();
    let total = i64x2.splat(0);
    let steps = count / rowsPerStep;
    while (steps > 0) {
      const taken = min<u32>(steps, 2048);
      total = i64x2.add(total, Sum.flush<T>(Sum.run<T>(values, taken)));
      values += taken << 6;
      steps -= taken;
    }
    let sum = Sum.lanesOf(total);
    for (let rest = count & (rowsPerStep - 1); rest > 0; rest--) {
      sum += <i64>load<T>(values);
      values += sizeof<T>();
    }
    return sum;
  }

  /** The last, partial word goes bit by bit, and so do words with few bits. */
  @inline static integersMasked<T>(values: usize, mask: usize, count: u32): i64 {
    let total = i64x2.splat(0);
    let sum: i64 = 0;
    for (let words = (count + 63) >> 6; words > 0; words--) {
      const bits = load<u64>(mask);
      const full = words > 1 || (count & 63) === 0;
      if (full && popcnt<u64>(bits) > 8) {
        total = i64x2.add(total, Sum.flush<T>(Sum.word<T>(values, bits)));
      } else {
        for (let rest = bits; rest !== 0; rest &= rest - 1) {
          sum += <i64>load<T>(values + <usize>ctz<u64>(rest) * sizeof<T>());
        }
      }
      mask += 8;
      values += 64 * sizeof<T>();
    }
    return sum + Sum.lanesOf(total);
  }

  @inline static floats<T>(values: usize, count: u32): f64 {
    const rowsPerStep = 64 / <u32>sizeof<T>();
    const steps = count / rowsPerStep;
    const total = Sum.run<T>(values, steps);
    values += steps << 6;
    let sum = f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
    for (let rest = count & (rowsPerStep - 1); rest > 0; rest--) {
      sum += <f64>load<T>(values);
      values += sizeof<T>();
    }
    return sum;
  }

  @inline static floatsMasked<T>(values: usize, mask: usize, count: u32): f64 {
    let total = f64x2.splat(0);
    let sum: f64 = 0;
    for (let words = (count + 63) >> 6; words > 0; words--) {
      const bits = load<u64>(mask);
      const full = words > 1 || (count & 63) === 0;
      if (full && popcnt<u64>(bits) > 8) {
        total = f64x2.add(total, Sum.word<T>(values, bits));
      } else {
        for (let rest = bits; rest !== 0; rest &= rest - 1) {
          sum += <f64>load<T>(values + <usize>ctz<u64>(rest) * sizeof<T>());
        }
      }
      mask += 8;
      values += 64 * sizeof<T>();
    }
    return sum + f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
  }
}

/** Exact sums of i64: the values' low and high halves add up separately, each within 64 bits. */
class WideSum {
  private constructor() {}

  /** Adds `high × 2^32 + low` to the i128 at `sum`. */
  @inline static addHalves(sum: usize, low: v128, high: v128): void {
    const lowTotal = <u64>i64x2.extract_lane(low, 0) + <u64>i64x2.extract_lane(low, 1);
    const highTotal = i64x2.extract_lane(high, 0) + i64x2.extract_lane(high, 1);
    const addedLow = lowTotal + ((<u64>highTotal) << 32);
    const carryIn = <i64>(addedLow < lowTotal);
    const oldLow = load<u64>(sum);
    const newLow = oldLow + addedLow;
    const carryOut = <i64>(newLow < oldLow);
    store<u64>(sum, newLow);
    store<i64>(sum, load<i64>(sum, 8) + (highTotal >> 32) + carryIn + carryOut, 8);
  }

  @inline static lowHalf(values: v128): v128 {
    return v128.and(values, i64x2.splat(0xffffffff));
  }

  @inline static highHalf(values: v128): v128 {
    return i64x2.shr_s(values, 32);
  }
}

export function sumI64(sum: usize, values: usize, count: u32): void {
  let low = i64x2.splat(0);
  let high = low;
  let lowOdd = low;
  let highOdd = low;
  for (let fours = count >> 2; fours > 0; fours--) {
    const even = v128.load(values);
    const odd = v128.load(values, 16);
    low = i64x2.add(low, WideSum.lowHalf(even));
    high = i64x2.add(high, WideSum.highHalf(even));
    lowOdd = i64x2.add(lowOdd, WideSum.lowHalf(odd));
    highOdd = i64x2.add(highOdd, WideSum.highHalf(odd));
    values += 32;
  }
  for (let rest = count & 3; rest > 0; rest--) {
    const one = v128.load64_zero(values);
    low = i64x2.add(low, WideSum.lowHalf(one));
    high = i64x2.add(high, WideSum.highHalf(one));
    values += 8;
  }
  WideSum.addHalves(sum, i64x2.add(low, lowOdd), i64x2.add(high, highOdd));
}

export function sumMaskedI64(sum: usize, values: usize, mask: usize, count: u32): void {
  let low = i64x2.splat(0);
  let high = low;
  for (let words = (count + 63) >> 6; words > 0; words--) {
    let bits = load<u64>(mask);
    const full = words > 1 || (count & 63) === 0;
    if (full && popcnt<u64>(bits) > 8) {
      for (let at = values; bits !== 0; bits >>= 2) {
        const pair = v128.and(v128.load(at), Lanes.fromBits<i64>(bits));
        low = i64x2.add(low, WideSum.lowHalf(pair));
        high = i64x2.add(high, WideSum.highHalf(pair));
        at += 16;
      }
    } else {
      for (; bits !== 0; bits &= bits - 1) {
        const one = v128.load64_zero(values + ((<usize>ctz<u64>(bits)) << 3));
        low = i64x2.add(low, WideSum.lowHalf(one));
        high = i64x2.add(high, WideSum.highHalf(one));
      }
    }
    mask += 8;
    values += 512;
  }
  WideSum.addHalves(sum, low, high);
}

export function sumU8(values: usize, count: u32): i64 {
  return Sum.integers<u8>(values, count);
}

export function sumMaskedU8(values: usize, mask: usize, count: u32): i64 {
  return Sum.integersMasked<u8>(values, mask, count);
}

export function sumU16(values: usize, count: u32): i64 {
  return Sum.integers<u16>(values, count);
}

export function sumMaskedU16(values: usize, mask: usize, count: u32): i64 {
  return Sum.integersMasked<u16>(values, mask, count);
}

export function sumU32(values: usize, count: u32): i64 {
  return Sum.integers<u32>(values, count);
}

export function sumMaskedU32(values: usize, mask: usize, count: u32): i64 {
  return Sum.integersMasked<u32>(values, mask, count);
}

export function sumI32(values: usize, count: u32): i64 {
  return Sum.integers<i32>(values, count);
}

export function sumMaskedI32(values: usize, mask: usize, count: u32): i64 {
  return Sum.integersMasked<i32>(values, mask, count);
}

export function sumF32(values: usize, count: u32): f64 {
  return Sum.floats<f32>(values, count);
}

export function sumMaskedF32(values: usize, mask: usize, count: u32): f64 {
  return Sum.floatsMasked<f32>(values, mask, count);
}

export function sumF64(values: usize, count: u32): f64 {
  return Sum.floats<f64>(values, count);
}

export function sumMaskedF64(values: usize, mask: usize, count: u32): f64 {
  return Sum.floatsMasked<f64>(values, mask, count);
}
