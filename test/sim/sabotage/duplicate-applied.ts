import { applyEntry } from '../../../src/coord/core/apply.ts';
import type { Sabotage } from './sabotage.ts';
import { withApply } from './with-apply.ts';

export const duplicateApplied: Sabotage = {
  name: 'duplicate-applied',
  sentence: 'A forwarded request that arrives twice is performed twice.',
  plant: () =>
    withApply(([state, entry, config]) => {
      const position = state.streams.get(entry.origin);
      const isDuplicate = position?.stream === entry.stream && position.sequence >= entry.sequence;
      if (!isDuplicate || entry.command.kind === 'openStream') {
        return applyEntry(state, entry, config);
      }
      state.streams.set(entry.origin, { ...position, sequence: entry.sequence - 1 });
      const applied = applyEntry(state, entry, config);
      state.streams.set(entry.origin, position);
      return applied;
    }),
};
