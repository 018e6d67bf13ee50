import { describe, expect, it } from 'vitest';
import { declareSeeds } from './seeds.ts';
import { simulate } from './simulation.ts';
import { COORDINATOR } from './systems.ts';

describe('a coordinator under faults', () => {
  declareSeeds(COORDINATOR, { seeds: 300, part: 0, parts: 2 });

  it('does the same again when the seed is the same', async () => {
    for (const seed of [3, 14, 159]) {
      const first = await simulate(seed);
      const second = await simulate(seed);
      expect(second.traceHash).toBe(first.traceHash);
      expect(second.events).toBe(first.events);
    }
  });

  it('does something else when the seed is another', async () => {
    const first = await simulate(26);
    const second = await simulate(27);
    expect(second.traceHash).not.toBe(first.traceHash);
  });
});
