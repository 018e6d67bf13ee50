/**
 * Least and greatest values. For floats, NaN is greater than every number, so the least value is NaN
 * only when there is nothing else (or nothing at all), and the greatest is NaN when there is any.
 */
import { Lanes } from './lanes';

class Extreme {
  private constructor() {}

  /** What the extreme is over no rows, leaving NaN aside. */
  @inline static identity<T>(isMax: bool): T {
    if (isFloat<T>()) return isMax ? <T>-Infinity : <T>Infinity;
    if (isSigned<T>()) {
      const least = (<T>1) << (<T>(8 * sizeof<T>() - 1));
      return isMax ? least : <T>~least;
    }
    return isMax ? <T>0 : <T>~(<T>0);
  }

  /** The lesser or greater, lane by lane; a NaN on the right never wins. */
  @inline static pick<T>(isMax: bool, best: v128, values: v128): v128 {
    if (isFloat<T>()) return isMax ? v128.pmax<T>(best, values) : v128.pmin<T>(best, values);
    if (sizeof<T>() < 8) return isMax ? v128.max<T>(best, values) : v128.min<T>(best, values);
    const replaces = isMax ? v128.gt<T>(values, best) : v128.lt<T>(values, best);
    return v128.bitselect(values, best, replaces);
  }

  /**
   * Lanes of the sign that decides about NaN: for the least value, numbers seen; for the greatest,
   * NaN seen. Integers have none.
   */
  @inline static sign<T>(isMax: bool, values: v128): v128 {
    if (!isFloat<T>()) return values;
    return isMax ? v128.ne<T>(values, values) : v128.eq<T>(values, values);
  }

  /** The best lane, or NaN when the sign says so. */
  @inline static result<T>(isMax: bool, best: v128, sign: v128): T {
    if (isFloat<T>() && v128.any_true(sign) === isMax) return <T>NaN;
    let folded = Extreme.pick<T>(isMax, best, v128.shuffle<i64>(best, best, 1, 0));
    if (sizeof<T>() <= 4) {
      folded = Extreme.pick<T>(isMax, folded, v128.shuffle<i32>(folded, folded, 1, 0, 3, 2));
    }
    if (sizeof<T>() <= 2) {
      const swapped = v128.shuffle<i16>(folded, folded, 1, 0, 3, 2, 5, 4, 7, 6);
      folded = Extreme.pick<T>(isMax, folded, swapped);
    }
    if (sizeof<T>() === 1) folded = Extreme.pick<T>(isMax, folded, i16x8.shr_u(folded, 8));
    return v128.extract_lane<T>(folded, 0);
  }

  @inline static all<T>(isMax: bool, values: usize, count: u32): T {
    const lanes = <u32>(16 / sizeof<T>());
    let best = v128.splat<T>(Extreme.identity<T>(isMax));
    let bestOdd = best;
    let sign = i64x2.splat(0);
    for (let pairs = count / (2 * lanes); pairs > 0; pairs--) {
      const even = v128.load(values);
      const odd = v128.load(values, 16);
      best = Extreme.pick<T>(isMax, best, even);
      bestOdd = Extreme.pick<T>(isMax, bestOdd, odd);
      if (isFloat<T>()) {
        const signs = v128.or(Extreme.sign<T>(isMax, even), Extreme.sign<T>(isMax, odd));
        sign = v128.or(sign, signs);
      }
      values += 32;
    }
    for (let rest = count & (2 * lanes - 1); rest > 0; rest--) {
      const one = v128.load_splat<T>(values);
      best = Extreme.pick<T>(isMax, best, one);
      if (isFloat<T>()) sign = v128.or(sign, Extreme.sign<T>(isMax, one));
      values += sizeof<T>();
    }
    return Extreme.result<T>(isMax, Extreme.pick<T>(isMax, best, bestOdd), sign);
  }

  /** Rows outside the mask take part as the identity; the last, partial word goes bit by bit. */
  @inline static masked<T>(isMax: bool, values: usize, mask: usize, count: u32): T {
    const identity = v128.splat<T>(Extreme.identity<T>(isMax));
    let best = identity;
    let sign = i64x2.splat(0);
    for (let words = (count + 63) >> 6; words > 0; words--) {
      let bits = load<u64>(mask);
      const full = words > 1 || (count & 63) === 0;
      if (full && popcnt<u64>(bits) > 8) {
        for (let at = values; bits !== 0; bits >>= 16 / sizeof<T>()) {
          const lanes = Lanes.fromBits<T>(bits);
          const vector = v128.load(at);
          best = Extreme.pick<T>(isMax, best, v128.bitselect(vector, identity, lanes));
          if (isFloat<T>()) {
            sign = v128.or(sign, v128.and(Extreme.sign<T>(isMax, vector), lanes));
          }
          at += 16;
        }
      } else {
        for (; bits !== 0; bits &= bits - 1) {
          const one = v128.load_splat<T>(values + <usize>ctz<u64>(bits) * sizeof<T>());
          best = Extreme.pick<T>(isMax, best, one);
          if (isFloat<T>()) sign = v128.or(sign, Extreme.sign<T>(isMax, one));
        }
      }
      mask += 8;
      values += 64 * sizeof<T>();
    }
    return Extreme.result<T>(isMax, best, sign);
  }
}

export function minU8(values: usize, count: u32): u32 {
  return Extreme.all<u8>(false, values, count);
}

export function minMaskedU8(values: usize, mask: usize, count: u32): u32 {
  return Extreme.masked<u8>(false, values, mask, count);
}

export function maxU8(values: usize, count: u32): u32 {
  return Extreme.all<u8>(true, values, count);
}

export function maxMaskedU8(values: usize, mask: usize, count: u32): u32 {
  return Extreme.masked<u8>(true, values, mask, count);
}

export function minU16(values: usize, count: u32): u32 {
  return Extreme.all<u16>(false, values, count);
}

export function minMaskedU16(values: usize, mask: usize, count: u32): u32 {
  return Extreme.masked<u16>(false, values, mask, count);
}

export function maxU16(values: usize, count: u32): u32 {
  return Extreme.all<u16>(true, values, count);
}

export function maxMaskedU16(values: usize, mask: usize, count: u32): u32 {
  return Extreme.masked<u16>(true, values, mask, count);
}

export function minU32(values: usize, count: u32): u32 {
  return Extreme.all<u32>(false, values, count);
}

export function minMaskedU32(values: usize, mask: usize, count: u32): u32 {
  return Extreme.masked<u32>(false, values, mask, count);
}

export function maxU32(values: usize, count: u32): u32 {
  return Extreme.all<u32>(true, values, count);
}

export function maxMaskedU32(values: usize, mask: usize, count: u32): u32 {
  return Extreme.masked<u32>(true, values, mask, count);
}

export function minI32(values: usize, count: u32): i32 {
  return Extreme.all<i32>(false, values, count);
}

export function minMaskedI32(values: usize, mask: usize, count: u32): i32 {
  return Extreme.masked<i32>(false, values, mask, count);
}

export function maxI32(values: usize, count: u32): i32 {
  return Extreme.all<i32>(true, values, count);
}

export function maxMaskedI32(values: usize, mask: usize, count: u32): i32 {
  return Extreme.masked<i32>(true, values, mask, count);
}

export function minI64(values: usize, count: u32): i64 {
  return Extreme.all<i64>(false, values, count);
}

export function minMaskedI64(values: usize, mask: usize, count: u32): i64 {
  return Extreme.masked<i64>(false, values, mask, count);
}

export function maxI64(values: usize, count: u32): i64 {
  return Extreme.all<i64>(true, values, count);
}

export function maxMaskedI64(values: usize, mask: usize, count: u32): i64 {
  return Extreme.masked<i64>(true, values, mask, count);
}

export function minF32(values: usize, count: u32): f32 {
  return Extreme.all<f32>(false, values, count);
}

export function minMaskedF32(values: usize, mask: usize, count: u32): f32 {
  return Extreme.masked<f32>(false, values, mask, count);
}

export function maxF32(values: usize, count: u32): f32 {
  return Extreme.all<f32>(true, values, count);
}

export function maxMaskedF32(values: usize, mask: usize, count: u32): f32 {
  return Extreme.masked<f32>(true, values, mask, count);
}

export function minF64(values: usize, count: u32): f64 {
  return Extreme.all<f64>(false, values, count);
}

export function minMaskedF64(values: usize, mask: usize, count: u32): f64 {
  return Extreme.masked<f64>(false, values, mask, count);
}

export function maxF64(values: usize, count: u32): f64 {
  return Extreme.all<f64>(true, values, count);
}

export function maxMaskedF64(values: usize, mask: usize, count: u32): f64 {
  return Extreme.masked<f64>(true, values, mask, count);
}
