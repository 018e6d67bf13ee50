import { hasQuorum, quorumIndex } from '../../../src/coord/core/raft/quorum.ts';
import type { Sabotage } from './sabotage.ts';
import { withRules } from './with-rules.ts';
export const newMajorityOnly: Sabotage = {
  name: 'new-majority-only',
  sentence: 'While members change, elections and commits count the new members only.',
  plant: () =>
    withRules({
      hasElectionQuorum: ({ incoming }, isGranted) =>
        hasQuorum({ incoming, outgoing: [] }, isGranted),
      committedIndex: ({ incoming }, match) => quorumIndex({ incoming, outgoing: [] }, match),
    }),
};
