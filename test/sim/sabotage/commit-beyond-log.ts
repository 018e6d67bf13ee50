import type { Sabotage } from './sabotage.ts';
import { withRules } from './with-rules.ts';
export const commitBeyondLog: Sabotage = {
  name: 'commit-beyond-log',
  sentence: 'A follower commits what the leader has, not what it knows to hold as well.',
  plant: () => withRules({ followerCommitIndex: (commitIndex) => commitIndex }),
};
