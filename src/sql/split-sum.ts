import type { AggregateCall, Expression, Literal } from './expression.ts';
import { call, literal } from './expression-tools.ts';

/** Beyond it the product with a count of rows might not fit BIGINT where the sum itself does. */
const CONSTANT_MAX = 2n ** 30n;

/**
 * `SUM(x + 3)` of a column of small integers as `SUM(x) + 3 * COUNT(x)`: sums of the same column with
 * many constants read it once. The value is the same, NULL for no rows included.
 *
 * @returns null when the aggregate is not such a sum.
 */
export function splitSum(
  aggregate: AggregateCall,
  add: (aggregate: AggregateCall) => Expression,
): Expression | null {
  const [sum] = aggregate.args;
  if (aggregate.function !== 'sum' || sum?.kind !== 'call' || sum.function !== 'add') return null;
  const [left, right] = sum.args;
  const constant = smallConstant(left!) ?? smallConstant(right!);
  const variable = constant === left ? right! : left!;
  if (constant === null || !isSmallInteger(variable)) return null;
  const total = add({ ...aggregate, args: [variable] });
  const count = add({ ...aggregate, function: 'count', args: [variable], type: 'BIGINT' });
  const added = call('multiply', [literal('BIGINT', constant.value), count], 'BIGINT');
  return call('add', [total, added], 'BIGINT');
}

function smallConstant(expression: Expression): Literal | null {
  if (expression.kind !== 'literal' || typeof expression.value !== 'bigint') return null;
  const { value } = expression;
  return value <= CONSTANT_MAX && value >= -CONSTANT_MAX ? expression : null;
}

/** A column of 32 bits, which arithmetic reads as BIGINT. */
function isSmallInteger(expression: Expression): boolean {
  if (expression.kind !== 'call' || expression.function !== 'cast') return false;
  const [column] = expression.args;
  return expression.type === 'BIGINT' && column?.kind === 'column' && column.type === 'INT';
}
