import type { AstExpression, FunctionNode, OrderItem, WindowNode } from './ast.ts';
import type { Token } from './lexer.ts';
import type { ParseExpression } from './parse-form.ts';
import { parseOrderBy } from './parse-order.ts';
import { parseWindow } from './parse-window.ts';
import type { TokenCursor } from './token-cursor.ts';

/**
 * `name([DISTINCT | ALL] a, b, … [ORDER BY …] [IGNORE NULLS])` or `name(*)`, then
 * `WITHIN GROUP (ORDER BY …)`, `FILTER (WHERE …)`, `IGNORE NULLS` and `OVER …`. Whether the name exists,
 * and whether what stands around it suits it, is the binder's business.
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
  let inner: FunctionNode['nulls'] = null;
  if (cursor.at('*') && cursor.peek() === ')') {
    cursor.advance();
    star = true;
  } else if (!cursor.at(')')) {
    distinct = cursor.accept('DISTINCT');
    if (!distinct) cursor.accept('ALL');
    args = parseArguments(cursor, name, parseExpression);
    order = parseOrderBy(cursor, parseExpression);
    inner = parseNullTreatment(cursor);
  }
  cursor.expect(')', `to close the arguments of ${name.text}`);
  if (cursor.at('WITHIN') && cursor.peek() === 'GROUP') {
    if (order.length > 0) throw cursor.unexpected('one ORDER BY, inside or WITHIN GROUP');
    order = parseWithinGroup(cursor, parseExpression);
  }
  // Both orders are written: the standard has FILTER first.
  const early = inner ?? parseNullTreatment(cursor);
  const filter = parseFilter(cursor, parseExpression);
  const nulls = early ?? parseNullTreatment(cursor);
  const over = parseOver(cursor, parseExpression);
  if (nulls !== null && over === null) throw cursor.unexpected(`OVER behind ${nulls} NULLS`);
  const { text, offset } = name;
  return {
    ...{ kind: 'function', name: text, args, star, distinct, order, filter, nulls, over, offset },
  };
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

function parseFilter(cursor: TokenCursor, parseExpression: ParseExpression): AstExpression | null {
  if (!cursor.at('FILTER') || cursor.peek() !== '(') return null;
  cursor.advance();
  cursor.advance();
  cursor.expect('WHERE', 'in FILTER (WHERE …)');
  const filter = parseExpression(cursor);
  cursor.expect(')', 'to close FILTER');
  return filter;
}

function parseNullTreatment(cursor: TokenCursor): FunctionNode['nulls'] {
  const { kind } = cursor.token;
  if ((kind !== 'IGNORE' && kind !== 'RESPECT') || cursor.peek() !== 'NULLS') return null;
  cursor.advance();
  cursor.advance();
  return kind;
}

/** `OVER` is a name as well: an alias may stand behind a call. */
function parseOver(cursor: TokenCursor, parseExpression: ParseExpression): WindowNode | null {
  const next = cursor.peek();
  if (!cursor.at('OVER') || (next !== '(' && next !== 'name' && next !== 'quoted')) return null;
  cursor.advance();
  if (cursor.at('(')) return parseWindow(cursor, parseExpression);
  const { text, offset } = cursor.advance();
  return { base: text, isName: true, partition: [], order: [], frame: null, offset };
}
