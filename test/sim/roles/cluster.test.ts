import { describe, expect, it } from 'vitest';
import { declareSeeds } from '../seeds.ts';
import { CLUSTER } from '../systems.ts';

describe('a whole cluster under faults', () => {
  declareSeeds(CLUSTER, { seeds: 200, part: 0, parts: 2 });

  it('does the same again when the seed is the same', async () => {
    for (const seed of [5, 13]) {
      const first = await CLUSTER.simulate(seed);
      const second = await CLUSTER.simulate(seed);
      expect(second.traceHash).toBe(first.traceHash);
      expect(second.events).toBe(first.events);
    }
  });

  it('does something else when the seed is another', async () => {
    const first = await CLUSTER.simulate(23);
    const second = await CLUSTER.simulate(24);
    expect(second.traceHash).not.toBe(first.traceHash);
  });
});
