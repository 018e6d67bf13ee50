import type { Clock } from '../io/clock.ts';
import type { Span } from '../io/tracing.ts';
import type { QueryMetrics } from './query-metrics.ts';
import { type QueryDetails, QueryProgress } from './query-progress.ts';

/** The queries that a broker works on. */
export class RunningQueries {
  readonly #clock: Clock;
  readonly #metrics: QueryMetrics;
  readonly #running = new Map<string, QueryProgress>();
  #count = 0;

  constructor(clock: Clock, metrics: QueryMetrics) {
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** Does the work of a query, which is one of the running ones as long as that takes. */
  async track<T>(
    sql: string,
    span: Span,
    work: (progress: QueryProgress) => Promise<T>,
  ): Promise<T> {
    const startedAtMs = this.#clock.nowMs();
    const number = String(this.#count++ % 1e9).padStart(9, '0');
    const requestId = `${Math.floor(startedAtMs / 1000)}${number}`;
    const startMs = this.#clock.monotonicMs();
    const start = { requestId, sql, startedAtMs, startMs };
    const progress = new QueryProgress(start, this.#metrics, span);
    this.#running.set(requestId, progress);
    try {
      return await work(progress);
    } finally {
      progress.stop?.dispose();
      progress.pass?.leave();
      this.#running.delete(requestId);
    }
  }

  /** All of them, the oldest first. */
  list(): QueryDetails[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#running.values()].map((progress) => progress.details(nowMs));
  }

  /**
   * Cancels running queries, here and on the servers that work for them.
   *
   * @param id a request id, or with `isClientId` what the client has called them (`clientQueryId`).
   * @returns false when none of that id runs.
   */
  cancel(id: string, isClientId = false): boolean {
    const found = [...this.#running.values()].filter(({ start, clientRequestId }) =>
      isClientId ? clientRequestId === id : start.requestId === id,
    );
    for (const { abort } of found) abort.abort();
    return found.length > 0;
  }
}
