import type { ClientQuotas } from './query-quotas.ts';
import type { AdaptiveSelector } from './server-load.ts';
import type { SlowQueryLog } from './slow-queries.ts';

/** How a broker handles queries, as far as that can be set. */
export interface QuerySettings {
  /** By what the best replica is chosen (default: replicas take turns). */
  readonly adaptiveSelector?: AdaptiveSelector | undefined;
  /** Rates of clients (default: none). */
  readonly quotas?: ClientQuotas | undefined;
  /** Queries that run and wait at a time, and the memory of all that run (defaults: see limits). */
  readonly runningMax?: number | undefined;
  readonly waitingMax?: number | undefined;
  readonly bytesMax?: number | undefined;
  /** Queries that are told of because they took long (default: none). */
  readonly slowQueries?: SlowQueryLog | undefined;
}
