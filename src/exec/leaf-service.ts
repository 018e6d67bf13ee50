import type { ErrorCode, TextPosition } from '../base/errors.ts';
import type { SpanParent } from '../io/tracing.ts';
import type { GroupFinish, LeafPlan } from '../sql/plan.ts';
import type { QueryLimits } from '../sql/query-limits.ts';
import type { Partial } from './partial.ts';
import type { LeafProfile } from './profile.ts';

/**
 * Runs leaf plans over named segments: a server's engine in the same process, or the same behind
 * HTTP. Errors are `EngineError`, the same for both.
 *
 * Keeps: SEGMENT_UNAVAILABLE with their names when any of the segments is not there, and then no part of an
 * answer; TIMEOUT when the time is over, CANCELLED after the signal, GROUP_LIMIT and MEMORY_LIMIT. The HTTP
 * form adds SERVER_UNAVAILABLE and SERVER_BUSY.
 */
export interface LeafService {
  execute(
    plan: LeafPlan,
    segments: readonly string[],
    timeoutMs: number,
    options?: LeafOptions,
  ): Promise<LeafResult>;
}

/** What may go with a leaf plan. */
export interface LeafOptions {
  /** Limits of the query (default: the usual ones); its time is said apart. */
  readonly limits?: QueryLimits | undefined;
  /** The request's own name among all that a server gets: over HTTP it is cancelled by it. */
  readonly id?: string | undefined;
  /** Cancels the query. */
  readonly signal?: AbortSignal | undefined;
  /** Whether to measure what each step does (default false). */
  readonly isProfiled?: boolean | undefined;
  /**
   * What may be done to groups, if no other server has rows of them: then the answer may be finished groups,
   * as rows (default null: their states are wanted).
   */
  readonly finish?: GroupFinish | null | undefined;
  /** What it is part of (default: nothing). If that is kept, the work is measured. */
  readonly parent?: SpanParent | undefined;
}

/** What one server answers: the merged result of its segments, and what it cost. */
export interface LeafResult {
  /** Its texts may lie in memory that the service holds for the caller, until `release`. */
  readonly partial: Partial;
  readonly stats: LeafStats;
  /** Null unless it was asked for. */
  readonly profile: LeafProfile | null;
  /** Lets go of that memory. To be called once, when nobody reads the partial any more. */
  readonly release: () => void;
}

/** Facts about one leaf execution; sums of them go into the broker's response. */
export interface LeafStats {
  /** Segments that were asked for. */
  readonly segmentsQueried: number;
  /** Segments that were not pruned. */
  readonly segmentsProcessed: number;
  /** Segments in which at least one row passed the filter. */
  readonly segmentsMatched: number;
  /** Segments that statistics showed to hold no row of the answer. */
  readonly segmentsPruned: number;
  /** Rows that passed the filter and were read for the answer. */
  readonly docsScanned: number;
  /** Rows of all segments that were asked for. */
  readonly totalDocs: number;
  /** Values that filters read. */
  readonly entriesScannedInFilter: number;
  /** Values read after filters, for keys, aggregates and outputs. */
  readonly entriesScannedPostFilter: number;
  /** Bytes that were put on the disk because they did not fit into the query's memory. */
  readonly spilledBytes: number;
  /** Indexes that found rows or ruled out segments, as `indexName` names them, sorted. */
  readonly indexesUsed: readonly string[];
}

/**
 * The HTTP form: `POST` with a JSON body of `LeafRequest`; 200 carries a block as the body and
 * `LeafStats` as JSON in a header; every other status carries a `LeafFailure` as JSON.
 */
export const LEAF_PATH = '/v1/leaf';

/** The response header that holds `LeafStats`. */
export const LEAF_STATS_HEADER = 'x-nyala-leaf-stats';

/** The response header that holds `LeafProfile` as JSON, percent-encoded; only when it was asked for. */
export const LEAF_PROFILE_HEADER = 'x-nyala-leaf-profile';

/** The body of a leaf request. */
export interface LeafRequest {
  /** What `encodePlan` made of the plan. */
  readonly plan: string;
  readonly segments: readonly string[];
  readonly timeoutMs: number;
  /** The request's own id, by which `DELETE` on `LEAF_PATH/id` cancels it. */
  readonly id?: string | undefined;
  readonly limits?: QueryLimits | undefined;
  readonly isProfiled?: boolean | undefined;
  /** What `encodeJson` made of a `GroupFinish` or of null. */
  readonly finish?: string | undefined;
}

/** The body of a failed leaf request: an `EngineError` on its way to the broker. */
export interface LeafFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly position: TextPosition | null;
  /** Segments that are not there, of SEGMENT_UNAVAILABLE. */
  readonly segments?: readonly string[] | undefined;
  /** When to try again, of SERVER_BUSY. */
  readonly retryAfterMs?: number | undefined;
}
