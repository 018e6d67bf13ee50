import type { Sabotage } from './sabotage.ts';
import { withRules } from './with-rules.ts';
export const staleReadAfterSync: Sabotage = {
  name: 'stale-read-after-sync',
  sentence: 'A leader answers a sync without asking whether it still leads.',
  plant: () => withRules({ mayAnswerRead: () => true }),
};
