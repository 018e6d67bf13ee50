import type { Sabotage } from './sabotage.ts';
import { withRules } from './with-rules.ts';
export const voteTwice: Sabotage = {
  name: 'vote-twice',
  sentence: 'A voter votes for everybody who asks in a term.',
  plant: () =>
    withRules({ mayGrantVote: ({ mayVote, isLogUpToDate }) => mayVote && isLogUpToDate }),
};
