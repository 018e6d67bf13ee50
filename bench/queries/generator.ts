/**
 * The load generator of `npm run bench:queries`: a process of its own, told what to do by the benchmark
 * and answering it. It checks every answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** What to ask of a broker. */
export interface QueryJob {
  readonly broker: string;
  /** Asked in turn. */
  readonly queries: readonly KnownQuery[];
  readonly connections: number;
  /**
   * Queries a second, sent whether others are answered or not, up to one a connection; null keeps all
   * connections busy with one query after the other.
   */
  readonly ratePerSecond: number | null;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** A statement, and the text of the rows that it must give; null when these are not known yet. */
export interface KnownQuery {
  readonly sql: string;
  readonly rows: string | null;
}

/** What came of it. */
export interface QueryLoadResult {
  /** Right answers while it measured, and how long they took from when they were due to be sent. */
  readonly answered: number;
  readonly answerMs: Quantiles;
  /** HTTP 429 with `Retry-After`. */
  readonly refused: number;
  readonly refusalMs: Quantiles;
  /** Queries that were due while all connections were busy: the client's own refusals. */
  readonly unsent: number;
  /** What else came, for a person; empty when all is well. */
  readonly problems: readonly string[];
}

/** In milliseconds; NaN when there is nothing. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const PROBLEMS_MAX = 5;

process.on('message', (job: QueryJob) => {
  generate(job).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      throw error;
    },
  );
});

async function generate(job: QueryJob): Promise<QueryLoadResult> {
  const { connections, ratePerSecond, warmUpMs, measureMs } = job;
  const pool = new Pool(job.broker, { connections, pipelining: 1 });
  const startMs = performance.now() + warmUpMs;
  const meter = new Meter(pool, job.queries, startMs, startMs + measureMs);
  if (ratePerSecond === null) await meter.keepBusy(connections);
  else await meter.send(ratePerSecond, connections);
  await pool.close();
  return meter.result();
}

class Meter {
  readonly #pool: Pool;
  readonly #queries: readonly KnownQuery[];
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #answerMs: number[] = [];
  readonly #refusalMs: number[] = [];
  readonly #problems: string[] = [];
  #turn = 0;
  #underWay = 0;
  #unsent = 0;

  constructor(pool: Pool, queries: readonly KnownQuery[], startMs: number, endMs: number) {
    this.#pool = pool;
    this.#queries = queries;
    this.#startMs = startMs;
    this.#endMs = endMs;
  }

  async keepBusy(connections: number): Promise<void> {
    const work = async (): Promise<void> => {
      while (performance.now() < this.#endMs) await this.#ask(performance.now());
    };
    await Promise.all(Array.from({ length: connections }, work));
  }

  async send(ratePerSecond: number, connections: number): Promise<void> {
    const pauseMs = 1_000 / ratePerSecond;
    let dueMs = performance.now();
    const pending = new Set<Promise<void>>();
    while (dueMs < this.#endMs) {
      for (; dueMs <= performance.now(); dueMs += pauseMs) {
        if (this.#underWay >= connections) {
          if (dueMs >= this.#startMs) this.#unsent++;
          continue;
        }
        const asked = this.#ask(dueMs);
        pending.add(asked);
        void asked.finally(() => pending.delete(asked));
      }
      await sleep(1);
    }
    await Promise.all(pending);
  }

  async #ask(dueMs: number): Promise<void> {
    const query = this.#queries[this.#turn++ % this.#queries.length]!;
    this.#underWay++;
    try {
      const response = await this.#pool.request({
        method: 'POST',
        path: '/query/sql',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sql: query.sql }),
      });
      const text = await response.body.text();
      const nowMs = performance.now();
      if (dueMs < this.#startMs) return;
      const isRefused = response.statusCode === 429 && Number(response.headers['retry-after']) > 0;
      if (isRefused) this.#refusalMs.push(nowMs - dueMs);
      else if (isRight(text, query)) this.#answerMs.push(nowMs - dueMs);
      else this.#note(`HTTP ${response.statusCode} ${query.sql}: ${text.slice(0, 300)}`);
    } catch (error) {
      this.#note(String(error));
    } finally {
      this.#underWay--;
    }
  }

  #note(problem: string): void {
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem);
  }

  result(): QueryLoadResult {
    return {
      answered: this.#answerMs.length,
      answerMs: quantiles(this.#answerMs),
      refused: this.#refusalMs.length,
      refusalMs: quantiles(this.#refusalMs),
      unsent: this.#unsent,
      problems: this.#problems,
    };
  }
}

function isRight(text: string, { rows }: KnownQuery): boolean {
  return text.includes('"exceptions":[]') && (rows === null || text.includes(`"rows":${rows}`));
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
