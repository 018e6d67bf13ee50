import { hasQuorum, isVoter, votersOf } from '../../../src/coord/core/raft/quorum.ts';
import type {
  ClusterConfig,
  Persist,
  RaftOutput,
  StateSnapshot,
  StoredRaft,
} from '../../../src/coord/core/raft/types.ts';
import { SafetyViolation } from '../violation.ts';

const NAME = 'leader-completeness';

/** What a node's disk holds for certain. */
interface DurableLog {
  baseIndex: number;
  /** By index, from that of `baseIndex` on. */
  terms: number[];
  /** Every configuration in it, oldest first. */
  configs: { readonly index: number; readonly config: ClusterConfig }[];
  /** False while it does not know what it has lost. */
  mayVote: boolean;
  /** What is on its way to the disk. */
  pending: Persist[];
}

/**
 * When an entry is committed, nobody who lacks it could be elected any more: neither now nor after
 * any crash, because it looks at what is on the disks (Raft, 5.4.3, told before it is too late).
 */
export class LeaderCompleteness {
  readonly #logs = new Map<number, DurableLog>();
  #committed = 0;

  /** @param bootstrap holds on a disk that has no configuration. */
  started(
    node: number,
    { standing, hardState, snapshot, entries }: StoredRaft,
    bootstrap: ClusterConfig,
  ): void {
    const mayVote = standing === 'sound' && hardState.voteFloorIndex === 0;
    const log = emptyLog(snapshot, bootstrap, mayVote);
    this.#logs.set(node, log);
    write(log, { number: 0, hardState: null, snapshot: null, entries });
  }

  /** @param mayVote whether the node knows what it has promised. */
  asked(node: number, { persist, committed }: RaftOutput, mayVote: () => boolean): void {
    const log = this.#logs.get(node);
    if (log === undefined) return;
    if (persist.length > 0) {
      log.pending.push(...persist);
      log.mayVote = mayVote();
    }
    const last = committed.at(-1);
    if (last === undefined || last.index <= this.#committed) return;
    this.#committed = last.index;
    for (const candidate of this.#logs.keys()) this.#look(candidate, last.index, last.term);
  }

  /** Everything up to a persist is on a node's disk. */
  persisted(node: number, number: number): void {
    const log = this.#logs.get(node);
    while (log !== undefined && log.pending.length > 0 && log.pending[0]!.number <= number) {
      write(log, log.pending.shift()!);
    }
  }

  #look(candidate: number, index: number, term: number): void {
    const log = this.#logs.get(candidate)!;
    if (!log.mayVote || holds(log, index, term)) return;
    const voters = votersOf(log.configs.at(-1)!.config);
    if (!isVoter(voters, candidate)) return;
    const wouldVote = (id: number): boolean => {
      const other = this.#logs.get(id);
      return other?.mayVote === true && isUpToDate(log, other);
    };
    if (!hasQuorum(voters, wouldVote)) return;
    throw new SafetyViolation(
      NAME,
      `entry ${index} of term ${term} is committed, and node ${candidate} could still be elected ` +
        'without it',
    );
  }
}

function emptyLog(
  snapshot: StateSnapshot | null,
  bootstrap: ClusterConfig,
  mayVote: boolean,
): DurableLog {
  const { index, term, config } = snapshot ?? { index: 0, term: 0, config: bootstrap };
  return { baseIndex: index, terms: [term], configs: [{ index, config }], mayVote, pending: [] };
}

function write(log: DurableLog, { snapshot, entries }: Persist): void {
  if (snapshot !== null) {
    const { index, term, config } = snapshot;
    const kept = holds(log, index, term) ? log.terms.slice(index - log.baseIndex) : [term];
    const later = log.configs.filter((at) => at.index > index && at.index < index + kept.length);
    log.baseIndex = index;
    log.terms = kept;
    log.configs = [{ index, config }, ...later];
  }
  for (const { index, term, config } of entries) {
    log.terms.length = index - log.baseIndex;
    log.terms.push(term);
    while (log.configs.length > 1 && log.configs.at(-1)!.index >= index) log.configs.pop();
    if (config !== null) log.configs.push({ index, config });
  }
}

/** Also true for what a snapshot covers: that is committed, so it is the same everywhere. */
function holds(log: DurableLog, index: number, term: number): boolean {
  return index < log.baseIndex || log.terms[index - log.baseIndex] === term;
}

function isUpToDate(candidate: DurableLog, voter: DurableLog): boolean {
  const ownTerm = voter.terms.at(-1)!;
  const lastTerm = candidate.terms.at(-1)!;
  const lastIndex = candidate.baseIndex + candidate.terms.length;
  return (
    lastTerm > ownTerm ||
    (lastTerm === ownTerm && lastIndex >= voter.baseIndex + voter.terms.length)
  );
}
