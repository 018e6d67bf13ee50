import { describe, expect, it } from 'vitest';
import type { ClusterConfig, Entry, RaftOutput } from '../../src/coord/core/raft/types.ts';
import { LeaderCompleteness } from './checkers/leader-completeness.ts';

const config = (ids: readonly number[], outgoingVoters: readonly number[] = []): ClusterConfig => ({
  members: ids.map((id) => ({
    id,
    role: 'participant',
    peerHost: '',
    peerPort: 0,
    electionPort: 0,
    clientHost: '',
    clientPort: 0,
  })),
  outgoingVoters,
});

const entry = (index: number, term: number, config: ClusterConfig | null = null): Entry => ({
  index,
  term,
  config,
  payload: new Uint8Array(),
});

/** Nodes with these terms in their logs, of which one then commits its log up to an index. */
function commit(logs: Record<number, readonly Entry[]>, node: number, index: number): void {
  const completeness = new LeaderCompleteness();
  const hardState = { term: 9, votedFor: 0, voteFloorIndex: 0 };
  const bootstrap = config([1, 2, 3, 4, 5]);
  for (const [id, entries] of Object.entries(logs)) {
    const stored = { standing: 'sound', hardState, snapshot: null, entries } as const;
    completeness.started(Number(id), stored, bootstrap);
  }
  const committed = logs[node]!.slice(0, index);
  const nothing: RaftOutput = { persist: [], send: [], installed: null, committed, reads: [] };
  completeness.asked(node, nothing, () => true);
}

describe('an entry that is committed', () => {
  const old = [entry(1, 1), entry(2, 2)];

  it('is on most disks', () => {
    const logs = { 1: old, 2: old, 3: old, 4: [entry(1, 1)], 5: [entry(1, 1)] };
    expect(() => commit(logs, 1, 2)).not.toThrow();
    expect(() => commit({ ...logs, 3: [entry(1, 1)] }, 1, 2)).toThrow(
      'entry 2 of term 2 is committed, and node 3 could still be elected without it',
    );
  });

  it('is of the term of its leader: figure 8 of the paper', () => {
    const newer = [entry(1, 1), entry(2, 3)];
    const logs = { 1: old, 2: old, 3: old, 4: [entry(1, 1)], 5: newer };
    expect(() => commit(logs, 1, 2)).toThrow('node 5 could still be elected without it');
    const safe = [...old, entry(3, 4)];
    expect(() => commit({ ...logs, 1: safe, 2: safe, 3: safe }, 1, 3)).not.toThrow();
  });

  it('is held by a majority of the members that are being left, too', () => {
    const joint = [...old, entry(3, 2, config([1, 2, 3], [1, 2, 3, 4, 5]))];
    const logs = { 1: joint, 2: joint, 3: old, 4: old, 5: old };
    expect(() => commit(logs, 1, 3)).toThrow('node 3 could still be elected without it');
    expect(() => commit({ ...logs, 3: joint }, 1, 3)).not.toThrow();
  });
});
