import type { Sabotage } from './sabotage.ts';
import { withStorage } from './with-storage.ts';

export const damagedLogVotes: Sabotage = {
  name: 'damaged-log-votes',
  sentence: 'A node whose log has lost acknowledged entries goes on as if it were whole.',
  plant: () =>
    withStorage({
      stored: (stored) =>
        stored.standing === 'damaged' ? { ...stored, standing: 'sound' } : stored,
    }),
};
