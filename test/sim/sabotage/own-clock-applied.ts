import { applyEntry } from '../../../src/coord/core/apply.ts';
import type { Sabotage } from './sabotage.ts';
import { withApply } from './with-apply.ts';

export const ownClockApplied: Sabotage = {
  name: 'own-clock-applied',
  sentence: 'Every node takes the time of a change from its own clock, not from the leader.',
  plant: () =>
    withApply(([state, entry, config], node) => {
      const timeMs = Math.floor(node.clock.wallMs);
      return applyEntry(state, { ...entry, timeMs }, config);
    }),
};
