import { isInteger } from '../base/types.ts';
import type { AstExpression } from './ast.ts';
import type { Expression } from './expression.ts';
import { call } from './expression-tools.ts';
import { foldFunctionName } from './function-name.ts';

/** The form of a select list that is no function, for people who look it up. */
export const GAPFILL = {
  name: 'gapfill',
  aliases: [],
  types:
    '(BIGINT, STRING or TIMESTAMP, constant format, constant start, constant end, constant step[, FILL of a column, …], TIMESERIESON of columns) → ANY',
  summary: 'The time; each series gets a row for every step between start and end that has none.',
} as const;

/** The first argument of a call of GAPFILL, which stands for the call; null for anything else. */
export function timeOfGapfill(node: AstExpression): AstExpression | null {
  if (node.kind !== 'function' || foldFunctionName(node.name) !== 'gapfill') return null;
  return node.args[0] ?? null;
}

/** The time in the type that new rows have as well. */
export function asGapfillTime(time: Expression): Expression {
  if (time.type === 'DATE') return call('cast', [time], 'TIMESTAMP');
  const isNarrow = isInteger(time.type) && time.type !== 'BIGINT';
  return isNarrow ? call('cast', [time], 'BIGINT') : time;
}
