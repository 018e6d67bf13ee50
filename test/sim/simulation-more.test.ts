import { describe } from 'vitest';
import { declareSeeds } from './seeds.ts';
import { COORDINATOR } from './systems.ts';

// A file of its own, so that the second worker has half of the seeds.
describe('a coordinator under more faults', () => {
  declareSeeds(COORDINATOR, { seeds: 300, part: 1, parts: 2 });
});
