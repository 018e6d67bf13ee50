import type { Sabotage } from './sabotage.ts';
import { withStorage } from './with-storage.ts';
export const voteForgottenAtRestart: Sabotage = {
  name: 'vote-forgotten-at-restart',
  sentence: 'A node that starts again does not know whom it voted for.',
  plant: () =>
    withStorage({
      stored: (stored) => ({ ...stored, hardState: { ...stored.hardState, votedFor: 0 } }),
    }),
};
