import { describe, expect, it } from 'vitest';
import { renderChart } from '../../bench/chart.ts';
import type { Rows } from '../../bench/compare-answers.ts';
import { type Racer, raceCold, raceHot } from '../../bench/race.ts';
import {
  type BenchReport,
  type BenchRun,
  overallRatio,
  renderConditions,
  renderCosts,
  renderProblems,
  renderTable,
} from '../../bench/report.ts';
import type { BenchQuery } from '../../bench/suite.ts';
import { SUITES } from '../../bench/suites/all.ts';
import { describeMachine } from '../../bench/table.ts';
import { geometricMean, median, timedCall } from '../../bench/timing.ts';
import { EngineError } from '../../src/base/errors.ts';

const QUERY: BenchQuery = { name: 'answer', sql: 'SELECT 42', ordered: 'total' };

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

  it('averages', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(geometricMean([2, 0.5, 1])).toBeCloseTo(1);
    expect(geometricMean([4, 1])).toBeCloseTo(2);
  });
});

describe('a race', () => {
  it('lets the engines take turns, after as many rounds to warm up', async () => {
    const trace: string[] = [];
    const racers = ['A', 'B'].map((name) => racer(name, [[42n]], trace));
    const { outcomes } = await raceHot(racers, QUERY, 4);
    expect(outcomes.A?.hotMs).toEqual([7, 7, 7, 7]);
    expect(trace.join('')).toBe('AB'.repeat(30 + 4));
  });

  it('opens an engine again before each cold sample, unless it has no files', async () => {
    const trace: string[] = [];
    const racers = [racer('A', [[42n]], trace), { ...racer('B', [[42]], trace), hasFiles: false }];
    const hot = await raceHot(racers, QUERY, 1);
    trace.length = 0;
    const { outcomes } = await raceCold(racers, QUERY, hot, 2);
    expect(trace.join('')).toBe('open A'.repeat(2));
    expect(outcomes.A).toEqual({ hotMs: [7], coldMs: [7, 7] });
    expect(outcomes.B?.coldMs).toEqual([]);
  });

  it('times only those that agree, and says what is the matter with the others', async () => {
    const racers = [
      racer('without', new EngineError('NOT_SUPPORTED', 'no windows here')),
      racer('first', [[42]]),
      racer('same', [[42n]]),
      racer('other', [[41]]),
      racer('broken', new Error('out of memory')),
      racer('absent', null),
    ];
    const { outcomes } = await raceHot(racers, QUERY, 2);
    expect(outcomes).toEqual({
      without: sampled([], { kind: 'not supported', text: 'no windows here' }),
      first: sampled([7, 7]),
      same: sampled([7, 7]),
      other: sampled([], {
        kind: 'differs',
        text: "other than first's answer: row 1: (42) against (41)",
      }),
      broken: sampled([], { kind: 'failed', text: 'out of memory' }),
    });
  });
});

describe('a report', () => {
  const stored = { loadMs: 2000, sizeBytes: 2 ** 20, loadPeakBytes: 50 * 2 ** 20 };
  const run: BenchRun = {
    threads: 2,
    peakBytes: { Nyala: 100 * 2 ** 20, DuckDB: 200 * 2 ** 20 },
    openMs: { Nyala: 20, DuckDB: 5 },
    queries: [
      {
        ...QUERY,
        outcomes: {
          Nyala: { hotMs: [9, 1, 2], coldMs: [30] },
          DuckDB: { hotMs: [8, 7, 9], coldMs: [10] },
        },
      },
      {
        ...QUERY,
        name: 'wrong<1>',
        outcomes: {
          Nyala: sampled([20]),
          DuckDB: sampled([], { kind: 'differs', text: 'row 1' }),
        },
      },
    ],
  };
  const report: BenchReport = {
    suite: 'tiny',
    scale: 0.1,
    rowCount: 1000,
    startedAt: '2001-01-01T00:00:00.000Z',
    machine: describeMachine(),
    rounds: 3,
    coldRounds: 1,
    parquetBytes: 2 ** 21,
    engines: [
      { name: 'Nyala', version: '1', stored },
      { name: 'DuckDB', version: '2', stored: { ...stored, sizeBytes: 2 ** 22 } },
    ],
    missing: [],
    runs: [run],
  };

  it('has medians, with ratios above 1 where the first engine is faster', () => {
    expect(overallRatio(run, 'Nyala', 'DuckDB')).toBeCloseTo(4);
    expect(renderTable(report, run, 'hot').split('\n')).toEqual([
      '| query          | Nyala ms | DuckDB ms | vs DuckDB |',
      '|----------------|---------:|----------:|----------:|',
      '| answer         |     2.00 |      8.00 |     4.00× |',
      '| wrong<1>       |     20.0 |   differs |           |',
      '| geometric mean |     6.32 |      8.00 |     4.00× |',
    ]);
    expect(renderTable(report, run, 'cold')).toContain('| answer         |     30.0 |      10.0 |');
    expect(renderConditions(report)).toContain('medians of up to 3 rounds');
  });

  it('has what each engine costs, and what went wrong', () => {
    expect(renderCosts(report).split('\n').slice(2)).toEqual(
      [
        '| Nyala  |         1.0 |       50 % |    2.0 |  500 |            50 |            20.0 |              100 |',
        '| DuckDB |         4.0 |      200 % |    2.0 |  500 |            50 |            5.00 |              200 |',
      ].map((row) =>
        expect.stringMatching(row.replaceAll(/[|.]/g, '\\$&').replaceAll(/ +/g, ' +')),
      ),
    );
    expect(renderProblems(report)).toBe('wrong<1>, DuckDB: differs: row 1');
  });

  it('has a chart, with a bar for each ratio and for their mean', () => {
    const chart = renderChart(report, run);
    expect(chart.match(/<rect [^>]*height="9"/g)).toHaveLength(2);
    expect(chart).toContain('wrong&lt;1>');
    expect(chart).toContain('4.00×');
  });
});

describe('the suites', () => {
  it.each(SUITES)('$name has queries with names of their own', ({ queries }) => {
    expect(new Set(queries.map(({ name }) => name)).size).toBe(queries.length);
  });

  it.each(SUITES)('$name says how its answers are to be compared', ({ queries }) => {
    for (const { name, sql, ordered, sortKeys, limit } of queries) {
      const limited = /LIMIT (\d+)/.exec(sql)?.[1];
      expect([name, limit]).toEqual([name, limited === undefined ? undefined : Number(limited)]);
      expect([name, sortKeys !== undefined]).toEqual([name, ordered === 'ties']);
      if (ordered === 'none' || ordered === 'any')
        expect(sql).not.toMatch(/^ORDER BY|GROUP BY .* ORDER BY/m);
    }
  });
});

function racer(name: string, answer: Rows | Error | null, trace: string[] = []): Racer {
  return {
    name,
    hasFiles: true,
    open: async () => {
      trace.push('open ');
      return 1;
    },
    answer: async () => {
      if (answer instanceof Error) throw answer;
      return answer;
    },
    time: async () => {
      trace.push(name);
      return 7;
    },
  };
}

function sampled(
  hotMs: number[],
  problem?: { kind: 'not supported' | 'failed' | 'differs'; text: string },
) {
  return { hotMs, coldMs: [], ...(problem && { problem }) };
}
