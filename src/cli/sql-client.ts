import { EngineError } from '../base/errors.ts';
import { withNumbersQuoted } from '../base/exact-json.ts';
import type { HttpResponse } from '../io/network.ts';
import type { Ask } from './controller-client.ts';

/** An answer of a broker, as the command line needs it. */
export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Numbers are their exact text; types tell them from strings. */
  readonly rows: readonly (readonly (string | boolean | null)[])[];
  readonly timeUsedMs: number;
}

/** What the command line reads of a Pinot response; numbers are text, see `parseExactJson`. */
interface BrokerBody {
  readonly resultTable?: {
    readonly dataSchema: {
      readonly columnNames: readonly string[];
      readonly columnDataTypes: readonly string[];
    };
    readonly rows: SqlAnswer['rows'];
  };
  readonly exceptions: readonly { readonly message: string }[];
  readonly timeUsedMs: string;
}

/** A day: how long a query may take is for the broker to say. */
const ANSWER_TIMEOUT_MS = 24 * 3_600_000;

/**
 * Asks a broker.
 *
 * @throws EngineError INVALID_QUERY with the broker's words when the query failed.
 */
export async function askSql(ask: Ask, sql: string): Promise<SqlAnswer> {
  const response = await ask({
    method: 'POST',
    path: '/query/sql',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql }),
    timeoutMs: ANSWER_TIMEOUT_MS,
  });
  return readSqlAnswer(response);
}

/**
 * Reads a broker's response.
 *
 * @throws EngineError INVALID_QUERY with the broker's words when the query failed.
 */
export function readSqlAnswer(response: Pick<HttpResponse, 'status' | 'body'>): SqlAnswer {
  const text = new TextDecoder().decode(response.body);
  const body = parseExactJson(text) as Partial<BrokerBody> & { readonly error?: string };
  const message = body.exceptions?.[0]?.message ?? body.error;
  const table = body.resultTable;
  if (message !== undefined || table === undefined) {
    throw new EngineError(
      'INVALID_QUERY',
      message?.replace(/^[A-Z]\w+Error: /, '') ??
        `broker: expected an answer, found HTTP status ${response.status}`,
    );
  }
  const { columnNames, columnDataTypes } = table.dataSchema;
  return {
    columns: columnNames.map((name, index) => ({ name, type: columnDataTypes[index]! })),
    rows: table.rows,
    timeUsedMs: Number(body.timeUsedMs ?? 0),
  };
}

/**
 * `JSON.parse` with every number as its text, since a JavaScript number cannot hold all of a LONG.
 *
 * @throws EngineError BAD_REQUEST when the text is not JSON.
 */
export function parseExactJson(text: string): unknown {
  try {
    return JSON.parse(withNumbersQuoted(text));
  } catch (error) {
    throw new EngineError(
      'BAD_REQUEST',
      `broker: expected JSON, found ${JSON.stringify(text.slice(0, 60))}; is this a broker's port?`,
      { cause: error },
    );
  }
}
