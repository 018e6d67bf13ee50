import type {
  AstExpression,
  BinaryOperator,
  FunctionNode,
  IsNode,
  NumberNode,
  StringNode,
} from './ast.ts';
import type { Token, TokenKind } from './lexer.ts';
import { parseCase, parseCast, parseExtract, parseTypeName } from './parse-form.ts';
import { parseFunction } from './parse-function.ts';
import { atInterval, parseInterval } from './parse-interval.ts';
import type { TokenCursor } from './token-cursor.ts';

/**
 * Binding powers, loosest first, in PostgreSQL's order. An operator takes operands that bind
 * tighter than itself; operators of one power group to the left.
 */
const POWER = {
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  comparison: 5,
  range: 6, // BETWEEN, IN, LIKE
  concat: 7,
  sum: 8,
  product: 9,
  zone: 10, // AT TIME ZONE
  sign: 11,
  cast: 12,
} as const;

const infixPowers: ReadonlyMap<TokenKind, number> = new Map<TokenKind, number>([
  ['OR', POWER.or],
  ['AND', POWER.and],
  ['IS', POWER.is],
  ['=', POWER.comparison],
  ['<>', POWER.comparison],
  ['<', POWER.comparison],
  ['<=', POWER.comparison],
  ['>', POWER.comparison],
  ['>=', POWER.comparison],
  ['BETWEEN', POWER.range],
  ['IN', POWER.range],
  ['LIKE', POWER.range],
  ['ILIKE', POWER.range],
  ['RLIKE', POWER.range],
  ['REGEXP', POWER.range],
  ['SIMILAR', POWER.range],
  ['||', POWER.concat],
  ['+', POWER.sum],
  ['-', POWER.sum],
  ['*', POWER.product],
  ['/', POWER.product],
  ['%', POWER.product],
  ['DIV', POWER.product],
  ['::', POWER.cast],
  ['[', POWER.cast],
  ['COLLATE', POWER.cast],
]);

/**
 * Parses one expression by operator precedence (Pratt 1973).
 *
 * @param powerMin only operators that bind tighter than this are taken; 0 takes them all.
 * @throws EngineError SQL_SYNTAX, or NOT_SUPPORTED for SQL that is recognised and not offered.
 */
export function parseExpression(cursor: TokenCursor, powerMin = 0): AstExpression {
  cursor.enter();
  let left = parsePrefix(cursor);
  for (;;) {
    const power = infixPower(cursor);
    if (power <= powerMin) break;
    left = parseInfix(cursor, left, power);
  }
  cursor.leave();
  return left;
}

/** `a, b, …`, at least one. */
export function parseExpressionList(cursor: TokenCursor): AstExpression[] {
  const list = [parseExpression(cursor)];
  while (cursor.accept(',')) list.push(parseExpression(cursor));
  return list;
}

function infixPower(cursor: TokenCursor): number {
  const { kind } = cursor.token;
  if (kind === 'AT') {
    return cursor.peek() === 'TIME' && cursor.peek(2) === 'ZONE' ? POWER.zone : 0;
  }
  if (kind !== 'NOT') return infixPowers.get(kind) ?? 0;
  const power = infixPowers.get(cursor.peek());
  return power === POWER.range ? power : 0;
}

function parseInfix(cursor: TokenCursor, left: AstExpression, power: number): AstExpression {
  const operator = cursor.advance();
  switch (operator.kind) {
    case 'AND':
    case 'OR':
      return parseLogical(cursor, left, operator.kind, operator.offset, power);
    case 'IS':
      return parseIs(cursor, left, operator.offset);
    case 'NOT':
      return parseRange(cursor, left, cursor.advance(), true);
    case '::':
      return {
        kind: 'cast',
        operand: left,
        offset: operator.offset,
        typeOffset: cursor.token.offset,
        typeName: parseTypeName(cursor),
      };
    case 'AT':
      cursor.expect('TIME', 'after AT');
      cursor.expect('ZONE', 'after AT TIME');
      return functionNode('at_time_zone', [left, parseExpression(cursor, power)], operator);
    case '[':
      throw cursor.notSupported('array subscript', operator.offset);
    case 'COLLATE':
      throw cursor.notSupported('COLLATE', operator.offset);
    default:
      if (power === POWER.range) return parseRange(cursor, left, operator, false);
      return {
        kind: 'binary',
        operator: operator.kind as BinaryOperator,
        left,
        right: parseExpression(cursor, power),
        offset: operator.offset,
      };
  }
}

function functionNode(
  name: string,
  args: readonly AstExpression[],
  { offset }: Token,
): FunctionNode {
  return { ...NO_CALL, name, args, offset };
}

/** A call without anything but a name. */
const NO_CALL: Omit<FunctionNode, 'name' | 'offset'> = {
  ...({ kind: 'function', args: [], star: false, distinct: false, order: [] } as const),
  ...{ filter: null, nulls: null, over: null },
};

function parseLogical(
  cursor: TokenCursor,
  first: AstExpression,
  operator: 'AND' | 'OR',
  offset: number,
  power: number,
): AstExpression {
  const operands = [first];
  do operands.push(parseExpression(cursor, power));
  while (cursor.accept(operator));
  return { kind: 'logical', operator, operands, offset };
}

function parseIs(cursor: TokenCursor, operand: AstExpression, offset: number): AstExpression {
  const negated = cursor.accept('NOT');
  const { kind } = cursor.token;
  if (kind === 'NULL' || kind === 'TRUE' || kind === 'FALSE') {
    cursor.advance();
    return { kind: 'is', operand, test: kind, negated, offset } satisfies IsNode;
  }
  if (kind !== 'DISTINCT') throw cursor.unexpected('NULL, TRUE, FALSE or DISTINCT FROM after IS');
  cursor.advance();
  cursor.expect('FROM', 'after IS DISTINCT');
  const right = parseExpression(cursor, POWER.is);
  return { kind: 'distinct_from', left: operand, right, negated, offset };
}

function parseRange(
  cursor: TokenCursor,
  operand: AstExpression,
  { kind, offset }: Token,
  negated: boolean,
): AstExpression {
  if (kind === 'BETWEEN') {
    const low = parseExpression(cursor, POWER.range);
    cursor.expect('AND', 'between the two ends of BETWEEN');
    const high = parseExpression(cursor, POWER.range);
    return { kind: 'between', operand, low, high, negated, offset };
  }
  if (kind === 'IN') {
    cursor.expect('(', 'after IN');
    refuseSubquery(cursor);
    const list = parseExpressionList(cursor);
    cursor.expect(')', 'after the list of IN');
    return { kind: 'in', operand, list, negated, offset };
  }
  if (kind === 'REGEXP' || kind === 'RLIKE') return parseRegexp(cursor, operand, offset, negated);
  if (kind !== 'LIKE' && kind !== 'ILIKE') throw cursor.notSupported(kind, offset);
  const insensitive = kind === 'ILIKE';
  const pattern = parseExpression(cursor, POWER.range);
  const escapeCharacter = cursor.accept('ESCAPE') ? parseEscape(cursor) : null;
  return { kind: 'like', operand, pattern, escapeCharacter, insensitive, negated, offset };
}

/** `value REGEXP pattern` is a call of regexp_like. */
function parseRegexp(
  cursor: TokenCursor,
  operand: AstExpression,
  offset: number,
  negated: boolean,
): AstExpression {
  const args = [operand, parseExpression(cursor, POWER.range)];
  const match: AstExpression = { ...NO_CALL, name: 'regexp_like', args, offset };
  return negated ? { kind: 'unary', operator: 'NOT', operand: match, offset } : match;
}

function parseEscape(cursor: TokenCursor): StringNode {
  const { text, offset } = cursor.expect('string', 'with one character after ESCAPE');
  return { kind: 'string', value: text, offset };
}

function parsePrefix(cursor: TokenCursor): AstExpression {
  const { kind, text, offset } = cursor.token;
  switch (kind) {
    case 'name':
    case 'quoted':
      return parseNameOrFunction(cursor);
    case 'number':
      cursor.advance();
      return { kind: 'number', value: numberValue(text), offset };
    case 'string':
      cursor.advance();
      return { kind: 'string', value: text, offset };
    case 'bytes':
      cursor.advance();
      return { kind: 'typed', type: 'BYTES', text, offset };
    case 'TRUE':
    case 'FALSE':
      cursor.advance();
      return { kind: 'boolean', value: kind === 'TRUE', offset };
    case 'NULL':
      cursor.advance();
      return { kind: 'null', offset };
    case '(':
      return parseParentheses(cursor);
    case 'NOT':
      cursor.advance();
      if (cursor.at('EXISTS')) throw cursor.notSupported('EXISTS (subquery)');
      return {
        kind: 'unary',
        operator: 'NOT',
        operand: parseExpression(cursor, POWER.not),
        offset,
      };
    case '-':
      return parseMinus(cursor);
    case '+':
      cursor.advance();
      return parseExpression(cursor, POWER.sign);
    case 'CASE':
      return parseCase(cursor, parseExpression);
    case 'CAST':
      return parseCast(cursor, parseExpression);
    default:
      return parseContextual(cursor);
  }
}

function parseContextual(cursor: TokenCursor): AstExpression {
  const { kind, offset } = cursor.token;
  const next = cursor.peek();
  if ((kind === 'DATE' || kind === 'TIMESTAMP') && next === 'string') {
    cursor.advance();
    return { kind: 'typed', type: kind, text: cursor.advance().text, offset };
  }
  if (kind === 'INTERVAL' && atInterval(cursor)) return parseInterval(cursor);
  if (kind === 'EXTRACT' && next === '(') return parseExtract(cursor, parseExpression);
  if (kind === 'TRY_CAST' && next === '(') throw cursor.notSupported('TRY_CAST');
  if (kind === 'ARRAY' && next === '[') return parseArray(cursor);
  if (kind === 'ROW' && next === '(') throw cursor.notSupported('a row value');
  if (kind === 'EXISTS') throw cursor.notSupported('EXISTS (subquery)');
  if (kind === '?') throw cursor.notSupported('a parameter (?)');
  if (!cursor.atName()) throw cursor.unexpected('an expression');
  return parseNameOrFunction(cursor);
}

/** `ARRAY[a, b]` is a call of `array`. */
function parseArray(cursor: TokenCursor): AstExpression {
  const name = cursor.advance();
  cursor.advance();
  const args: AstExpression[] = [];
  if (!cursor.at(']')) {
    do args.push(parseExpression(cursor));
    while (cursor.accept(','));
  }
  cursor.expect(']', 'to close ARRAY[');
  return { ...callOf(name), args };
}

/** Functions of SQL that are called by their name alone; a column of that name goes in quotes. */
const CALLED_WITHOUT_PARENTHESES = /^current_(date|timestamp)$/i;

function callOf(token: Token): FunctionNode {
  return functionNode(token.text, [], token);
}

function parseNameOrFunction(cursor: TokenCursor): AstExpression {
  const first = cursor.advance();
  if (cursor.at('(')) return parseFunction(cursor, first, parseExpression);
  if (!cursor.accept('.')) {
    const quoted = first.kind === 'quoted';
    if (!quoted && CALLED_WITHOUT_PARENTHESES.test(first.text)) return callOf(first);
    return { kind: 'name', qualifier: null, name: first.text, quoted, offset: first.offset };
  }
  const second = cursor.expectName('a column name after the dot');
  if (cursor.at('.')) throw cursor.notSupported('a name of three parts', first.offset);
  if (cursor.at('(')) throw cursor.notSupported('a function name with a dot', first.offset);
  return {
    kind: 'name',
    qualifier: first.text,
    name: second.text,
    quoted: second.kind === 'quoted',
    offset: first.offset,
  };
}

function parseParentheses(cursor: TokenCursor): AstExpression {
  const { offset } = cursor.advance();
  refuseSubquery(cursor);
  const inner = parseExpression(cursor);
  if (cursor.at(',')) throw cursor.notSupported('a row value', offset);
  cursor.expect(')', 'to close the parenthesis');
  return inner;
}

function parseMinus(cursor: TokenCursor): AstExpression {
  const { offset } = cursor.advance();
  const operand = parseExpression(cursor, POWER.sign);
  // The sign belongs to the number: 2^63 alone is no BIGINT, yet −2^63 is.
  if (operand.kind === 'number') return { kind: 'number', value: -operand.value, offset };
  return { kind: 'unary', operator: '-', operand, offset };
}

function numberValue(text: string): NumberNode['value'] {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 48 || code > 57) return Number(text);
  }
  return BigInt(text);
}

function refuseSubquery(cursor: TokenCursor): void {
  const { kind } = cursor.token;
  if (kind === 'SELECT' || kind === 'WITH') throw cursor.notSupported('a subquery');
}
