import type { DataType } from '../../base/types.ts';
import type { Call, Expression } from '../../sql/expression.ts';

/**
 * Whether some value of its columns could make an expression raise an error. One that cannot is
 * evaluated on all rows at once, even where only some of them count, because that is cheaper than to
 * pick those out.
 */
export function canFail(expression: Expression): boolean {
  if (expression.kind !== 'call') return false;
  return !isTotal(expression) || expression.args.some(canFail);
}

function isTotal(call: Call): boolean {
  if (call.function === 'cast') return isTotalCast(call.args[0]!.type, call.type);
  if (TOTAL_IN_DOUBLE.has(call.function)) return call.type === 'DOUBLE';
  return TOTAL.has(call.function);
}

function isTotalCast(from: DataType, to: DataType): boolean {
  if (from === to || to === 'STRING') return true;
  if (from === 'STRING') return false;
  if (to === 'DOUBLE' || to === 'BOOLEAN') return true;
  return (to === 'BIGINT' && from === 'INT') || (to === 'DATE' && from === 'TIMESTAMP');
}

/** Integers overflow; IEEE 754 numbers do not. */
const TOTAL_IN_DOUBLE: ReadonlySet<string> = new Set([
  ...['add', 'subtract', 'multiply', 'negate', 'abs', 'round', 'truncate'],
]);

const TOTAL: ReadonlySet<string> = new Set([
  ...['and', 'or', 'not', 'is_null', 'is_not_null'],
  ...['is_true', 'is_not_true', 'is_false', 'is_not_false'],
  ...['equal', 'not_equal', 'less', 'less_or_equal', 'greater', 'greater_or_equal'],
  ...['is_distinct_from', 'is_not_distinct_from', 'in', 'greatest', 'least'],
  ...['case', 'if', 'coalesce', 'nullif', 'divide', 'modulo'],
  ...['starts_with', 'ends_with', 'contains', 'length', 'upper', 'lower', 'substr', 'strpos'],
  ...['year', 'quarter', 'month', 'week', 'day', 'day_of_week', 'day_of_year'],
  ...['hour', 'minute', 'second', 'millisecond'],
  ...['floor', 'ceil', 'sign', 'sqrt', 'exp', 'ln', 'log10', 'log2', 'power', 'is_nan'],
]);
