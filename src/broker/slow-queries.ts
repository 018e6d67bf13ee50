import type { Log } from '../io/log.ts';
import { redactLiterals } from '../sql/redact.ts';
import type { PinotException } from './error-codes.ts';
import type { ResponseFacts } from './response.ts';

/** Which queries are told of, and where. */
export interface SlowQueryLog {
  readonly thresholdMs: number;
  readonly log: Log;
}

/** Tells of a query that has taken long. Its text is written without the values in it. */
export function noteSlowQuery(
  { thresholdMs, log }: SlowQueryLog,
  sql: string,
  exceptions: readonly PinotException[],
  facts: ResponseFacts,
): void {
  if (facts.timeUsedMs < thresholdMs) return;
  const { requestId, tables, leaf } = facts;
  log.warn('slow query', {
    requestId,
    tables,
    sql: redactLiterals(sql),
    timeUsedMs: Math.round(facts.timeUsedMs),
    reduceTimeMs: Math.round(facts.reduceTimeMs),
    serversQueried: facts.serversQueried,
    serversResponded: facts.serversResponded,
    segmentsQueried: leaf.segmentsQueried,
    docsScanned: leaf.docsScanned,
    entriesScannedInFilter: leaf.entriesScannedInFilter,
    errorCode: exceptions[0]?.errorCode ?? null,
  });
}
