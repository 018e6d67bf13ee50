import { EngineError } from '../base/errors.ts';
import { CLIENT_NAME_CHARACTERS_MAX, QUOTA_CLIENTS_MAX } from '../base/serving-limits.ts';
import type { Clock } from '../io/clock.ts';

/** How many queries a second clients may send to all brokers together; null for any number. */
export interface ClientQuotas {
  /** Of each application, as the option `applicationName` has it. */
  readonly application: number | null;
  /** Of single applications, by their names: these hold in place of the other. */
  readonly applications: ReadonlyMap<string, number>;
  /** Of each client address. */
  readonly address: number | null;
}

/** Nobody is held back. */
export const NO_CLIENT_QUOTAS: ClientQuotas = {
  application: null,
  applications: new Map(),
  address: null,
};

/** Who asks for what. */
export interface QuotaSubject {
  readonly table: string | null;
  /** Of the table's configuration. */
  readonly tableRateMax: number | null;
  /** Time over which that is meant (default 1). */
  readonly quotaWindowSeconds?: number;
  readonly application: string | null;
  readonly address: string | null;
}

/** What is left of a rate. */
interface Bucket {
  tokens: number;
  updatedAtMs: number;
}

/**
 * Keeps queries within their rates, of which each of the live brokers has its part. What was not used is
 * saved up for a second, or for the time over which a table's rate is meant.
 */
export class QueryQuotas {
  readonly #clock: Clock;
  readonly #clients: ClientQuotas;
  readonly #brokerCount: () => number;
  /** Those that were not asked for longest come first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, clients: ClientQuotas, brokerCount: () => number) {
    this.#clock = clock;
    this.#clients = clients;
    this.#brokerCount = brokerCount;
  }

  /**
   * Counts a query.
   *
   * @throws EngineError TOO_MANY_REQUESTS when a rate is used up; nothing is counted then.
   */
  take(subject: QuotaSubject): void {
    const rates = this.#ratesOf(subject);
    if (rates.length === 0) return;
    const brokers = Math.max(1, this.#brokerCount());
    const buckets = rates.map(({ what, rateMax, windowSeconds }) => {
      const rate = rateMax / brokers;
      const bucket = this.#bucket(what, rate, windowSeconds);
      if (bucket.tokens < 1) {
        const retryAfterMs = ((1 - bucket.tokens) * 1000) / rate;
        throw usedUp(what, rateMax, windowSeconds, retryAfterMs);
      }
      return bucket;
    });
    for (const bucket of buckets) bucket.tokens--;
  }

  #ratesOf({ table, tableRateMax, quotaWindowSeconds, application, address }: QuotaSubject) {
    const rates: {
      readonly what: string;
      readonly rateMax: number;
      readonly windowSeconds: number;
    }[] = [];
    const add = (
      kind: string,
      name: string | null,
      rateMax: number | null,
      windowSeconds = 1,
    ): void => {
      if (name === null || rateMax === null) return;
      const what = `${kind} ${name.slice(0, CLIENT_NAME_CHARACTERS_MAX)}`;
      rates.push({ what, rateMax, windowSeconds });
    };
    const { applications } = this.#clients;
    add('table', table, tableRateMax, quotaWindowSeconds);
    const own = application === null ? undefined : applications.get(application);
    add('application', application, own ?? this.#clients.application);
    add('client', address, this.#clients.address);
    return rates;
  }

  /** At the most what comes in the window is saved up; at least a whole query must be. */
  #bucket(what: string, rate: number, windowSeconds: number): Bucket {
    const nowMs = this.#clock.monotonicMs();
    const full = Math.max(1, rate * windowSeconds);
    const bucket = this.#buckets.get(what) ?? { tokens: full, updatedAtMs: nowMs };
    const earned = ((nowMs - bucket.updatedAtMs) * rate) / 1000;
    bucket.tokens = Math.min(full, bucket.tokens + earned);
    bucket.updatedAtMs = nowMs;
    this.#buckets.delete(what);
    this.#buckets.set(what, bucket);
    if (this.#buckets.size > QUOTA_CLIENTS_MAX) {
      const [oldest] = this.#buckets.keys();
      this.#buckets.delete(oldest!);
    }
    return bucket;
  }
}

function usedUp(
  what: string,
  rateMax: number,
  windowSeconds: number,
  retryAfterMs: number,
): EngineError {
  const count = Number((rateMax * windowSeconds).toFixed(3));
  const time = windowSeconds === 1 ? 'a second' : `in ${windowSeconds} s`;
  const message =
    `broker: ${what} may have ${count} queries ${time} on all brokers together, ` +
    'and these are used up; try again later';
  return new EngineError('TOO_MANY_REQUESTS', message, { retryAfterMs });
}
