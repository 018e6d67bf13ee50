import type { Sabotage } from './sabotage.ts';
import { withStorage } from './with-storage.ts';
export const freshDiskVotes: Sabotage = {
  name: 'fresh-disk-votes',
  sentence: 'A node with an empty disk votes at once, as if it had never promised anything.',
  plant: () =>
    withStorage({
      stored: (stored) => (stored.standing === 'fresh' ? { ...stored, standing: 'sound' } : stored),
    }),
};
