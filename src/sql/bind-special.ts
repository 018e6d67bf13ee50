import { arrayOf, isArray, type Value } from '../base/types.ts';
import type { FunctionNode, OrderItem } from './ast.ts';
import { bindExpression } from './bind-expression.ts';
import { bindFunnelCount, bindFunnelWindow } from './bind-funnel.ts';
import { bindError, type Scope } from './bind-scope.ts';
import { castTo } from './coerce.ts';
import type { AggregateCall, Expression, Literal } from './expression.ts';
import { literal, sameExpression } from './expression-tools.ts';
import { canCast } from './functions.ts';
import type { SpecialAggregate } from './special-aggregates.ts';
import { findType } from './type-names.ts';

/**
 * Binds an aggregate whose arguments have a form of their own.
 *
 * @param rows the scope of the arguments.
 * @throws EngineError INVALID_QUERY or TYPE_MISMATCH for arguments that do not fit.
 */
export function bindSpecial(
  node: FunctionNode,
  special: SpecialAggregate,
  filter: Expression | null,
  rows: Scope,
): AggregateCall {
  switch (special.name) {
    case 'list_agg':
      return bindList(node, ',', filter, rows);
    case 'group_concat':
      return bindList(node, ', ', filter, rows);
    case 'array_agg':
      return bindArrayAgg(node, filter, rows);
    case 'funnel_count':
      return bindFunnelCount(node, filter, rows);
    default:
      return bindFunnelWindow(node, special.name, filter, rows);
  }
}

/** `ARRAY_AGG([DISTINCT] value [, 'type' [, is distinct]] [ORDER BY …])`. */
function bindArrayAgg(node: FunctionNode, filter: Expression | null, rows: Scope): AggregateCall {
  const position = rows.positionOf(node.offset);
  if (node.star || node.args.length < 1 || node.args.length > 3) {
    const found = node.star ? '*' : `${node.args.length} arguments`;
    const message = `array_agg takes a value, then its type, then whether each value counts once, found ${found}`;
    throw bindError('TYPE_MISMATCH', message, position);
  }
  const [given, named, distinct] = node.args.map((arg) => bindExpression(arg, rows));
  if (isArray(given!.type)) {
    throw bindError('NOT_SUPPORTED', 'array_agg of arrays is not supported', position);
  }
  const isNamed = named === undefined || isConstant(named, 'string');
  if (!isNamed || !(distinct === undefined || isConstant(distinct, 'boolean'))) {
    const message = 'array_agg takes the name of a type, and TRUE or FALSE behind it';
    throw bindError('TYPE_MISMATCH', message, rows.positionOf(node.args.at(-1)!.offset));
  }
  const nameAt = rows.positionOf(node.args[1]?.offset ?? node.offset);
  const type =
    named === undefined ? given!.type : findType(String((named as Literal).value), nameAt);
  if (isArray(type) || !canCast(given!.type, type)) {
    throw bindError('TYPE_MISMATCH', `cannot cast ${given!.type} to ${type}`, nameAt);
  }
  const value = castTo({ expression: given!, position }, type);
  const isDistinct = node.distinct || (distinct as Literal | undefined)?.value === true;
  const head = [value, literal('STRING', '')];
  const args = isDistinct
    ? [...head, orderOfDistinct(node, given!, rows)]
    : [...head, ...node.order.flatMap((item) => orderArguments(item, rows))];
  const name = isDistinct ? 'array_agg_distinct' : 'array_agg';
  return { function: name, args, filter, type: arrayOf(type) };
}

/** `LIST_AGG([DISTINCT] value [, separator [, is distinct]] [ORDER BY …])`. */
function bindList(
  node: FunctionNode,
  separatorUsual: string,
  filter: Expression | null,
  rows: Scope,
): AggregateCall {
  const name = node.name.toLowerCase();
  const position = rows.positionOf(node.offset);
  if (node.star || node.args.length < 1 || node.args.length > 3) {
    const found = node.star ? '*' : `${node.args.length} arguments`;
    const message = `${name} takes a value, then a separator, then whether each value counts once, found ${found}`;
    throw bindError('TYPE_MISMATCH', message, position);
  }
  const [value, separator, distinct] = node.args.map((arg) => bindExpression(arg, rows));
  if (isArray(value!.type)) {
    throw bindError('TYPE_MISMATCH', `${name} does not take ${value!.type}`, position);
  }
  const between = separator ?? literal('STRING', separatorUsual);
  const isSeparator = isConstant(between, 'string') && between.type === 'STRING';
  const isFlag = distinct === undefined || isConstant(distinct, 'boolean');
  if (!isSeparator || !isFlag) {
    const message = `${name} takes a constant text as separator, and TRUE or FALSE behind it`;
    throw bindError('TYPE_MISMATCH', message, rows.positionOf(node.args.at(-1)!.offset));
  }
  const isDistinct = node.distinct || (distinct as Literal | undefined)?.value === true;
  const args = isDistinct
    ? [value!, between, orderOfDistinct(node, value!, rows)]
    : [value!, between, ...node.order.flatMap((item) => orderArguments(item, rows))];
  return { function: isDistinct ? 'list_agg_distinct' : 'list_agg', args, filter, type: 'STRING' };
}

/** A key, and its direction as a literal. */
function orderArguments(item: OrderItem, rows: Scope): readonly Expression[] {
  const { expression, descending, nullsFirst } = item;
  const direction = `${descending ? 'desc' : 'asc'} nulls ${nullsFirst ? 'first' : 'last'}`;
  return [bindExpression(expression, rows), literal('STRING', direction)];
}

function orderOfDistinct({ name, order }: FunctionNode, value: Expression, rows: Scope): Literal {
  const [item, ...others] = order;
  const fits =
    item === undefined ||
    (others.length === 0 && sameExpression(bindExpression(item.expression, rows), value));
  if (fits) return literal('STRING', item?.descending ? 'desc' : 'asc');
  throw bindError(
    'INVALID_QUERY',
    `${name.toLowerCase()}(DISTINCT …) can be ordered by its value only`,
    rows.positionOf((others[0] ?? item).expression.offset),
  );
}

function isConstant(expression: Expression, kind: 'string' | 'boolean'): expression is Literal {
  const value: Value = expression.kind === 'literal' ? expression.value : null;
  return typeof value === kind;
}
