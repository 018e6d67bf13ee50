import type { FlatVector, Vector } from '../vector.ts';
import { newFlatData, setFlat } from '../vector-build.ts';
import { binary, unary } from './elementwise.ts';
import {
  type Argument,
  callError,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { doublesOf, flatDataOf, halvesOf, writeInteger } from './memory.ts';
import { numberReader } from './text-apply.ts';

/** Further functions on numbers. */
export const NUMBERS: Readonly<Record<string, Implementation>> = {
  log1p: unary(Math.log1p),
  expm1: unary(Math.expm1),
  exp2: unary((value) => 2 ** value),
  exp10: unary((value) => 10 ** value),
  sinh: unary(Math.sinh),
  cosh: unary(Math.cosh),
  tanh: unary(Math.tanh),
  asinh: unary(Math.asinh),
  acosh: unary(Math.acosh),
  atanh: unary(Math.atanh),
  cot: unary((value) => 1 / Math.tan(value)),
  sigmoid: unary((value) => 1 / (1 + Math.exp(-value))),
  square: unary((value) => value * value),
  even: unary((value) => {
    const magnitude = Math.ceil(Math.abs(value) / 2) * 2;
    return value < 0 ? -magnitude : magnitude;
  }),
  hypot: binary(Math.hypot),
  nextafter: binary(nextAfter),
  if_not_finite: binary((value, otherwise) => (Number.isFinite(value) ? value : otherwise)),
  round_decimal: strict(roundDecimal),
  positive: strict((args, { call, rowCount, nulls }) =>
    flat(call.type as FlatVector['type'], flatDataOf(args[0]!, rowCount), nulls),
  ),
  factorial: strict(factorial),
  width_bucket: strict(widthBucket),
  e: constant(Math.E),
  min_tinyint: constant(-128),
  max_tinyint: constant(127),
  min_smallint: constant(-32_768),
  max_smallint: constant(32_767),
  min_int: constant(-2_147_483_648),
  max_int: constant(2_147_483_647),
  min_bigint: constant(-(2n ** 63n)),
  max_bigint: constant(2n ** 63n - 1n),
};

/** The factorials that fit 64 bits: those of 0 to 20. */
const FACTORIALS: readonly bigint[] = factorials(20);

/** One number as its bits, for `nextAfter`: consecutive DOUBLEs of one sign have consecutive bits. */
const numberCell = new Float64Array(1);
const bitsCell = new BigInt64Array(numberCell.buffer);

function constant(value: number | bigint): Implementation {
  return strict((_, { call, rowCount }) => {
    const type = call.type as FlatVector['type'];
    const data = newFlatData(type, rowCount);
    for (let row = 0; row < rowCount; row++) setFlat(data, row, value);
    return flat(type, data, null);
  });
}

function nextAfter(from: number, to: number): number {
  if (from === to || Number.isNaN(from) || Number.isNaN(to)) return from === to ? to : Number.NaN;
  if (from === 0) return to > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  numberCell[0] = from;
  bitsCell[0] = bitsCell[0]! + (to > from === from > 0 ? 1n : -1n);
  return numberCell[0];
}

function roundDecimal(args: readonly Argument[], { rowCount, nulls }: Invocation): Vector {
  const values = doublesOf(args[0]!, rowCount);
  const data = new Float64Array(rowCount);
  const digitsOf = args.length === 1 ? null : numberReader(args[1]!);
  for (let row = 0; row < rowCount; row++) {
    const value = values[row]!;
    const rounded = digitsOf === null ? Math.round(value) : roundToPlaces(value, digitsOf(row));
    data[row] = rounded + 0; // decimals have no −0
  }
  return flat('DOUBLE', data, nulls);
}

/**
 * Works on the shortest decimal text, so that 1.005 to two places gives 1.01 although the DOUBLE is
 * a little less.
 */
function roundToPlaces(value: number, places: number): number {
  if (!Number.isFinite(value)) return value;
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const kept = Number(exponent) + 1 + places; // how many of the digits remain
  if (kept >= digits.length) return value;
  if (kept < 0) return 0;
  const isUp = digits[kept]! >= '5';
  const whole = BigInt(`0${digits.slice(0, kept)}`) + (isUp ? 1n : 0n);
  return Math.sign(value) * Number(`${whole}e${-places}`);
}

function factorials(last: number): bigint[] {
  const list = [1n];
  for (let factor = 1; factor <= last; factor++) list.push(list[factor - 1]! * BigInt(factor));
  return list;
}

function factorial(args: readonly Argument[], { call, rowCount, nulls }: Invocation): Vector {
  const numberOf = numberReader(args[0]!);
  const data = new BigInt64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const value = numberOf(row);
    const product = FACTORIALS[Math.max(0, value)];
    if (product === undefined) {
      throw callError(
        call,
        'NUMERIC_OVERFLOW',
        `expected a number up to 20, whose factorial fits BIGINT, found ${value}`,
      );
    }
    data[row] = product;
  }
  return flat('BIGINT', data, nulls);
}

/** NaN comes after every number, so it lies above the buckets. */
function widthBucket(args: readonly Argument[], { call, rowCount, nulls }: Invocation): Vector {
  const [values, lows, highs] = args.slice(0, 3).map((arg) => doublesOf(arg, rowCount));
  const countOf = numberReader(args[3]!);
  const data = new BigInt64Array(rowCount);
  const halves = halvesOf(data);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const [value, low, high, count] = [values![row]!, lows![row]!, highs![row]!, countOf(row)];
    if (!(low < high) || high - low === Infinity || count < 1 || count > BUCKETS_MAX) {
      throw callError(
        call,
        'INVALID_QUERY',
        `expected bounds in ascending order and 1 to ${BUCKETS_MAX} buckets, found ${low}, ${high} and ${count}`,
      );
    }
    let bucket = count + 1;
    if (value < low) bucket = 0;
    else if (value < high) {
      const below = Math.floor(((value - low) * count) / (high - low));
      bucket = Math.min(below + 1, count);
    }
    writeInteger(halves, row, bucket);
  }
  return flat('BIGINT', data, nulls);
}

/** As many as an INT can count. */
const BUCKETS_MAX = 2_147_483_647;
