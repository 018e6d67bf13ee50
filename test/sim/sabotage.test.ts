import { describe, expect, it } from 'vitest';
import { SABOTAGES } from './sabotage/catalogue.ts';
import { catchSabotage } from './sabotage/catch.ts';
import { COORDINATOR } from './systems.ts';

/** Planted bugs that show at once, of each kind one; `npm run sim:sabotage` goes through all. */
const QUICK: readonly string[] = [
  'vote-twice',
  'vote-forgotten-at-restart',
  'vote-for-older-log',
  'own-clock-applied',
  'sequence-reused',
  'multi-half-applied',
  'watch-lost-on-reconnect',
  'event-after-answer',
];
const SEEDS_MAX = 60;
const TIMEOUT_MS = 120_000;

describe('a planted bug', () => {
  const quick = SABOTAGES.filter(({ name }) => QUICK.includes(name));

  it.each(quick)(
    '$name is caught: $sentence',
    async (sabotage) => {
      const caught = await catchSabotage(COORDINATOR, sabotage.name, 1, SEEDS_MAX);
      expect(caught?.outcome.failure?.kind).toBe('safety violation');
    },
    TIMEOUT_MS,
  );

  it('has a name of its own', () => {
    expect(quick).toHaveLength(QUICK.length);
    expect(new Set(SABOTAGES.map(({ name }) => name)).size).toBe(SABOTAGES.length);
  });
});
