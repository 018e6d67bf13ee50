import type { ClientQuotas } from './query-quotas.ts';
import type { AdaptiveSelector } from './server-load.ts';

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
  /** Time from which on the log tells of a query (default: it tells of none). */
  readonly slowQueryMs?: number | undefined;
}
