import { describe, expect, it } from 'vitest';
import { EngineError, type ErrorCode } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import type { LeafService } from '../../src/exec/leaf-service.ts';
import { type Clock, sleep } from '../../src/io/clock.ts';
import { CHECKSUM, CHECKSUM_ROWS, Replicas } from './replicas.ts';

const FAILURES: ErrorCode[] = [
  'SERVER_UNAVAILABLE',
  'SERVER_BUSY',
  'SEGMENT_UNAVAILABLE',
  'CORRUPT_DATA',
  'IO',
  'CANCELLED',
];
/** What a query may end with when its replicas fail; one that is out of time says so. */
const NUMBERS = [427, 211, 305, 200, 450, 503, 250];

/** Results that somebody has to release. */
class Held {
  count = 0;
  readonly #random: Prng;
  readonly #clock: () => Clock;

  constructor(random: Prng, clock: () => Clock) {
    this.#random = random;
    this.#clock = clock;
  }

  /** An engine that is late, fails before or after its work, and whose results are counted. */
  over(engine: LeafService): LeafService {
    return {
      execute: async (plan, segments, timeoutMs, options) => {
        await this.#trouble();
        // An abort is not always heard in time.
        const isDeaf = this.#random.float() < 0.5;
        const heard = isDeaf ? { ...options, signal: undefined } : options;
        const result = await engine.execute(plan, segments, timeoutMs, heard);
        this.count++;
        let isReleased = false;
        const release = (): void => {
          expect(isReleased, 'released once').toBe(false);
          isReleased = true;
          this.count--;
          result.release();
        };
        try {
          await this.#trouble();
        } catch (error) {
          release();
          throw error;
        }
        return { ...result, release };
      },
    };
  }

  async #trouble(): Promise<void> {
    const random = this.#random;
    if (random.float() < 0.4) await sleep(this.#clock(), random.integer(0, 1_500));
    if (random.float() < 0.15) {
      throw new EngineError(FAILURES[random.integer(0, FAILURES.length - 1)]!, 'test: a failure');
    }
  }
}

describe('a fan-out under every kind of trouble', () => {
  it('counts every row once or fails, says what it leaves out, and releases all it got', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
    process.stdout.write(`seed ${seed}\n`);
    const random = new Prng(seed);
    const ids = ['a', 'b', 'c', 'd'];
    const placement = Array.from({ length: 12 }, () => {
      const replicas = ids.filter(() => random.float() < 0.5);
      return replicas.length > 0 ? replicas : ['a', 'b', 'c', 'd'];
    });
    const services = new Map<string, LeafService>();
    const held = new Held(random, () => cluster.clock);
    const cluster: Replicas = await Replicas.open(placement, {
      leafService: (id) => services.get(id) ?? null,
      probe: async () => {
        if (random.float() < 0.5) throw new Error('not well');
      },
    });
    for (const [id, { engine }] of cluster.servers) services.set(id, held.over(engine));
    const outcomes = { whole: 0, partial: 0, failed: 0 };
    for (let round = 0; round < 15; round++) {
      const isPartial = random.float() < 0.3;
      const prefix = isPartial ? 'SET allowPartialResults = true; ' : '';
      const queries = Array.from({ length: 8 }, () => cluster.query(`${prefix}${CHECKSUM}`));
      const all = Promise.all(queries);
      await cluster.clock.advance(11_000);
      for (const body of await all) {
        if (body.resultTable === undefined) {
          outcomes.failed++;
          expect(NUMBERS).toContain(body.exceptions[0].errorCode);
        } else if (body.exceptions.length === 0) {
          outcomes.whole++;
          expect(body.resultTable.rows).toEqual(CHECKSUM_ROWS);
          expect(body.numServersResponded).toBe(body.numServersQueried);
        } else {
          outcomes.partial++;
          expect(isPartial && body.partialResult).toBe(true);
          expect(body.resultTable.rows[0][0]).toBeLessThan(CHECKSUM_ROWS[0]![0]!);
        }
      }
    }
    await cluster.clock.advance(20_000);
    expect(held.count).toBe(0);
    // Whatever the seed, some must get through.
    expect(outcomes.whole).toBeGreaterThan(0);
    expect(cluster.errors).toEqual([]);
    cluster.runner.close();
    for (const { engine } of cluster.servers.values()) await engine.close();
  });
});
