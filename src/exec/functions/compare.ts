import { assert } from '../../base/assert.ts';
import { compareText } from '../../base/text-order.ts';
import { type DataType, isDecimal, isFloat, isText, physicalType } from '../../base/types.ts';
import type { Comparison } from '../../kernels/exports.ts';
import { decimalReader, isWideValue } from '../decimal-vector.ts';
import type { Vector } from '../vector.ts';
import { VectorBuilder } from '../vector-build.ts';
import {
  type Argument,
  flat,
  type Implementation,
  type Invocation,
  nullable,
  strict,
} from './implementation.ts';
import {
  doublesOf,
  flagsOf,
  flatDataOf,
  linearAddress,
  nullsOf,
  scratchData,
  withTemporaries,
} from './memory.ts';
import { gatherArgument, rowsWhere } from './rows.ts';
import { applyToText, textReader } from './text-apply.ts';

/**
 * Comparisons of two values of one type. False comes before true; text orders by Unicode code point;
 * NaN equals NaN and comes after every number; −0 equals 0.
 */
export const COMPARISONS: Readonly<Record<string, Implementation>> = {
  equal: strict((args, invocation) => compare('Equal', args, invocation)),
  not_equal: strict((args, invocation) => compare('NotEqual', args, invocation)),
  less: strict((args, invocation) => compare('Less', args, invocation)),
  less_or_equal: strict((args, invocation) => compare('LessOrEqual', args, invocation)),
  greater: strict((args, invocation) => compare('Greater', args, invocation)),
  greater_or_equal: strict((args, invocation) => compare('GreaterOrEqual', args, invocation)),
  is_distinct_from: nullable((args, invocation) => distinct(args, invocation, 1)),
  is_not_distinct_from: nullable((args, invocation) => distinct(args, invocation, 0)),
  greatest: nullable((args, invocation) => extreme(args, invocation, 1)),
  least: nullable((args, invocation) => extreme(args, invocation, -1)),
};

/** Whether the sign of a three-way comparison satisfies an operator. */
const SATISFIES: Readonly<Record<Comparison, (order: number) => boolean>> = {
  Equal: (order) => order === 0,
  NotEqual: (order) => order !== 0,
  Less: (order) => order < 0,
  LessOrEqual: (order) => order <= 0,
  Greater: (order) => order > 0,
  GreaterOrEqual: (order) => order >= 0,
};

const KERNEL_TYPES = {
  i32: 'I32',
  i64: 'I64',
  f32: 'F64',
  f64: 'F64',
} as const;

/** Compares two arguments of one type row by row; rows that are NULL get an arbitrary truth value. */
export function compare(
  comparison: Comparison,
  args: readonly Argument[],
  invocation: Invocation,
): Vector {
  const { rowCount, nulls, context } = invocation;
  if (args.some(isWideArgument)) return compareWide(comparison, args, invocation);
  const physical = physicalType(sharedType(args));
  if (physical === 'text') {
    const test = textTest(comparison);
    return applyToText(args, invocation, (left: string, right: string) => test(left, right));
  }
  if (physical === 'flag') {
    const [left, right] = args.map((arg) => flagsOf(arg, rowCount));
    const satisfies = SATISFIES[comparison];
    const flags = left!.map((flag, row) => (satisfies(flag - right![row]!) ? 1 : 0));
    return flat('BOOLEAN', flags, nulls);
  }
  const flags = scratchData('BOOLEAN', rowCount, context);
  withTemporaries(context, () => {
    const [left, right] = args.map((arg) => linearAddress(arg, rowCount, context));
    const kernel = context.kernels.run[`compare${comparison}${KERNEL_TYPES[physical]}`];
    kernel(flags.byteOffset, left!, right!, rowCount);
  });
  return flat('BOOLEAN', flags, nulls);
}

/** Decimals that do not fit 64 bits. */
function isWideArgument(argument: Argument): boolean {
  if (argument.kind === 'constant') return isWideValue(argument.value);
  return argument.kind === 'text' && isDecimal(argument.type);
}

function compareWide(
  comparison: Comparison,
  args: readonly Argument[],
  { rowCount, nulls }: Invocation,
): Vector {
  const [left, right] = args.map(decimalReader);
  const satisfies = SATISFIES[comparison];
  const flags = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const [a, b] = [left!(row), right!(row)];
    flags[row] = satisfies(a < b ? -1 : Number(a > b)) ? 1 : 0;
  }
  return flat('BOOLEAN', flags, nulls);
}

function textTest(comparison: Comparison): (left: string, right: string) => boolean {
  if (comparison === 'Equal') return (left, right) => left === right;
  if (comparison === 'NotEqual') return (left, right) => left !== right;
  const satisfies = SATISFIES[comparison];
  return (left, right) => satisfies(compareText(left, right));
}

/** NULL is a value here: the same as NULL, different from all others. */
function distinct(args: readonly Argument[], invocation: Invocation, whenDistinct: 0 | 1): Vector {
  const { rowCount } = invocation;
  const [leftNulls, rightNulls] = args.map((arg) => nullsOf(arg, rowCount));
  const values = args.map(withoutNull);
  const result = compare('NotEqual', values, { ...invocation, nulls: null });
  assert(result.kind === 'flat', 'comparisons give truth values');
  const data = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const leftNull = leftNulls?.[row] === 1;
    const rightNull = rightNulls?.[row] === 1;
    const differs = leftNull || rightNull ? leftNull !== rightNull : result.data[row] === 1;
    data[row] = differs ? whenDistinct : 1 - whenDistinct;
  }
  return flat('BOOLEAN', data, null);
}

/** A NULL constant has no value to compare: any other one of the type does. */
function withoutNull(argument: Argument): Argument {
  if (argument.kind !== 'constant' || argument.value !== null) return argument;
  return { ...argument, value: SOME_VALUES[physicalType(argument.type)] };
}

const SOME_VALUES = { flag: false, i32: 0, i64: 0n, f32: 0, f64: 0, text: '' } as const;

/** The greatest (direction 1) or least (−1) of the arguments that are not NULL in each row. */
function extreme(args: readonly Argument[], invocation: Invocation, direction: 1 | -1): Vector {
  const { rowCount, call } = invocation;
  const values = args.map(withoutNull);
  const nulls = args.map((arg) => nullsOf(arg, rowCount));
  const order = rowOrder(values, rowCount);
  const winner = new Uint32Array(rowCount);
  const winnerNull = nulls[0]?.slice() ?? new Uint8Array(rowCount);
  for (let candidate = 1; candidate < args.length; candidate++) {
    const candidateNulls = nulls[candidate];
    for (let row = 0; row < rowCount; row++) {
      if (candidateNulls?.[row] === 1) continue;
      const wins = winnerNull[row] === 1 || order(candidate, winner[row]!, row) * direction > 0;
      if (!wins) continue;
      winner[row] = candidate;
      winnerNull[row] = 0;
    }
  }
  return takeWinners(call.type, args, winner, rowCount);
}

/** Compares two of the arguments in one row. */
function rowOrder(
  args: readonly Argument[],
  rowCount: number,
): (left: number, right: number, row: number) => number {
  const type = sharedType(args);
  if (isText(type)) {
    const readers = args.map((arg) => textReader(arg));
    return (left, right, row) => compareText(readers[left]!(row), readers[right]!(row));
  }
  if (isFloat(type)) {
    const columns = args.map((arg) => doublesOf(arg, rowCount));
    return (left, right, row) => compareDoubles(columns[left]![row]!, columns[right]![row]!);
  }
  if (isDecimal(type)) {
    const readers = args.map(decimalReader);
    return (left, right, row) => {
      const [a, b] = [readers[left]!(row), readers[right]!(row)];
      return a < b ? -1 : Number(a > b);
    };
  }
  const columns = args.map((arg) => flatDataOf(arg, rowCount));
  return (left, right, row) => {
    const [a, b] = [columns[left]![row]!, columns[right]![row]!];
    return a < b ? -1 : a > b ? 1 : 0;
  };
}

function compareDoubles(left: number, right: number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
}

function takeWinners(
  type: DataType,
  args: readonly Argument[],
  winner: Uint32Array,
  rowCount: number,
): Vector {
  const builder = new VectorBuilder(type, rowCount);
  args.forEach((arg, candidate) => {
    const rows = rowsWhere(rowCount, (row) => winner[row] === candidate);
    if (rows.length > 0) builder.scatter(gatherArgument(arg, rows), rows);
  });
  return builder.finish();
}

function sharedType(args: readonly Argument[]): DataType {
  const { type } = args[0]!;
  for (const arg of args) assert(arg.type === type, () => `compared ${type} with ${arg.type}`);
  return type;
}
