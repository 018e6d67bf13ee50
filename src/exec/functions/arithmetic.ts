import { isDateInRange } from '../../base/datetime.ts';
import { isDecimal } from '../../base/types.ts';
import type { Call } from '../../sql/expression.ts';
import type { Vector } from '../vector.ts';
import { decimalArithmetic, mapDecimals } from './decimals.ts';
import {
  type Argument,
  callError,
  flat,
  type Implementation,
  type Invocation,
  strict,
  unionNulls,
} from './implementation.ts';
import {
  bigintsOf,
  doublesOf,
  halvesOf,
  integersOf,
  linearAddress,
  readInteger,
  scratchData,
  withTemporaries,
  writeInteger,
} from './memory.ts';

/** +, −, ×, /, DIV, %, sign change and absolute value. */
export const ARITHMETIC: Readonly<Record<string, Implementation>> = {
  add: strict((args, invocation) => {
    if (invocation.call.type !== 'DATE') return exactOrDouble('add', args, invocation);
    const [date, days] = args[0]!.type === 'DATE' ? args : [args[1], args[0]];
    return moveDate(date!, days!, 1, invocation);
  }),
  subtract: strict((args, invocation) => {
    if (args[0]!.type !== 'DATE') return exactOrDouble('subtract', args, invocation);
    return args[1]!.type === 'DATE'
      ? daysBetween(args, invocation)
      : moveDate(args[0]!, args[1]!, -1, invocation);
  }),
  multiply: strict((args, invocation) => exactOrDouble('multiply', args, invocation)),
  divide: strict((args, invocation) =>
    isDecimal(invocation.call.type)
      ? decimalArithmetic('divide', args, invocation)
      : doubleArithmetic('divide', args, invocation),
  ),
  modulo: strict((args, invocation) => {
    if (isDecimal(invocation.call.type)) return decimalArithmetic('modulo', args, invocation);
    return invocation.call.type === 'BIGINT'
      ? divideIntegers(args, invocation, (left, right) => left % right)
      : doubleRemainder(args, invocation);
  }),
  int_divide: strict((args, invocation) =>
    divideIntegers(args, invocation, (left, right) => left / right),
  ),
  negate: strict((args, invocation) => {
    if (invocation.call.type === 'DOUBLE') return mapDoubles(args, invocation, (value) => -value);
    const zero: Argument = { kind: 'constant', type: args[0]!.type, value: 0n };
    if (isDecimal(zero.type)) return decimalArithmetic('subtract', [zero, args[0]!], invocation);
    return integerArithmetic('subtract', [zero, args[0]!], invocation);
  }),
  abs: strict((args, invocation) => {
    if (isDecimal(invocation.call.type)) {
      return mapDecimals(args[0]!, invocation, (units) => (units < 0n ? -units : units));
    }
    return invocation.call.type === 'DOUBLE'
      ? mapDoubles(args, invocation, Math.abs)
      : absoluteIntegers(args, invocation);
  }),
};

const EXACT = {
  add: { kernel: 'addI64', symbol: '+', compute: (left: bigint, right: bigint) => left + right },
  subtract: {
    kernel: 'subtractI64',
    symbol: '-',
    compute: (left: bigint, right: bigint) => left - right,
  },
  multiply: {
    kernel: 'multiplyI64',
    symbol: '*',
    compute: (left: bigint, right: bigint) => left * right,
  },
} as const;

/**
 * BIGINT or TIMESTAMP arithmetic by kernel, exact.
 *
 * @throws EngineError NUMERIC_OVERFLOW when the result of a row that is not NULL needs more than 64
 *   bits. The kernel also reports overflow in NULL rows, whose values are arbitrary.
 */
export function integerArithmetic(
  operator: keyof typeof EXACT,
  args: readonly Argument[],
  { call, rowCount, nulls, context }: Invocation,
): Vector {
  const type = call.type === 'TIMESTAMP' ? 'TIMESTAMP' : 'BIGINT';
  const data = scratchData(type, rowCount, context);
  const { kernel, symbol, compute } = EXACT[operator];
  const overflowed = withTemporaries(context, () => {
    const [left, right] = args.map((arg) => linearAddress(arg, rowCount, context));
    return context.kernels.run[kernel](data.byteOffset, left!, right!, rowCount);
  });
  if (overflowed !== 0) {
    const [left, right] = args.map((arg) => bigintsOf(arg, rowCount));
    for (let row = 0; row < rowCount; row++) {
      if (nulls?.[row] === 1) continue;
      checkFits(compute(left![row]!, right![row]!), call, () =>
        [left![row], symbol, right![row]].join(' '),
      );
    }
  }
  return flat(type, data, nulls);
}

/** Applies a function to every DOUBLE of the first argument. */
export function mapDoubles(
  args: readonly Argument[],
  { rowCount, nulls }: Invocation,
  compute: (value: number) => number,
): Vector {
  const values = doublesOf(args[0]!, rowCount);
  const data = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) data[row] = compute(values[row]!);
  return flat('DOUBLE', data, nulls);
}

/** @throws EngineError NUMERIC_OVERFLOW when an exact result does not fit 64 bits. */
export function checkFits(result: bigint, call: Call, operation: () => string): bigint {
  if (BigInt.asIntN(64, result) === result) return result;
  const type = call.type === 'TIMESTAMP' ? 'TIMESTAMP' : 'BIGINT';
  const advice = type === 'BIGINT' ? '; cast an operand to DOUBLE for an approximate result' : '';
  throw callError(
    call,
    'NUMERIC_OVERFLOW',
    `expected a result in the range of ${type}, found ${operation()} = ${result}${advice}`,
  );
}

function exactOrDouble(
  operator: keyof typeof EXACT,
  args: readonly Argument[],
  invocation: Invocation,
): Vector {
  if (isDecimal(invocation.call.type)) return decimalArithmetic(operator, args, invocation);
  return invocation.call.type === 'DOUBLE'
    ? doubleArithmetic(operator, args, invocation)
    : integerArithmetic(operator, args, invocation);
}

function doubleArithmetic(
  operator: keyof typeof EXACT | 'divide',
  args: readonly Argument[],
  { rowCount, nulls, context }: Invocation,
): Vector {
  const data = scratchData('DOUBLE', rowCount, context);
  withTemporaries(context, () => {
    const [left, right] = args.map((arg) => linearAddress(arg, rowCount, context));
    context.kernels.run[`${operator}F64`](data.byteOffset, left!, right!, rowCount);
  });
  return flat('DOUBLE', data, nulls);
}

/** Division by zero gives NULL, as in DuckDB and MySQL. */
function divideIntegers(
  args: readonly Argument[],
  { call, rowCount, nulls, context }: Invocation,
  divide: (left: bigint, right: bigint) => bigint,
): Vector {
  const [left, right] = args.map((arg) => bigintsOf(arg, rowCount));
  const data = scratchData('BIGINT', rowCount, context) as BigInt64Array;
  let zeroDivisors: Uint8Array | null = null;
  for (let row = 0; row < rowCount; row++) {
    const divisor = right![row]!;
    if (divisor === 0n) {
      zeroDivisors ??= new Uint8Array(rowCount);
      zeroDivisors[row] = 1;
      data[row] = 0n;
      continue;
    }
    const result = divide(left![row]!, divisor);
    data[row] = result;
    if (divisor === -1n && nulls?.[row] !== 1) {
      checkFits(result, call, () => `${left![row]} DIV -1`);
    }
  }
  return flat('BIGINT', data, unionNulls(nulls, zeroDivisors));
}

function doubleRemainder(args: readonly Argument[], { rowCount, nulls }: Invocation): Vector {
  const [left, right] = args.map((arg) => doublesOf(arg, rowCount));
  const data = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) data[row] = left![row]! % right![row]!;
  return flat('DOUBLE', data, nulls);
}

function absoluteIntegers(
  args: readonly Argument[],
  { call, rowCount, nulls }: Invocation,
): Vector {
  const values = bigintsOf(args[0]!, rowCount);
  const data = new BigInt64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const value = values[row]!;
    data[row] = value < 0n ? -value : value;
    if (value < 0n && data[row]! < 0n && nulls?.[row] !== 1) {
      checkFits(-value, call, () => `abs(${value})`);
    }
  }
  return flat('BIGINT', data, nulls);
}

function moveDate(
  date: Argument,
  days: Argument,
  direction: 1 | -1,
  { call, rowCount, nulls }: Invocation,
): Vector {
  const dates = integersOf(date, rowCount);
  const offsets = halvesOf(bigintsOf(days, rowCount));
  const data = new Int32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const moved = dates[row]! + direction * readInteger(offsets, row);
    data[row] = moved;
    if (!isDateInRange(moved) && nulls?.[row] !== 1) {
      throw callError(call, 'NUMERIC_OVERFLOW', `expected a DATE in range, found day ${moved}`);
    }
  }
  return flat('DATE', data, nulls);
}

function daysBetween(args: readonly Argument[], { rowCount, nulls }: Invocation): Vector {
  const [left, right] = args.map((arg) => integersOf(arg, rowCount));
  const data = new BigInt64Array(rowCount);
  const halves = halvesOf(data);
  for (let row = 0; row < rowCount; row++) writeInteger(halves, row, left![row]! - right![row]!);
  return flat('BIGINT', data, nulls);
}
