import { expect, it } from 'vitest';
import { failureReport } from './report.ts';
import { CLUSTER, type SimulatedSystem } from './systems.ts';

/** Seeds of one test: a failure names one of a few. */
const SEEDS_PER_TEST = 25;
const TIMEOUT_MS = 300_000;

/** The first seed: fixed, so that a test that was green stays so; `SEED=…` begins elsewhere. */
const FIRST_SEED = Number(process.env.SEED ?? 1);

/** Which seeds of a system a test file goes through: the parts run in files of their own, at once. */
export interface SeedRange {
  /** Of all parts together. */
  readonly seeds: number;
  readonly part: number;
  readonly parts: number;
}

/** Declares tests for a part of the seeds. */
export function declareSeeds(system: SimulatedSystem, { seeds, part, parts }: SeedRange): void {
  const count = seeds / parts;
  const begin = FIRST_SEED + part * count;
  for (let first = begin; first < begin + count; first += SEEDS_PER_TEST) {
    const end = Math.min(first + SEEDS_PER_TEST, begin + count);
    it(
      `keeps every promise in the simulations ${first} to ${end - 1}`,
      async () => {
        for (let seed = first; seed < end; seed++) {
          const outcome = await system.simulate(seed);
          if (outcome.failure === null) continue;
          console.log(`SEED=${seed}\n${failureReport(outcome, { isCluster: system === CLUSTER })}`);
          expect.fail(`seed ${seed}: ${outcome.failure.kind}: ${outcome.failure.message}`);
        }
      },
      TIMEOUT_MS,
    );
  }
}
