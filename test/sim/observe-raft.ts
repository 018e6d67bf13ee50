import type { Raft } from '../../src/coord/core/raft/raft.ts';
import type { RaftOutput } from '../../src/coord/core/raft/types.ts';

/** Who is told what consensus does. */
export interface RaftObserver {
  /** Told of everything that it asks for. */
  onOutput(output: RaftOutput, raft: Raft): void;
  /** Told that everything up to a persist is durable, before what follows from it. */
  onPersisted(number: number): void;
  /** Told that the node wants to read, before anything follows from it. */
  onReadAsked(context: number): void;
}

/** Lets somebody see what a node's consensus does; changes nothing. */
export function observeRaft(raft: Raft, observer: RaftObserver): Raft {
  const { persisted, requestRead } = raft;
  const seen = <O extends RaftOutput | null>(output: O): O => {
    if (output !== null) observer.onOutput(output, raft);
    return output;
  };
  const observed = <A extends readonly unknown[], O extends RaftOutput | null>(
    act: (...values: A) => O,
  ): ((...values: A) => O) => {
    const bound = act.bind(raft);
    return (...values) => seen(bound(...values));
  };
  raft.tick = observed(raft.tick);
  raft.receive = observed(raft.receive);
  raft.propose = observed(raft.propose);
  raft.proposeConfig = observed(raft.proposeConfig);
  raft.transferLeadership = observed(raft.transferLeadership);
  raft.peerConnected = observed(raft.peerConnected);
  raft.peerLost = observed(raft.peerLost);
  raft.requestRead = (context) => {
    observer.onReadAsked(context);
    return seen(requestRead.call(raft, context));
  };
  raft.persisted = (number) => {
    observer.onPersisted(number);
    return seen(persisted.call(raft, number));
  };
  return raft;
}
