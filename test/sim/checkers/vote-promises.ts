import type { RaftOutput, StoredRaft } from '../../../src/coord/core/raft/types.ts';
import { SafetyViolation } from '../violation.ts';

const NAME = 'vote-promises';

/**
 * A vote that a node has sent is kept: it votes for nobody else in that term, and knows of it when it
 * starts again, unless it knows that its disk has lost something.
 */
export class VotePromises {
  readonly #byNode = new Map<number, { readonly term: number; readonly candidate: number }>();

  /** Looks at what a node sends. */
  sent(node: number, { send }: RaftOutput): void {
    for (const { to, message } of send) {
      if (message.kind !== 'voteResponse' || message.isPreVote || !message.isGranted) continue;
      const before = this.#byNode.get(node);
      const { term } = message;
      if (before !== undefined && before.term === term && before.candidate !== to) {
        throw new SafetyViolation(
          NAME,
          `node ${node} voted for ${before.candidate} and for ${to} in term ${term}`,
        );
      }
      this.#byNode.set(node, { term, candidate: to });
    }
  }

  /** Looks at what a node finds on its disk. */
  started(node: number, { standing, hardState }: StoredRaft): void {
    const promised = this.#byNode.get(node);
    if (promised === undefined) return;
    if (standing !== 'sound') {
      this.#byNode.delete(node);
      return;
    }
    const { term, votedFor } = hardState;
    const isKept =
      term > promised.term || (term === promised.term && votedFor === promised.candidate);
    if (isKept) return;
    throw new SafetyViolation(
      NAME,
      `node ${node} has voted for ${promised.candidate} in term ${promised.term} and found term ` +
        `${term} with a vote for ${votedFor} at its start`,
    );
  }
}
