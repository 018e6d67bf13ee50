import { assert } from '../../base/assert.ts';
import {
  decimalLimit,
  divideRounded,
  formatDecimal,
  powerOfTen,
  rescale,
} from '../../base/decimal.ts';
import { type DecimalType, decimalShape, isDecimal } from '../../base/types.ts';
import { decimalReader, decimalVector, isWideValue } from '../decimal-vector.ts';
import type { Vector } from '../vector.ts';
import { type Argument, callError, flat, type Invocation, unionNulls } from './implementation.ts';
import { linearAddress, scratchData, withTemporaries } from './memory.ts';
import { numberReader } from './text-apply.ts';

/** Operators on two decimals. */
export type DecimalOperator = 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo';

/**
 * Arithmetic of decimals, each in its own scale, in the type of the call: exact, then rounded to the
 * scale of the result, halves away from zero. What divides by zero is NULL. Kernels compute on 64-bit
 * integers as long as everything fits; rows are computed one by one where something does not.
 *
 * @throws EngineError NUMERIC_OVERFLOW when a result has more digits than its type.
 */
export function decimalArithmetic(
  operator: DecimalOperator,
  args: readonly Argument[],
  invocation: Invocation,
): Vector {
  return narrowArithmetic(operator, args, invocation) ?? wideArithmetic(operator, args, invocation);
}

/** Applies a function to the units of a decimal, and checks that the result fits the call's type. */
export function mapDecimals(
  argument: Argument,
  { call, rowCount, nulls }: Invocation,
  compute: (units: bigint, row: number) => bigint,
): Vector {
  const type = decimalOf(call.type);
  const limit = decimalLimit(decimalShape(type).precision);
  const read = decimalReader(argument);
  const results = new Array<bigint>(rowCount).fill(0n);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const result = compute(read(row), row);
    if (result <= -limit || result >= limit) throw overflow(type, result, call);
    results[row] = result;
  }
  return decimalVector(type, results, nulls);
}

/** FLOOR and CEIL: the next whole number down (−1) or up (1). */
export function wholeDecimals(
  argument: Argument,
  direction: -1 | 1,
  invocation: Invocation,
): Vector {
  const unit = powerOfTen(decimalShape(decimalOf(argument.type)).scale);
  return mapDecimals(argument, invocation, (units) => {
    const quotient = units / unit;
    const rest = units % unit;
    if (direction < 0) return rest < 0n ? quotient - 1n : quotient;
    return rest > 0n ? quotient + 1n : quotient;
  });
}

/** ROUND and TRUNCATE to decimal places, in the scale of the result. */
export function decimalsToDigits(
  args: readonly Argument[],
  divide: (dividend: bigint, divisor: bigint) => bigint,
  invocation: Invocation,
): Vector {
  const { scale } = decimalShape(decimalOf(args[0]!.type));
  const { scale: resultScale } = decimalShape(decimalOf(invocation.call.type));
  const digitsOf = args.length === 1 ? () => 0 : numberReader(args[1]!);
  return mapDecimals(args[0]!, invocation, (units, row) => {
    const dropped = scale - digitsOf(row);
    if (dropped <= 0) return units;
    if (dropped > 2 * scale + MANY_DIGITS) return 0n;
    const unit = powerOfTen(dropped);
    return rescale(divide(units, unit) * unit, scale, resultScale);
  });
}

/** More digits than any decimal has. */
const MANY_DIGITS = 40;

/** Rounding of `decimalsToDigits`. */
export const DECIMAL_ROUNDING = { round: divideRounded, truncate: (a: bigint, b: bigint) => a / b };

/** −1, 0 or 1. */
export function decimalSigns(argument: Argument, { rowCount, nulls }: Invocation): Vector {
  const read = decimalReader(argument);
  const data = BigInt64Array.from({ length: rowCount }, (_, row) => {
    const units = read(row);
    return units > 0n ? 1n : units < 0n ? -1n : 0n;
  });
  return flat('BIGINT', data, nulls);
}

/** Units of a decimal times a power of ten by kernel; null when a product needs more than 64 bits. */
export function scaledUp(
  argument: Argument,
  exponent: number,
  { rowCount, context }: Pick<Invocation, 'rowCount' | 'context'>,
): BigInt64Array | null {
  if (!isNarrow(argument) || isWideValue(powerOfTen(exponent))) return null;
  const out = scratchData('BIGINT', rowCount, context) as BigInt64Array;
  const overflowed = withTemporaries(context, () => {
    const values = linearAddress(argument, rowCount, context);
    const factor = linearAddress(
      { kind: 'constant', type: 'BIGINT', value: powerOfTen(exponent) },
      rowCount,
      context,
    );
    return context.kernels.run.multiplyI64(out.byteOffset, values, factor, rowCount);
  });
  return overflowed === 0 ? out : null;
}

function isNarrow(argument: Argument): boolean {
  return argument.kind === 'constant' ? !isWideValue(argument.value) : argument.kind === 'flat';
}

const KERNELS = { add: 'addI64', subtract: 'subtractI64', multiply: 'multiplyI64' } as const;

/** Null where 64 bits are not enough, which NULL rows with their arbitrary values may also cause. */
function narrowArithmetic(
  operator: DecimalOperator,
  args: readonly Argument[],
  invocation: Invocation,
): Vector | null {
  if (operator === 'divide' || operator === 'modulo' || !args.every(isNarrow)) return null;
  const { call, rowCount, nulls, context } = invocation;
  const type = decimalOf(call.type);
  const scales = args.map((arg) => decimalShape(decimalOf(arg.type)).scale);
  const isProduct = operator === 'multiply';
  const exactScale = isProduct ? scales[0]! + scales[1]! : Math.max(...scales);
  if (decimalShape(type).scale !== exactScale) return null;
  const out = scratchData(type, rowCount, context) as BigInt64Array;
  const overflowed = withTemporaries(context, () => {
    const [left, right] = args.map((arg, index) => {
      const missing = isProduct ? 0 : exactScale - scales[index]!;
      if (missing === 0) return linearAddress(arg, rowCount, context);
      return scaledUp(arg, missing, invocation)?.byteOffset ?? null;
    });
    if (left == null || right == null) return 1;
    return context.kernels.run[KERNELS[operator]](out.byteOffset, left, right, rowCount);
  });
  return overflowed === 0 ? flat(type, out, nulls) : null;
}

function wideArithmetic(
  operator: DecimalOperator,
  args: readonly Argument[],
  { call, rowCount, nulls }: Invocation,
): Vector {
  const type = decimalOf(call.type);
  const limit = decimalLimit(decimalShape(type).precision);
  const compute = operation(operator, args, decimalShape(type).scale);
  const [left, right] = args.map(decimalReader);
  const results = new Array<bigint>(rowCount).fill(0n);
  let absent: Uint8Array | null = null;
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const result = compute(left!(row), right!(row));
    if (result === null) {
      absent ??= new Uint8Array(rowCount);
      absent[row] = 1;
      continue;
    }
    if (result <= -limit || result >= limit) throw overflow(type, result, call);
    results[row] = result;
  }
  return decimalVector(type, results, unionNulls(nulls, absent));
}

/** Of the units of both arguments the units of the result; null for a division by zero. */
function operation(
  operator: DecimalOperator,
  args: readonly Argument[],
  scale: number,
): (left: bigint, right: bigint) => bigint | null {
  const [leftScale, rightScale] = args.map((arg) => decimalShape(decimalOf(arg.type)).scale) as [
    number,
    number,
  ];
  if (operator === 'multiply') {
    return (left, right) => rescale(left * right, leftScale + rightScale, scale);
  }
  if (operator === 'divide') {
    const shift = scale - leftScale + rightScale;
    return (left, right) => {
      if (right === 0n) return null;
      return shift >= 0
        ? divideRounded(left * powerOfTen(shift), right)
        : divideRounded(left, right * powerOfTen(-shift));
    };
  }
  const common = Math.max(leftScale, rightScale);
  const [leftFactor, rightFactor] = [
    powerOfTen(common - leftScale),
    powerOfTen(common - rightScale),
  ];
  return (left, right) => {
    const [a, b] = [left * leftFactor, right * rightFactor];
    if (operator === 'modulo') return b === 0n ? null : rescale(a % b, common, scale);
    return rescale(operator === 'add' ? a + b : a - b, common, scale);
  };
}

function decimalOf(type: string): DecimalType {
  const decimal = type as DecimalType;
  assert(isDecimal(decimal), () => `expected a DECIMAL, found ${type}`);
  return decimal;
}

function overflow(type: DecimalType, result: bigint, call: Invocation['call']): Error {
  const text = formatDecimal(result, decimalShape(type).scale);
  return callError(
    call,
    'NUMERIC_OVERFLOW',
    `expected a result in the range of ${type}, found ${text}; cast an operand to DOUBLE for an ` +
      'approximate result',
  );
}
