import type { TokenKind } from './lexer.ts';
import type { TokenCursor } from './token-cursor.ts';

/** Statements by their first word: refused by name instead of as a syntax error. */
const STATEMENTS: ReadonlySet<string> = new Set([
  ...['ALTER', 'ANALYZE', 'COMPUTE', 'COPY', 'CREATE', 'DELETE', 'DESCRIBE', 'DROP', 'GRANT'],
  ...['INSERT', 'INVALIDATE', 'LOAD', 'MERGE', 'REFRESH', 'RENAME', 'REPLACE', 'REVOKE', 'SHOW'],
  ...['TABLE', 'TRUNCATE', 'UPDATE', 'UPSERT', 'USE', 'VALUES'],
]);

/** @throws EngineError NOT_SUPPORTED when a statement other than SELECT begins here. */
export function refuseStatement(cursor: TokenCursor): void {
  const { kind, text } = cursor.token;
  if (kind === 'WITH') throw cursor.notSupported('a common table expression (WITH)');
  if (kind === '(') throw cursor.notSupported('a query in parentheses');
  const word = text.toUpperCase();
  if (kind !== 'quoted' && kind !== 'string' && STATEMENTS.has(word)) {
    throw cursor.notSupported(`the statement ${word}`);
  }
}

const JOINS: ReadonlySet<TokenKind> = new Set<TokenKind>([
  ...(['JOIN', 'INNER', 'CROSS', 'FULL', 'NATURAL'] as const),
]);
const JOINS_IF_NEXT: ReadonlySet<TokenKind> = new Set<TokenKind>(['LEFT', 'RIGHT', 'ASOF']);

/** @throws EngineError NOT_SUPPORTED when the FROM clause goes beyond one table here. */
export function refuseFromClause(cursor: TokenCursor): void {
  const { kind } = cursor.token;
  const next = cursor.peek();
  if (kind === '(') throw cursor.notSupported('a subquery or function in FROM');
  if (kind === ',') throw cursor.notSupported('a join (several tables in FROM)');
  if (kind === 'LATERAL') throw cursor.notSupported('LATERAL');
  if (kind === 'TABLESAMPLE') throw cursor.notSupported('TABLESAMPLE');
  const isJoin = JOINS_IF_NEXT.has(kind) && (next === 'JOIN' || next === 'name');
  if (JOINS.has(kind) || isJoin) throw cursor.notSupported(`a join (${kind})`);
}

const SET_OPERATIONS: ReadonlySet<TokenKind> = new Set<TokenKind>([
  ...(['UNION', 'INTERSECT', 'EXCEPT', 'MINUS'] as const),
]);

/** @throws EngineError NOT_SUPPORTED when a clause that is not offered begins here. */
export function refuseClause(cursor: TokenCursor): void {
  const { kind } = cursor.token;
  if (SET_OPERATIONS.has(kind)) throw cursor.notSupported(`the set operation ${kind}`);
  if (kind === 'FOR') throw cursor.notSupported('FOR UPDATE');
}
