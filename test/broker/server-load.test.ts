import { describe, expect, it } from 'vitest';
import { HEDGE_DELAY_MS_MAX, HEDGE_DELAY_MS_MIN } from '../../src/base/serving-limits.ts';
import { ServerLoad } from '../../src/broker/server-load.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { CHECKSUM, Replicas } from './replicas.ts';

function open() {
  const clock = new ManualClock();
  const load = new ServerLoad(clock);
  /** A request that takes a time. */
  const request = async (server: string, latencyMs: number) => {
    const end = load.begin(server, 't');
    await clock.advance(latencyMs);
    end(true);
  };
  return { clock, load, request };
}

describe('the load of servers', () => {
  it('is the requests in flight, the mean of latencies, or both', async () => {
    const { load, request } = open();
    await request('slow', 100);
    await request('fast', 10);
    const ends = [load.begin('fast', 't'), load.begin('fast', 't')];
    const better = (selector: 'NUM_INFLIGHT_REQ' | 'LATENCY' | 'HYBRID') => {
      const score = load.scores(selector)!;
      return score('fast') < score('slow') ? 'fast' : 'slow';
    };
    expect(load.scores('NO_OP')).toBeNull();
    expect(better('NUM_INFLIGHT_REQ')).toBe('slow');
    expect(better('LATENCY')).toBe('fast');
    // A queue of two and more counts by its third power.
    expect(better('HYBRID')).toBe('slow');
    for (const end of ends) end(false);
    await request('fast', 10);
    expect(better('HYBRID')).toBe('fast');
  });

  it('weighs a new latency by two thirds', async () => {
    const { load, request } = open();
    await request('a', 9);
    await request('a', 9);
    const before = load.scores('LATENCY')!('a');
    await request('a', 90);
    const after = load.scores('LATENCY')!('a');
    expect(before).toBeGreaterThan(7);
    expect(after).toBeGreaterThan(60);
    expect(after).toBeLessThan(65);
  });

  it('forgets with time that a server was slow', async () => {
    const { clock, load, request } = open();
    await request('a', 1_000);
    const before = load.scores('LATENCY')!('a');
    await clock.advance(60_000);
    expect(load.scores('LATENCY')!('a')).toBeLessThan(before / 100);
  });

  it('counts no time of a request that failed', async () => {
    const { clock, load } = open();
    const end = load.begin('a', 't');
    await clock.advance(1_000);
    end(false);
    expect(load.scores('LATENCY')!('a')).toBe(0);
  });

  it('gives the p95 of the last latencies of a table, within bounds', async () => {
    const { load, request } = open();
    expect(load.lateAfterMs('t')).toBe(HEDGE_DELAY_MS_MAX);
    for (let at = 0; at < 19; at++) await request('a', 1);
    expect(load.lateAfterMs('t')).toBe(HEDGE_DELAY_MS_MAX);
    await request('a', 1);
    expect(load.lateAfterMs('t')).toBe(HEDGE_DELAY_MS_MIN);
    for (let at = 0; at < 128; at++) await request('b', at % 10 === 0 ? 80 : 20);
    expect(load.lateAfterMs('t')).toBe(80);
    for (let at = 0; at < 128; at++) await request('b', 5_000);
    expect(load.lateAfterMs('t')).toBe(HEDGE_DELAY_MS_MAX);
    expect(load.lateAfterMs('other')).toBe(HEDGE_DELAY_MS_MAX);
  });
});

describe('a broker that chooses by load', () => {
  it.each(['LATENCY', 'HYBRID', 'NUM_INFLIGHT_REQ'] as const)(
    '(%s) asks the server that is slow less often',
    async (adaptiveSelector) => {
      const placement = Array.from({ length: 4 }, () => ['a', 'b']);
      const cluster = await Replicas.open(placement, { settings: { adaptiveSelector } });
      const [a, b] = [cluster.server('a'), cluster.server('b')];
      a.fault = 'held';
      for (let round = 0; round < 10; round++) {
        const query = cluster.query(CHECKSUM);
        await cluster.clock.advance(90);
        if (round % 2 === 0) a.resume();
        a.fault = 'held';
        await cluster.clock.advance(10);
        void query;
      }
      a.resume();
      await cluster.clock.advance(100);
      const segments = (asked: string[][]) => asked.flat().length;
      expect(segments(a.asked)).toBeLessThan(segments(b.asked));
      await cluster.close();
    },
  );
});
