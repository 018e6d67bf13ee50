import { errorMessage } from '../src/base/errors.ts';
import type { TableSchema } from '../src/base/types.ts';
import { type Answer, type Failure, failure, readResponse } from './answer.ts';

/** Asks the broker that served the page; relative, so that it works behind a path of a proxy. */
const QUERY_PATH = 'query/sql';
const TABLES_PATH = 'v1/tables';

/**
 * Runs a statement. What goes wrong is a failure, also when the broker cannot be reached.
 *
 * @param signal gives up waiting.
 * @returns null when the signal came first.
 */
export async function askBroker(
  sql: string,
  signal: AbortSignal,
): Promise<Answer | Failure | null> {
  try {
    const response = await fetch(QUERY_PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql }),
      signal,
    });
    const text = await response.text();
    return signal.aborted ? null : readResponse(text, response.status);
  } catch (error) {
    if (signal.aborted) return null;
    return failure(`console: the broker does not answer (${errorMessage(error)})`);
  }
}

/**
 * The broker's tables, ordered by name.
 *
 * @throws Error when the broker cannot be reached or refuses.
 */
export async function fetchTables(): Promise<readonly TableSchema[]> {
  const response = await fetch(TABLES_PATH);
  if (!response.ok) {
    throw new Error(`console: the list of tables came with HTTP status ${response.status}`);
  }
  const body = (await response.json()) as { readonly tables: readonly TableSchema[] };
  return body.tables;
}
