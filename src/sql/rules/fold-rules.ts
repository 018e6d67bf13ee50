import {
  addMonths,
  isDateInRange,
  isTimestampInRange,
  MICROS_PER_DAY,
  splitMicros,
} from '../../base/datetime.ts';
import { isDecimal } from '../../base/types.ts';
import type { Call, Expression, Literal } from '../expression.ts';
import { FALSE, isCall, literal, TRUE } from '../expression-tools.ts';
import { castLiteral } from '../literal-cast.ts';
import { compareValues } from './compare-literals.ts';
import type { Rule } from './rule.ts';

/**
 * Arithmetic and comparisons on literals alone are computed once, here. Whatever fails (overflow)
 * stays as it is and fails at run time, with its position, if a row ever gets there.
 */
export const foldConstants: Rule<Expression> = {
  name: 'constant-folding',
  match: (node) => fold(node) !== null,
  rewrite: (node) => fold(node)!,
};

/** CASE loses branches whose condition is FALSE or NULL, and ends at one that is TRUE. */
export const foldCase: Rule<Expression> = {
  name: 'constant-case',
  match: (node) => isCall(node, 'case') && foldedCase(node) !== node,
  rewrite: (node) => foldedCase(node as Call),
};

function fold(node: Expression): Literal | null {
  if (node.kind !== 'call' || node.args.length > 3) return null;
  const args = node.args.filter((arg): arg is Literal => arg.kind === 'literal');
  if (args.length !== node.args.length) return foldNull(node);
  const [left, right] = args;
  if (left === undefined) return null;
  if (node.function === 'is_null') return left.value === null ? TRUE : FALSE;
  if (node.function === 'is_not_null') return left.value === null ? FALSE : TRUE;
  if (node.function === 'cast') return foldCast(left, node);
  if (node.function === 'date_add' || node.function === 'timestamp_add')
    return foldShift(node, args);
  if (!STRICT.has(node.function)) return null;
  if (args.some(({ value }) => value === null)) return literal(node.type, null);
  if (right === undefined) return node.function === 'negate' ? foldNegate(left) : null;
  return foldComparison(node.function, left, right) ?? foldArithmetic(node, left, right);
}

/** Functions that are folded: NULL for a NULL argument, all of them. */
const STRICT: ReadonlySet<string> = new Set([
  ...['equal', 'not_equal', 'less', 'less_or_equal', 'greater', 'greater_or_equal'],
  ...['add', 'subtract', 'multiply', 'divide', 'negate'],
]);

/** A column beside NULL; what is computed might fail before. */
function foldNull(node: Call): Literal | null {
  const isNull = (arg: Expression): boolean => arg.kind === 'literal' && arg.value === null;
  const isPlain = node.args.every(({ kind }) => kind !== 'call');
  return STRICT.has(node.function) && isPlain && node.args.some(isNull)
    ? literal(node.type, null)
    : null;
}

function foldCast(from: Literal, { type }: Call): Literal | null {
  const converted = castLiteral(from, type);
  return typeof converted === 'string' ? null : converted;
}

function foldNegate({ type, value }: Literal): Literal | null {
  if (isDecimal(type)) return literal(type, -(value as bigint));
  if (typeof value === 'bigint') return exactInteger(-value);
  return type === 'DOUBLE' ? literal(type, -(value as number)) : null;
}

function foldComparison(name: string, left: Literal, right: Literal): Literal | null {
  if (left.value === null || right.value === null) return null;
  const order = compareValues(left.value, right.value);
  switch (name) {
    case 'equal':
      return order === 0 ? TRUE : FALSE;
    case 'not_equal':
      return order !== 0 ? TRUE : FALSE;
    case 'less':
      return order < 0 ? TRUE : FALSE;
    case 'less_or_equal':
      return order <= 0 ? TRUE : FALSE;
    case 'greater':
      return order > 0 ? TRUE : FALSE;
    case 'greater_or_equal':
      return order >= 0 ? TRUE : FALSE;
    default:
      return null;
  }
}

function foldArithmetic(
  node: Call,
  { value: left }: Literal,
  { value: right }: Literal,
): Literal | null {
  if (typeof left === 'bigint' && typeof right === 'bigint' && node.type === 'BIGINT') {
    const result = integerResult(node.function, left, right);
    return result === null ? null : exactInteger(result);
  }
  if (typeof left !== 'number' || typeof right !== 'number' || node.type !== 'DOUBLE') return null;
  switch (node.function) {
    case 'add':
      return literal('DOUBLE', left + right);
    case 'subtract':
      return literal('DOUBLE', left - right);
    case 'multiply':
      return literal('DOUBLE', left * right);
    default:
      return null;
  }
}

function integerResult(name: string, left: bigint, right: bigint): bigint | null {
  if (name === 'add') return left + right;
  if (name === 'subtract') return left - right;
  return name === 'multiply' ? left * right : null;
}

/** `DATE '2024-01-31' + INTERVAL '1 month 2 days'`: (moment, months, days or microseconds). */
function foldShift(node: Call, [moment, months, rest]: readonly Literal[]): Literal | null {
  if (typeof months?.value !== 'bigint' || typeof rest?.value !== 'bigint') return null;
  if (node.type === 'DATE' && typeof moment?.value === 'number') {
    const days = addMonths(moment.value, Number(months.value)) + Number(rest.value);
    return isDateInRange(days) ? literal('DATE', days) : null;
  }
  if (node.type !== 'TIMESTAMP' || typeof moment?.value !== 'bigint') return null;
  const { days, microsOfDay } = splitMicros(moment.value);
  const shiftedDays = BigInt(addMonths(days, Number(months.value)));
  const micros = shiftedDays * BigInt(MICROS_PER_DAY) + BigInt(microsOfDay) + rest.value;
  return isTimestampInRange(micros) ? literal('TIMESTAMP', micros) : null;
}

function exactInteger(value: bigint): Literal | null {
  return BigInt.asIntN(64, value) === value ? literal('BIGINT', value) : null;
}

function foldedCase(node: Call): Expression {
  const args: Expression[] = [];
  for (let index = 0; index + 1 < node.args.length; index += 2) {
    const condition = node.args[index]!;
    const result = node.args[index + 1]!;
    if (condition.kind !== 'literal') args.push(condition, result);
    else if (condition.value === true)
      return args.length === 0 ? result : { ...node, args: [...args, result] };
  }
  const otherwise = node.args.at(-1)!;
  if (args.length === 0) return otherwise;
  return args.length + 1 === node.args.length ? node : { ...node, args: [...args, otherwise] };
}
