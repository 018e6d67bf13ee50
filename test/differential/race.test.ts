import { describe, expect, it } from 'vitest';
import type { Rows } from '../../bench/compare-answers.ts';
import type { Engine } from '../../bench/engine.ts';
import { DEMO_QUERIES, type DemoQuery } from '../../bench/queries.ts';
import { race } from '../../bench/race.ts';
import {
  type BenchReport,
  describeMachine,
  overallRatio,
  renderConditions,
  renderTable,
} from '../../bench/report.ts';
import { alternate, geometricMean, median, timedCall } from '../../bench/timing.ts';

const QUERY: DemoQuery = { name: 'answer', sql: 'SELECT 42', ordered: 'total' };

describe('timing', () => {
  it('calls once for a sample, and measures that call', async () => {
    let calls = 0;
    const call = timedCall('sleep', async () => {
      calls++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return calls;
    });
    for (const expected of [1, 2, 3]) {
      const { elapsedMs, result } = await call();
      expect(result).toBe(expected);
      expect(elapsedMs).toBeGreaterThan(18);
      expect(elapsedMs).toBeLessThan(2000);
    }
    expect(calls).toBe(3);
  });

  it('throws what the call throws', async () => {
    const call = timedCall('broken', async () => {
      throw new RangeError('no such table');
    });
    await expect(call()).rejects.toThrow('no such table');
  });

  it('lets the calls take turns', async () => {
    const trace: string[] = [];
    const calls = ['A', 'B', 'C'].map((name) => timedCall(name, async () => void trace.push(name)));
    const samples = await alternate(calls, 2);
    expect(trace.join('')).toBe('ABCABC');
    expect(samples.map(({ length }) => length)).toEqual([2, 2, 2]);
  });

  it('averages', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(geometricMean([2, 0.5, 1])).toBeCloseTo(1);
    expect(geometricMean([4, 1])).toBeCloseTo(2);
  });
});

describe('a race', () => {
  it('gives samples of engines that agree, and the difference of one that does not', async () => {
    const engines = [engine('first', [[42]]), engine('same', [[42n]]), engine('other', [[41]])];
    const result = await race(engines, QUERY, 4);
    expect(Object.keys(result.samplesMs)).toEqual(['first', 'same']);
    expect(result.samplesMs.first).toHaveLength(4);
    expect(result.differences).toEqual({ other: 'row 1: (42) against (41)' });
  });

  it('is reported as medians, with ratios above 1 where the first engine is faster', () => {
    const report: BenchReport = {
      startedAt: '2001-01-01T00:00:00.000Z',
      machine: describeMachine(),
      threads: 2,
      rounds: 3,
      engines: [
        { name: 'Nyala', version: '1' },
        { name: 'DuckDB', version: '2' },
      ],
      missing: [],
      queries: [
        { ...QUERY, samplesMs: { Nyala: [9, 1, 2], DuckDB: [8, 7, 9] }, differences: {} },
        { ...QUERY, name: 'wrong', samplesMs: { Nyala: [20] }, differences: { DuckDB: 'row 1' } },
      ],
    };
    expect(overallRatio(report, 'DuckDB')).toBeCloseTo(4);
    expect(renderTable(report).split('\n')).toEqual([
      '| query          | Nyala ms | DuckDB ms | vs DuckDB |',
      '|----------------|---------:|----------:|----------:|',
      '| answer         |     2.00 |      8.00 |     4.00× |',
      '| wrong          |     20.0 |   differs |           |',
      '| geometric mean |     6.32 |      8.00 |     4.00× |',
    ]);
    expect(renderConditions(report)).toContain('Medians of 3 rounds');
  });
});

describe('the demo queries', () => {
  it('are twelve, with names of their own', () => {
    expect(new Set(DEMO_QUERIES.map(({ name }) => name)).size).toBe(12);
  });

  it('say how their answers are to be compared', () => {
    for (const { name, sql, ordered, sortKeys, limit } of DEMO_QUERIES) {
      const limited = /LIMIT (\d+)/.exec(sql)?.[1];
      expect([name, limit]).toEqual([name, limited === undefined ? undefined : Number(limited)]);
      expect([name, sortKeys !== undefined]).toEqual([name, ordered === 'ties']);
      if (ordered === 'none') expect(sql).not.toContain('ORDER BY');
    }
  });
});

function engine(name: string, rows: Rows): Engine {
  return {
    name,
    version: '1',
    prepare: async () => async () => ({ rows: () => rows }),
    close: async () => {},
  };
}
