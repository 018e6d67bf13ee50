import { EngineError } from '../src/base/errors.ts';
import { parseSettings } from '../src/sql/parse-option.ts';
import { TokenCursor } from '../src/sql/token-cursor.ts';

/** A statement as it goes to the broker, and how it differs from what the reader wrote. */
export interface SentStatement {
  readonly text: string;
  /** Where something was put in, in UTF-16 units of the written text. */
  readonly insertedAt: number;
  readonly insertedLength: number;
}

const EXPLAIN = 'EXPLAIN PLAN FOR ';

/** The statement as written. */
export function asWritten(sql: string): SentStatement {
  return { text: sql, insertedAt: 0, insertedLength: 0 };
}

/** The statement with EXPLAIN behind its settings, where the grammar wants it. */
export function asExplained(sql: string): SentStatement {
  const queryStart = findQueryStart(sql);
  if (queryStart === null) return asWritten(sql);
  const text = sql.slice(0, queryStart) + EXPLAIN + sql.slice(queryStart);
  return { text, insertedAt: queryStart, insertedLength: EXPLAIN.length };
}

/** The offset in the written text that belongs to one in the sent text. */
export function writtenOffset(statement: SentStatement, sentOffset: number): number {
  const { insertedAt, insertedLength } = statement;
  if (sentOffset < insertedAt) return sentOffset;
  return Math.max(insertedAt, sentOffset - insertedLength);
}

/**
 * Where the query begins behind `SET name = value;`. Null when it is explained already, or when its
 * beginning is no SQL: the broker, which reads it with the same grammar, then says why.
 */
function findQueryStart(sql: string): number | null {
  try {
    const cursor = new TokenCursor(sql);
    parseSettings(cursor);
    return cursor.at('EXPLAIN') ? null : cursor.token.offset;
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}
