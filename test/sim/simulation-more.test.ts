import { describe } from 'vitest';
import { declareSeeds } from './seeds.ts';

// A file of its own, so that the second worker has half of the seeds.
describe('a coordinator under more faults', () => {
  declareSeeds(1, 2);
});
