import Benchmark from 'benchmark';

/** One timed call: how long it took, and what it gave. */
export interface Timed<Result> {
  readonly elapsedMs: number;
  readonly result: Result;
}

/**
 * A Benchmark.js benchmark that performs exactly one call each time it is run, so that several
 * benchmarks can take turns; its samples are collected by the caller.
 *
 * @throws from the timed call: whatever `run` throws.
 */
export function timedCall<Result>(
  name: string,
  run: () => Promise<Result>,
): () => Promise<Timed<Result>> {
  let outcome: PromiseSettledResult<Result> | undefined;
  const benchmark = new Benchmark(name, {
    ...ONE_CALL,
    defer: true,
    fn: async (deferred: { resolve(): void }) => {
      [outcome] = await Promise.allSettled([run()]);
      deferred.resolve();
    },
  });
  return async () => {
    outcome = undefined;
    benchmark.reset();
    await new Promise<void>((resolve) => {
      benchmark.off('complete');
      benchmark.on('complete', () => resolve());
      benchmark.run({ async: true });
    });
    const settled = outcome as PromiseSettledResult<Result> | undefined;
    if (settled === undefined) throw benchmark.error ?? new Error(`benchmark: ${name} did not run`);
    if (settled.status === 'rejected') throw settled.reason;
    return { elapsedMs: benchmark.stats.sample[0] * 1000, result: settled.value };
  };
}

/** The middle value, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The mean for ratios: twice as fast and twice as slow cancel out. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Benchmark.js repeats a call until times add up; these least values make it stop after one. */
const ONE_CALL = { initCount: 1, minSamples: 1, minTime: 1e-9, maxTime: 1e-9, delay: 0 } as const;
