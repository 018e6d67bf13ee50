import type { Vector } from '../vector.ts';
import { checkFits } from './arithmetic.ts';
import { mapPairs } from './elementwise.ts';
import {
  type Argument,
  flat,
  type Implementation,
  type Invocation,
  strict,
  unionNulls,
} from './implementation.ts';
import { bigintsOf, doublesOf } from './memory.ts';

/** Quotients, remainders and divisors beside those that have operators. */
export const DIVISIONS: Readonly<Record<string, Implementation>> = {
  fmod: strict(remainderOrNull),
  gcd: integers(greatestCommonDivisor),
  lcm: integers((left, right) =>
    left === 0n || right === 0n
      ? 0n
      : absolute((left / greatestCommonDivisor(left, right)) * right),
  ),
  pmod: numbers(
    (left, right) => ((left % right) + right) % right,
    (left, right) => (right === 0n ? null : ((left % right) + right) % right),
  ),
  positive_modulo: numbers(
    (left, right) => {
      const rest = left % right;
      return rest < 0 ? rest + Math.abs(right) : rest;
    },
    (left, right) => {
      if (right === 0n) return null;
      const rest = left % right;
      return rest < 0n ? rest + absolute(right) : rest;
    },
  ),
  modulo_or_zero: numbers(
    (left, right) => (right === 0 ? 0 : left % right),
    (left, right) => (right === 0n ? 0n : left % right),
  ),
  int_div: wholeQuotients(floorDivide, floorQuotient),
  int_div_or_zero: wholeQuotients(
    (left, right) => floorDivide(left, right) ?? 0n,
    (left, right) =>
      right === -1n && left === BIGINT_MIN ? 0n : (floorQuotient(left, right) ?? 0n),
  ),
  quotient: wholeQuotients(
    (left, right) =>
      Number.isFinite(left) && Number.isFinite(right)
        ? truncatedQuotient(BigInt(Math.trunc(left)), BigInt(Math.trunc(right)))
        : null,
    truncatedQuotient,
  ),
};

const BIGINT_MIN = -(2n ** 63n);

function remainderOrNull(args: readonly Argument[], invocation: Invocation): Vector {
  const divisors = doublesOf(args[1]!, invocation.rowCount);
  const zeros = Uint8Array.from(divisors, (divisor) => (divisor === 0 ? 1 : 0));
  const nulls = unionNulls(invocation.nulls, zeros);
  return mapPairs(args, { ...invocation, nulls }, (left, right) => left % right);
}

/** A function of two BIGINTs; NULL where it gives null. */
function integers(compute: (left: bigint, right: bigint) => bigint | null): Implementation {
  return strict((args, invocation) => integerPairs(args, invocation, compute));
}

function integerPairs(
  args: readonly Argument[],
  invocation: Invocation,
  compute: (left: bigint, right: bigint) => bigint | null,
): Vector {
  const [left, right] = args.map((arg) => bigintsOf(arg, invocation.rowCount));
  return mapToIntegers(left!, right!, invocation, compute);
}

/**
 * Applies a function with a BIGINT result to the rows that are not NULL; where it gives null, the
 * result is NULL.
 *
 * @throws EngineError NUMERIC_OVERFLOW when a result does not fit 64 bits.
 */
function mapToIntegers<Value>(
  left: ArrayLike<Value>,
  right: ArrayLike<Value>,
  { call, rowCount, nulls }: Invocation,
  compute: (left: Value, right: Value) => bigint | null,
): Vector {
  const data = new BigInt64Array(rowCount);
  const absent = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (nulls?.[row] === 1) continue;
    const result = compute(left[row]!, right[row]!);
    if (result === null) {
      absent[row] = 1;
      continue;
    }
    data[row] = checkFits(
      result,
      call,
      () => `${call.function}(${[left[row], right[row]].join(', ')})`,
    );
  }
  return flat('BIGINT', data, absent.includes(1) ? unionNulls(nulls, absent) : nulls);
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [divisor, rest] = [left, right];
  while (rest !== 0n) [divisor, rest] = [rest, divisor % rest];
  return absolute(divisor);
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** A function of two numbers of one kind that gives that kind. */
function numbers(
  computeDouble: (left: number, right: number) => number,
  computeInteger: (left: bigint, right: bigint) => bigint | null,
): Implementation {
  return strict((args, invocation) =>
    invocation.call.type === 'DOUBLE'
      ? mapPairs(args, invocation, computeDouble)
      : integerPairs(args, invocation, computeInteger),
  );
}

/** A function of two numbers of one kind that gives BIGINT. */
function wholeQuotients(
  divideDoubles: (left: number, right: number) => bigint | null,
  divideIntegers: (left: bigint, right: bigint) => bigint | null,
): Implementation {
  return strict((args, invocation) => {
    if (args[0]!.type === 'BIGINT') return integerPairs(args, invocation, divideIntegers);
    const [left, right] = args.map((arg) => doublesOf(arg, invocation.rowCount));
    return mapToIntegers(left!, right!, invocation, divideDoubles);
  });
}

/** Null where the quotient is infinite or NaN. */
function floorDivide(left: number, right: number): bigint | null {
  const quotient = Math.floor(left / right);
  return Number.isFinite(quotient) ? BigInt(quotient) : null;
}

function floorQuotient(left: bigint, right: bigint): bigint | null {
  if (right === 0n) return null;
  const isRoundedUp = left % right !== 0n && left < 0n !== right < 0n;
  return left / right - (isRoundedUp ? 1n : 0n);
}

function truncatedQuotient(left: bigint, right: bigint): bigint | null {
  return right === 0n ? null : left / right;
}
