import type { LeafStats } from '../exec/leaf-service.ts';
import { addLeafProfile, type LeafProfile } from '../exec/profile.ts';
import type { QueryStop } from '../exec/query-stop.ts';
import type { Pass } from '../exec/work-gate.ts';
import type { Span } from '../io/tracing.ts';
import type { PlannedQuery } from '../sql/query.ts';
import { type PinotException, pinotException } from './error-codes.ts';
import type { FanOutObserver } from './fan-out.ts';
import type { LeafAnswers, MissingShare } from './leaf-answers.ts';
import type { QueryMetrics } from './query-metrics.ts';
import { addLeafStats, NO_LEAF_STATS, type ResponseFacts } from './response.ts';

/** What a query is doing. */
export type QueryState = 'WAITING' | 'RUNNING' | 'REDUCING' | 'WRITING';

/** How a query begins. */
export interface QueryStart {
  readonly requestId: string;
  readonly sql: string;
  /** Wall clock. */
  readonly startedAtMs: number;
  /** Monotonic clock. */
  readonly startMs: number;
}

/** A query that runs, as people see it. */
export interface QueryDetails {
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly sql: string;
  readonly state: QueryState;
  readonly tables: readonly string[];
  readonly startedAtMs: number;
  readonly elapsedMs: number;
  readonly timeoutMs: number | null;
  readonly serversQueried: readonly string[];
  readonly serversResponded: readonly string[];
  /** Parts that were asked of other replicas, after a failure and beside a late server. */
  readonly retries: number;
  readonly hedges: number;
}

/** Segments that an exception names; of more it says how many. */
const NAMED_SEGMENTS_MAX = 10;

/** What a query has found out so far. */
export class QueryProgress implements FanOutObserver {
  readonly start: QueryStart;
  /** Cancels it. */
  readonly abort = new AbortController();
  /** What it does is part of this. */
  readonly span: Span;
  state: QueryState = 'WAITING';
  /** Null until the statement is planned. */
  planned: PlannedQuery | null = null;
  /** Null until its time runs. */
  stop: QueryStop | null = null;
  /** Null until it is let in. */
  pass: Pass | null = null;
  /** Null when nothing is measured. */
  profile: LeafProfile | null = null;
  reduceTimeMs = 0;
  segmentsPruned = 0;
  readonly #metrics: QueryMetrics;
  readonly #asked = new Set<string>();
  readonly #answered = new Set<string>();
  /** Servers whose answers count; null while none have come together. */
  #used: ReadonlySet<string> | null = null;
  #leaf: LeafStats = NO_LEAF_STATS;
  #missing: readonly MissingShare[] = [];
  #retries = 0;
  #hedges = 0;

  constructor(start: QueryStart, metrics: QueryMetrics, span: Span) {
    this.start = start;
    this.#metrics = metrics;
    this.span = span;
  }

  get clientRequestId(): string | null {
    return this.planned?.options.get('clientQueryId') ?? null;
  }

  asked(server: string): void {
    this.#asked.add(server);
  }

  answered(server: string): void {
    this.#answered.add(server);
  }

  retried(): void {
    this.#retries++;
    this.#metrics.askedAgain('failed');
  }

  hedged(): void {
    this.#hedges++;
    this.#metrics.askedAgain('late');
  }

  /** Takes note of the answers that count. */
  use({ answers, missing }: LeafAnswers): void {
    this.#missing = missing;
    this.#used = new Set(answers.map(({ server }) => server));
    for (const { result } of answers) {
      this.#leaf = addLeafStats(this.#leaf, result.stats);
      if (this.profile !== null && result.profile !== null) {
        addLeafProfile(this.profile, result.profile);
      }
    }
  }

  /** Sums over the servers whose answers count. */
  get leafStats(): LeafStats {
    return this.#leaf;
  }

  /** What a partial answer says about the rest; empty for a whole one. */
  exceptions(): PinotException[] {
    return this.#missing.map(({ segments, error }) => {
      const { errorCode, message } = pinotException(error);
      const named = segments.slice(0, NAMED_SEGMENTS_MAX).join(', ');
      const rest = segments.length - NAMED_SEGMENTS_MAX;
      const which = rest > 0 ? `${named} and ${rest} more` : named;
      return { errorCode, message: `${message} (left out: ${which})` };
    });
  }

  /** A server for which another replica has answered does not count as asked. */
  facts(brokerId: string, nowMs: number): ResponseFacts {
    const silent = this.#missing.flatMap(({ server }) => (server === null ? [] : [server]));
    const queried = this.#used === null ? this.#asked : new Set([...this.#used, ...silent]);
    return {
      timeUsedMs: nowMs - this.start.startMs,
      reduceTimeMs: this.reduceTimeMs,
      requestId: this.start.requestId,
      clientRequestId: this.clientRequestId,
      brokerId,
      tables: this.#tables(),
      serversQueried: queried.size,
      serversResponded: (this.#used ?? this.#answered).size,
      segmentsPruned: this.segmentsPruned,
      leaf: this.#leaf,
    };
  }

  details(nowMs: number): QueryDetails {
    const { requestId, sql, startedAtMs, startMs } = this.start;
    return {
      requestId,
      clientRequestId: this.clientRequestId,
      sql,
      state: this.state,
      tables: this.#tables(),
      startedAtMs,
      elapsedMs: Math.round(nowMs - startMs),
      timeoutMs: this.planned?.limits.timeoutMs ?? null,
      serversQueried: [...this.#asked],
      serversResponded: [...this.#answered],
      retries: this.#retries,
      hedges: this.#hedges,
    };
  }

  #tables(): string[] {
    const table = this.planned?.table ?? null;
    return table === null ? [] : [table];
  }
}
