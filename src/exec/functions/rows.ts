import type { Vector } from '../vector.ts';
import { gatherVector, literalVector } from '../vector-build.ts';
import type { Argument } from './implementation.ts';

/** The rows below `rowCount` that pass a test, ascending. */
export function rowsWhere(rowCount: number, test: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(rowCount);
  let count = 0;
  for (let row = 0; row < rowCount; row++) if (test(row)) rows[count++] = row;
  return rows.subarray(0, count);
}

/** The argument's values in some rows, as a vector on the JavaScript heap. */
export function gatherArgument(argument: Argument, rows: Uint32Array): Vector {
  return argument.kind === 'constant'
    ? literalVector(argument, rows.length)
    : gatherVector(argument, rows);
}

/** The argument as a vector of `rowCount` rows. */
export function toVector(argument: Argument, rowCount: number): Vector {
  return argument.kind === 'constant' ? literalVector(argument, rowCount) : argument;
}
