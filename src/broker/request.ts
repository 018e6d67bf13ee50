import { EngineError } from '../base/errors.ts';
import { SQL_TEXT_CHARACTERS_MAX } from '../base/limits.ts';
import { didYouMean } from '../base/nearest-name.ts';
import type { Address } from '../io/network.ts';

/** What a client asks for. */
export interface QueryRequest {
  readonly sql: string;
  /** Options outside the SQL text; keys as written. `SET` inside the text wins over them. */
  readonly options: ReadonlyMap<string, string>;
  /** Where it comes from, if that is known: an address. */
  readonly address?: string | null;
  /** Rows of the first page when a cursor is to read the answer; 0 for the usual number. */
  readonly cursorRows?: number | null;
  /** The header `traceparent` of what it is part of. */
  readonly traceParent?: string | null;
  /** Where its client has reached the broker. */
  readonly brokerAddress?: () => Address;
}

/** Keys of a query body. All but `sql` and `queryOptions` are Pinot's and change nothing here. */
const BODY_KEYS = ['sql', 'queryOptions', 'trace', 'database', 'debugOptions', 'clientRequestId'];

/**
 * Reads the JSON body of a query.
 *
 * @throws EngineError BAD_REQUEST when it is not JSON, has no `sql`, or has a key that neither Pinot
 *   nor Nyala knows.
 */
export function parseQueryBody(text: string): QueryRequest {
  const body = parseObject(text);
  for (const key of Object.keys(body)) {
    if (!BODY_KEYS.includes(key)) {
      throw new EngineError(
        'BAD_REQUEST',
        `broker: unknown key ${JSON.stringify(key.slice(0, 80))} in the query ` +
          `body${didYouMean(key, BODY_KEYS)}; known are ${BODY_KEYS.join(', ')}`,
      );
    }
  }
  return queryRequest(body.sql, body.queryOptions);
}

/**
 * Makes a request from its two parts.
 *
 * @param sql the statement; must be a string.
 * @param queryOptions Pinot's `key=value;key=value`; absent, null or a string.
 * @throws EngineError BAD_REQUEST when a part is missing, malformed or too long.
 */
export function queryRequest(sql: unknown, queryOptions: unknown): QueryRequest {
  if (sql === undefined || sql === null) {
    throw new EngineError('BAD_REQUEST', "Payload is missing the query string field 'sql'");
  }
  if (typeof sql !== 'string') {
    throw new EngineError('BAD_REQUEST', `broker: sql must be a string, found ${typeof sql}`);
  }
  if (sql.length > SQL_TEXT_CHARACTERS_MAX) {
    throw new EngineError(
      'BAD_REQUEST',
      `broker: the statement has ${sql.length} characters, allowed are ${SQL_TEXT_CHARACTERS_MAX}`,
    );
  }
  return { sql, options: parseQueryOptions(queryOptions) };
}

/** Empty entries and blanks are tolerated, since Pinot's own clients send them. */
function parseQueryOptions(queryOptions: unknown): Map<string, string> {
  const options = new Map<string, string>();
  if (queryOptions === undefined || queryOptions === null) return options;
  if (typeof queryOptions !== 'string') {
    throw new EngineError(
      'BAD_REQUEST',
      `broker: queryOptions must be a string like "timeoutMs=1000;…", found ${typeof queryOptions}`,
    );
  }
  for (const entry of queryOptions.split(';')) {
    if (entry.trim() === '') continue;
    const equals = entry.indexOf('=');
    const key = entry.slice(0, equals).trim();
    if (equals < 0 || key === '') {
      throw new EngineError(
        'BAD_REQUEST',
        `broker: expected key=value in queryOptions, found ${JSON.stringify(entry.slice(0, 80))}`,
      );
    }
    options.set(key, entry.slice(equals + 1).trim());
  }
  return options;
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new EngineError('BAD_REQUEST', 'Invalid JSON: the query body cannot be parsed', {
      cause: error,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new EngineError('BAD_REQUEST', 'Invalid JSON: the query body must be an object');
  }
  return value as Record<string, unknown>;
}
