import { distinctAggregate, findAggregate } from './aggregates.ts';
import type { FunctionNode } from './ast.ts';
import { bindCondition, bindExpression } from './bind-expression.ts';
import { bindError, type Scope } from './bind-scope.ts';
import { isNull } from './coerce.ts';
import type { AggregateCall } from './expression.ts';
import { literal } from './expression-tools.ts';

/**
 * Binds an aggregate with its argument and FILTER.
 *
 * @param node names an aggregate.
 * @param rows the scope of the argument: the table's columns, no aggregates.
 * @throws EngineError INVALID_QUERY, TYPE_MISMATCH or NOT_SUPPORTED for arguments that do not fit.
 */
export function bindAggregateCall(node: FunctionNode, rows: Scope): AggregateCall {
  const name = node.name.toLowerCase();
  const position = rows.positionOf(node.offset);
  const signature = findAggregate(name)!;
  const filterScope = { ...rows, clause: 'FILTER' };
  const filter = node.filter === null ? null : bindCondition(node.filter, filterScope, 'FILTER');
  if (node.star) {
    if (signature.function !== 'count') {
      throw bindError('INVALID_QUERY', `${name} takes a column, * is for COUNT(*)`, position);
    }
    return { function: 'count', args: [], filter, type: 'BIGINT' };
  }
  if (node.args.length !== 1) {
    const message = `${name} takes one argument, found ${node.args.length}`;
    const code = node.distinct && node.args.length > 1 ? 'NOT_SUPPORTED' : 'TYPE_MISMATCH';
    throw bindError(code, message, position);
  }
  const aggregate = node.distinct ? distinctAggregate(signature) : signature;
  if (aggregate === undefined) {
    throw bindError('NOT_SUPPORTED', `${name}(DISTINCT …) is not supported`, position);
  }
  const bound = bindExpression(node.args[0]!, rows);
  // A NULL without a type has the type that the aggregate can take.
  const argument =
    isNull(bound) && aggregate.resolve('STRING') === null ? literal('BIGINT', null) : bound;
  const type = aggregate.resolve(argument.type);
  if (type === null) {
    const hint = argument.type === 'BOOLEAN' ? '; count with COUNT(*) FILTER (WHERE …)' : '';
    const message = `${name} takes a number, found ${argument.type}${hint}`;
    throw bindError('TYPE_MISMATCH', message, position);
  }
  return { function: aggregate.function, args: [argument], filter, type };
}
