import type { AstExpression, BinaryNode, IntervalNode } from './ast.ts';
import type { BindExpression } from './bind-function.ts';
import { bindError, type Scope } from './bind-scope.ts';
import { castTo } from './coerce.ts';
import type { Expression } from './expression.ts';
import { call, literal } from './expression-tools.ts';

const MICROS_PER_DAY = 86_400_000_000n;

/**
 * `moment + INTERVAL`, `INTERVAL + moment` or `moment - INTERVAL`: `date_add` for a DATE and whole
 * days or months, which stays a DATE; `timestamp_add` for everything else.
 *
 * @throws EngineError TYPE_MISMATCH when the other side is no DATE or TIMESTAMP, NOT_SUPPORTED for
 *   other operators.
 */
export function bindIntervalSum(
  { operator, left, right, offset }: BinaryNode,
  scope: Scope,
  bindExpression: BindExpression,
): Expression {
  const position = scope.positionOf(offset);
  const [interval, other] = splitOperands(left, right);
  const isSum = operator === '+' || (operator === '-' && interval === right);
  if (!isSum || other.kind === 'interval') {
    const message = 'an INTERVAL is supported only behind + or − on a DATE or TIMESTAMP';
    throw bindError('NOT_SUPPORTED', message, position);
  }
  const moment = bindExpression(other, scope);
  const sign = operator === '-' ? -1n : 1n;
  const months = literal('BIGINT', sign * interval.months);
  if (moment.type === 'DATE' && interval.micros === 0n) {
    const days = literal('BIGINT', sign * interval.days);
    return call('date_add', [moment, months, days], 'DATE', position);
  }
  if (moment.type !== 'DATE' && moment.type !== 'TIMESTAMP') {
    throw bindError(
      'TYPE_MISMATCH',
      `expected a DATE or TIMESTAMP beside INTERVAL, found ${moment.type}; for text write DATE '…'`,
      position,
    );
  }
  const micros = sign * (interval.micros + interval.days * MICROS_PER_DAY);
  const timestamp = castTo({ expression: moment, position }, 'TIMESTAMP');
  return call(
    'timestamp_add',
    [timestamp, months, literal('BIGINT', micros)],
    'TIMESTAMP',
    position,
  );
}

function splitOperands(
  left: AstExpression,
  right: AstExpression,
): readonly [IntervalNode, AstExpression] {
  if (right.kind === 'interval') return [right, left];
  return [left as IntervalNode, right];
}
