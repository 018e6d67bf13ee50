import type { LeafResult, LeafStats } from '../exec/leaf-service.ts';
import type { SegmentOutcome, WholeResult } from '../exec/leaf-task.ts';
import type { Partial } from '../exec/partial.ts';
import { addLeafProfile, emptyLeafProfile, type LeafProfile } from '../exec/profile.ts';
import type { LeafPlan } from '../sql/plan.ts';
import type { Pruned } from './prepared-plan.ts';
import type { EngineSegment } from './segment-needs.ts';

/** What is known of all rows of segments without a look at them. */
export function unreadResult(
  partial: Partial | null,
  segments: readonly Pick<EngineSegment, 'metadata'>[],
): WholeResult {
  const outcomes = segments.map(({ metadata }, segment) => ({
    segment,
    isPruned: false,
    docsScanned: metadata.rowCount,
    entriesScannedInFilter: 0,
    indexesUsed: [],
  }));
  return { partial, isDisjoint: true, outcomes, spilled: null, profile: null };
}

/** The profile of all threads. A segment is pruned by values once, whoever finds it. */
export function profileOf(results: readonly WholeResult[], pruned: Pruned): LeafProfile {
  const whole = emptyLeafProfile();
  for (const { profile } of results) if (profile !== null) addLeafProfile(whole, profile);
  whole.segmentsPruned['name or host'] = pruned.byName;
  whole.segmentsPruned.values =
    pruned.byValues + countSegments(results, ({ isPruned }) => isPruned);
  whole.segmentsPruned['Bloom filters'] = pruned.byBloom;
  return whole;
}

/** A result with the names of more indexes. */
export function withIndexesUsed(result: LeafResult, indexes: readonly string[]): LeafResult {
  if (indexes.length === 0) return result;
  const indexesUsed = [...new Set([...result.stats.indexesUsed, ...indexes])].sort();
  return { ...result, stats: { ...result.stats, indexesUsed } };
}

/** What a leaf query has looked at, over all threads. */
export function statistics(
  plan: LeafPlan,
  segments: readonly EngineSegment[],
  results: readonly WholeResult[],
  pruned: Pruned,
): LeafStats {
  const outcomes = results.flatMap((result) => result.outcomes);
  const docsScanned = outcomes.reduce((sum, outcome) => sum + outcome.docsScanned, 0);
  const segmentsPruned =
    pruned.byName +
    pruned.byValues +
    pruned.byBloom +
    countSegments(results, ({ isPruned }) => isPruned);
  return {
    segmentsQueried: segments.length,
    segmentsProcessed: segments.length - segmentsPruned,
    segmentsMatched: countSegments(results, (outcome) => outcome.docsScanned > 0),
    segmentsPruned,
    docsScanned,
    totalDocs: segments.reduce((sum, { metadata }) => sum + metadata.rowCount, 0),
    entriesScannedInFilter: outcomes.reduce((sum, { entriesScannedInFilter: n }) => sum + n, 0),
    entriesScannedPostFilter: docsScanned * plan.columns.length,
    spilledBytes: 0,
    indexesUsed: [
      ...new Set([...pruned.indexes, ...outcomes.flatMap((o) => o.indexesUsed)]),
    ].sort(),
  };
}

function countSegments(
  results: readonly WholeResult[],
  test: (outcome: SegmentOutcome) => boolean,
): number {
  const outcomes = results.flatMap((result) => result.outcomes);
  return new Set(outcomes.filter(test).map(({ segment }) => segment)).size;
}
