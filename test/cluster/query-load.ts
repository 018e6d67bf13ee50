import { setTimeout as sleep } from 'node:timers/promises';

/** A statement with the rows that it must give. */
export interface KnownQuery {
  readonly sql: string;
  readonly rows: readonly unknown[];
}

/** How one query went. */
export interface QueryRecord {
  /** `performance.now()`. */
  readonly begunMs: number;
  readonly answeredMs: number;
  /** Null when the answer was right. */
  readonly problem: string | null;
}

/** Queries that are asked all the time. */
export interface QueryLoad {
  readonly records: readonly QueryRecord[];
  /** Asks no more; resolves when everything under way is answered. */
  stop(): Promise<void>;
}

/** What a client waits before it asks another broker as well. */
const SECOND_BROKER_AFTER_MS = 500;
const QUERY_TIMEOUT_MS = 10_000;

/**
 * Keeps a number of queries in flight, as a client does that knows all brokers: one that cannot be
 * reached, or does not answer for a while, is not waited for when another one answers.
 */
export function startQueryLoad(
  brokers: readonly string[],
  queries: readonly KnownQuery[],
  inFlight: number,
): QueryLoad {
  const records: QueryRecord[] = [];
  let isOver = false;
  const work = async (worker: number): Promise<void> => {
    for (let turn = worker; !isOver; turn++) {
      const query = queries[turn % queries.length]!;
      const begunMs = performance.now();
      const problem = await askAny(brokers, turn, query);
      records.push({ begunMs, answeredMs: performance.now(), problem });
    }
  };
  const workers = Array.from({ length: inFlight }, (_, worker) => work(worker));
  return {
    records,
    stop: async () => {
      isOver = true;
      await Promise.all(workers);
    },
  };
}

/** @returns null when a broker gave the right answer, otherwise what was wrong. */
async function askAny(
  brokers: readonly string[],
  turn: number,
  query: KnownQuery,
): Promise<string | null> {
  const abort = new AbortController();
  const deadline = setTimeout(() => abort.abort(), QUERY_TIMEOUT_MS);
  const failures: string[] = [];
  try {
    const attempts = brokers.map(async (_, index) => {
      const broker = brokers[(turn + index) % brokers.length]!;
      if (index > 0) await patience(index, () => failures.length >= index, abort.signal);
      try {
        return await ask(broker, query.sql, abort.signal);
      } catch (error) {
        failures.push(`${broker}: ${error instanceof Error ? (error.cause ?? error) : error}`);
        throw error;
      }
    });
    const response = await Promise.any(attempts);
    return problemOf(response, query);
  } catch (error) {
    if (error instanceof AggregateError) return `no broker answered: ${failures.join('; ')}`;
    throw error;
  } finally {
    clearTimeout(deadline);
    abort.abort();
  }
}

/** Waits until it is time for another broker, or until those before have failed. */
async function patience(
  index: number,
  haveFailed: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const endMs = performance.now() + index * SECOND_BROKER_AFTER_MS;
  while (!haveFailed() && performance.now() < endMs) await sleep(10, undefined, { signal });
}

interface PinotResponse {
  readonly resultTable?: { readonly rows: readonly unknown[] };
  readonly exceptions: readonly { readonly message: string }[];
}

async function ask(broker: string, sql: string, signal: AbortSignal): Promise<PinotResponse> {
  const response = await fetch(`${broker}/query/sql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql }),
    signal,
  });
  // A broker that goes away tells its clients to ask another one.
  if (response.status === 503) throw new Error('503');
  return (await response.json()) as PinotResponse;
}

function problemOf(response: PinotResponse, query: KnownQuery): string | null {
  const [exception] = response.exceptions;
  if (exception !== undefined) return `failed: ${exception.message}`;
  const found = JSON.stringify(response.resultTable?.rows);
  if (found === JSON.stringify(query.rows)) return null;
  return `wrong: ${query.sql} gave ${found}`;
}
