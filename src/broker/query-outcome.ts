import { assert } from '../base/assert.ts';
import { CURSOR_ROWS_DEFAULT } from '../base/serving-limits.ts';
import { checkedSteps, runInSlices, runSteps } from '../exec/steps.ts';
import type { Clock } from '../io/clock.ts';
import type { PlannedQuery } from '../sql/query.ts';
import { encodeRows } from './cursor-rows.ts';
import type { CursorStore } from './cursor-store.ts';
import { type PinotException, pinotException } from './error-codes.ts';
import type { QueryProgress } from './query-progress.ts';
import type { QueryRequest } from './request.ts';
import { encodeResponse, type ResponseFacts, type ResultTable } from './response.ts';

/** An outcome as the body of a response. */
export interface EncodedOutcome {
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** Null after success. */
  readonly error: unknown;
  /** The exceptions in the body: those of a partial answer, too. */
  readonly exceptions: readonly PinotException[];
  readonly facts: ResponseFacts;
}

/** How a query ended: `table` after success, `error` after failure, the rest in any case. */
export interface QueryOutcome {
  readonly table: ResultTable | null;
  readonly error: unknown;
  readonly exceptions: readonly PinotException[];
  readonly facts: ResponseFacts;
}

/** What writing an answer takes beside it. */
export interface WritingParts {
  readonly clock: Clock;
  readonly cursors: CursorStore;
}

/**
 * Writes an answer, large ones in slices: all of it, or its first page when a cursor is to read it.
 *
 * @throws EngineError MEMORY_LIMIT when it is too large, CANCELLED or TIMEOUT when it takes too long.
 */
export async function encodeAnswer(
  parts: WritingParts,
  outcome: QueryOutcome,
  request: QueryRequest,
  progress: QueryProgress,
): Promise<EncodedOutcome> {
  const { table, exceptions, facts } = outcome;
  assert(table !== null, 'an answer without an error is a table');
  const pageRows = cursorRowsOf(request, progress.planned);
  const check = () => progress.stop?.check();
  if (pageRows === null) {
    const steps = checkedSteps(encodeResponse(table, exceptions, facts), check);
    return { ...outcome, body: await runInSlices(steps, parts.clock) };
  }
  const startMs = parts.clock.monotonicMs();
  const rows = await runInSlices(checkedSteps(encodeRows(table), check), parts.clock);
  const cursor = parts.cursors.put(
    { rows, exceptions, facts },
    {
      submittedAtMs: progress.start.startedAtMs,
      writeTimeMs: parts.clock.monotonicMs() - startMs,
      broker: request.brokerAddress?.() ?? { host: 'localhost', port: 0 },
    },
  );
  return { ...outcome, body: cursor.page(0, pageRows) };
}

/** Writes what went wrong. */
export function encodeFailure({ error, facts }: QueryOutcome): EncodedOutcome {
  const exceptions = [pinotException(error)];
  const body = runSteps(encodeResponse(null, exceptions, facts));
  return { body, error, exceptions, facts };
}

/** Rows of a cursor's first page; null when no cursor is wanted. */
function cursorRowsOf({ cursorRows = null }: QueryRequest, planned: PlannedQuery | null) {
  const { options } = planned ?? {};
  const isWanted = cursorRows !== null || options?.get('getCursor')?.toLowerCase() === 'true';
  if (!isWanted) return null;
  return cursorRows || Number(options?.get('cursorNumRows') ?? 0) || CURSOR_ROWS_DEFAULT;
}
