import { describe } from 'vitest';
import { declareSeeds } from '../seeds.ts';
import { CLUSTER } from '../systems.ts';

// A file of its own, so that the second worker has half of the seeds.
describe('a whole cluster under more faults', () => {
  declareSeeds(CLUSTER, { seeds: 200, part: 1, parts: 2 });
});
