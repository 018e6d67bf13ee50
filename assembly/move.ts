/** Gathering, looking up, decoding and converting values. */
import { Lanes } from './lanes';

class Move {
  private constructor() {}

  @inline static gather<T>(out: usize, values: usize, indexes: usize, count: u32): void {
    for (let fours = count >> 2; fours > 0; fours--) {
      const a = load<T>(values + load<u32>(indexes) * <u32>sizeof<T>());
      const b = load<T>(values + load<u32>(indexes, 4) * <u32>sizeof<T>());
      const c = load<T>(values + load<u32>(indexes, 8) * <u32>sizeof<T>());
      const d = load<T>(values + load<u32>(indexes, 12) * <u32>sizeof<T>());
      store<T>(out, a);
      store<T>(out, b, sizeof<T>());
      store<T>(out, c, 2 * sizeof<T>());
      store<T>(out, d, 3 * sizeof<T>());
      indexes += 16;
      out += 4 * sizeof<T>();
    }
    for (let rest = count & 3; rest > 0; rest--) {
      store<T>(out, load<T>(values + load<u32>(indexes) * <u32>sizeof<T>()));
      indexes += 4;
      out += sizeof<T>();
    }
  }

  /** `C` is the codes' type, `T` the table's. */
  @inline static lookup<C, T>(out: usize, codes: usize, table: usize, count: u32): void {
    for (let fours = count >> 2; fours > 0; fours--) {
      const a = load<T>(table + <u32>load<C>(codes) * <u32>sizeof<T>());
      const b = load<T>(table + <u32>load<C>(codes, sizeof<C>()) * <u32>sizeof<T>());
      const c = load<T>(table + <u32>load<C>(codes, 2 * sizeof<C>()) * <u32>sizeof<T>());
      const d = load<T>(table + <u32>load<C>(codes, 3 * sizeof<C>()) * <u32>sizeof<T>());
      store<T>(out, a);
      store<T>(out, b, sizeof<T>());
      store<T>(out, c, 2 * sizeof<T>());
      store<T>(out, d, 3 * sizeof<T>());
      codes += 4 * sizeof<C>();
      out += 4 * sizeof<T>();
    }
    for (let rest = count & 3; rest > 0; rest--) {
      store<T>(out, load<T>(table + <u32>load<C>(codes) * <u32>sizeof<T>()));
      codes += sizeof<C>();
      out += sizeof<T>();
    }
  }

  @inline static splat<T>(out: usize, value: T, count: u32): void {
    const lanes = <u32>(16 / sizeof<T>());
    const vector = v128.splat<T>(value);
    for (let vectors = count / lanes; vectors > 0; vectors--) {
      v128.store(out, vector);
      out += 16;
    }
    for (let rest = count & (lanes - 1); rest > 0; rest--) {
      store<T>(out, value);
      out += sizeof<T>();
    }
  }
}

/** `out[row] = base + code × scale`. */
class Decode {
  private constructor() {}

  @inline static toI32<T>(out: usize, codes: usize, base: i32, scale: i32, count: u32): void {
    const bases = i32x4.splat(base);
    const scales = i32x4.splat(scale);
    for (let fours = count >> 2; fours > 0; fours--) {
      const scaled = i32x4.mul(Lanes.loadCodes4<T>(codes), scales);
      v128.store(out, i32x4.add(scaled, bases));
      codes += 4 * sizeof<T>();
      out += 16;
    }
    for (let rest = count & 3; rest > 0; rest--) {
      store<i32>(out, base + <i32>load<T>(codes) * scale);
      codes += sizeof<T>();
      out += 4;
    }
  }

  /** Scales below 2^32, the usual ones, multiply in vectors: 32 × 32 bits give 64. */
  @inline static toI64<T>(out: usize, codes: usize, base: i64, scale: i64, count: u32): void {
    const bases = i64x2.splat(base);
    const scales = i32x4.splat(<i32>scale);
    let rest = count;
    if (<u64>scale <= 0xffffffff) {
      for (; rest >= 4; rest -= 4) {
        const four = Lanes.loadCodes4<T>(codes);
        v128.store(out, i64x2.add(bases, i64x2.extmul_low_i32x4_u(four, scales)));
        v128.store(out, i64x2.add(bases, i64x2.extmul_high_i32x4_u(four, scales)), 16);
        codes += 4 * sizeof<T>();
        out += 32;
      }
    }
    for (; rest > 0; rest--) {
      store<i64>(out, base + <i64>load<T>(codes) * scale);
      codes += sizeof<T>();
      out += 8;
    }
  }

  @inline static toF64<T>(out: usize, codes: usize, base: f64, scale: f64, count: u32): void {
    const bases = f64x2.splat(base);
    const scales = f64x2.splat(scale);
    for (let fours = count >> 2; fours > 0; fours--) {
      const four = Lanes.loadCodes4<T>(codes);
      const high = v128.shuffle<i32>(four, four, 2, 3, 2, 3);
      const first = f64x2.mul(f64x2.convert_low_i32x4_u(four), scales);
      const second = f64x2.mul(f64x2.convert_low_i32x4_u(high), scales);
      v128.store(out, f64x2.add(bases, first));
      v128.store(out, f64x2.add(bases, second), 16);
      codes += 4 * sizeof<T>();
      out += 32;
    }
    for (let rest = count & 3; rest > 0; rest--) {
      store<f64>(out, base + <f64>load<T>(codes) * scale);
      codes += sizeof<T>();
      out += 8;
    }
  }
}

class Convert {
  private constructor() {}

  @inline static codes<T>(out: usize, values: usize, count: u32): void {
    for (let fours = count >> 2; fours > 0; fours--) {
      v128.store(out, Lanes.loadCodes4<T>(values));
      values += 4 * sizeof<T>();
      out += 16;
    }
    for (let rest = count & 3; rest > 0; rest--) {
      store<u32>(out, <u32>load<T>(values));
      values += sizeof<T>();
      out += 4;
    }
  }

  /** Two values of `S` as two of `T`, for the pairs that `exports.ts` lists. */
  @inline static pair<S, T>(values: usize): v128 {
    if (sizeof<S>() === 1) {
      const pair = v128.load16_lane(values, i32x4.splat(0), 0);
      return i64x2.extend_low_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(pair)));
    }
    if (isFloat<S>()) return f64x2.promote_low_f32x4(v128.load64_zero(values));
    if (isFloat<T>()) return f64x2.convert_low_i32x4_s(v128.load64_zero(values));
    return v128.load32x2_s(values);
  }

  @inline static to64<S, T>(out: usize, values: usize, count: u32): void {
    for (let pairs = count >> 1; pairs > 0; pairs--) {
      v128.store(out, Convert.pair<S, T>(values));
      values += 2 * sizeof<S>();
      out += 16;
    }
    if ((count & 1) !== 0) store<T>(out, <T>load<S>(values));
  }
}

/** Microseconds of one day. */
const DAY_MICROS: i64 = 86_400_000_000;

export function fillBytes(out: usize, value: u32, count: u32): void {
  memory.fill(out, <u8>value, count);
}

export function gather8(out: usize, values: usize, indexes: usize, count: u32): void {
  Move.gather<u8>(out, values, indexes, count);
}

export function gather16(out: usize, values: usize, indexes: usize, count: u32): void {
  Move.gather<u16>(out, values, indexes, count);
}

export function gather32(out: usize, values: usize, indexes: usize, count: u32): void {
  Move.gather<u32>(out, values, indexes, count);
}

export function gather64(out: usize, values: usize, indexes: usize, count: u32): void {
  Move.gather<u64>(out, values, indexes, count);
}

export function gather128(out: usize, values: usize, indexes: usize, count: u32): void {
  for (; count > 0; count--) {
    v128.store(out, v128.load(values + (load<u32>(indexes) << 4)));
    indexes += 4;
    out += 16;
  }
}

export function lookupU8To8(out: usize, codes: usize, table: usize, count: u32): void {
  Move.lookup<u8, u8>(out, codes, table, count);
}

export function lookupU8To32(out: usize, codes: usize, table: usize, count: u32): void {
  Move.lookup<u8, u32>(out, codes, table, count);
}

export function lookupU8To64(out: usize, codes: usize, table: usize, count: u32): void {
  Move.lookup<u8, u64>(out, codes, table, count);
}

export function lookupU16To8(out: usize, codes: usize, table: usize, count: u32): void {
  Move.lookup<u16, u8>(out, codes, table, count);
}

export function lookupU16To32(out: usize, codes: usize, table: usize, count: u32): void {
  Move.lookup<u16, u32>(out, codes, table, count);
}

export function lookupU16To64(out: usize, codes: usize, table: usize, count: u32): void {
  Move.lookup<u16, u64>(out, codes, table, count);
}

export function lookupU32To8(out: usize, codes: usize, table: usize, count: u32): void {
  Move.lookup<u32, u8>(out, codes, table, count);
}

export function lookupU32To32(out: usize, codes: usize, table: usize, count: u32): void {
  Move.lookup<u32, u32>(out, codes, table, count);
}

export function lookupU32To64(out: usize, codes: usize, table: usize, count: u32): void {
  Move.lookup<u32, u64>(out, codes, table, count);
}

export function decodeU8ToI32(out: usize, codes: usize, base: i32, scale: i32, count: u32): void {
  Decode.toI32<u8>(out, codes, base, scale, count);
}

export function decodeU8ToI64(out: usize, codes: usize, base: i64, scale: i64, count: u32): void {
  Decode.toI64<u8>(out, codes, base, scale, count);
}

export function decodeU8ToF64(out: usize, codes: usize, base: f64, scale: f64, count: u32): void {
  Decode.toF64<u8>(out, codes, base, scale, count);
}

export function decodeU16ToI32(out: usize, codes: usize, base: i32, scale: i32, count: u32): void {
  Decode.toI32<u16>(out, codes, base, scale, count);
}

export function decodeU16ToI64(out: usize, codes: usize, base: i64, scale: i64, count: u32): void {
  Decode.toI64<u16>(out, codes, base, scale, count);
}

export function decodeU16ToF64(out: usize, codes: usize, base: f64, scale: f64, count: u32): void {
  Decode.toF64<u16>(out, codes, base, scale, count);
}

export function decodeU32ToI32(out: usize, codes: usize, base: i32, scale: i32, count: u32): void {
  Decode.toI32<u32>(out, codes, base, scale, count);
}

export function decodeU32ToI64(out: usize, codes: usize, base: i64, scale: i64, count: u32): void {
  Decode.toI64<u32>(out, codes, base, scale, count);
}

export function decodeU32ToF64(out: usize, codes: usize, base: f64, scale: f64, count: u32): void {
  Decode.toF64<u32>(out, codes, base, scale, count);
}

export function convertU8ToU32(out: usize, values: usize, count: u32): void {
  Convert.codes<u8>(out, values, count);
}

export function convertU16ToU32(out: usize, values: usize, count: u32): void {
  Convert.codes<u16>(out, values, count);
}

export function convertU8ToI64(out: usize, values: usize, count: u32): void {
  Convert.to64<u8, i64>(out, values, count);
}

export function convertI32ToI64(out: usize, values: usize, count: u32): void {
  Convert.to64<i32, i64>(out, values, count);
}

export function convertI32ToF64(out: usize, values: usize, count: u32): void {
  Convert.to64<i32, f64>(out, values, count);
}

export function convertF32ToF64(out: usize, values: usize, count: u32): void {
  Convert.to64<f32, f64>(out, values, count);
}

export function convertI64ToF64(out: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    store<f64>(out, <f64>load<i64>(values));
    values += 8;
    out += 8;
  }
}

export function replaceMasked32(out: usize, mask: usize, value: u32, count: u32): void {
  const vector = i32x4.splat(value);
  for (let words = (count + 63) >> 6; words > 0; words--) {
    let bits = load<u64>(mask);
    if (words > 1 || (count & 63) === 0) {
      for (let at = out; bits !== 0; bits >>= 4) {
        v128.store(at, v128.bitselect(vector, v128.load(at), Lanes.fromBits<u32>(bits)));
        at += 16;
      }
    } else {
      for (; bits !== 0; bits &= bits - 1) {
        store<u32>(out + ((<usize>ctz<u64>(bits)) << 2), value);
      }
    }
    mask += 8;
    out += 256;
  }
}

export function splat32(out: usize, value: u32, count: u32): void {
  Move.splat<u32>(out, value, count);
}

export function sequence32(out: usize, first: u32, count: u32): void {
  let four = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  const step = i32x4.splat(4);
  for (let fours = count >> 2; fours > 0; fours--) {
    v128.store(out, four);
    four = i32x4.add(four, step);
    out += 16;
  }
  let next = first + (count & ~3);
  for (let rest = count & 3; rest > 0; rest--) {
    store<u32>(out, next++);
    out += 4;
  }
}

export function splat64(out: usize, value: u64, count: u32): void {
  Move.splat<u64>(out, value, count);
}

export function splatF64(out: usize, value: f64, count: u32): void {
  Move.splat<f64>(out, value, count);
}

/**
 * The day is estimated in floating point, rounded to the nearest by adding a number whose last bit
 * stands for 1, and so too great by one at most, which the remainder tells: much cheaper than a
 * 64-bit division.
 */
export function splitTimestamp(days: usize, microsOfDay: usize, values: usize, count: u32): void {
  const daysPerMicro = 1.0 / <f64>DAY_MICROS;
  const roundToInteger: f64 = 6755399441055744; // 1.5 × 2^52
  for (; count > 0; count--) {
    const value = load<i64>(values);
    const nearest = <i32>reinterpret<i64>(<f64>value * daysPerMicro + roundToInteger);
    const micros = value - <i64>nearest * DAY_MICROS;
    const isBefore = micros >> 63;
    store<i32>(days, nearest + <i32>isBefore);
    store<f64>(microsOfDay, <f64>(micros + (isBefore & DAY_MICROS)));
    values += 8;
    days += 4;
    microsOfDay += 8;
  }
}

export function rebaseI32(out: usize, values: usize, base: i32, count: u32): void {
  for (; count > 0; count--) {
    store<u32>(out, load<i32>(values) - base);
    out += 4;
    values += 4;
  }
}

export function rebaseI64(out: usize, values: usize, base: i64, count: u32): void {
  for (; count > 0; count--) {
    store<u32>(out, <u32>(load<i64>(values) - base));
    out += 4;
    values += 8;
  }
}
