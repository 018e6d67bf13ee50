import type { Clock } from '../io/clock.ts';

/** What one step of a plan did, over all threads: times and counts are sums. */
export interface OperatorProfile {
  /** Rows or groups that it got, and that it passed on. */
  rowsIn: number;
  rowsOut: number;
  /** Bytes of columns that it read. */
  bytes: number;
  timeMs: number;
  /** Bytes that it put on the disk, and in how many pieces of work. */
  spilledBytes: number;
  spilledRuns: number;
}

/** What one predicate of a filter did. */
export interface PredicateProfile extends OperatorProfile {
  /** How it was tested, the same for all segments that test it so: `code range on delay`. */
  readonly label: string;
  /** The indexes that answered it; null for a scan. */
  readonly index: string | null;
}

/** What the leaf part of a plan did. Plain data: it travels from servers. */
export interface LeafProfile {
  readonly filter: OperatorProfile;
  readonly predicates: PredicateProfile[];
  /** Aggregate or select, with the sort of a top-N. */
  readonly operator: OperatorProfile;
  /** Partial results of segments and threads into one. */
  readonly merge: OperatorProfile;
  batches: number;
  /** Batches of which zones or indexes showed that no row passes. */
  batchesSkipped: number;
  /** Segments that were left out, by reason. */
  readonly segmentsPruned: Record<string, number>;
  /** Segments that were answered from metadata alone. */
  segmentsFromMetadata: number;
  /** Partitions of rows that were aggregated one by one. */
  partitions: number;
}

/** A profile of nothing yet. */
export function emptyLeafProfile(): LeafProfile {
  return {
    filter: emptyOperator(),
    predicates: [],
    operator: emptyOperator(),
    merge: emptyOperator(),
    batches: 0,
    batchesSkipped: 0,
    segmentsPruned: {},
    segmentsFromMetadata: 0,
    partitions: 0,
  };
}

/** A step that has done nothing yet. */
export function emptyOperator(): OperatorProfile {
  return { rowsIn: 0, rowsOut: 0, bytes: 0, timeMs: 0, spilledBytes: 0, spilledRuns: 0 };
}

/** Adds what another thread or server did. */
export function addLeafProfile(target: LeafProfile, other: LeafProfile): void {
  addOperator(target.filter, other.filter);
  addOperator(target.operator, other.operator);
  addOperator(target.merge, other.merge);
  for (const predicate of other.predicates) {
    addOperator(predicateOf(target, predicate.label, predicate.index), predicate);
  }
  target.batches += other.batches;
  target.batchesSkipped += other.batchesSkipped;
  target.segmentsFromMetadata += other.segmentsFromMetadata;
  target.partitions += other.partitions;
  for (const [reason, count] of Object.entries(other.segmentsPruned)) {
    target.segmentsPruned[reason] = (target.segmentsPruned[reason] ?? 0) + count;
  }
}

/** Predicates that are told apart: a profile travels in an HTTP header. */
const PREDICATES_MAX = 12;
const OTHERS = 'others';

/** The entry of a predicate, made when it is new; many share the last one. */
export function predicateOf(
  target: LeafProfile,
  label: string,
  index: string | null = null,
): PredicateProfile {
  const { predicates } = target;
  const known = predicates.find((one) => one.label === label && one.index === index);
  if (known !== undefined) return known;
  if (predicates.length >= PREDICATES_MAX && label !== OTHERS) return predicateOf(target, OTHERS);
  const fresh = { label, index, ...emptyOperator() };
  predicates.push(fresh);
  return fresh;
}

function addOperator(target: OperatorProfile, other: OperatorProfile): void {
  target.rowsIn += other.rowsIn;
  target.rowsOut += other.rowsOut;
  target.bytes += other.bytes;
  target.timeMs += other.timeMs;
  target.spilledBytes += other.spilledBytes;
  target.spilledRuns += other.spilledRuns;
}

/** Collects a thread's profile. Where there is none, nothing is measured. */
export class Profiler {
  readonly profile = emptyLeafProfile();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does some work and adds its time to a step. */
  readonly measure = <T>(operator: OperatorProfile, work: () => T): T => {
    const startMs = this.#clock.monotonicMs();
    const result = work();
    operator.timeMs += this.#clock.monotonicMs() - startMs;
    return result;
  };
}
