import { applyEntry } from '../../../src/coord/core/apply.ts';
import type { Sabotage } from './sabotage.ts';
import { withApply } from './with-apply.ts';

export const gapApplied: Sabotage = {
  name: 'gap-applied',
  sentence: 'A forwarded request is performed although one before it got lost.',
  plant: () =>
    withApply(([state, entry, config]) => {
      const position = state.streams.get(entry.origin);
      const isGap = position?.stream === entry.stream && position.sequence + 1 < entry.sequence;
      if (isGap) state.streams.set(entry.origin, { ...position, sequence: entry.sequence - 1 });
      return applyEntry(state, entry, config);
    }),
};
