import { arrayElements } from '../base/array-text.ts';
import { hexOf } from '../base/byte-string.ts';
import { formatDate, formatTimestamp } from '../base/datetime.ts';
import { formatDecimal } from '../base/decimal.ts';
import { decimalShape, elementType, isArray, isDecimal } from '../base/types.ts';
import type { AggregateCall, Call, Expression, Literal } from './expression.ts';
import { literal } from './expression-tools.ts';

/**
 * An expression as one line of SQL-like text, the same for equal expressions: for EXPLAIN, tests and
 * error messages. Operators are infix with parentheses only where they change the meaning.
 */
export function expressionText(expression: Expression): string {
  if (expression.kind === 'column') return expression.name;
  if (expression.kind === 'literal') return literalText(expression);
  return callText(expression);
}

/** A list of expressions, with commas. */
export function expressionListText(expressions: readonly Expression[]): string {
  return expressions.map(expressionText).join(', ');
}

/** `sum(delay) filter (where origin = 'SFO')`. */
export function aggregateText({ function: name, args, filter }: AggregateCall): string {
  const inner = args.length === 0 ? '*' : expressionListText(args);
  const distinct = /^(.*)_distinct$/.exec(name)?.[1];
  const call = distinct === undefined ? `${name}(${inner})` : `${distinct}(distinct ${inner})`;
  return filter === null ? call : `${call} filter (where ${expressionText(filter)})`;
}

interface Infix {
  readonly symbol: string;
  readonly power: number;
}

const INFIX: ReadonlyMap<string, Infix> = new Map<string, Infix>([
  ['or', { symbol: 'or', power: 1 }],
  ['and', { symbol: 'and', power: 2 }],
  ['is_distinct_from', { symbol: 'is distinct from', power: 4 }],
  ['is_not_distinct_from', { symbol: 'is not distinct from', power: 4 }],
  ['equal', { symbol: '=', power: 5 }],
  ['not_equal', { symbol: '<>', power: 5 }],
  ['less', { symbol: '<', power: 5 }],
  ['less_or_equal', { symbol: '<=', power: 5 }],
  ['greater', { symbol: '>', power: 5 }],
  ['greater_or_equal', { symbol: '>=', power: 5 }],
  ['add', { symbol: '+', power: 8 }],
  ['subtract', { symbol: '-', power: 8 }],
  ['multiply', { symbol: '*', power: 9 }],
  ['divide', { symbol: '/', power: 9 }],
  ['modulo', { symbol: '%', power: 9 }],
  ['int_divide', { symbol: 'div', power: 9 }],
]);

const POSTFIX: ReadonlyMap<string, string> = new Map([
  ['is_null', 'is null'],
  ['is_not_null', 'is not null'],
  ['is_true', 'is true'],
  ['is_not_true', 'is not true'],
  ['is_false', 'is false'],
  ['is_not_false', 'is not false'],
]);

const POWER_NOT = 3;
const POWER_IS = 4;
const POWER_RANGE = 6;
const POWER_SIGN = 10;
const POWER_ATOM = 12;

function callText(node: Call): string {
  const { args } = node;
  const infix = INFIX.get(node.function);
  if (infix !== undefined) {
    return args
      .map((arg, index) => wrapped(arg, index === 0 ? infix.power : infix.power + 1))
      .join(` ${infix.symbol} `);
  }
  const postfix = POSTFIX.get(node.function);
  if (postfix !== undefined) return `${wrapped(args[0]!, POWER_IS)} ${postfix}`;
  switch (node.function) {
    case 'not':
      return `not ${wrapped(args[0]!, POWER_NOT)}`;
    case 'negate':
      return `-${wrapped(args[0]!, POWER_SIGN + 1)}`;
    case 'in':
      return `${wrapped(args[0]!, POWER_RANGE)} in (${expressionListText(args.slice(1))})`;
    case 'like':
    case 'ilike':
      return likeText(node);
    case 'case':
      return caseText(args);
    case 'cast':
      return `cast(${expressionText(args[0]!)} as ${node.type})`;
    default:
      return `${node.function}(${expressionListText(args)})`;
  }
}

function likeText({ function: name, args }: Call): string {
  const text = `${wrapped(args[0]!, POWER_RANGE)} ${name} ${wrapped(args[1]!, POWER_RANGE + 1)}`;
  return args.length < 3 ? text : `${text} escape ${expressionText(args[2]!)}`;
}

function caseText(args: readonly Expression[]): string {
  let text = 'case';
  for (let index = 0; index + 1 < args.length; index += 2) {
    text += ` when ${expressionText(args[index]!)} then ${expressionText(args[index + 1]!)}`;
  }
  return `${text} else ${expressionText(args.at(-1)!)} end`;
}

/** The text, in parentheses when it binds looser than `powerMin`. */
function wrapped(expression: Expression, powerMin: number): string {
  const text = expressionText(expression);
  return powerOf(expression) < powerMin ? `(${text})` : text;
}

function powerOf(expression: Expression): number {
  if (expression.kind !== 'call') return POWER_ATOM;
  const name = expression.function;
  const infix = INFIX.get(name);
  if (infix !== undefined) return infix.power;
  if (POSTFIX.has(name)) return POWER_IS;
  if (name === 'not') return POWER_NOT;
  if (name === 'in' || name === 'like' || name === 'ilike') return POWER_RANGE;
  return name === 'negate' ? POWER_SIGN : POWER_ATOM;
}

function literalText({ type, value }: Literal): string {
  if (value === null) return 'null';
  if (isDecimal(type)) {
    const { precision, scale } = decimalShape(type);
    return `cast('${formatDecimal(value as bigint, scale)}' as decimal(${precision}, ${scale}))`;
  }
  if (isArray(type)) {
    const element = elementType(type);
    const elements = arrayElements(type, String(value));
    return `array[${expressionListText(elements.map((one) => literal(element, one)))}]`;
  }
  switch (type) {
    case 'BYTES':
      return `x'${hexOf(String(value))}'`;
    case 'STRING':
    case 'JSON':
      return `'${String(value).replaceAll("'", "''")}'`;
    case 'DATE':
      return `date '${formatDate(value as number)}'`;
    case 'TIMESTAMP':
      return `timestamp '${formatTimestamp(value as bigint)}'`;
    case 'FLOAT':
    case 'DOUBLE':
      return Number.isInteger(value) && Math.abs(value as number) < 1e15
        ? `${value}.0`
        : `${value}`;
    default:
      return String(value);
  }
}
