import type { AstExpression, FunctionNode, OrderItem } from './ast.ts';
import type { Token } from './lexer.ts';
import type { ParseExpression } from './parse-form.ts';
import { parseOrderBy } from './parse-order.ts';
import type { TokenCursor } from './token-cursor.ts';

/**
 * `name([DISTINCT | ALL] a, b, … [ORDER BY …])` or `name(*)`, then `WITHIN GROUP (ORDER BY …)` and
 * `FILTER (WHERE …)`. Whether the name exists, and whether DISTINCT, ORDER BY and FILTER suit it, is
 * the binder's business.
 *
 * @param name the token of the name, already read; the cursor stands on the parenthesis.
 * @param parseExpression parses each argument.
 */
export function parseFunction(
  cursor: TokenCursor,
  name: Token,
  parseExpression: ParseExpression,
): FunctionNode {
  cursor.expect('(', 'after a function name');
  let star = false;
  let distinct = false;
  let args: AstExpression[] = [];
  let order: OrderItem[] = [];
  if (cursor.at('*') && cursor.peek() === ')') {
    cursor.advance();
    star = true;
  } else if (!cursor.at(')')) {
    distinct = cursor.accept('DISTINCT');
    if (!distinct) cursor.accept('ALL');
    args = parseArguments(cursor, name, parseExpression);
    order = parseOrderBy(cursor, parseExpression);
    refuseNullTreatment(cursor);
  }
  cursor.expect(')', `to close the arguments of ${name.text}`);
  if (cursor.at('WITHIN') && cursor.peek() === 'GROUP') {
    if (order.length > 0) throw cursor.unexpected('one ORDER BY, inside or WITHIN GROUP');
    order = parseWithinGroup(cursor, parseExpression);
  }
  const filter = parseSuffix(cursor, parseExpression);
  const { text, offset } = name;
  return { kind: 'function', name: text, args, star, distinct, order, filter, offset };
}

function parseArguments(
  cursor: TokenCursor,
  name: Token,
  parseExpression: ParseExpression,
): AstExpression[] {
  if (cursor.at('SELECT')) throw cursor.notSupported('a subquery');
  const args = [parseExpression(cursor)];
  // SUBSTRING(text FROM start FOR length) is SQL's spelling of the call with commas.
  const words = /^substr(ing)?$/i.test(name.text) ? (['FROM', 'FOR'] as const) : [];
  for (const word of words) {
    if (cursor.accept(word)) args.push(parseExpression(cursor));
  }
  while (cursor.accept(',')) args.push(parseExpression(cursor));
  return args;
}

function parseWithinGroup(cursor: TokenCursor, parseExpression: ParseExpression): OrderItem[] {
  cursor.advance();
  cursor.advance();
  cursor.expect('(', 'after WITHIN GROUP');
  if (!cursor.at('ORDER')) throw cursor.unexpected('ORDER BY in WITHIN GROUP (ORDER BY …)');
  const order = parseOrderBy(cursor, parseExpression);
  cursor.expect(')', 'to close WITHIN GROUP');
  return order;
}

function parseSuffix(cursor: TokenCursor, parseExpression: ParseExpression): AstExpression | null {
  const next = cursor.peek();
  refuseNullTreatment(cursor);
  let filter: AstExpression | null = null;
  if (cursor.at('FILTER') && next === '(') {
    cursor.advance();
    cursor.advance();
    cursor.expect('WHERE', 'in FILTER (WHERE …)');
    filter = parseExpression(cursor);
    cursor.expect(')', 'to close FILTER');
  }
  if (cursor.at('OVER') && (cursor.peek() === '(' || cursor.peek() === 'name')) {
    throw cursor.notSupported('a window function (OVER)');
  }
  return filter;
}

function refuseNullTreatment(cursor: TokenCursor): void {
  const { kind } = cursor.token;
  if ((kind === 'IGNORE' || kind === 'RESPECT') && cursor.peek() === 'NULLS') {
    throw cursor.notSupported(`${kind} NULLS`);
  }
}
