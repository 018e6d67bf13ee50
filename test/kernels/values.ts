import type { Prng } from '../../src/base/prng.ts';
import type { Vector } from './harness.ts';

/** Element types by the suffix they have in kernel names. */
export const VECTORS = {
  U8: Uint8Array,
  U16: Uint16Array,
  U32: Uint32Array,
  I32: Int32Array,
  I64: BigInt64Array,
  F32: Float32Array,
  F64: Float64Array,
} as const;

/** A suffix of a kernel name. */
export type TypeName = keyof typeof VECTORS;

/** One value of a column. */
export type Value = number | bigint;

/** Widths of code columns. */
export const CODES = ['U8', 'U16', 'U32'] as const;

/** Types of number columns other than I64. */
export const NUMBERS = [...CODES, 'I32', 'F32', 'F64'] as const;

/** All types of number columns. */
export const ALL_TYPES = [...NUMBERS, 'I64'] as const;

/** Values where mistakes live, for each type. */
const EXTREMES: Record<TypeName, readonly Value[]> = {
  U8: [0, 1, 127, 128, 254, 255],
  U16: [0, 1, 255, 256, 32_767, 32_768, 65_534, 65_535],
  U32: [0, 1, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
  I32: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 1 - 2 ** 31],
  I64: [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n, -(2n ** 32n), 2n ** 31n],
  F32: [0, -0, 1, -1, NaN, Infinity, -Infinity, Math.fround(3.4e38), 2 ** -149],
  F64: [0, -0, 1, -1, NaN, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE],
};

/** One value: an extreme, a small one that repeats, or any. */
export function anyValue(random: Prng, type: TypeName): Value {
  const kind = random.integer(0, 3);
  if (kind === 0) return random.pick(EXTREMES[type]);
  if (type === 'I64') {
    if (kind === 1) return BigInt(random.integer(-3, 4));
    return BigInt.asIntN(64, (BigInt(random.uint32()) << 32n) | BigInt(random.uint32()));
  }
  if (kind === 1) return random.integer(0, 5);
  if (type === 'F32') return Math.fround((random.float() - 0.5) * 2 ** random.integer(-30, 30));
  if (type === 'F64') return (random.float() - 0.5) * 2 ** random.integer(-60, 60);
  return VECTORS[type].of(random.uint32())[0]!;
}

/** A value that a predicate may be given: never NaN. */
export function anyOperand(random: Prng, type: TypeName): Value {
  for (;;) {
    const value = anyValue(random, type);
    if (!Number.isNaN(value)) return value;
  }
}

/** A column. */
export function anyVector(random: Prng, type: TypeName, count: number): Vector {
  return vectorOf(
    type,
    Array.from({ length: count }, () => anyValue(random, type)),
  );
}

/** A column of the given values, each rounded or wrapped to the type. */
export function vectorOf(type: TypeName, values: readonly Value[]): Vector {
  if (type === 'I64') return BigInt64Array.from(values.map(BigInt));
  return VECTORS[type].from(values.map(Number));
}

/** Column values whose float sums are exact in any order: quarters, now and then not finite. */
export function summable(random: Prng, type: TypeName, count: number): Vector {
  if (type !== 'F32' && type !== 'F64') return anyVector(random, type, count);
  const withSpecials = random.integer(0, 3) === 0;
  const values = Array.from({ length: count }, () => {
    if (withSpecials && random.integer(0, 20) === 0) return random.pick([NaN, Infinity, -Infinity]);
    return random.integer(-4000, 4000) / 4;
  });
  return vectorOf(type, values);
}

/** u32 below `end`. */
export function indexesBelow(random: Prng, end: number, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, () => random.integer(0, end));
}

/** Flags of the rows a mask selects: none, all, few, half or nearly all. */
export function anySelection(random: Prng, count: number): boolean[] {
  const share = random.pick([0, 0.02, 0.1, 0.5, 0.97, 1]);
  return Array.from({ length: count }, () => random.float() < share);
}

/** A mask with these rows set. */
export function maskOf(rows: readonly boolean[]): BigUint64Array {
  const words = new BigUint64Array(Math.ceil(rows.length / 64));
  rows.forEach((isSet, row) => {
    if (isSet) words[row >> 6]! |= 1n << BigInt(row & 63);
  });
  return words;
}

/** SQL's order of two numbers: negative, 0 or positive; NaN equals itself and is the greatest. */
export function order(left: Value, right: Value): number {
  if (Number.isNaN(left) || Number.isNaN(right)) {
    return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
  }
  return left < right ? -1 : Number(left > right);
}

/** The comparison operators as functions of `order`. */
export const COMPARISONS = {
  Equal: (sign: number) => sign === 0,
  NotEqual: (sign: number) => sign !== 0,
  Less: (sign: number) => sign < 0,
  LessOrEqual: (sign: number) => sign <= 0,
  Greater: (sign: number) => sign > 0,
  GreaterOrEqual: (sign: number) => sign >= 0,
} as const;

/** Names of the comparison operators. */
export const OPERATORS = Object.keys(COMPARISONS) as (keyof typeof COMPARISONS)[];

/** i128 values as the kernels hold them: low u64, then high i64. */
export function wideVector(values: readonly bigint[]): BigUint64Array {
  return BigUint64Array.from(values.flatMap((value) => [value, value >> 64n]));
}

/** An i128: small, just around 64 bits, halfway between two floats or just beside, or anything. */
export function anyWide(random: Prng): bigint {
  const high = BigInt(anyValue(random, 'I64'));
  const low = BigInt(anyValue(random, 'I64'));
  const sign = high < 0n ? -1n : 1n;
  const near = BigInt(random.integer(-2, 3));
  const bits = BigInt(random.integer(63, 127));
  switch (random.integer(0, 4)) {
    case 0:
      return low;
    case 1:
      return sign * (2n ** 63n + near);
    case 2:
      return sign * (2n ** bits + 2n ** (bits - 53n) + near);
    default:
      return (high << 64n) | BigInt.asUintN(64, low);
  }
}

/** Values of a vector as plain elements. */
export function elements(vector: Vector): Value[] {
  return Array.from<Value>(vector as Iterable<Value> & ArrayLike<Value>);
}
