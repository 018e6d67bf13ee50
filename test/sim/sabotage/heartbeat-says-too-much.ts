import { Raft } from '../../../src/coord/core/raft/raft.ts';
import type { RaftOutput } from '../../../src/coord/core/raft/types.ts';
import { observeRaft } from '../observe-raft.ts';
import type { Sabotage } from './sabotage.ts';

export const heartbeatSaysTooMuch: Sabotage = {
  name: 'heartbeat-says-too-much',
  sentence: 'A heartbeat says what is committed, whether or not the follower has it.',
  plant: () => ({
    parts: () => ({
      createRaft: (options) =>
        observeRaft(new Raft(options), {
          onOutput: (output, raft) => exaggerate(output, raft.status().commitIndex),
          onPersisted: () => {},
          onReadAsked: () => {},
        }),
    }),
  }),
};

function exaggerate({ send }: RaftOutput, commitIndex: number): void {
  for (const [position, { to, message }] of send.entries()) {
    if (message.kind === 'heartbeat') send[position] = { to, message: { ...message, commitIndex } };
  }
}
