import { Raft } from '../../../src/coord/core/raft/raft.ts';
import type { Sabotage } from './sabotage.ts';

export const preVoteCounted: Sabotage = {
  name: 'pre-vote-counted',
  sentence: 'The answer to a pre-vote, which promises nothing, counts as a vote.',
  plant: () => ({
    parts: () => ({
      createRaft: (options) => {
        const raft = new Raft(options);
        const receive = raft.receive.bind(raft);
        raft.receive = (from, message) => {
          const isLate = raft.role === 'candidate' && message.kind === 'voteResponse';
          return receive(from, isLate ? { ...message, isPreVote: false } : message);
        };
        return raft;
      },
    }),
  }),
};
