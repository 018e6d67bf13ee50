/**
 * Every way in which Nyala refuses or fails for a reason outside its own code. Closed: protocols map
 * each code to their own numbers, and a test provokes each one.
 */
export type ErrorCode =
  | 'SQL_SYNTAX' // the text is not a statement of our grammar
  | 'INVALID_QUERY' // it parses, but breaks a rule of SQL (aggregate in WHERE, ungrouped column …)
  | 'TYPE_MISMATCH' // an argument, operand or value has the wrong type
  | 'UNKNOWN_TABLE'
  | 'TABLE_DISABLED' // an operator has taken it out of service
  | 'UNKNOWN_COLUMN'
  | 'UNKNOWN_FUNCTION'
  | 'UNKNOWN_OPTION'
  | 'NOT_SUPPORTED' // a thing that exists in SQL or a protocol and not here; the message names it
  | 'NUMERIC_OVERFLOW' // an exact integer result does not fit its type
  | 'BAD_CAST' // a value cannot be read as the type asked for
  | 'BAD_REQUEST' // a malformed HTTP request, JSON body or argument
  | 'TIMEOUT'
  | 'CANCELLED' // somebody who may has stopped it
  | 'GROUP_LIMIT' // a query has more groups than its setting allows
  | 'MEMORY_LIMIT' // needs more memory than its budget
  | 'SPILL_LIMIT' // would put more on the disk than it may
  | 'SERVER_UNAVAILABLE' // a peer did not answer
  | 'SEGMENT_UNAVAILABLE' // no live server holds a segment that the query needs
  | 'SERVER_BUSY' // a server has as much to do as it takes on; another replica may have room
  | 'TOO_MANY_REQUESTS' // a quota is used up or a queue is full; later there is room again
  | 'CORRUPT_DATA' // a checksum, magic or length does not hold
  | 'SCHEMA_MISMATCH' // a row or a file does not fit the table's schema
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'CONFLICT' // somebody else changed it first
  | 'ADDRESS_IN_USE'
  | 'IO' // the disk or the network said no
  | 'SESSION_EXPIRED'
  | 'AUTH_FAILED' // somebody is not, or has not shown, who they must be
  | 'FORBIDDEN' // an access list does not allow it
  | 'CONNECTION_LOSS'; // the outcome of a coordinator request is unknown

/** A place in SQL text. `offset` counts UTF-16 units from 0; `line` and `column` from 1. */
export interface TextPosition {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** What an `EngineError` carries beyond its code and message. */
export interface ErrorDetails {
  /** Where in the SQL text it went wrong. */
  readonly position?: TextPosition;
  /** The lower-level error, kept for logs and never shown to users. */
  readonly cause?: unknown;
  /** Of SEGMENT_UNAVAILABLE: the segments that are not there, by their names. */
  readonly segments?: readonly string[];
  /** Of TOO_MANY_REQUESTS and SERVER_BUSY: time after which another try makes sense. */
  readonly retryAfterMs?: number;
}

/**
 * The one error class for everything that can go wrong without a defect in Nyala. Messages are lower
 * case, start with the component, and say what was expected, what was found, and what to do.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: ErrorCode;
  readonly position: TextPosition | undefined;
  readonly segments: readonly string[] | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.position = details.position;
    this.segments = details.segments;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Whether work has failed because it needed too much memory. */
export function isMemoryLimit(error: unknown): error is EngineError {
  return error instanceof EngineError && error.code === 'MEMORY_LIMIT';
}

/** The text of whatever was thrown, for one-line reports. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
