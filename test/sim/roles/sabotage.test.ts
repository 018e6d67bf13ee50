import { describe, expect, it } from 'vitest';
import { catchSabotage } from '../sabotage/catch.ts';
import { CLUSTER } from '../systems.ts';

/** Seeds in which planted bugs show that do not in the first ones. */
const FIRST_SEEDS: Readonly<Record<string, number>> = {
  'death-ends-query': 7,
  'leads-for-ever': 57,
};
const SEEDS_MAX = 40;
const TIMEOUT_MS = 300_000;

describe('a bug that is planted in roles', () => {
  it.each(CLUSTER.sabotages)(
    '$name is caught: $sentence',
    async ({ name }) => {
      const caught = await catchSabotage(CLUSTER, name, FIRST_SEEDS[name] ?? 1, SEEDS_MAX);
      expect(caught?.outcome.failure?.kind).toBe('safety violation');
    },
    TIMEOUT_MS,
  );

  it('has a name of its own, and there are more than a dozen', () => {
    const names = CLUSTER.sabotages.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(Object.keys(FIRST_SEEDS)));
    expect(names.length).toBeGreaterThan(12);
  });
});
