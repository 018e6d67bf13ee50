import { CONFIGURATIONS } from '../support/configurations.ts';
import { compareRandomQueries } from './random-suite.ts';

// Beside random.test.ts, so that both run at once.
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31) + 1_000_000;
const queryCount = Number(process.env.NYALA_FUZZ_QUERIES ?? 2_000) / 2;
console.log(`random queries on threads: SEED=${seed - 1_000_000}, ${queryCount} queries`);
compareRandomQueries(
  CONFIGURATIONS.filter(({ threads }) => threads > 0),
  queryCount,
  seed,
);
