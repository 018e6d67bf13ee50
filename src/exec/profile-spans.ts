import type { Span, SpanAttributes } from '../io/tracing.ts';
import type { LeafPlan } from '../sql/plan.ts';
import { redactLiterals } from '../sql/redact.ts';
import type { LeafStats } from './leaf-service.ts';
import type { LeafProfile, OperatorProfile } from './profile.ts';

/** A step with its name and what is known of it. */
export interface MeasuredStep {
  readonly name: string;
  readonly operator: OperatorProfile;
  readonly attributes?: SpanAttributes;
}

/**
 * Adds steps that were measured as parts of a span. In truth they take turns, batch by batch, on each
 * thread; what is shown is one after another, each as long as it took a thread on the average.
 *
 * @returns the parts, in the same order.
 */
export function addStepSpans(
  span: Span,
  steps: readonly MeasuredStep[],
  threadCount: number,
): Span[] {
  let offsetMs = 0;
  return steps.map(({ name, operator, attributes = {} }) => {
    const { timeMs, rowsIn, rowsOut, bytes, spilledBytes } = operator;
    const durationMs = timeMs / threadCount;
    const part = span.add(name, offsetMs, durationMs, {
      'nyala.thread_time_ms': timeMs,
      'nyala.rows_in': rowsIn,
      'nyala.rows_out': rowsOut,
      ...(bytes > 0 && { 'nyala.read_bytes': bytes }),
      ...(spilledBytes > 0 && { 'nyala.spilled_bytes': spilledBytes }),
      ...attributes,
    });
    offsetMs += durationMs;
    return part;
  });
}

/** Says what a leaf plan was about, and what it cost. */
export function describeLeaf(span: Span, { table, kind }: LeafPlan, stats: LeafStats): void {
  span.set({
    'db.system.name': 'nyala',
    'db.collection.name': table,
    'nyala.operator': kind,
    'nyala.segments': stats.segmentsQueried,
    'nyala.segments_pruned_by_server': stats.segmentsPruned,
    'nyala.rows_scanned': stats.docsScanned,
    'nyala.spilled_bytes': stats.spilledBytes,
    'nyala.indexes': stats.indexesUsed.join(', '),
  });
}

/**
 * Adds what threads did for a leaf plan as parts of a span: the filter with its predicates, and the operator.
 *
 * @param kind of the plan, after which the operator is called.
 */
export function addScanSpans(
  span: Span,
  { filter, predicates, operator, batches, batchesSkipped, partitions }: LeafProfile,
  kind: LeafPlan['kind'],
  threadCount: number,
): void {
  if (!span.isRecording) return;
  span.set({
    'nyala.threads': threadCount,
    'nyala.batches': batches,
    'nyala.batches_skipped': batchesSkipped,
    'nyala.partitions': partitions,
  });
  const filterStep = { name: 'filter', operator: filter };
  const hasFilter = predicates.length > 0 || filter.timeMs > 0;
  const steps = [...(hasFilter ? [filterStep] : []), { name: kind, operator }];
  const [first] = addStepSpans(span, steps, threadCount);
  const tests = predicates.map((predicate) => ({
    name: 'predicate',
    operator: predicate,
    attributes: {
      // A label may have an expression in it, and that values of the query.
      'nyala.predicate': redactLiterals(predicate.label),
      ...(predicate.index !== null && { 'nyala.index': predicate.index }),
    },
  }));
  if (hasFilter) addStepSpans(first!, tests, threadCount);
}
