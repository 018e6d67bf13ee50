import type { Log } from '../io/log.ts';
import { redactLiterals } from '../sql/redact.ts';
import type { PinotException } from './error-codes.ts';
import type { ResponseFacts } from './response.ts';

/** Tells of a query that has taken long. Its text is written without the values in it. */
export function noteSlowQuery(
  log: Log,
  sql: string,
  exceptions: readonly PinotException[],
  facts: ResponseFacts,
): void {
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
