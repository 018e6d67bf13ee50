import type { AstExpression, GroupElement } from './ast.ts';
import { parseExpression, parseExpressionList } from './parse-expression.ts';
import type { TokenCursor } from './token-cursor.ts';

/**
 * `GROUP BY a, b + 1`, with `ROLLUP (…)`, `CUBE (…)` and `GROUPING SETS (…)` among them; none when the
 * clause is not there.
 */
export function parseGroupBy(cursor: TokenCursor): GroupElement[] {
  if (!cursor.accept('GROUP')) return [];
  cursor.expect('BY', 'after GROUP');
  if (cursor.at('ALL')) throw cursor.notSupported('GROUP BY ALL');
  const parseElement = (): GroupElement =>
    parseSets(cursor) ?? {
      kind: 'set',
      expressions: [parseExpression(cursor)],
    };
  return commaList(cursor, parseElement);
}

/** `ROLLUP`, `CUBE` or `GROUPING SETS`; null when there is none of them. */
function parseSets(cursor: TokenCursor): GroupElement | null {
  const { kind, offset } = cursor.token;
  const next = cursor.peek();
  const parseList = (): AstExpression[] => parseColumns(cursor);
  if ((kind === 'ROLLUP' || kind === 'CUBE') && next === '(') {
    cursor.advance();
    const lists = parenthesized(cursor, () => commaList(cursor, parseList));
    return { kind: kind === 'CUBE' ? 'cube' : 'rollup', lists, offset };
  }
  if (kind !== 'GROUPING' || next !== 'SETS') return null;
  cursor.advance();
  cursor.advance();
  const parseElement = (): GroupElement =>
    parseSets(cursor) ?? { kind: 'set', expressions: parseList() };
  const elements = parenthesized(cursor, () => commaList(cursor, parseElement));
  return { kind: 'sets', elements, offset };
}

/** One expression, or several in parentheses, or `()`. */
function parseColumns(cursor: TokenCursor): AstExpression[] {
  if (!cursor.at('(')) return [parseExpression(cursor)];
  return parenthesized(cursor, () => (cursor.at(')') ? [] : parseExpressionList(cursor)));
}

function parenthesized<T>(cursor: TokenCursor, parse: () => T): T {
  cursor.expect('(', 'before grouping columns');
  cursor.enter();
  const result = parse();
  cursor.leave();
  cursor.expect(')', 'after grouping columns');
  return result;
}

function commaList<T>(cursor: TokenCursor, parse: () => T): T[] {
  const items = [parse()];
  while (cursor.accept(',')) items.push(parse());
  return items;
}
