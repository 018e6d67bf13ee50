import type { Vector } from '../vector.ts';
import { mapDoubles } from './arithmetic.ts';
import {
  type Argument,
  flat,
  type Implementation,
  type Invocation,
  strict,
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
