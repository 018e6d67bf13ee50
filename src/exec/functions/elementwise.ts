import type { Vector } from '../vector.ts';
import { checkFits, mapDoubles } from './arithmetic.ts';
import {
  type Argument,
  flat,
  type Implementation,
  type Invocation,
  strict,
  unionNulls,
} from './implementation.ts';
import { doublesOf } from './memory.ts';

/** A strict function of one DOUBLE that gives DOUBLE. */
export function unary(compute: (value: number) => number): Implementation {
  return strict((args, invocation) => mapDoubles(args, invocation, compute));
}

/** A strict function of two DOUBLEs that gives DOUBLE. */
export function binary(compute: (left: number, right: number) => number): Implementation {
  return strict((args, invocation) => mapPairs(args, invocation, compute));
}

/** Applies a function to the first two DOUBLE arguments. */
export function mapPairs(
  args: readonly Argument[],
  { rowCount, nulls }: Invocation,
  compute: (left: number, right: number) => number,
): Vector {
  const [left, right] = args.map((arg) => doublesOf(arg, rowCount));
  const data = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) data[row] = compute(left![row]!, right![row]!);
  return flat('DOUBLE', data, nulls);
}

/**
 * Applies a function with a BIGINT result to the rows that are not NULL; where it gives null, the
 * result is NULL.
 *
 * @throws EngineError NUMERIC_OVERFLOW when a result does not fit 64 bits.
 */
export function mapToIntegers<Value>(
  left: ArrayLike<Value>,
  right: ArrayLike<Value>,
  { call, rowCount, nulls }: Invocation,
  compute: (left: Value, right: Value) => bigint | null,
): Vector {
  const data = new BigInt64Array(rowCount);
  const absent = new Uint8Array(rowCount);
  let hasAbsent = false;
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const result = compute(left[row]!, right[row]!);
    if (result === null) {
      absent[row] = 1;
      hasAbsent = true;
      continue;
    }
    data[row] = checkFits(
      result,
      call,
      () => `${call.function}(${[left[row], right[row]].join(', ')})`,
    );
  }
  return flat('BIGINT', data, hasAbsent ? unionNulls(nulls, absent) : nulls);
}
