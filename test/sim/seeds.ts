import { expect, it } from 'vitest';
import { failureReport } from './report.ts';
import { simulate } from './simulation.ts';

/** Seeds of one test: a failure names one of a few. */
const SEEDS_PER_TEST = 25;
/** Seeds that all test files together go through. */
const SEEDS = 300;
const TIMEOUT_MS = 120_000;

/** The first seed: fixed, so that a test that was green stays so; `SEED=…` begins elsewhere. */
const FIRST_SEED = Number(process.env.SEED ?? 1);

/** Declares tests for a part of the seeds: the parts of `parts` run in files of their own, at once. */
export function declareSeeds(part: number, parts: number): void {
  const count = SEEDS / parts;
  const begin = FIRST_SEED + part * count;
  for (let first = begin; first < begin + count; first += SEEDS_PER_TEST) {
    const end = Math.min(first + SEEDS_PER_TEST, begin + count);
    it(
      `keeps every promise in the simulations ${first} to ${end - 1}`,
      async () => {
        for (let seed = first; seed < end; seed++) {
          const outcome = await simulate(seed);
          if (outcome.failure === null) continue;
          console.log(`SEED=${seed}\n${failureReport(outcome)}`);
          expect.fail(`seed ${seed}: ${outcome.failure.kind}: ${outcome.failure.message}`);
        }
      },
      TIMEOUT_MS,
    );
  }
}
