import type { Span } from '../io/tracing.ts';
import type { PlannedQuery } from '../sql/query.ts';
import { redactLiterals } from '../sql/redact.ts';
import type { QueryOutcome } from './query-outcome.ts';

const OPERATIONS: Readonly<Record<PlannedQuery['kind'], string>> = {
  query: 'SELECT',
  explain: 'EXPLAIN',
  analyze: 'EXPLAIN ANALYZE',
  functions: 'SHOW FUNCTIONS',
};

/**
 * Says what is asked in the words of OpenTelemetry's conventions for databases, and without the values
 * in it, as logs do.
 */
export function describeText(span: Span, sql: string): void {
  if (!span.isRecording) return;
  span.set({ 'db.system.name': 'nyala', 'db.query.text': redactLiterals(sql) });
}

/** Says what the text means: the span is called after it, since that is of few kinds. */
export function describePlan(span: Span, { kind, table }: PlannedQuery): void {
  if (!span.isRecording) return;
  const operation = OPERATIONS[kind];
  const summary = table === null ? operation : `${operation} ${table}`;
  span.rename(summary);
  span.set({
    'db.operation.name': operation,
    'db.query.summary': summary,
    ...(table !== null && { 'db.collection.name': table }),
  });
}

/** Says how it came out. */
export function describeOutcome(span: Span, { table, exceptions, facts }: QueryOutcome): void {
  if (!span.isRecording) return;
  const [first] = exceptions;
  const { requestId, serversQueried, segmentsPruned, leaf } = facts;
  span.set({
    ...(table !== null && { 'db.response.returned_rows': table.rowCount }),
    ...(first !== undefined && { 'db.response.status_code': String(first.errorCode) }),
    'nyala.request.id': requestId,
    'nyala.servers': serversQueried,
    'nyala.segments': leaf.segmentsQueried,
    'nyala.segments_pruned_by_broker': segmentsPruned,
    'nyala.segments_pruned_by_server': leaf.segmentsPruned,
    'nyala.rows_scanned': leaf.docsScanned,
    'nyala.is_partial': table !== null && exceptions.length > 0,
  });
}
