import { CONFIGURATIONS } from '../support/configurations.ts';
import { compareRandomQueries } from './random-suite.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const queryCount = Math.ceil(0.6 * Number(process.env.NYALA_FUZZ_QUERIES ?? 20_000));
console.log(`random queries: SEED=${seed}, ${queryCount} queries`);
compareRandomQueries(
  CONFIGURATIONS.filter(({ threads }) => threads === 0),
  queryCount,
  seed,
);
