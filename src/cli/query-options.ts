import type { QuerySettings } from '../broker/query-settings.ts';
import type { AdaptiveSelector } from '../broker/server-load.ts';

/** What flags and the configuration file say about queries; what is missing is as usual. */
export interface QueryOptions {
  readonly adaptiveSelector?: AdaptiveSelector | undefined;
  readonly slowQueryMs?: number | undefined;
  readonly runningQueries?: number | undefined;
  readonly waitingQueries?: number | undefined;
  /** Bytes. */
  readonly queryMemory?: number | undefined;
  readonly clientQueriesPerSecond?: number | undefined;
  readonly applicationQueriesPerSecond?: number | undefined;
  /** Of single applications, by their names. */
  readonly applicationQuotas?: Readonly<Record<string, number>> | undefined;
}

/** The same in the broker's words. */
export function querySettings(options: QueryOptions): QuerySettings {
  return {
    adaptiveSelector: options.adaptiveSelector,
    slowQueryMs: options.slowQueryMs,
    runningMax: options.runningQueries,
    waitingMax: options.waitingQueries,
    bytesMax: options.queryMemory,
    quotas: {
      application: options.applicationQueriesPerSecond ?? null,
      applications: new Map(Object.entries(options.applicationQuotas ?? {})),
      address: options.clientQueriesPerSecond ?? null,
    },
  };
}
