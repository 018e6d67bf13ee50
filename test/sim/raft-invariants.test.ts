import { describe, expect, it } from 'vitest';
import { RaftInvariants } from './checkers/raft-invariants.ts';
import type { NodeStatus } from './node-under-test.ts';

const STATUS: NodeStatus = {
  id: 1,
  role: 'follower',
  term: 1,
  votedFor: 0,
  leader: 0,
  commitIndex: 0,
  lastIndex: 0,
  firstIndex: 1,
  appliedIndex: 0,
  config: { members: [], outgoingVoters: [] },
  mayVote: true,
  matchIndexes: new Map(),
};

function looker(): (id: number, status: Partial<NodeStatus>) => void {
  const invariants = new RaftInvariants();
  return (id, status) =>
    invariants.look({ id, startCount: 1, status: () => ({ ...STATUS, ...status, id }) });
}

describe('a leader that is seen for the first time', () => {
  it('must have what was committed in earlier terms', () => {
    const look = looker();
    look(2, { term: 3, commitIndex: 56, lastIndex: 56 });
    expect(() => look(1, { role: 'leader', term: 4, lastIndex: 53 })).toThrow(
      'node 1 became leader of term 4 with a log up to 53, but 56 was committed in term 3',
    );
  });

  it('may lack what was committed since it was deposed without knowing it', () => {
    const look = looker();
    look(3, { role: 'leader', term: 5, commitIndex: 56, lastIndex: 56 });
    look(1, { role: 'leader', term: 4, lastIndex: 53 });
    expect(() => look(2, { role: 'leader', term: 5 })).toThrow('term 5 has two leaders: 3 and 2');
  });
});
