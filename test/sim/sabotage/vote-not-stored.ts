import type { Sabotage } from './sabotage.ts';
import { withStorage } from './with-storage.ts';
export const voteNotStored: Sabotage = {
  name: 'vote-not-stored',
  sentence: 'Term and vote never reach the disk.',
  plant: () => withStorage({ persist: (persist) => ({ ...persist, hardState: null }) }),
};
