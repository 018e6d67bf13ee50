/** Row by row on two vectors; `out` may be an input. */
import { Comparison } from './comparison';
import { Lanes } from './lanes';

enum Operation {
  Add,
  Subtract,
  Multiply,
  Divide,
}

class Arithmetic {
  private constructor() {}

  /** Adds or subtracts; returns whether any row overflowed. */
  @inline static i64(op: Operation, out: usize, left: usize, right: usize, count: u32): u32 {
    let overflow = i64x2.splat(0);
    for (let pairs = count >> 1; pairs > 0; pairs--) {
      const x = v128.load(left);
      const y = v128.load(right);
      const result = op === Operation.Add ? i64x2.add(x, y) : i64x2.sub(x, y);
      overflow = v128.or(overflow, Arithmetic.overflow(op, x, y, result));
      v128.store(out, result);
      left += 16;
      right += 16;
      out += 16;
    }
    if ((count & 1) !== 0) {
      const x = v128.load64_zero(left);
      const y = v128.load64_zero(right);
      const result = op === Operation.Add ? i64x2.add(x, y) : i64x2.sub(x, y);
      overflow = v128.or(overflow, Arithmetic.overflow(op, x, y, result));
      v128.store64_lane(out, result, 0);
    }
    return <u32>(i64x2.bitmask(overflow) !== 0);
  }

  /**
   * Lanes whose sign bit tells of an overflow: a sum overflows when its sign differs from both
   * operands', a difference when the operands' signs differ and the result has not the left one's.
   */
  @inline static overflow(op: Operation, x: v128, y: v128, result: v128): v128 {
    const other = op === Operation.Add ? v128.xor(y, result) : v128.xor(x, y);
    return v128.and(v128.xor(x, result), other);
  }

  @inline static f64(op: Operation, out: usize, left: usize, right: usize, count: u32): void {
    for (let pairs = count >> 1; pairs > 0; pairs--) {
      v128.store(out, Arithmetic.apply(op, v128.load(left), v128.load(right)));
      left += 16;
      right += 16;
      out += 16;
    }
    if ((count & 1) === 0) return;
    const last = Arithmetic.apply(op, v128.load64_zero(left), v128.load64_zero(right));
    v128.store64_lane(out, last, 0);
  }

  @inline static apply(op: Operation, x: v128, y: v128): v128 {
    if (op === Operation.Add) return f64x2.add(x, y);
    if (op === Operation.Subtract) return f64x2.sub(x, y);
    return op === Operation.Multiply ? f64x2.mul(x, y) : f64x2.div(x, y);
  }
}

class Compare {
  private constructor() {}

  @inline static at<T>(op: Comparison, left: usize, right: usize): v128 {
    return Lanes.compareTotal<T>(op, v128.load(left), v128.load(right));
  }

  @inline static rows16<T>(op: Comparison, left: usize, right: usize): v128 {
    const a = Compare.at<T>(op, left, right);
    const b = Compare.at<T>(op, left + 16, right + 16);
    const c = Compare.at<T>(op, left + 32, right + 32);
    const d = Compare.at<T>(op, left + 48, right + 48);
    if (sizeof<T>() === 4) return Lanes.pack4(a, b, c, d);
    const e = Compare.at<T>(op, left + 64, right + 64);
    const f = Compare.at<T>(op, left + 80, right + 80);
    const g = Compare.at<T>(op, left + 96, right + 96);
    const h = Compare.at<T>(op, left + 112, right + 112);
    const ab = Lanes.halve(a, b);
    const cd = Lanes.halve(c, d);
    return Lanes.pack4(ab, cd, Lanes.halve(e, f), Lanes.halve(g, h));
  }

  @inline static run<T>(op: Comparison, flags: usize, left: usize, right: usize, count: u32): void {
    for (let steps = count >> 4; steps > 0; steps--) {
      v128.store(flags, v128.and(Compare.rows16<T>(op, left, right), i8x16.splat(1)));
      flags += 16;
      left += 16 * sizeof<T>();
      right += 16 * sizeof<T>();
    }
    for (let rest = count & 15; rest > 0; rest--) {
      const x = v128.load_splat<T>(left);
      const y = v128.load_splat<T>(right);
      store<u8>(flags, <u8>(i32x4.extract_lane(Lanes.compareTotal<T>(op, x, y), 0) & 1));
      flags += 1;
      left += sizeof<T>();
      right += sizeof<T>();
    }
  }
}

/** 128-bit integers as a low u64 and a high i64. */
class Wide {
  private constructor() {}

  /** High half of the product of two i64, by schoolbook multiplication of 32-bit halves. */
  @inline static multiplyHigh(x: i64, y: i64): i64 {
    const xLow = <i64>(<u64>x & 0xffffffff);
    const yLow = <i64>(<u64>y & 0xffffffff);
    const xHigh = x >> 32;
    const yHigh = y >> 32;
    const cross = xHigh * yLow + <i64>(<u64>(xLow * yLow) >> 32);
    const middle = xLow * yHigh + <i64>(<u64>cross & 0xffffffff);
    return xHigh * yHigh + (cross >> 32) + (middle >> 32);
  }

  /** Whether a product is below 2^62 by its floating-point estimate: then it fits for certain. */
  @inline static surelyFits(x: i64, y: i64): bool {
    return Math.abs(<f64>x * <f64>y) < 4.6e18;
  }

  /** The nearest f64, ties to even: the bits below the top 64 matter only as "some are set". */
  @inline static toF64(low: u64, high: i64): f64 {
    if (high === <i64>low >> 63) return <f64>(<i64>low);
    const isNegative = high < 0;
    const magnitudeLow = isNegative ? 0 - low : low;
    const borrow = <u64>(isNegative && low !== 0);
    const magnitudeHigh = isNegative ? 0 - <u64>high - borrow : <u64>high;
    const shift = 64 - clz<u64>(magnitudeHigh);
    // A high half of zero (a magnitude of 2^63 or more) needs no shift, one of 2^63 a whole word.
    let top = magnitudeLow;
    if (shift === 64) {
      top = magnitudeHigh | <u64>(magnitudeLow !== 0);
    } else if (shift !== 0) {
      const dropped = magnitudeLow << (64 - shift);
      top = (magnitudeHigh << (64 - shift)) | (magnitudeLow >> shift) | <u64>(dropped !== 0);
    }
    const scale = reinterpret<f64>((1023 + shift) << 52);
    const magnitude = <f64>top * scale;
    return isNegative ? -magnitude : magnitude;
  }
}

export function addI64(out: usize, left: usize, right: usize, count: u32): u32 {
  return Arithmetic.i64(Operation.Add, out, left, right, count);
}

export function subtractI64(out: usize, left: usize, right: usize, count: u32): u32 {
  return Arithmetic.i64(Operation.Subtract, out, left, right, count);
}

class Multiply {
  private constructor() {}

  /** Not zero in lanes that do not fit 32 bits. */
  @inline static beyondI32(values: v128): v128 {
    return i64x2.shr_u(i64x2.add(values, i64x2.splat(0x80000000)), 32);
  }

  /** One product of any two factors; 1 when it overflows. */
  @inline static one(out: usize, left: usize, right: usize): u32 {
    const x = load<i64>(left);
    const y = load<i64>(right);
    const product = x * y;
    store<i64>(out, product);
    return Wide.surelyFits(x, y) ? 0 : <u32>(Wide.multiplyHigh(x, y) !== product >> 63);
  }
}

/** Four products at once where all factors fit 32 bits: then nothing overflows. */
export function multiplyI64(out: usize, left: usize, right: usize, count: u32): u32 {
  let overflow: u32 = 0;
  for (; count >= 4; count -= 4) {
    const x = v128.load(left);
    const nextX = v128.load(left, 16);
    const y = v128.load(right);
    const nextY = v128.load(right, 16);
    const beyond = v128.or(
      v128.or(Multiply.beyondI32(x), Multiply.beyondI32(nextX)),
      v128.or(Multiply.beyondI32(y), Multiply.beyondI32(nextY)),
    );
    if (v128.any_true(beyond)) {
      for (let row: usize = 0; row < 32; row += 8) {
        overflow |= Multiply.one(out + row, left + row, right + row);
      }
    } else {
      const factors = v128.shuffle<i32>(x, nextX, 0, 2, 4, 6);
      const others = v128.shuffle<i32>(y, nextY, 0, 2, 4, 6);
      v128.store(out, i64x2.extmul_low_i32x4_s(factors, others));
      v128.store(out, i64x2.extmul_high_i32x4_s(factors, others), 16);
    }
    left += 32;
    right += 32;
    out += 32;
  }
  for (; count > 0; count--) {
    overflow |= Multiply.one(out, left, right);
    left += 8;
    right += 8;
    out += 8;
  }
  return overflow;
}

/** Wraps modulo 2^128; two products of i64 and their sum fit. */
export function affineI128(
  out: usize,
  sums: usize,
  counts: usize,
  base: i64,
  scale: i64,
  count: u32,
): void {
  for (; count > 0; count--) {
    const rows = load<i64>(counts);
    const sum = load<i64>(sums);
    const low = <u64>(rows * base);
    const total = low + <u64>(sum * scale);
    const carry = <i64>(total < low);
    store<u64>(out, total);
    store<i64>(out, Wide.multiplyHigh(rows, base) + Wide.multiplyHigh(sum, scale) + carry, 8);
    sums += 8;
    counts += 8;
    out += 16;
  }
}

export function narrowI128(out: usize, values: usize, count: u32): u32 {
  let overflow: u32 = 0;
  for (; count > 0; count--) {
    const low = load<i64>(values);
    overflow |= <u32>(load<i64>(values, 8) !== low >> 63);
    store<i64>(out, low);
    values += 16;
    out += 8;
  }
  return overflow;
}

export function convertI64ToI128(out: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    const value = load<i64>(values);
    store<i64>(out, value);
    store<i64>(out, value >> 63, 8);
    values += 8;
    out += 16;
  }
}

export function convertI128ToF64(out: usize, values: usize, count: u32): void {
  for (; count > 0; count--) {
    store<f64>(out, Wide.toF64(load<u64>(values), load<i64>(values, 8)));
    values += 16;
    out += 8;
  }
}

export function addF64(out: usize, left: usize, right: usize, count: u32): void {
  Arithmetic.f64(Operation.Add, out, left, right, count);
}

export function subtractF64(out: usize, left: usize, right: usize, count: u32): void {
  Arithmetic.f64(Operation.Subtract, out, left, right, count);
}

export function multiplyF64(out: usize, left: usize, right: usize, count: u32): void {
  Arithmetic.f64(Operation.Multiply, out, left, right, count);
}

export function divideF64(out: usize, left: usize, right: usize, count: u32): void {
  Arithmetic.f64(Operation.Divide, out, left, right, count);
}

export function compareEqualI32(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<i32>(Comparison.Equal, flags, left, right, count);
}

export function compareNotEqualI32(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<i32>(Comparison.NotEqual, flags, left, right, count);
}

export function compareLessI32(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<i32>(Comparison.Less, flags, left, right, count);
}

export function compareLessOrEqualI32(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<i32>(Comparison.LessOrEqual, flags, left, right, count);
}

export function compareGreaterI32(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<i32>(Comparison.Greater, flags, left, right, count);
}

export function compareGreaterOrEqualI32(
  flags: usize,
  left: usize,
  right: usize,
  count: u32,
): void {
  Compare.run<i32>(Comparison.GreaterOrEqual, flags, left, right, count);
}

export function compareEqualI64(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<i64>(Comparison.Equal, flags, left, right, count);
}

export function compareNotEqualI64(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<i64>(Comparison.NotEqual, flags, left, right, count);
}

export function compareLessI64(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<i64>(Comparison.Less, flags, left, right, count);
}

export function compareLessOrEqualI64(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<i64>(Comparison.LessOrEqual, flags, left, right, count);
}

export function compareGreaterI64(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<i64>(Comparison.Greater, flags, left, right, count);
}

export function compareGreaterOrEqualI64(
  flags: usize,
  left: usize,
  right: usize,
  count: u32,
): void {
  Compare.run<i64>(Comparison.GreaterOrEqual, flags, left, right, count);
}

export function compareEqualF64(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<f64>(Comparison.Equal, flags, left, right, count);
}

export function compareNotEqualF64(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<f64>(Comparison.NotEqual, flags, left, right, count);
}

export function compareLessF64(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<f64>(Comparison.Less, flags, left, right, count);
}

export function compareLessOrEqualF64(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<f64>(Comparison.LessOrEqual, flags, left, right, count);
}

export function compareGreaterF64(flags: usize, left: usize, right: usize, count: u32): void {
  Compare.run<f64>(Comparison.Greater, flags, left, right, count);
}

export function compareGreaterOrEqualF64(
  flags: usize,
  left: usize,
  right: usize,
  count: u32,
): void {
  Compare.run<f64>(Comparison.GreaterOrEqual, flags, left, right, count);
}
