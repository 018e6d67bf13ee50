import {
  HEDGE_DELAY_MS_MAX,
  HEDGE_DELAY_MS_MIN,
  HEDGE_IN_FLIGHT_MIN,
  LATENCY_SAMPLES,
  LATENCY_SAMPLES_MIN,
  LATENCY_TABLES_MAX,
} from '../base/serving-limits.ts';
import type { Clock } from '../io/clock.ts';

/**
 * By what the best replica is chosen, in the words of Pinot's `pinot.broker.adaptive.server.selector.type`:
 * not at all, requests in flight, mean latency, or both.
 */
export type AdaptiveSelector = 'NO_OP' | 'NUM_INFLIGHT_REQ' | 'LATENCY' | 'HYBRID';

/** Every way. */
export const ADAPTIVE_SELECTORS: readonly AdaptiveSelector[] = [
  'NO_OP',
  'NUM_INFLIGHT_REQ',
  'LATENCY',
  'HYBRID',
];

/** Pinot's weight of a new value in a mean (`pinot.broker.adaptive.server.selector.ewma.alpha`). */
const MEAN_WEIGHT = 0.666;
/** Pinot's time after which a mean says little: a server that was slow gets another chance. */
const MEAN_WINDOW_MS = 10_000;
/** Pinot's exponent of the queue's length in the hybrid score. */
const QUEUE_EXPONENT = 3;
/** Latencies after which a p95 is taken anew. */
const P95_AGE = 16;

/** What a broker has seen of a server lately. */
interface Load {
  inFlight: number;
  /** Means that count new values most. */
  inFlightMean: number;
  latencyMsMean: number;
  updatedAtMs: number;
}

/** The last latencies of a table's leaf requests. */
interface Latencies {
  readonly samples: Float64Array;
  count: number;
  p95Ms: number | null;
  p95Count: number;
}

/** How busy and how fast servers are, as far as one broker sees. */
export class ServerLoad {
  readonly #clock: Clock;
  readonly #servers = new Map<string, Load>();
  readonly #tables = new Map<string, Latencies>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes note of a request that goes out.
   *
   * @returns to be called when it ends, with true if its time counts: it was answered, or given up for
   *   a faster one.
   */
  begin(server: string, table: string): (isTimed: boolean) => void {
    const load = this.#load(server);
    const startMs = this.#clock.monotonicMs();
    load.inFlight++;
    load.inFlightMean = mean(load.inFlightMean, load.inFlight);
    return (isTimed) => {
      load.inFlight--;
      if (!isTimed) return;
      const latencyMs = this.#clock.monotonicMs() - startMs;
      load.latencyMsMean = mean(load.latencyMsMean * this.#freshness(load), latencyMs);
      load.updatedAtMs = this.#clock.monotonicMs();
      this.#addLatency(table, latencyMs);
    };
  }

  /** A score of servers, the least of which is best; null when replicas take turns. */
  scores(selector: AdaptiveSelector): ((server: string) => number) | null {
    switch (selector) {
      case 'NO_OP':
        return null;
      case 'NUM_INFLIGHT_REQ':
        return (server) => this.#load(server).inFlight;
      case 'LATENCY':
        return (server) => this.#latencyMs(this.#load(server));
      case 'HYBRID':
        return (server) => {
          const load = this.#load(server);
          const queue = load.inFlight + load.inFlightMean * this.#freshness(load);
          return queue ** QUEUE_EXPONENT * this.#latencyMs(load);
        };
    }
  }

  /** Time after which a request about a table is late: the p95 of the last ones, within bounds. */
  lateAfterMs(table: string): number {
    const latencies = this.#tables.get(table);
    if (latencies === undefined || latencies.count < LATENCY_SAMPLES_MIN) return HEDGE_DELAY_MS_MAX;
    if (latencies.p95Ms === null || latencies.count - latencies.p95Count >= P95_AGE) {
      const sorted = latencies.samples.slice(0, latencies.count).sort();
      latencies.p95Ms = sorted[Math.floor(sorted.length * 0.95)]!;
      latencies.p95Count = latencies.count;
    }
    return Math.min(Math.max(latencies.p95Ms, HEDGE_DELAY_MS_MIN), HEDGE_DELAY_MS_MAX);
  }

  /**
   * Whether a server has room for work that waits at another: few requests are under way there, or not
   * half as many. Where all are as busy as each other, doing it twice only makes all of them slower.
   */
  hasRoomBeside(server: string, late: string): boolean {
    const { inFlight } = this.#load(server);
    return inFlight <= HEDGE_IN_FLIGHT_MIN || inFlight * 2 <= this.#load(late).inFlight;
  }

  /** Forgets a server: it is gone, or a new process has its name. */
  forget(server: string): void {
    this.#servers.delete(server);
  }

  #load(server: string): Load {
    let load = this.#servers.get(server);
    if (load === undefined) {
      load = { inFlight: 0, inFlightMean: 0, latencyMsMean: 0, updatedAtMs: 0 };
      this.#servers.set(server, load);
    }
    return load;
  }

  #latencyMs(load: Load): number {
    return load.latencyMsMean * this.#freshness(load);
  }

  /** From 1 down to 0 the longer nothing has been heard of a server. */
  #freshness({ updatedAtMs }: Load): number {
    return Math.exp((updatedAtMs - this.#clock.monotonicMs()) / MEAN_WINDOW_MS);
  }

  #addLatency(table: string, latencyMs: number): void {
    let latencies = this.#tables.get(table);
    if (latencies === undefined) {
      const samples = new Float64Array(LATENCY_SAMPLES);
      latencies = { samples, count: 0, p95Ms: null, p95Count: 0 };
      this.#tables.set(table, latencies);
      const [oldest] = this.#tables.keys();
      if (this.#tables.size > LATENCY_TABLES_MAX) this.#tables.delete(oldest!);
    }
    latencies.samples[latencies.count++ % LATENCY_SAMPLES] = latencyMs;
  }
}

function mean(before: number, value: number): number {
  return MEAN_WEIGHT * value + (1 - MEAN_WEIGHT) * before;
}
