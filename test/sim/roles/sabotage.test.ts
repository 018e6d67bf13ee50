import { describe, expect, it } from 'vitest';
import { catchSabotage } from '../sabotage/catch.ts';
import { CLUSTER } from '../systems.ts';

/** Seeds in which planted bugs show that do not in the first ones. */
const FIRST_SEEDS: Readonly<Record<string, number>> = {
  'death-ends-query': 7,
  'leads-for-ever': 57,
};
/** Take many seeds; `npm run sim -- --cluster --all-sabotages` goes through all. */
const SLOW: readonly string[] = ['missing-left-out', 'no-grace'];
const SEEDS_MAX = 40;
const TIMEOUT_MS = 300_000;

describe('a bug that is planted in roles', () => {
  const quick = CLUSTER.sabotages.filter(({ name }) => !SLOW.includes(name));

  it.each(quick)(
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
    expect(names).toEqual(expect.arrayContaining([...SLOW, ...Object.keys(FIRST_SEEDS)]));
    expect(quick.length).toBeGreaterThan(12);
  });
});
