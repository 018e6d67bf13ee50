import type { OrderItem } from './ast.ts';
import type { ParseExpression } from './parse-form.ts';
import type { TokenCursor } from './token-cursor.ts';

/** `[ORDER BY a [ASC | DESC] [NULLS FIRST | LAST], …]`; nothing when the cursor is not on ORDER. */
export function parseOrderBy(cursor: TokenCursor, parseExpression: ParseExpression): OrderItem[] {
  if (!cursor.accept('ORDER')) return [];
  cursor.expect('BY', 'after ORDER');
  if (cursor.at('ALL')) throw cursor.notSupported('ORDER BY ALL');
  const items = [parseOrderItem(cursor, parseExpression)];
  while (cursor.accept(',')) items.push(parseOrderItem(cursor, parseExpression));
  return items;
}

function parseOrderItem(cursor: TokenCursor, parseExpression: ParseExpression): OrderItem {
  const expression = parseExpression(cursor);
  const descending = cursor.accept('DESC');
  if (!descending) cursor.accept('ASC');
  if (!cursor.accept('NULLS')) return { expression, descending, nullsFirst: null };
  const nullsFirst = cursor.accept('FIRST');
  if (!nullsFirst) cursor.expect('LAST', 'or FIRST after NULLS');
  return { expression, descending, nullsFirst };
}
