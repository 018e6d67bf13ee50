import { isDecimal } from '../../base/types.ts';
import type { Call } from '../../sql/expression.ts';
import type { Vector } from '../vector.ts';
import { checkFits, mapDoubles } from './arithmetic.ts';
import { DECIMAL_ROUNDING, decimalSigns, decimalsToDigits, wholeDecimals } from './decimals.ts';
import { binary, mapPairs, unary } from './elementwise.ts';
import {
  type Argument,
  flat,
  type Implementation,
  type Invocation,
  strict,
} from './implementation.ts';
import { bigintsOf, doublesOf, halvesOf, readInteger, writeInteger } from './memory.ts';
import { numberReader } from './text-apply.ts';

/** Functions on numbers. Outside their domain they give NaN or an infinity, as IEEE 754 has it. */
export const MATH: Readonly<Record<string, Implementation>> = {
  floor: wholeNumber(Math.floor, -1),
  ceil: wholeNumber(Math.ceil, 1),
  round: toDigits(roundHalfAway, roundInteger, DECIMAL_ROUNDING.round),
  truncate: toDigits(Math.trunc, truncateInteger, DECIMAL_ROUNDING.truncate),
  sign: strict(sign),
  sqrt: unary(Math.sqrt),
  cbrt: unary(Math.cbrt),
  exp: unary(Math.exp),
  ln: unary(Math.log),
  log10: unary(Math.log10),
  log2: unary(Math.log2),
  log: strict((args, invocation) =>
    args.length === 1
      ? mapDoubles(args, invocation, Math.log10)
      : mapPairs(args, invocation, (base, value) => Math.log10(value) / Math.log10(base)),
  ),
  power: binary(power),
  pi: strict((_, { rowCount }) => flat('DOUBLE', new Float64Array(rowCount).fill(Math.PI), null)),
  degrees: unary((radians) => radians * (180 / Math.PI)),
  radians: unary((degrees) => degrees * (Math.PI / 180)),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tan: unary(Math.tan),
  asin: unary(Math.asin),
  acos: unary(Math.acos),
  atan: unary(Math.atan),
  atan2: binary(Math.atan2),
  is_nan: test(Number.isNaN),
  is_finite: test(Number.isFinite),
  is_infinite: test((value) => value === Infinity || value === -Infinity),
};

function test(holds: (value: number) => boolean): Implementation {
  return strict((args, { rowCount, nulls }) => {
    const values = doublesOf(args[0]!, rowCount);
    const flags = new Uint8Array(rowCount);
    for (let row = 0; row < rowCount; row++) flags[row] = holds(values[row]!) ? 1 : 0;
    return flat('BOOLEAN', flags, nulls);
  });
}

/** Integers are whole already. */
function wholeNumber(compute: (value: number) => number, direction: -1 | 1): Implementation {
  return strict((args, invocation) => {
    if (isDecimal(args[0]!.type)) return wholeDecimals(args[0]!, direction, invocation);
    return invocation.call.type === 'DOUBLE'
      ? mapDoubles(args, invocation, compute)
      : flat('BIGINT', bigintsOf(args[0]!, invocation.rowCount), invocation.nulls);
  });
}

/** Rounding to decimal places, for DOUBLE by scaling and for BIGINT exactly. */
function toDigits(
  compute: (value: number) => number,
  computeInteger: (value: bigint, unit: bigint) => bigint,
  computeDecimal: (value: bigint, unit: bigint) => bigint,
): Implementation {
  return strict((args, invocation) => {
    const { call, rowCount, nulls } = invocation;
    if (isDecimal(call.type)) return decimalsToDigits(args, computeDecimal, invocation);
    const digitsOf = args.length === 1 ? () => 0 : numberReader(args[1]!);
    if (call.type === 'BIGINT') {
      return scaleIntegers(args[0]!, digitsOf, computeInteger, invocation);
    }
    const values = doublesOf(args[0]!, rowCount);
    const data = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      data[row] = scaleDouble(values[row]!, digitsOf(row), compute);
    }
    return flat('DOUBLE', data, nulls);
  });
}

/** Scales by a power of ten and back, as DuckDB does, so that 1.005 to two digits gives 1. */
function scaleDouble(value: number, digits: number, compute: (value: number) => number): number {
  if (digits === 0) return compute(value);
  const scale = 10 ** Math.abs(digits);
  const scaled = digits > 0 ? compute(value * scale) / scale : compute(value / scale) * scale;
  if (Number.isFinite(scaled)) return scaled;
  return digits > 0 || !Number.isFinite(value) ? value : 0;
}

function scaleIntegers(
  argument: Argument,
  digitsOf: (row: number) => number,
  compute: (value: bigint, unit: bigint) => bigint,
  { call, rowCount, nulls }: Invocation,
): Vector {
  const values = bigintsOf(argument, rowCount);
  const data = new BigInt64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const digits = digitsOf(row);
    data[row] = values[row]!;
    if (digits >= 0 || nulls?.[row] === 1) continue;
    data[row] =
      digits < -19 ? 0n : roundedToUnit(values[row]!, 10n ** BigInt(-digits), compute, call);
  }
  return flat('BIGINT', data, nulls);
}

function roundedToUnit(
  value: bigint,
  unit: bigint,
  compute: (value: bigint, unit: bigint) => bigint,
  call: Call,
): bigint {
  return checkFits(compute(value, unit), call, () => `${call.function} of ${value} to ${unit}s`);
}

function roundInteger(value: bigint, unit: bigint): bigint {
  const half = value < 0n ? -unit / 2n : unit / 2n;
  return truncateInteger(value + half, unit);
}

function truncateInteger(value: bigint, unit: bigint): bigint {
  return value - (value % unit);
}

/** C's `round`: halves go away from zero, which `Math.round` does for positive numbers only. */
function roundHalfAway(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}

/** IEEE 754's `pow`: JavaScript gives NaN where 1 is raised to NaN, or ±1 to an infinity. */
function power(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && Math.abs(exponent) === Infinity) return 1;
  return base ** exponent;
}

/** The sign of NaN is 0, as in DuckDB. */
function sign(args: readonly Argument[], invocation: Invocation): Vector {
  if (isDecimal(args[0]!.type)) return decimalSigns(args[0]!, invocation);
  const { rowCount, nulls } = invocation;
  const data = new BigInt64Array(rowCount);
  const halves = halvesOf(data);
  const read = signReader(args[0]!, rowCount);
  for (let row = 0; row < rowCount; row++) {
    const value = read(row);
    writeInteger(halves, row, value > 0 ? 1 : value < 0 ? -1 : 0);
  }
  return flat('BIGINT', data, nulls);
}

function signReader(argument: Argument, rowCount: number): (row: number) => number {
  if (argument.type === 'DOUBLE') {
    const values = doublesOf(argument, rowCount);
    return (row) => values[row]!;
  }
  const halves = halvesOf(bigintsOf(argument, rowCount));
  return (row) => readInteger(halves, row);
}
