import type { AstExpression, FrameBoundNode, FrameNode, NamedWindow, WindowNode } from './ast.ts';
import type { ParseExpression } from './parse-form.ts';
import { parseOrderBy } from './parse-order.ts';
import type { TokenCursor } from './token-cursor.ts';

/** `WINDOW name AS (…), …`; nothing when the cursor is not on WINDOW. */
export function parseWindowClause(
  cursor: TokenCursor,
  parseExpression: ParseExpression,
): NamedWindow[] {
  if (!cursor.accept('WINDOW')) return [];
  const windows: NamedWindow[] = [];
  do {
    const { text, offset } = cursor.expectName('the name of a window after WINDOW');
    cursor.expect('AS', 'behind the name of a window');
    windows.push({ name: text, window: parseWindow(cursor, parseExpression), offset });
  } while (cursor.accept(','));
  return windows;
}

/** `([name] [PARTITION BY …] [ORDER BY …] [frame])`; the cursor stands on the parenthesis. */
export function parseWindow(cursor: TokenCursor, parseExpression: ParseExpression): WindowNode {
  const { offset } = cursor.expect('(', 'to begin a window');
  const base = atBase(cursor) ? cursor.advance().text : null;
  const partition: AstExpression[] = [];
  if (cursor.accept('PARTITION')) {
    cursor.expect('BY', 'after PARTITION');
    do partition.push(parseExpression(cursor));
    while (cursor.accept(','));
  }
  const order = parseOrderBy(cursor, parseExpression);
  const frame = parseFrame(cursor, parseExpression);
  cursor.expect(')', 'to end the window');
  return { base, isName: false, partition, order, frame, offset };
}

/** Words that begin a part of a window are names, too: what follows tells. */
function atBase(cursor: TokenCursor): boolean {
  if (!cursor.atName()) return false;
  if (cursor.at('PARTITION')) return cursor.peek() !== 'BY';
  return !atFrame(cursor);
}

function atFrame(cursor: TokenCursor): boolean {
  return cursor.at('ROWS') || cursor.at('RANGE') || cursor.at('GROUPS');
}

function parseFrame(cursor: TokenCursor, parseExpression: ParseExpression): FrameNode | null {
  if (!atFrame(cursor)) return null;
  const { kind, offset } = cursor.advance();
  const unit = kind as FrameNode['unit'];
  const isBetween = cursor.accept('BETWEEN');
  const start = parseBound(cursor, parseExpression);
  if (isBetween) cursor.expect('AND', 'between the ends of the frame');
  const end = isBetween ? parseBound(cursor, parseExpression) : currentRow(offset);
  if (cursor.at('EXCLUDE')) {
    throw cursor.notSupported('EXCLUDE in a window frame');
  }
  return { unit, start, end, offset };
}

function currentRow(offset: number): FrameBoundNode {
  return { kind: 'current', side: 'following', distance: null, offset };
}

function parseBound(cursor: TokenCursor, parseExpression: ParseExpression): FrameBoundNode {
  const { offset } = cursor.token;
  if (cursor.at('CURRENT') && cursor.peek() === 'ROW') {
    cursor.advance();
    cursor.advance();
    return currentRow(offset);
  }
  const next = cursor.peek();
  const isUnbounded = cursor.at('UNBOUNDED') && (next === 'PRECEDING' || next === 'FOLLOWING');
  if (isUnbounded) cursor.advance();
  const distance = isUnbounded ? null : parseExpression(cursor);
  const isPreceding = cursor.accept('PRECEDING');
  if (!isPreceding) cursor.expect('FOLLOWING', 'or PRECEDING in a window frame');
  const side = isPreceding ? 'preceding' : 'following';
  return { kind: isUnbounded ? 'unbounded' : 'distance', side, distance, offset };
}
