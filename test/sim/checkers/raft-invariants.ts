import type { NodeStatus } from '../node-under-test.ts';
import { SafetyViolation } from '../violation.ts';

const NAME = 'raft-invariants';

/** What is looked at of a node. */
interface Looked {
  readonly id: number;
  /** Incarnations so far. */
  readonly startCount: number;
  /** Null while it does not run. */
  status(): NodeStatus | null;
}

/** What is remembered of a node from one look to the next. */
interface Seen {
  readonly incarnation: number;
  readonly term: number;
  readonly votedFor: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly mayVote: boolean;
}

/**
 * What Raft promises, as far as nodes tell of themselves (Ongaro 2014, figure 3.2): one leader a term
 * at most; a leader has everything that was ever committed; nothing goes back.
 */
export class RaftInvariants {
  readonly #seen = new Map<number, Seen>();
  readonly #leaders = new Map<number, number>();
  /** By the term in which a node knew it, the last index that was committed. */
  readonly #committed = new Map<number, number>();

  /** Looks at a node that has just run. */
  look(node: Looked): void {
    const status = node.status();
    if (status === null) return;
    const before = this.#seen.get(node.id);
    this.#expectOneLeader(node, status);
    this.#expectOrder(node, status);
    if (before !== undefined) expectForward(node, status, before);
    const { term, votedFor, commitIndex, appliedIndex, mayVote } = status;
    this.#committed.set(term, Math.max(this.#committed.get(term) ?? 0, commitIndex));
    const incarnation = node.startCount;
    const seen = { incarnation, term, votedFor, commitIndex, appliedIndex, mayVote };
    this.#seen.set(node.id, seen);
  }

  #expectOneLeader(node: Looked, { role, term, lastIndex }: NodeStatus): void {
    if (role !== 'leader') return;
    const leader = this.#leaders.get(term);
    if (leader !== undefined && leader !== node.id) {
      throw new SafetyViolation(NAME, `term ${term} has two leaders: ${leader} and ${node.id}`);
    }
    if (leader !== undefined) return;
    this.#leaders.set(term, node.id);
    // Later terms are left out: this one may have been deposed without knowing it yet.
    for (const [committedTerm, committed] of this.#committed) {
      if (committedTerm >= term || committed <= lastIndex) continue;
      throw new SafetyViolation(
        NAME,
        `node ${node.id} became leader of term ${term} with a log up to ${lastIndex}, ` +
          `but ${committed} was committed in term ${committedTerm}`,
      );
    }
  }

  #expectOrder(node: Looked, status: NodeStatus): void {
    const { appliedIndex, commitIndex, lastIndex } = status;
    if (appliedIndex <= commitIndex && commitIndex <= lastIndex) return;
    throw new SafetyViolation(
      NAME,
      `node ${node.id}: expected applied <= committed <= last, found ` +
        `${appliedIndex}, ${commitIndex}, ${lastIndex}`,
    );
  }
}

/** Between two incarnations what was not durable yet may be forgotten: nobody has been told of it. */
function expectForward(node: Looked, status: NodeStatus, before: Seen): void {
  if (before.incarnation !== node.startCount) return;
  const { term, votedFor, commitIndex, appliedIndex } = status;
  if (commitIndex < before.commitIndex || appliedIndex < before.appliedIndex) {
    const commits = `commit ${before.commitIndex} -> ${commitIndex}`;
    const applies = `applied ${before.appliedIndex} -> ${appliedIndex}`;
    throw new SafetyViolation(NAME, `node ${node.id} went back: ${commits}, ${applies}`);
  }
  if (term < before.term) {
    throw new SafetyViolation(NAME, `node ${node.id} went from term ${before.term} to ${term}`);
  }
  // A node that has lost its memory takes its leader for whom it voted for.
  if (!before.mayVote || term !== before.term || before.votedFor === 0) return;
  if (votedFor !== before.votedFor) {
    throw new SafetyViolation(
      NAME,
      `node ${node.id} voted for ${before.votedFor} and then ${votedFor} in term ${term}`,
    );
  }
}
