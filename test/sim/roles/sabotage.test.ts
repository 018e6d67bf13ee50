import { describe, expect, it } from 'vitest';
import { catchSabotage } from '../sabotage/catch.ts';
import { CLUSTER } from '../systems.ts';

/** Planted bugs that take many seeds; `npm run sim -- --cluster --all-sabotages` goes through all. */
const SLOW: readonly string[] = [];
const SEEDS_MAX = 40;
const TIMEOUT_MS = 300_000;

describe('a bug that is planted in roles', () => {
  const quick = CLUSTER.sabotages.filter(({ name }) => !SLOW.includes(name));

  it.each(quick)(
    '$name is caught: $sentence',
    async ({ name }) => {
      const caught = await catchSabotage(CLUSTER, name, 1, SEEDS_MAX);
      expect(caught?.outcome.failure?.kind).toBeDefined();
    },
    TIMEOUT_MS,
  );

  it('has a name of its own, and there are a dozen', () => {
    const names = CLUSTER.sabotages.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining([...SLOW]));
    expect(quick.length).toBeGreaterThanOrEqual(12);
  });
});
