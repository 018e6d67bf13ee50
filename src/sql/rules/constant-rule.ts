import type { Call, Expression, Literal } from '../expression.ts';
import type { Rule } from './rule.ts';

/**
 * The value of a call whose arguments are all literals, as execution computes it; null when that fails, or
 * when the value is better not part of a plan.
 */
export type EvaluateConstant = (call: Call) => Literal | null;

/**
 * Calls of constants are computed once, whatever the function: every function has the same value for the same
 * arguments. A call that fails stays as it is, and fails with its position if a row ever gets there.
 */
export function constantRule(evaluate: EvaluateConstant): Rule<Expression> {
  return {
    name: 'constant-evaluation',
    match: (node) => isConstant(node) && evaluate(node) !== null,
    rewrite: (node) => (isConstant(node) ? (evaluate(node) ?? node) : node),
  };
}

function isConstant(node: Expression): node is Call {
  return node.kind === 'call' && node.args.every(({ kind }) => kind === 'literal');
}
