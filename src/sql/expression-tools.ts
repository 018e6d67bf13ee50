import type { TextPosition } from '../base/errors.ts';
import type { DataType, Value } from '../base/types.ts';
import { ELEMENT } from './element.ts';
import type {
  AggregateCall,
  Call,
  ColumnReference,
  Expression,
  Literal,
  WindowCall,
} from './expression.ts';

/** TRUE, for rules and tests. */
export const TRUE: Literal = literal('BOOLEAN', true);

/** FALSE. */
export const FALSE: Literal = literal('BOOLEAN', false);

/** A constant. */
export function literal(type: DataType, value: Value): Literal {
  return { kind: 'literal', type, value };
}

/** A column of the input. */
export function column(name: string, type: DataType): ColumnReference {
  return { kind: 'column', name, type };
}

/** A call without a check of its arguments: the caller knows that they fit. */
export function call(
  name: string,
  args: readonly Expression[],
  type: DataType,
  position?: TextPosition,
): Call {
  const node = { kind: 'call', function: name, args, type } as const;
  return position === undefined ? node : { ...node, position };
}

/** True for a call of this function. */
export function isCall(expression: Expression, name: string): expression is Call {
  return expression.kind === 'call' && expression.function === name;
}

/** True when both compute the same, as far as their shape tells; positions do not matter. */
export function sameExpression(left: Expression, right: Expression): boolean {
  if (left === right) return true;
  if (left.type !== right.type) return false;
  if (left.kind === 'column') return right.kind === 'column' && left.name === right.name;
  if (left.kind === 'literal') {
    return right.kind === 'literal' && Object.is(left.value, right.value);
  }
  return (
    right.kind === 'call' &&
    left.function === right.function &&
    sameExpressions(left.args, right.args)
  );
}

/** True when two lists hold the same expressions in the same order. */
export function sameExpressions(
  left: readonly Expression[],
  right: readonly Expression[],
): boolean {
  return (
    left.length === right.length &&
    left.every((expression, index) => sameExpression(expression, right[index]!))
  );
}

/** True when both aggregates compute the same. */
export function sameAggregate(left: AggregateCall, right: AggregateCall): boolean {
  return (
    left.function === right.function &&
    sameExpressions(left.args, right.args) &&
    sameOrNull(left.filter, right.filter)
  );
}

/** The same call with its arguments replaced; the same node when none changes. */
export function mapArguments(
  expression: Expression,
  map: (argument: Expression) => Expression,
): Expression {
  if (expression.kind !== 'call') return expression;
  let changed = false;
  const args = expression.args.map((arg) => {
    const mapped = map(arg);
    changed ||= mapped !== arg;
    return mapped;
  });
  return changed ? { ...expression, args } : expression;
}

/** Replaces every column by what `map` makes of it. */
export function mapColumns(
  expression: Expression,
  map: (column: ColumnReference) => Expression,
): Expression {
  if (expression.kind === 'column') return map(expression);
  return mapArguments(expression, (arg) => mapColumns(arg, map));
}

/** Adds the names of all columns that an expression reads to `names`. */
export function collectColumns(expression: Expression | null, names: Set<string>): void {
  if (expression === null || expression.kind === 'literal') return;
  if (expression.kind === 'column') {
    names.add(expression.name);
    return;
  }
  const own = expression.function === 'array_any' ? new Set<string>() : names;
  for (const arg of expression.args) collectColumns(arg, own);
  if (own === names) return;
  own.delete(ELEMENT);
  for (const name of own) names.add(name);
}

/** `sameExpression` where either may be absent. */
export function sameOrNull(left: Expression | null, right: Expression | null): boolean {
  return left === null || right === null ? left === right : sameExpression(left, right);
}

/** True when both windows have the same partitions in the same order. */
export function sameWindow(left: WindowCall, right: WindowCall): boolean {
  const keysOf = ({ order }: WindowCall) => order.map(({ expression }) => expression);
  return (
    sameExpressions(left.partition, right.partition) &&
    sameExpressions(keysOf(left), keysOf(right)) &&
    left.order.every(({ descending, nullsFirst }, index) => {
      const other = right.order[index]!;
      return descending === other.descending && nullsFirst === other.nullsFirst;
    })
  );
}

/** True when both window functions compute the same. */
export function sameCall(left: WindowCall, right: WindowCall): boolean {
  return (
    left.function === right.function &&
    left.constant === right.constant &&
    left.ignoresNulls === right.ignoresNulls &&
    left.frame.unit === right.frame.unit &&
    left.frame.start === right.frame.start &&
    left.frame.end === right.frame.end &&
    sameExpressions(left.args, right.args) &&
    sameOrNull(left.filter, right.filter) &&
    sameWindow(left, right)
  );
}

/** The same call over other expressions. */
export function mapWindow(
  window: WindowCall,
  map: (expression: Expression) => Expression,
): WindowCall {
  return {
    ...window,
    args: window.args.map(map),
    filter: window.filter === null ? null : map(window.filter),
    partition: window.partition.map(map),
    order: window.order.map((key) => ({ ...key, expression: map(key.expression) })),
  };
}

/** True when an expression reads the result of a window function. */
export function readsWindow(expression: Expression): boolean {
  if (expression.kind === 'call') return expression.args.some(readsWindow);
  return expression.kind === 'column' && expression.name.startsWith(WINDOW);
}

/** The results of window functions are columns of this name with a number from 0. */
export const WINDOW = '$window';
