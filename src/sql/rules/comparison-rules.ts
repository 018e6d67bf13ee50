import { splitMicros } from '../../base/datetime.ts';
import { powerOfTen } from '../../base/decimal.ts';
import { floorDivide } from '../../base/floor-divide.ts';
import {
  type DataType,
  decimalShape,
  INTEGER_BITS,
  type IntegerType,
  isDecimal,
  isInteger,
} from '../../base/types.ts';
import type { Call, Expression, Literal } from '../expression.ts';
import { call, isCall, literal } from '../expression-tools.ts';
import type { Rule } from './rule.ts';

const MIRRORED: ReadonlyMap<string, string> = new Map([
  ['equal', 'equal'],
  ['not_equal', 'not_equal'],
  ['less', 'greater'],
  ['less_or_equal', 'greater_or_equal'],
  ['greater', 'less'],
  ['greater_or_equal', 'less_or_equal'],
  ['is_distinct_from', 'is_distinct_from'],
  ['is_not_distinct_from', 'is_not_distinct_from'],
]);

/** `60 < delay` is `delay > 60`: whoever looks for literals finds them on the right. */
export const literalRight: Rule<Expression> = {
  name: 'literal-to-the-right',
  match: (node) =>
    node.kind === 'call' &&
    MIRRORED.has(node.function) &&
    node.args[0]!.kind === 'literal' &&
    node.args[1]!.kind !== 'literal',
  rewrite: (node) => {
    const { function: name, args } = node as Call;
    return call(MIRRORED.get(name)!, [args[1]!, args[0]!], 'BOOLEAN');
  },
};

/**
 * `cast(delay as DOUBLE) > 60.5` is `delay > 60` for an integer column: without the cast it can run on
 * encoded values. Likewise an integer or DECIMAL read as a wider one, and DATE as
 * TIMESTAMP. Only where every value on that
 * side of the bound converts exactly: below 2^53 for DOUBLE.
 */
export const comparisonWithoutCast: Rule<Expression> = {
  name: 'comparison-without-cast',
  match: (node) => withoutCast(node) !== null,
  rewrite: (node) => withoutCast(node)!,
};

/**
 * `delay + 1 > 5` is `delay > 4`, with the cast to BIGINT that arithmetic has: only where the sum of no INT can
 * overflow, so that no error is lost.
 */
export const shiftedComparison: Rule<Expression> = {
  name: 'shifted-comparison',
  match: (node) => withoutShift(node) !== null,
  rewrite: (node) => withoutShift(node)!,
};

function withoutShift(node: Expression): Expression | null {
  if (node.kind !== 'call' || !MIRRORED.has(node.function)) return null;
  const [left, right] = node.args as readonly [Expression, Expression];
  if (left.kind !== 'call' || left.type !== 'BIGINT' || right.kind !== 'literal') return null;
  const [first, second] = left.args;
  const bound = right.value;
  if (first === undefined || second === undefined || typeof bound !== 'bigint') return null;
  const shift = safeShift(first) ?? safeShift(second);
  const value = isNarrow(first) ? first : second;
  if (shift === null || !isNarrow(value)) return null;
  if (left.function === 'add') return shiftedTo(node.function, value, bound - shift);
  if (left.function !== 'subtract') return null;
  if (value === first) return shiftedTo(node.function, value, bound + shift);
  return shiftedTo(MIRRORED.get(node.function)!, value, shift - bound);
}

/** A literal to or from which any INT can be added or taken. */
function safeShift(expression: Expression): bigint | null {
  const value = expression.kind === 'literal' ? expression.value : null;
  if (typeof value !== 'bigint') return null;
  return integerLiteral(value - INT_ROOM, 'BIGINT') && integerLiteral(value + INT_ROOM, 'BIGINT')
    ? value
    : null;
}

const INT_ROOM = 2n ** 31n;

/** True for an integer of 32 bits or fewer that was made a BIGINT. */
function isNarrow(expression: Expression): boolean {
  if (!isCall(expression, 'cast') || expression.type !== 'BIGINT') return false;
  const { type } = expression.args[0]!;
  return isInteger(type) && type !== 'BIGINT';
}

function shiftedTo(name: string, value: Expression, bound: bigint): Expression | null {
  const shifted = integerLiteral(bound, 'BIGINT');
  return shifted === null ? null : call(name, [value, shifted], 'BOOLEAN');
}

function withoutCast(node: Expression): Expression | null {
  if (node.kind !== 'call' || !MIRRORED.has(node.function)) return null;
  const [left, right] = node.args as readonly [Expression, Expression];
  if (!isCall(left, 'cast') || right.kind !== 'literal' || right.value === null) return null;
  const value = left.args[0]!;
  const bound = boundIn(value.type, right);
  if (bound === null) return null;
  const name = bound.isExact ? node.function : roundedComparison(node.function);
  return name === null ? null : call(name, [value, bound.floor], 'BOOLEAN');
}

interface Bound {
  /** The greatest value of the narrower type that is not greater than the bound. */
  readonly floor: Literal;
  readonly isExact: boolean;
}

/** The bound of a comparison in the narrower type that was cast; null when it has no place there. */
function boundIn(type: DataType, { type: from, value }: Literal): Bound | null {
  if (isInteger(type) && isInteger(from)) {
    const floor = integerLiteral(BigInt(value as number | bigint), type);
    return floor === null ? null : { floor, isExact: true };
  }
  if (isDecimal(type) && isDecimal(from)) {
    const shift = decimalShape(from).scale - decimalShape(type).scale;
    if (shift < 0) return null;
    const unit = powerOfTen(shift);
    const floor = floorDivide(value as bigint, unit);
    return { floor: literal(type, floor), isExact: floor * unit === value };
  }
  if (type === 'DATE' && from === 'TIMESTAMP') {
    const { days, microsOfDay } = splitMicros(value as bigint);
    return { floor: literal(type, days), isExact: microsOfDay === 0 };
  }
  if (from !== 'DOUBLE' || !isInteger(type)) return null;
  const whole = Math.floor(value as number);
  if (!Number.isSafeInteger(whole) || !Number.isSafeInteger(whole + 1)) return null;
  const floor = integerLiteral(BigInt(whole), type);
  return floor === null ? null : { floor, isExact: whole === value };
}

/** How a value compares with ⌊b⌋ where it compares so with b, which is none of its type. */
function roundedComparison(name: string): string | null {
  switch (name) {
    case 'greater':
    case 'greater_or_equal':
      return 'greater';
    case 'less':
    case 'less_or_equal':
      return 'less_or_equal';
    default:
      return null;
  }
}

function integerLiteral(value: bigint, type: IntegerType): Literal | null {
  if (BigInt.asIntN(INTEGER_BITS[type], value) !== value) return null;
  return literal(type, type === 'BIGINT' ? value : Number(value));
}
