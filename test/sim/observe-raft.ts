import type { Raft } from '../../src/coord/core/raft/raft.ts';
import type { RaftOutput } from '../../src/coord/core/raft/types.ts';

/** Who is told what consensus does. */
export interface RaftObserver {
  /** Told of everything that it asks for. */
  onOutput(output: RaftOutput, raft: Raft): void;
  /** Told that everything up to a persist is durable, before what follows from it. */
  onPersisted(number: number): void;
}

/** Lets somebody see what a node's consensus does; changes nothing. */
export function observeRaft(raft: Raft, observer: RaftObserver): Raft {
  const { tick, receive, propose, persisted } = raft;
  const seen = (output: RaftOutput): RaftOutput => {
    observer.onOutput(output, raft);
    return output;
  };
  raft.tick = () => seen(tick.call(raft));
  raft.receive = (from, message) => seen(receive.call(raft, from, message));
  raft.persisted = (number) => {
    observer.onPersisted(number);
    return seen(persisted.call(raft, number));
  };
  raft.propose = (payloads) => {
    const output = propose.call(raft, payloads);
    return output === null ? null : seen(output);
  };
  return raft;
}
