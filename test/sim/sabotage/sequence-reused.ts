import { applyEntry } from '../../../src/coord/core/apply.ts';
import { parentPath } from '../../../src/coord/core/path.ts';
import type { Sabotage } from './sabotage.ts';
import { withApply } from './with-apply.ts';

export const sequenceReused: Sabotage = {
  name: 'sequence-reused',
  sentence: 'A deletion gives the last number of a sequence back.',
  plant: () =>
    withApply(([state, entry, config]) => {
      const applied = applyEntry(state, entry, config);
      const { command } = entry;
      if (command.kind === 'delete' && applied?.result.kind === 'deleted') {
        const parent: { childCreates: number } = state.tree.get(parentPath(command.path))!;
        parent.childCreates--;
      }
      return applied;
    }),
};
