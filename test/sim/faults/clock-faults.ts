import type { FaultKind } from './kinds.ts';

/** Wall clocks that jump. That monotonic clocks run at different rates is drawn for every machine. */
export const CLOCK_FAULTS: readonly FaultKind[] = [
  {
    name: 'clock jump',
    durationMs: 10_000,
    begin: ({ world }) => {
      const { clock } = world.prng.pick([...world.nodes, ...world.clients]);
      const sign = world.prng.float() < 0.5 ? -1 : 1;
      const byMs = sign * 10 ** world.prng.integer(2, 8);
      clock.jump(byMs);
      return () => {
        if (world.prng.float() < 0.5) clock.jump(-byMs);
      };
    },
  },
];
