import { describe, expect, it } from 'vitest';
import { SizeStatistics, Summary } from '../../../src/coord/metrics/metric.ts';

describe('a summary', () => {
  it('is all zeros before the first value', () => {
    const summary = new Summary({ hasPercentiles: true });
    expect([summary.count, summary.sum, summary.min, summary.max, summary.average]).toEqual([
      0, 0, 0, 0, 0,
    ]);
    expect(summary.percentiles([0.5, 0.999])).toEqual([0, 0]);
  });

  it('knows count, sum, least, greatest and the average to four decimals', () => {
    const summary = new Summary();
    for (const value of [5, 1, 4]) summary.add(value);
    expect([summary.count, summary.sum, summary.min, summary.max]).toEqual([3, 10, 1, 5]);
    expect(summary.average).toBe(3.3333);
  });

  it('has percentiles by nearest rank', () => {
    const summary = new Summary({ hasPercentiles: true });
    for (let value = 1_000; value >= 1; value--) summary.add(value);
    expect(summary.percentiles([0.5, 0.95, 0.99, 0.999])).toEqual([500, 950, 990, 999]);
  });

  it('forgets old values in its percentiles and keeps them in everything else', () => {
    const summary = new Summary({ hasPercentiles: true });
    summary.add(1_000_000);
    for (let index = 0; index < 1_024; index++) summary.add(7);
    expect(summary.percentiles([1])).toEqual([7]);
    expect(summary.max).toBe(1_000_000);
    expect(summary.count).toBe(1_025);
  });

  it('starts again when it is reset', () => {
    const summary = new Summary({ hasPercentiles: true });
    summary.add(9);
    summary.reset();
    summary.add(2);
    expect([summary.count, summary.min, summary.max]).toEqual([1, 2, 2]);
    expect(summary.percentiles([0.5])).toEqual([2]);
  });
});

describe('sizes', () => {
  it('are -1 until there is one', () => {
    const sizes = new SizeStatistics();
    expect([sizes.last, sizes.min, sizes.max]).toEqual([-1, -1, -1]);
    for (const length of [5, 9, 7]) sizes.add(length);
    expect([sizes.last, sizes.min, sizes.max]).toEqual([7, 5, 9]);
    sizes.reset();
    expect([sizes.last, sizes.min, sizes.max]).toEqual([-1, -1, -1]);
  });
});
