import { CONFIGURATIONS } from '../support/configurations.ts';
import { compareRandomQueries } from './random-suite.ts';

// Beside random.test.ts, so that both run at once; a query on threads takes longer.
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31) + 1_000_000;
const queryCount = Math.floor(0.4 * Number(process.env.NYALA_FUZZ_QUERIES ?? 20_000));
console.log(`random queries on threads: SEED=${seed - 1_000_000}, ${queryCount} queries`);
compareRandomQueries(
  CONFIGURATIONS.filter(({ threads }) => threads > 0),
  queryCount,
  seed,
);
