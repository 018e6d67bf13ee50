import type { Raft } from '../../src/coord/core/raft/raft.ts';
import type { RaftOutput } from '../../src/coord/core/raft/types.ts';

/** Lets somebody see everything that a node's consensus asks for; changes nothing. */
export function observeRaft(raft: Raft, onOutput: (output: RaftOutput) => void): Raft {
  const { tick, receive, propose, persisted } = raft;
  const seen = (output: RaftOutput): RaftOutput => {
    onOutput(output);
    return output;
  };
  raft.tick = () => seen(tick.call(raft));
  raft.receive = (from, message) => seen(receive.call(raft, from, message));
  raft.persisted = (number) => seen(persisted.call(raft, number));
  raft.propose = (payloads) => {
    const output = propose.call(raft, payloads);
    return output === null ? null : seen(output);
  };
  return raft;
}
