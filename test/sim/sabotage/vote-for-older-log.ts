import type { Sabotage } from './sabotage.ts';
import { withRules } from './with-rules.ts';
export const voteForOlderLog: Sabotage = {
  name: 'vote-for-older-log',
  sentence: 'A voter does not compare the logs, so a leader may lack what was committed.',
  plant: () => withRules({ isLogUpToDate: () => true }),
};
