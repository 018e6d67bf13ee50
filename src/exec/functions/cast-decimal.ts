import { assert } from '../../base/assert.ts';
import { decimalLimit, formatDecimal, rescale } from '../../base/decimal.ts';
import {
  type DecimalType,
  decimalShape,
  INTEGER_BITS,
  isDecimal,
  isFloat,
  isInteger,
} from '../../base/types.ts';
import { decimalReader, decimalVector } from '../decimal-vector.ts';
import type { FlatData, FlatVector, Vector } from '../vector.ts';
import { newFlatData, setFlat } from '../vector-build.ts';
import { scaledUp } from './decimals.ts';
import { callError, flat, type Invocation } from './implementation.ts';
import { linearAddress, scratchData, withTemporaries } from './memory.ts';
import { textOfRows } from './text-apply.ts';

/**
 * CAST of a decimal to any type that it has a counterpart in. Lost digits round, halves away from zero.
 *
 * @throws EngineError BAD_CAST when a value does not fit.
 */
export function castFromDecimal(vector: Vector, invocation: Invocation): Vector {
  const target = invocation.call.type;
  const { rowCount } = invocation;
  assert(isDecimal(vector.type), 'a decimal is cast');
  const { scale } = decimalShape(vector.type);
  if (isDecimal(target)) return toDecimal(vector, scale, target, invocation);
  const read = decimalReader(vector);
  if (target === 'STRING') {
    const texts = Array.from({ length: rowCount }, (_, row) => formatDecimal(read(row), scale));
    return textOfRows(texts, vector.nulls);
  }
  if (target === 'DOUBLE' && vector.kind === 'flat') return quotients(vector, scale, invocation);
  assert(isInteger(target) || isFloat(target) || target === 'BOOLEAN', 'canCast has let it pass');
  const data = newFlatData(target, rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (vector.nulls?.[row] === 1) continue;
    const units = read(row);
    if (isInteger(target)) {
      const whole = rescale(units, scale, 0);
      if (BigInt.asIntN(INTEGER_BITS[target], whole) !== whole) {
        throw badCast(formatDecimal(units, scale), vector.type, invocation);
      }
      setFlat(data, row, whole);
    } else if (isFloat(target)) {
      const value = Number(formatDecimal(units, scale));
      setFlat(data, row, target === 'FLOAT' ? Math.fround(value) : value);
    } else {
      setFlat(data, row, units !== 0n);
    }
  }
  return flat(target, data, vector.nulls);
}

/**
 * CAST of numbers and truth values to a decimal.
 *
 * @throws EngineError BAD_CAST when a value does not fit, or is not finite.
 */
export function castToDecimal(
  vector: FlatVector,
  target: DecimalType,
  invocation: Invocation,
): Vector {
  const { data, nulls, type } = vector;
  if (!(data instanceof Float64Array)) {
    const wide =
      data instanceof BigInt64Array ? data : BigInt64Array.from(data as Int32Array, BigInt);
    return toDecimal({ ...vector, data: wide, type: 'BIGINT' }, 0, target, invocation);
  }
  const { precision, scale } = decimalShape(target);
  const limit = decimalLimit(precision);
  const factor = 10 ** scale;
  const units = Array.from(data, (value, row) => {
    if (nulls?.[row] === 1) return 0n;
    const scaled = value * factor;
    const rounded = Math.sign(scaled) * Math.round(Math.abs(scaled));
    const exact = Number.isFinite(rounded) ? BigInt(rounded) : limit;
    if (exact <= -limit || exact >= limit) throw badCast(String(value), type, invocation);
    return exact;
  });
  return decimalVector(target, units, nulls);
}

/** Integers of units of 10^−scale as a decimal of another shape. */
function toDecimal(
  vector: Vector,
  scale: number,
  target: DecimalType,
  invocation: Invocation,
): Vector {
  const { precision, scale: wanted } = decimalShape(target);
  const isSafe = digitsOf(vector) - scale + wanted <= precision && wanted >= scale;
  if (isSafe && vector.kind === 'flat') {
    const units = wanted === scale ? vector.data : scaledUp(vector, wanted - scale, invocation);
    if (units !== null) return flat(target, units, vector.nulls);
  }
  const limit = decimalLimit(precision);
  const read = decimalReader(vector);
  const units = Array.from({ length: invocation.rowCount }, (_, row) => {
    if (vector.nulls?.[row] === 1) return 0n;
    const value = rescale(read(row), scale, wanted);
    if (value <= -limit || value >= limit) {
      throw badCast(formatDecimal(read(row), scale), vector.type, invocation);
    }
    return value;
  });
  return decimalVector(target, units, vector.nulls);
}

/** Digits that a value of the type has at most. */
function digitsOf({ type }: Vector): number {
  return isDecimal(type) ? decimalShape(type).precision : INTEGER_DIGITS;
}

/** 2^63 has 19 digits. */
const INTEGER_DIGITS = 19;

/** The nearest doubles of decimals below 2^53 units, and of larger ones a neighbour of those. */
function quotients(vector: FlatVector, scale: number, { rowCount, context }: Invocation): Vector {
  const out: FlatData = scratchData('DOUBLE', rowCount, context);
  withTemporaries(context, () => {
    const { run } = context.kernels;
    const units = linearAddress(vector, rowCount, context);
    run.convertI64ToF64(out.byteOffset, units, rowCount);
    const divisor = { kind: 'constant', type: 'DOUBLE', value: 10 ** scale } as const;
    run.divideF64(
      out.byteOffset,
      out.byteOffset,
      linearAddress(divisor, rowCount, context),
      rowCount,
    );
  });
  return flat('DOUBLE', out, vector.nulls);
}

function badCast(found: string, type: string, { call }: Invocation): Error {
  return callError(
    call,
    'BAD_CAST',
    `expected a ${type} in the range of ${call.type}, found ${found}`,
  );
}
