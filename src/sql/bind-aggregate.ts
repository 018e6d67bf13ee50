import { type DataType, isArray } from '../base/types.ts';
import type { AggregateConstant, AggregateSignature } from './aggregate-signature.ts';
import { distinctAggregate, findAggregate } from './aggregates.ts';
import { aggregateOfElements } from './array-aggregates.ts';
import type { FunctionNode } from './ast.ts';
import { unnested } from './bind-array.ts';
import { bindCondition, bindExpression } from './bind-expression.ts';
import { bindError, type Scope } from './bind-scope.ts';
import { bindSpecial } from './bind-special.ts';
import { castTo, isNull, type Operand } from './coerce.ts';
import type { DerivedAggregate } from './derived-aggregate.ts';
import { findDerivedAggregate } from './derived-aggregates.ts';
import type { AggregateCall, Expression } from './expression.ts';
import { call, literal } from './expression-tools.ts';
import { foldFunctionName } from './function-name.ts';
import { findSpecialAggregate } from './special-aggregates.ts';
import { splitSum } from './split-sum.ts';

/**
 * Binds an aggregate with its arguments and FILTER.
 *
 * @param node names an aggregate.
 * @param rows the scope of the arguments: the table's columns, no aggregates.
 * @param add adds an aggregate to the query; the result stands for its value.
 * @throws EngineError INVALID_QUERY, TYPE_MISMATCH or NOT_SUPPORTED for arguments that do not fit.
 */
export function bindAggregate(
  node: FunctionNode,
  rows: Scope,
  add: (aggregate: AggregateCall) => Expression,
): Expression {
  const filterScope = { ...rows, clause: 'FILTER' };
  const filter = node.filter === null ? null : bindCondition(node.filter, filterScope, 'FILTER');
  const special = findSpecialAggregate(node.name);
  if (special !== undefined) return add(bindSpecial(node, special, filter, rows));
  const name = aggregateOfElements(node.name) ?? node.name;
  const signature = findAggregate(name);
  if (signature !== undefined) {
    const aggregate = bindCall(withinGroup(node, signature, rows), signature, filter, rows);
    return splitSum(aggregate, add) ?? add(aggregate);
  }
  if (node.order.length > 0) throw noOrder(node, rows);
  return bindDerived(node, findDerivedAggregate(name)!, filter, rows, add);
}

/**
 * `PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x)` is `PERCENTILE_CONT(x, 0.5)`, and
 * `MODE() WITHIN GROUP (ORDER BY x)` is `MODE(x)`.
 */
function withinGroup(
  node: FunctionNode,
  { function: name }: AggregateSignature,
  rows: Scope,
): FunctionNode {
  const [item, ...others] = node.order;
  if (item === undefined) return node;
  const isMode = name === 'mode' && node.args.length === 0;
  const isQuantile = /^quantile_/.test(name) && node.args.length === 1;
  if ((!isMode && !isQuantile) || others.length > 0 || node.star) throw noOrder(node, rows);
  if (item.descending && isQuantile) {
    const message = `${node.name.toLowerCase()} WITHIN GROUP (ORDER BY … DESC) is not supported`;
    throw bindError('NOT_SUPPORTED', message, rows.positionOf(node.offset));
  }
  return { ...node, args: [item.expression, ...node.args], order: [] };
}

function bindCall(
  node: FunctionNode,
  signature: AggregateSignature,
  filter: Expression | null,
  rows: Scope,
): AggregateCall {
  const name = node.name.toLowerCase();
  const position = rows.positionOf(node.offset);
  if (node.star) {
    if (signature.function !== 'count' || aggregateOfElements(name) !== null) {
      throw noStar(node, rows);
    }
    return { function: 'count', args: [], filter, type: 'BIGINT' };
  }
  const { columnCount, constants } = signature;
  const needed = columnCount + constants.filter((one) => one.default === null).length;
  checkCount(node, needed, columnCount + constants.length, rows);
  const aggregate = node.distinct ? distinctAggregate(signature) : signature;
  if (aggregate === undefined) throw noDistinct(node, rows);
  const operands = bindOperands(node, rows);
  const columns = operands.slice(0, columnCount).map((operand) => typed(operand, aggregate));
  const types = columns.map(({ expression }) => aggregate.resolve(expression.type));
  const unfit = types.indexOf(null);
  if (unfit >= 0) {
    const { type } = columns[unfit]!.expression;
    const hint = type === 'BOOLEAN' ? '; count with COUNT(*) FILTER (WHERE …)' : '';
    throw bindError('TYPE_MISMATCH', `${name} takes a number, found ${type}${hint}`, position);
  }
  const args = columns.map((operand, index) => castTo(operand, types[index]!.argument));
  constants.forEach((constant, index) => {
    args.push(bindConstant(name, operands[columnCount + index], constant));
  });
  return { function: aggregate.function, args, filter, type: types[0]!.result };
}

/** A NULL without a type has the type that the aggregate can take. */
function typed(operand: Operand, aggregate: AggregateSignature): Operand {
  const isOpen = isNull(operand.expression) && aggregate.resolve('STRING') === null;
  return isOpen ? { ...operand, expression: literal('BIGINT', null) } : operand;
}

function bindConstant(
  name: string,
  operand: Operand | undefined,
  { min, max, isWhole, default: otherwise, divisor = 1, read }: AggregateConstant,
): Expression {
  if (operand === undefined) return literal('DOUBLE', otherwise);
  const { expression, position } = operand;
  const value = expression.kind === 'literal' ? expression.value : null;
  const given = typeof value === 'string' && read !== undefined ? read(value) : value;
  const number =
    typeof given === 'bigint' || typeof given === 'number' ? Number(given) : Number.NaN;
  const fits = number >= min && number <= max && (!isWhole || Number.isInteger(number));
  if (fits) return literal('DOUBLE', number / divisor);
  const kind = isWhole ? 'whole constant' : 'constant';
  throw bindError('INVALID_QUERY', `${name} takes a ${kind} from ${min} to ${max}`, position);
}

function bindDerived(
  node: FunctionNode,
  { argCount, takes, build }: DerivedAggregate,
  filter: Expression | null,
  rows: Scope,
  add: (aggregate: AggregateCall) => Expression,
): Expression {
  if (node.star) throw noStar(node, rows);
  if (node.distinct) throw noDistinct(node, rows);
  checkCount(node, argCount, argCount, rows);
  const args = bindOperands(node, rows).map(({ expression }) => expression);
  const bound = build(args, (name, inner, type, condition) =>
    add({ function: name, args: inner, filter: both(filter, condition), type }),
  );
  if (bound !== null) return bound;
  const found: readonly DataType[] = args.map(({ type }) => type);
  const message = `${node.name.toLowerCase()} takes ${takes}, found ${found.join(' and ')}`;
  throw bindError('TYPE_MISMATCH', message, rows.positionOf(node.offset));
}

function both(filter: Expression | null, condition: Expression | undefined): Expression | null {
  if (filter === null || condition === undefined) return condition ?? filter;
  return call('and', [filter, condition], 'BOOLEAN');
}

/** The arguments; of an aggregate of elements the first is the elements of an array. */
function bindOperands(node: FunctionNode, rows: Scope): Operand[] {
  const isOfElements = aggregateOfElements(node.name) !== null;
  const name = node.name.toLowerCase();
  const isOfArrays = !node.distinct && OF_ARRAYS.has(foldFunctionName(name));
  return node.args.map((arg, index) => {
    const expression = bindExpression(arg, rows);
    const position = rows.positionOf(arg.offset);
    const { type } = expression;
    if (isOfElements && index === 0) {
      if (isArray(type)) return { expression: unnested(expression), position };
      throw bindError('TYPE_MISMATCH', `${name} takes an array, found ${type}`, position);
    }
    if (!isArray(type) || isOfArrays) return { expression, position };
    const hint =
      aggregateOfElements(`${name}mv`) === null ? '' : `; use ${name}mv for its elements`;
    throw bindError('TYPE_MISMATCH', `${name} does not take ${type}${hint}`, position);
  });
}

/** Aggregates that take an array as it is. */
const OF_ARRAYS: ReadonlySet<string> = new Set([
  ...['count', 'argmin', 'argmax', 'exprmin', 'exprmax', 'minby', 'maxby'],
]);

function checkCount(node: FunctionNode, least: number, most: number, rows: Scope): void {
  const { length } = node.args;
  if (length >= least && length <= most) return;
  const one = least === 1 ? 'one argument' : `${least} arguments`;
  const expected = least === most ? one : `${least} to ${most} arguments`;
  const message = `${node.name.toLowerCase()} takes ${expected}, found ${length}`;
  const code = node.distinct && length > 1 ? 'NOT_SUPPORTED' : 'TYPE_MISMATCH';
  throw bindError(code, message, rows.positionOf(node.offset));
}

function noStar(node: FunctionNode, rows: Scope): Error {
  const message = `${node.name.toLowerCase()} takes a column, * is for COUNT(*)`;
  return bindError('INVALID_QUERY', message, rows.positionOf(node.offset));
}

function noOrder(node: FunctionNode, rows: Scope): Error {
  const message = `${node.name.toLowerCase()} takes no ORDER BY here`;
  return bindError('INVALID_QUERY', message, rows.positionOf(node.offset));
}

function noDistinct(node: FunctionNode, rows: Scope): Error {
  const message = `${node.name.toLowerCase()}(DISTINCT …) is not supported`;
  return bindError('NOT_SUPPORTED', message, rows.positionOf(node.offset));
}
