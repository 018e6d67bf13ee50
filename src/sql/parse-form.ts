import type { AstExpression, CaseBranch, CastNode, ExtractNode } from './ast.ts';
import type { TokenCursor } from './token-cursor.ts';

/** The expression parser, handed in by itself: forms contain expressions, and files no cycles. */
export type ParseExpression = (cursor: TokenCursor) => AstExpression;

/** `CASE [operand] WHEN … THEN … [ELSE …] END`; the cursor stands on CASE. */
export function parseCase(cursor: TokenCursor, parseExpression: ParseExpression): AstExpression {
  const { offset } = cursor.advance();
  const operand = cursor.at('WHEN') ? null : parseExpression(cursor);
  const branches: CaseBranch[] = [];
  do {
    cursor.expect('WHEN', 'in CASE');
    const when = parseExpression(cursor);
    cursor.expect('THEN', 'after the condition of WHEN');
    branches.push({ when, result: parseExpression(cursor) });
  } while (cursor.at('WHEN'));
  const otherwise = cursor.accept('ELSE') ? parseExpression(cursor) : null;
  cursor.expect('END', 'to close CASE');
  return { kind: 'case', operand, branches, otherwise, offset };
}

/** `CAST(x AS type)`; the cursor stands on CAST. */
export function parseCast(cursor: TokenCursor, parseExpression: ParseExpression): CastNode {
  const { offset } = cursor.advance();
  cursor.expect('(', 'after CAST');
  const operand = parseExpression(cursor);
  cursor.expect('AS', 'and a type in CAST');
  const typeOffset = cursor.token.offset;
  const typeName = parseTypeName(cursor);
  cursor.expect(')', 'to close CAST');
  return { kind: 'cast', operand, typeName, typeOffset, offset };
}

/** `EXTRACT(unit FROM x)`; the cursor stands on EXTRACT, a parenthesis follows. */
export function parseExtract(cursor: TokenCursor, parseExpression: ParseExpression): ExtractNode {
  const { offset } = cursor.advance();
  cursor.expect('(', 'after EXTRACT');
  const unitOffset = cursor.token.offset;
  const unit = cursor.at('string')
    ? cursor.advance().text
    : cursor.expectName('a unit such as YEAR in EXTRACT').text;
  cursor.expect('FROM', 'after the unit of EXTRACT');
  const operand = parseExpression(cursor);
  cursor.expect(')', 'to close EXTRACT');
  return { kind: 'extract', unit, unitOffset, operand, offset };
}

/**
 * A type's name as written, words joined by one blank: `BIGINT`, `double precision`, `VARCHAR`. The
 * digits of `DECIMAL(10, 2)` are part of it. The
 * length of `VARCHAR(n)` is read and dropped, as DuckDB does: text has no declared length here.
 */
export function parseTypeName(cursor: TokenCursor): string {
  const start = cursor.token.offset;
  let name = cursor.expectName('a type name').text;
  for (;;) {
    const second = SECOND_WORDS.get(name.toUpperCase());
    if (second === undefined || cursor.token.text.toUpperCase() !== second) break;
    name += ` ${cursor.advance().text}`;
  }
  if (/^timestamp$/i.test(name) && cursor.at('WITH')) {
    throw cursor.notSupported('TIMESTAMP WITH TIME ZONE', start);
  }
  if (cursor.at('(')) {
    if (/^(decimal|dec|numeric)$/i.test(name)) return name + parseDecimalShape(cursor);
    if (!/^(varchar|character varying)$/i.test(name)) {
      throw cursor.notSupported(`${name.toUpperCase()} with a length or precision`, start);
    }
    cursor.advance();
    cursor.expect('number', 'as the length of VARCHAR');
    cursor.expect(')', 'after the length of VARCHAR');
  }
  return name;
}

/** `(precision)` or `(precision, scale)`; the cursor stands on the parenthesis. */
function parseDecimalShape(cursor: TokenCursor): string {
  cursor.advance();
  let shape = cursor.expect('number', 'as the digits of a DECIMAL').text;
  if (cursor.accept(',')) {
    shape += `, ${cursor.expect('number', 'as the digits behind the point of a DECIMAL').text}`;
  }
  cursor.expect(')', 'after the digits of a DECIMAL');
  return `(${shape})`;
}

/** Which word may follow which in a type's name. */
const SECOND_WORDS: ReadonlyMap<string, string> = new Map([
  ['DOUBLE', 'PRECISION'],
  ['CHARACTER', 'VARYING'],
  ['TIMESTAMP', 'WITHOUT'],
  ['TIMESTAMP WITHOUT', 'TIME'],
  ['TIMESTAMP WITHOUT TIME', 'ZONE'],
]);
