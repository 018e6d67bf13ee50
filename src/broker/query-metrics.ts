import { EngineError } from '../base/errors.ts';
import type { Metrics } from '../io/metrics.ts';

/** What a broker shows of itself as it is now. */
export interface BrokerState {
  /** Queries. */
  readonly counts: () => { readonly running: number; readonly waiting: number };
  readonly heldBytes: () => number;
  /** Servers that are avoided. */
  readonly avoidedServers: () => number;
}

/** Counts what queries of a broker come to. */
export interface QueryMetrics {
  /** A query has ended. */
  ended(error: unknown, isPartial: boolean): void;
  /** A part of a query is asked of other replicas. */
  askedAgain(why: 'failed' | 'late'): void;
}

/** The metrics of a broker's queries. */
export function queryMetrics(metrics: Metrics, state: BrokerState): QueryMetrics {
  const queries = metrics.counter({
    name: 'nyala_broker_queries_total',
    help: 'queries that have ended, by how: ok, partial, failed, refused because of too much to do',
    labelNames: ['outcome'],
  });
  const askedAgain = metrics.counter({
    name: 'nyala_broker_parts_asked_again_total',
    help: 'parts of queries that were asked of other replicas, because a server failed or was late',
    labelNames: ['why'],
  });
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge({ name: `nyala_broker_${name}`, help }, read);
  gauge('queries_running', 'queries that run', () => state.counts().running);
  gauge('queries_waiting', 'queries that wait for their turn', () => state.counts().waiting);
  gauge('queries_held_bytes', 'memory that running queries are taken to hold', state.heldBytes);
  gauge('servers_avoided', 'servers that do not say that they are well', state.avoidedServers);
  return {
    ended: (error, isPartial) => queries.add(1, { outcome: outcomeOf(error, isPartial) }),
    askedAgain: (why) => askedAgain.add(1, { why }),
  };
}

function outcomeOf(error: unknown, isPartial: boolean): string {
  if (error === null) return isPartial ? 'partial' : 'ok';
  const isRefused =
    error instanceof EngineError &&
    (error.code === 'TOO_MANY_REQUESTS' || error.code === 'SERVER_BUSY');
  return isRefused ? 'refused' : 'failed';
}
