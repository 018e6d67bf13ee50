import { SUBQUERY_DEPTH_MAX } from '../base/limits.ts';
import type {
  SelectItem,
  SelectStatement,
  ShowFunctions,
  Statement,
  Subquery,
  TableName,
} from './ast.ts';
import { checkDepth } from './ast-depth.ts';
import { isReserved } from './keywords.ts';
import { parseExpression } from './parse-expression.ts';
import { parseGroupBy } from './parse-group-by.ts';
import { parseOptionSuffix, parseSettings } from './parse-option.ts';
import { parseOrderBy } from './parse-order.ts';
import { refuseClause, refuseFromClause, refuseStatement } from './parse-refusal.ts';
import { parseWindowClause } from './parse-window.ts';
import type { PositionLookup } from './text-position.ts';
import { TokenCursor } from './token-cursor.ts';

/** A parsed statement with the means to say where its nodes stand. */
export interface ParsedStatement {
  readonly statement: Statement;
  readonly positionOf: PositionLookup;
}

/**
 * Parses one statement: `SET k = v;` any number of times, then `[EXPLAIN [ANALYZE | PLAN FOR]] SELECT …` or
 * `SHOW FUNCTIONS …`, then `OPTION(…)` and semicolons.
 *
 * @throws EngineError SQL_SYNTAX with the position of the first token that does not fit, or
 *   NOT_SUPPORTED with the name of SQL that is recognised and not offered.
 */
export function parseStatement(text: string): ParsedStatement {
  const cursor = new TokenCursor(text);
  const settings = parseSettings(cursor);
  const explain = cursor.accept('EXPLAIN');
  const analyze = explain && parseAnalyze(cursor);
  const show = explain ? null : parseShow(cursor);
  refuseStatement(cursor);
  const select = show === null ? parseSelect(cursor) : NOTHING;
  const options = parseOptionSuffix(cursor);
  refuseClause(cursor);
  while (cursor.accept(';'));
  if (!cursor.at('end')) {
    throw cursor.unexpected('the end of the statement');
  }
  const statement = { explain, analyze, show, settings, options, select };
  checkDepth(statement, cursor);
  return { statement, positionOf: cursor.positionOf };
}

/** What may stand behind EXPLAIN: true for ANALYZE. */
function parseAnalyze(cursor: TokenCursor): boolean {
  if (cursor.accept('ANALYZE')) return true;
  if (cursor.at('IMPLEMENTATION')) {
    throw cursor.notSupported('EXPLAIN IMPLEMENTATION PLAN');
  }
  if (cursor.accept('PLAN')) cursor.expect('FOR', 'after EXPLAIN PLAN');
  return false;
}

/** `SHOW FUNCTIONS [[LIKE] 'pattern']`. */
function parseShow(cursor: TokenCursor): ShowFunctions | null {
  if (!cursor.at('SHOW') || cursor.peek() !== 'FUNCTIONS') return null;
  cursor.advance();
  cursor.advance();
  if (cursor.at('string')) return { pattern: cursor.advance().text };
  if (!cursor.accept('LIKE')) return { pattern: null };
  return { pattern: cursor.expect('string', "with a pattern such as 'date%' after LIKE").text };
}

/** The query of a statement that has none. */
const NOTHING: SelectStatement = {
  ...{ offset: 0, distinct: false, items: [], from: null, where: null, groupBy: [], having: null },
  ...{ windows: [], qualify: null, orderBy: [], limit: null, skip: 0 },
};

/** @param depth how many queries it is inside of. */
function parseSelect(cursor: TokenCursor, depth = 0): SelectStatement {
  const { offset } = cursor.expect('SELECT', 'to begin the query');
  const distinct = cursor.accept('DISTINCT');
  if (distinct && cursor.at('ON')) throw cursor.notSupported('DISTINCT ON');
  if (!distinct) cursor.accept('ALL');
  const items = parseItems(cursor);
  const from = cursor.accept('FROM') ? parseFrom(cursor, depth) : null;
  const where = cursor.accept('WHERE') ? parseExpression(cursor) : null;
  const groupBy = parseGroupBy(cursor);
  const having = cursor.accept('HAVING') ? parseExpression(cursor) : null;
  const windows = parseWindowClause(cursor, parseExpression);
  const qualify = cursor.accept('QUALIFY') ? parseExpression(cursor) : null;
  refuseClause(cursor);
  const orderBy = parseOrderBy(cursor, parseExpression);
  return {
    ...{ offset, distinct, items, from, where, groupBy, having, windows, qualify, orderBy },
    ...parseLimit(cursor),
  };
}

function parseItems(cursor: TokenCursor): SelectItem[] {
  const items = [parseItem(cursor)];
  while (cursor.accept(',')) items.push(parseItem(cursor));
  return items;
}

function parseItem(cursor: TokenCursor): SelectItem {
  const { offset } = cursor.token;
  if (cursor.accept('*')) return { kind: 'star', qualifier: null, offset };
  if (cursor.peek(1) === '.' && cursor.peek(2) === '*') {
    const qualifier = cursor.expectName('a table name before .*').text;
    cursor.advance();
    cursor.advance();
    return { kind: 'star', qualifier, offset };
  }
  const expression = parseExpression(cursor);
  return { kind: 'expression', expression, alias: parseAlias(cursor), offset };
}

function parseAlias(cursor: TokenCursor): string | null {
  const { kind } = cursor.token;
  if (cursor.accept('AS')) {
    if (cursor.at('string')) return cursor.advance().text;
    if (isReserved(cursor.token.text) && !cursor.at('quoted')) {
      throw cursor.unexpected('an alias after AS (write a reserved word in double quotes)');
    }
    return cursor.expectName('an alias after AS').text;
  }
  const isOption = kind === 'OPTION' && cursor.peek() === '(';
  const isWindow = kind === 'WINDOW' && cursor.peek(2) === 'AS';
  const isAlias = kind === 'string' || (cursor.atName() && !isOption && !isWindow);
  return isAlias ? cursor.advance().text : null;
}

function parseFrom(cursor: TokenCursor, depth: number): TableName | Subquery {
  const { offset } = cursor.token;
  if (cursor.at('(') && cursor.peek() === 'SELECT') return parseSubquery(cursor, depth);
  refuseFromClause(cursor);
  const first = cursor.expectName('a table name after FROM').text;
  const second = cursor.accept('.') ? cursor.expectName('a table name after the dot').text : null;
  if (cursor.at('.')) throw cursor.notSupported('a table name of three parts', offset);
  refuseFromClause(cursor);
  const alias = parseAlias(cursor);
  refuseFromClause(cursor);
  return {
    database: second === null ? null : first,
    name: second ?? first,
    alias,
    offset,
  };
}

function parseSubquery(cursor: TokenCursor, depth: number): Subquery {
  const { offset } = cursor.token;
  if (depth === SUBQUERY_DEPTH_MAX) {
    throw cursor.notSupported(`a nesting of more than ${SUBQUERY_DEPTH_MAX} subqueries`);
  }
  cursor.advance();
  const select = parseSelect(cursor, depth + 1);
  refuseClause(cursor);
  cursor.expect(')', 'to end the subquery');
  const alias = parseAlias(cursor);
  refuseFromClause(cursor);
  return { select, alias, offset };
}

/** `LIMIT n [OFFSET m]`, `LIMIT m, n`, `OFFSET m [ROWS]` or `OFFSET m LIMIT n`. */
function parseLimit(cursor: TokenCursor): { limit: number | null; skip: number } {
  let limit: number | null = null;
  let skip: number | null = null;
  if (cursor.at('LIMIT')) {
    limit = parseRowCount(cursor);
    if (cursor.at(',')) {
      skip = limit;
      limit = parseRowCount(cursor);
    }
  }
  if (skip === null && cursor.at('OFFSET')) {
    skip = parseRowCount(cursor);
    if (limit === null && cursor.at('LIMIT')) limit = parseRowCount(cursor);
  }
  if (cursor.at('FETCH')) throw cursor.notSupported('FETCH FIRST; write LIMIT');
  return { limit, skip: skip ?? 0 };
}

/** Reads the keyword or comma under the cursor and the whole number behind it. */
function parseRowCount(cursor: TokenCursor): number | null {
  const clause = cursor.advance().text;
  if (clause.toUpperCase() === 'LIMIT' && cursor.accept('ALL')) return null;
  const count = Number(cursor.token.text);
  if (!cursor.at('number') || !Number.isSafeInteger(count)) {
    throw cursor.unexpected(`a whole number of rows after ${clause}`);
  }
  cursor.advance();
  return count;
}
