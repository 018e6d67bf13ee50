import type { TextPosition } from '../base/errors.ts';
import { didYouMean } from '../base/nearest-name.ts';
import { isArray, isFloat, isInteger } from '../base/types.ts';
import { aggregateOfElements } from './array-aggregates.ts';
import type {
  AstExpression,
  FrameBoundNode,
  FrameNode,
  FunctionNode,
  NamedWindow,
  WindowNode,
} from './ast.ts';
import { bindAggregate } from './bind-aggregate.ts';
import { bindExpression } from './bind-expression.ts';
import { bindError, checkColumnCount, type Scope } from './bind-scope.ts';
import { castToCommon, type Operand } from './coerce.ts';
import { isAggregate } from './derived-aggregates.ts';
import type {
  AggregateFunction,
  Expression,
  RankFunction,
  WindowAggregate,
  WindowCall,
  WindowFrame,
} from './expression.ts';
import { call, isCall, literal } from './expression-tools.ts';
import { findWindowFunction, type WindowFunction } from './window-functions.ts';

/** Partitions, their order, and the frame: what OVER says. */
export type BoundWindow = Pick<WindowCall, 'partition' | 'order' | 'frame'>;

/**
 * Binds a call with OVER.
 *
 * @param node has `over`.
 * @param scope of its arguments: no window function may stand in it.
 * @param named the windows of the WINDOW clause.
 * @param add adds a window function to the query; the result stands for its value.
 * @throws EngineError INVALID_QUERY, TYPE_MISMATCH, or NOT_SUPPORTED for functions that no window has here.
 */
export function bindWindow(
  node: FunctionNode,
  scope: Scope,
  named: readonly NamedWindow[],
  add: (window: WindowCall) => Expression,
): Expression {
  const window = bindSpecification(node.over!, scope, named);
  const ranking = findWindowFunction(node.name);
  if (ranking !== undefined) {
    const frame = OF_FRAMES.has(ranking.name) ? window.frame : USUAL_FRAME;
    return add({ ...bindRanking(node, ranking, scope), ...window, frame });
  }
  const position = scope.positionOf(node.offset);
  const name = node.name.toLowerCase();
  if (!isAggregate(name)) {
    // Unknown names are found out before it turns out that the others are scalar functions.
    bindExpression({ ...node, over: null, nulls: null }, scope);
    const message = `${name} is neither an aggregate nor a window function`;
    throw bindError('INVALID_QUERY', message, position);
  }
  if (node.nulls !== null) throw noNulls(node, position);
  const unsupported = `${name}(${node.distinct ? 'DISTINCT ' : ''}…) OVER is not supported`;
  if (aggregateOfElements(name) !== null) {
    throw bindError('NOT_SUPPORTED', unsupported, position);
  }
  return bindAggregate(node, scope, ({ function: aggregate, args, filter, type }) => {
    if (!isWindowAggregate(aggregate)) throw bindError('NOT_SUPPORTED', unsupported, position);
    return add({
      ...{ function: aggregate, args: args.map((arg) => where(filter, arg)), constant: 1 },
      ...{ filter, ignoresNulls: false, type, ...window },
    });
  });
}

/** An argument that is not computed where the filter leaves the row out: it may fail there. */
function where(filter: Expression | null, arg: Expression): Expression {
  if (filter === null || arg.kind !== 'call') return arg;
  return call('case', [filter, arg, literal(arg.type, null)], arg.type);
}

/**
 * Binds what OVER or an entry of the WINDOW clause says.
 *
 * @param named those that it may refer to.
 * @throws EngineError INVALID_QUERY for an unknown window, or parts that do not fit together.
 */
export function bindSpecification(
  node: WindowNode,
  scope: Scope,
  named: readonly NamedWindow[],
): BoundWindow {
  const { partition, order, frame } = resolveBase(node, scope, named);
  const keys = partition.map((key, index) => bindKey(key, index, scope));
  const ordered = order.map(({ expression, descending, nullsFirst }, index) => ({
    ...{ expression: bindKey(expression, index, scope), descending },
    nullsFirst: nullsFirst ?? false,
  }));
  return { partition: keys, order: ordered, frame: bindFrame(frame, ordered, scope) };
}

/** A window with the parts of the one that it begins from. */
function resolveBase(node: WindowNode, scope: Scope, named: readonly NamedWindow[]): WindowNode {
  const { base, isName, offset } = node;
  if (base === null) return node;
  const fail = (message: string): Error =>
    bindError('INVALID_QUERY', message, scope.positionOf(offset));
  const names = named.map(({ name }) => name.toLowerCase());
  const place = names.indexOf(base.toLowerCase());
  if (place < 0) throw fail(`unknown window ${base}${didYouMean(base, names)}`);
  if (names.lastIndexOf(base.toLowerCase()) > place) throw fail(`two windows are called ${base}`);
  // A window may begin from those that are written before it, so that none begins from itself.
  const known = resolveBase(named[place]!.window, scope, named.slice(0, place));
  if (isName) return known;
  if (node.partition.length > 0) throw fail(`PARTITION BY behind the window ${base}, which has it`);
  if (node.order.length > 0 && known.order.length > 0) {
    throw fail(`ORDER BY behind the window ${base}, which has one`);
  }
  if (known.frame !== null) throw fail(`the window ${base} has a frame; use it as OVER ${base}`);
  const order = node.order.length > 0 ? node.order : known.order;
  return { ...node, partition: known.partition, order };
}

function bindKey(node: AstExpression, index: number, scope: Scope): Expression {
  const position = scope.positionOf(node.offset);
  checkColumnCount(index + 1, 'a window has', position);
  const key = bindExpression(node, scope);
  if (!isArray(key.type)) return key;
  throw bindError('NOT_SUPPORTED', 'a window over an array is not supported', position);
}

/** Functions that look at the frame of a row; for the others one may be written and means nothing. */
const OF_FRAMES: ReadonlySet<RankFunction> = new Set([
  ...(['first_value', 'last_value', 'nth_value'] as const),
]);

const USUAL_FRAME: WindowFrame = { unit: 'range', start: -Infinity, end: 0 };

/** Without a frame, rows up to the current one and its peers; without an order that is all of them. */
function bindFrame(
  frame: FrameNode | null,
  order: BoundWindow['order'],
  scope: Scope,
): WindowFrame {
  if (frame === null) return USUAL_FRAME;
  const { unit, start, end, offset } = frame;
  const fail = (message: string, at = offset): Error =>
    bindError('INVALID_QUERY', message, scope.positionOf(at));
  if (start.kind === 'unbounded' && start.side === 'following') {
    throw fail('a frame cannot start at UNBOUNDED FOLLOWING', start.offset);
  }
  if (end.kind === 'unbounded' && end.side === 'preceding') {
    throw fail('a frame cannot end at UNBOUNDED PRECEDING', end.offset);
  }
  if (sideOf(start) > sideOf(end)) throw fail('a frame cannot end before it starts');
  if (unit === 'GROUPS' && order.length === 0) throw fail('GROUPS needs ORDER BY in the window');
  const bound = (one: FrameBoundNode): number => {
    if (one.kind === 'current') return 0;
    const sign = one.side === 'preceding' ? -1 : 1;
    if (one.kind === 'unbounded') return sign * Infinity;
    const distance = bindDistance(one.distance!, unit, order, scope);
    return distance === 0 ? 0 : sign * distance;
  };
  const ends = { start: bound(start), end: bound(end) };
  return { unit: unit.toLowerCase() as WindowFrame['unit'], ...ends };
}

function sideOf({ kind, side }: FrameBoundNode): number {
  if (kind === 'current') return 0;
  return side === 'preceding' ? -1 : 1;
}

function bindDistance(
  node: AstExpression,
  unit: FrameNode['unit'],
  order: BoundWindow['order'],
  scope: Scope,
): number {
  const position = scope.positionOf(node.offset);
  if (unit !== 'RANGE') return constantOf(node, `the distance of ${unit}`, 0, scope);
  const [key, ...others] = order;
  if (key === undefined || others.length > 0) {
    const message = 'RANGE with a distance needs exactly one ORDER BY key in the window';
    throw bindError('INVALID_QUERY', message, position);
  }
  const { type } = key.expression;
  if (isInteger(type)) return constantOf(node, `the distance of RANGE over ${type}`, 0, scope);
  if (!isFloat(type)) {
    const message = `RANGE with a distance over ${type} is not supported; order by a number`;
    throw bindError('NOT_SUPPORTED', message, position);
  }
  const value = node.kind === 'interval' ? null : literalNumber(bindExpression(node, scope));
  if (value !== null && value >= 0 && Number.isFinite(value)) return value;
  const message = 'the distance of RANGE is a constant number from 0';
  throw bindError('INVALID_QUERY', message, position);
}

function bindRanking(
  node: FunctionNode,
  { name, minArgs, maxArgs }: WindowFunction,
  scope: Scope,
): Omit<WindowCall, keyof BoundWindow> {
  const position = scope.positionOf(node.offset);
  const { length } = node.args;
  if (node.star || node.distinct || node.order.length > 0 || node.filter !== null) {
    const message = `${name} takes no *, DISTINCT, ORDER BY or FILTER`;
    throw bindError('INVALID_QUERY', message, position);
  }
  if (length < minArgs || length > maxArgs) {
    const range = minArgs === maxArgs ? `${minArgs}` : `${minArgs} to ${maxArgs}`;
    const plural = maxArgs === 1 ? '' : 's';
    const message = `${name} takes ${range} argument${plural}, found ${length}`;
    throw bindError('TYPE_MISMATCH', message, position);
  }
  const takesNulls = name !== 'ntile' && maxArgs > 0;
  if (node.nulls !== null && !takesNulls) throw noNulls(node, position);
  const rest = { function: name, filter: null, ignoresNulls: node.nulls === 'IGNORE' };
  const [first, second, third] = node.args;
  if (!takesNulls) {
    const isShare = name === 'percent_rank' || name === 'cume_dist';
    const constant = first === undefined ? 1 : constantOf(first, 'the buckets of ntile', 1, scope);
    return { ...rest, args: [], constant, type: isShare ? 'DOUBLE' : 'BIGINT' };
  }
  const value = bindOperand(first!, scope);
  const what = `the ${name === 'nth_value' ? 'number' : 'distance'} of ${name}`;
  const least = name === 'nth_value' ? 1 : -Infinity;
  const constant = second === undefined ? 1 : constantOf(second, what, least, scope);
  const otherwise = third === undefined ? null : bindOperand(third, scope);
  if (otherwise === null) {
    return { ...rest, args: [value.expression], constant, type: value.expression.type };
  }
  return { ...rest, ...castToCommon([value, otherwise], name.toUpperCase(), position), constant };
}

function bindOperand(node: AstExpression, scope: Scope): Operand {
  const position = scope.positionOf(node.offset);
  return { expression: bindExpression(node, scope), position, isCast: node.kind === 'cast' };
}

/** @throws EngineError unless it is a whole constant of at least so much. */
function constantOf(node: AstExpression, what: string, least: number, scope: Scope): number {
  const position = scope.positionOf(node.offset);
  const expression =
    node.kind === 'interval' ? literal('STRING', null) : bindExpression(node, scope);
  const value = literalNumber(expression);
  if (value === null && expression.kind !== 'literal') {
    throw bindError(
      'NOT_SUPPORTED',
      `${what} must be a constant; others are not supported`,
      position,
    );
  }
  if (value !== null && Number.isSafeInteger(value) && value >= least) return value;
  const range = least === -Infinity ? '' : ` from ${least}`;
  throw bindError('INVALID_QUERY', `${what} is a whole constant${range}`, position);
}

/** The value of a number, with a sign or without; null of anything else. */
function literalNumber(expression: Expression): number | null {
  if (isCall(expression, 'negate')) {
    const value = literalNumber(expression.args[0]!);
    return value === null || value === 0 ? value : -value;
  }
  if (expression.kind !== 'literal') return null;
  const { value } = expression;
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;
}

function noNulls({ name, nulls }: FunctionNode, position: TextPosition): Error {
  const message = `${nulls} NULLS is for lag, lead, first_value, last_value and nth_value, not for ${name.toLowerCase()}`;
  return bindError('INVALID_QUERY', message, position);
}

function isWindowAggregate(name: AggregateFunction): name is WindowAggregate {
  return WINDOW_AGGREGATES.has(name);
}

const WINDOW_AGGREGATES: ReadonlySet<AggregateFunction> = new Set([
  ...(['count', 'sum', 'avg', 'min', 'max'] as const),
]);
