import { isInteger } from '../base/types.ts';
import type { AggregateCall, ColumnReference, Expression, Literal } from './expression.ts';
import { call, isCall, literal } from './expression-tools.ts';

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
  const column = smallIntegers(constant === left ? right! : left!);
  if (constant === null || column === null) return null;
  const total = add({ ...aggregate, args: [column] });
  const count = add({ ...aggregate, function: 'count', args: [column], type: 'BIGINT' });
  const added = call('multiply', [literal('BIGINT', constant.value), count], 'BIGINT');
  return call('add', [total, added], 'BIGINT');
}

function smallConstant(expression: Expression): Literal | null {
  if (expression.kind !== 'literal' || typeof expression.value !== 'bigint') return null;
  const { value } = expression;
  return value <= CONSTANT_MAX && value >= -CONSTANT_MAX ? expression : null;
}

/** A column of 32 bits or fewer, which arithmetic reads as BIGINT. */
function smallIntegers(expression: Expression): ColumnReference | null {
  if (!isCall(expression, 'cast') || expression.type !== 'BIGINT') return null;
  const [column] = expression.args;
  const isSmall = column?.kind === 'column' && isInteger(column.type) && column.type !== 'BIGINT';
  return isSmall ? column : null;
}
