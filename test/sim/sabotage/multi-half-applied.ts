import { applyEntry } from '../../../src/coord/core/apply.ts';
import { applyToTree } from '../../../src/coord/core/apply-tree.ts';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import type { Sabotage } from './sabotage.ts';
import { withApply } from './with-apply.ts';

export const multiHalfApplied: Sabotage = {
  name: 'multi-half-applied',
  sentence: 'A multi that fails leaves what it did before it failed.',
  plant: () =>
    withApply(([state, entry, config]) => {
      const applied = applyEntry(state, entry, config);
      const { command } = entry;
      if (command.kind !== 'multi' || applied?.result.kind !== 'multi') return applied;
      const failed = applied.result.results.findIndex(
        (result) => result.kind === 'error' && result.error !== ErrorNumber.OK,
      );
      for (const operation of command.operations.slice(0, Math.max(0, failed))) {
        applyToTree(state.tree, entry, { kind: 'multi', operations: [operation] });
      }
      return applied;
    }),
};
