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
import { appendResponse, type ResponseFacts, type ResultTable } from './response.ts';
import { type ResponseBody, writeBody } from './response-body.ts';
import { TextPieces } from './text-pieces.ts';

/** An outcome as the body of a response. */
export interface EncodedOutcome extends ResponseBody {
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
 * Writes an answer in slices: all of it, or its first page when a cursor is to read it.
 *
 * @throws EngineError CANCELLED or TIMEOUT when it takes too long, MEMORY_LIMIT when it is too large for a
 *   cursor.
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
  if (pageRows === null) {
    const out = new TextPieces();
    const steps = appendResponse(out, table, exceptions, facts);
    const { signal } = progress.abort;
    const body = await writeBody(out, steps, parts.clock, signal, progress.stop);
    return { ...outcome, ...body };
  }
  const check = () => progress.stop?.check();
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
  return { ...outcome, body: cursor.page(0, pageRows), sent: null };
}

/** Writes what went wrong. */
export function encodeFailure({ error, facts }: QueryOutcome): EncodedOutcome {
  const exceptions = [pinotException(error)];
  const out = new TextPieces();
  runSteps(appendResponse(out, null, exceptions, facts));
  return { body: out.finish(), sent: null, error, exceptions, facts };
}

/** Rows of a cursor's first page; null when no cursor is wanted. */
function cursorRowsOf({ cursorRows = null }: QueryRequest, planned: PlannedQuery | null) {
  const { options } = planned ?? {};
  const isWanted = cursorRows !== null || options?.get('getCursor')?.toLowerCase() === 'true';
  if (!isWanted) return null;
  return cursorRows || Number(options?.get('cursorNumRows') ?? 0) || CURSOR_ROWS_DEFAULT;
}
