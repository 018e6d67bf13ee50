import { describe, expect, it } from 'vitest';
import { Raft } from '../../../../src/coord/core/raft/raft.ts';
import { RAFT_RULES } from '../../../../src/coord/core/raft/rules.ts';
import type { RaftOptions } from '../../../../src/coord/core/raft/state.ts';
import type {
  Entry,
  RaftEnvelope,
  RaftMessage,
  RaftOutput,
  StoredRaft,
} from '../../../../src/coord/core/raft/types.ts';
import { configOf, membersOf, payload } from './node.ts';

/* Section numbers are those of "In Search of an Understandable Consensus Algorithm" (2014). */

describe('a vote (5.2, 5.4.1)', () => {
  it('goes to one candidate in a term, as often as that one asks', () => {
    const raft = node({ terms: [1] });
    expect(voteOf(raft, 2, { term: 2, lastIndex: 1, lastTerm: 1 })).toBe(true);
    expect(voteOf(raft, 3, { term: 2, lastIndex: 1, lastTerm: 1 })).toBe(false);
    expect(voteOf(raft, 2, { term: 2, lastIndex: 1, lastTerm: 1 })).toBe(true);
    expect(voteOf(raft, 3, { term: 3, lastIndex: 1, lastTerm: 1 })).toBe(true);
  });

  it('is remembered across a restart', () => {
    const raft = node({ terms: [1], term: 2, votedFor: 2 });
    expect(voteOf(raft, 3, { term: 2, lastIndex: 9, lastTerm: 2 })).toBe(false);
    expect(voteOf(raft, 2, { term: 2, lastIndex: 9, lastTerm: 2 })).toBe(true);
  });

  it.each([
    ['an older last term, however long the log', { lastIndex: 9, lastTerm: 1 }, false],
    ['the same last term and a shorter log', { lastIndex: 1, lastTerm: 2 }, false],
    ['the same log', { lastIndex: 2, lastTerm: 2 }, true],
    ['a newer last term, however short the log', { lastIndex: 1, lastTerm: 3 }, true],
  ])('for %s', (_what, last, isGranted) => {
    const raft = node({ terms: [1, 2] });
    expect(voteOf(raft, 2, { term: 4, ...last })).toBe(isGranted);
  });

  it('is told only when it is durable', () => {
    const raft = node({ terms: [1] });
    const asked = raft.receive(2, voteRequest({ term: 2, lastIndex: 1, lastTerm: 1 }));
    expect(kinds(asked)).toEqual([]);
    expect(asked.persist[0]!.hardState).toMatchObject({ term: 2, votedFor: 2 });
    expect(kinds(raft.persisted(asked.persist[0]!.number))).toEqual(['voteResponse']);
  });

  it('is not asked for before the own one is durable', () => {
    const raft = node({ terms: [1] });
    const output = untilCampaign(raft);
    expect(kinds(output)).toEqual(['voteRequest', 'voteRequest']);
    const granted: RaftMessage = {
      kind: 'voteResponse',
      term: 2,
      isPreVote: true,
      isGranted: true,
    };
    const candidate = raft.receive(2, granted);
    expect(raft.role).toBe('candidate');
    expect(kinds(candidate)).toEqual([]);
    expect(kinds(raft.persisted(1))).toEqual(['voteRequest', 'voteRequest']);
  });

  it('is refused while a leader is heard, unless that leader wants to be replaced', () => {
    const raft = node({ terms: [1] });
    flush(raft, raft.receive(3, heartbeat(1)));
    const last = { lastIndex: 1, lastTerm: 1 };
    expect(kinds(flush(raft, raft.receive(2, voteRequest({ term: 2, ...last }))))).toEqual([]);
    expect(raft.term).toBe(1);
    const transfer = voteRequest({ term: 2, ...last, isTransfer: true });
    expect(kinds(flush(raft, raft.receive(2, transfer)))).toEqual(['voteResponse']);
  });
});

describe('terms (5.1)', () => {
  it('of a message that is newer end leadership and candidacy', () => {
    const raft = leader();
    flush(raft, raft.receive(2, heartbeat(9)));
    expect([raft.role, raft.term, raft.leader]).toEqual(['follower', 9, 2]);
  });

  it('of a message that is older make its sender give up', () => {
    const raft = node({ terms: [1], term: 5 });
    const output = flush(raft, raft.receive(2, append({ term: 4, previous: [1, 1] }, [])));
    expect(output.send).toEqual([
      { to: 2, message: { kind: 'heartbeatResponse', term: 5, readRound: 0 } },
    ]);
  });

  it('of a pre-vote change nothing', () => {
    const raft = node({ terms: [1] });
    const request = voteRequest({ term: 7, lastIndex: 1, lastTerm: 1, isPreVote: true });
    const output = raft.receive(2, request);
    expect(raft.term).toBe(1);
    expect(output.persist).toEqual([]);
    expect(output.send[0]!.message).toMatchObject({ kind: 'voteResponse', isGranted: true });
  });
});

describe('an append (5.3)', () => {
  it('is rejected after an entry that is missing or different, with where to look next', () => {
    const raft = node({ terms: [1, 1, 2, 2, 2] });
    const missing = raft.receive(2, append({ term: 4, previous: [9, 4] }, []));
    expect(response(missing)).toMatchObject({ isRejected: true, index: 9, hintIndex: 5 });
    const different = raft.receive(2, append({ term: 4, previous: [4, 1] }, []));
    expect(response(different)).toMatchObject({ isRejected: true, hintIndex: 2, hintTerm: 1 });
  });

  it('replaces what differs, and nothing else', () => {
    const raft = node({ terms: [1, 1, 2, 2] });
    const entries = [entry(2, 1), entry(3, 3)];
    const output = raft.receive(2, append({ term: 3, previous: [1, 1] }, entries));
    expect(output.persist[0]!.entries).toEqual([entry(3, 3)]);
    expect(raft.lastIndex).toBe(3);
  });

  it('that comes late does not shorten the log', () => {
    const raft = node({ terms: [1, 1, 1] });
    const output = raft.receive(2, append({ term: 1, previous: [1, 1] }, [entry(2, 1)]));
    expect(output.persist).toEqual([]);
    expect(raft.lastIndex).toBe(3);
    expect(response(output)).toMatchObject({ isRejected: false, index: 2 });
  });

  it('is acknowledged when it is durable, and one answer does for several', () => {
    const raft = node({ terms: [1] });
    const first = raft.receive(2, append({ term: 1, previous: [1, 1] }, [entry(2, 1)]));
    const second = raft.receive(2, append({ term: 1, previous: [2, 1] }, [entry(3, 1)]));
    expect([...kinds(first), ...kinds(second)]).toEqual([]);
    const output = raft.persisted(2);
    expect(output.send).toHaveLength(1);
    expect(response(output)).toMatchObject({ isRejected: false, index: 3 });
  });

  it('commits no further than the logs are known to be equal', () => {
    const raft = node({ terms: [1, 1, 1, 1] });
    flush(raft, raft.receive(2, append({ term: 2, previous: [1, 1], commit: 4 }, [entry(2, 1)])));
    expect(raft.commitIndex).toBe(2);
  });
});

describe('a leader', () => {
  it('sends its entries before they are on its own disk, and counts itself when they are', () => {
    const raft = leader();
    const output = raft.propose([payload('a')])!;
    expect(kinds(output)).toEqual(['append', 'append']);
    const stored = raft.receive(2, stores(2, 3));
    expect(raft.commitIndex).toBe(2);
    expect(stored.committed).toEqual([]);
    expect(raft.persisted(output.persist[0]!.number).committed).toHaveLength(1);
    expect(raft.commitIndex).toBe(3);
  });

  it('puts proposals that come together into one append for each follower', () => {
    const raft = leader();
    const output = raft.propose([payload('a'), payload('b'), payload('c')])!;
    const lengths = output.send.map(({ message }) =>
      message.kind === 'append' ? message.entries.length : 0,
    );
    expect(lengths).toEqual([3, 3]);
  });

  it('does not commit an entry of an older term by counting (5.4.2, figure 8)', () => {
    const options = { electionTicks: 6, heartbeatTicks: 2 };
    for (const [rules, commitIndex] of [
      [RAFT_RULES, 0],
      [{ ...RAFT_RULES, mayCommit: () => true }, 2],
    ] as const) {
      const raft = node({ terms: [1, 2], term: 3 }, { ...options, rules });
      elect(raft);
      expect(raft.lastIndex).toBe(3);
      flush(raft, raft.receive(2, stores(4, 2)));
      expect(raft.commitIndex).toBe(commitIndex);
      flush(raft, raft.receive(2, stores(4, 3)));
      expect(raft.commitIndex).toBe(3);
    }
  });

  it('takes no proposals while it hands over, or when it does not lead', () => {
    const raft = leader();
    flush(raft, raft.transferLeadership(2));
    expect(raft.propose([payload('a')])).toBeNull();
    expect(node({ terms: [1] }).propose([payload('a')])).toBeNull();
  });

  it('stops to send to a follower that does not answer, at the limit of messages', () => {
    const raft = leader({ inflightMessagesMax: 2 });
    const sent = ['a', 'b', 'c', 'd'].flatMap((text) => raft.propose([payload(text)])!.send);
    expect(sent.filter(({ to }) => to === 2)).toHaveLength(2);
    const next = raft.receive(2, stores(2, 3)).send.filter(({ to }) => to === 2);
    expect(next.map(({ message }) => message.kind === 'append' && message.entries)).toEqual([
      [expect.objectContaining({ index: 5 }), expect.objectContaining({ index: 6 })],
    ]);
  });

  it('refuses members among whom nobody votes or one comes twice', () => {
    const raft = leader();
    expect(() => raft.proposeConfig(membersOf([], [1]), payload(''))).toThrow(/no participant/);
    expect(() => raft.proposeConfig(membersOf([1, 2, 2], []), payload(''))).toThrow(/twice/);
  });

  it('takes back a configuration whose entry is cut off', () => {
    const raft = leader();
    flush(raft, raft.proposeConfig(membersOf([1, 2, 3, 4, 5], []), payload('grow'))!);
    expect(raft.status().config.members).toHaveLength(5);
    expect(raft.status().config.outgoingVoters).toEqual([1, 2, 3]);
    flush(raft, raft.receive(2, append({ term: 5, previous: [2, 2] }, [entry(3, 5)])));
    expect(raft.status().config).toEqual(configOf([1, 2, 3]));
  });
});

describe('a node without its disk', () => {
  it('says nothing but probes', () => {
    for (const standing of ['fresh', 'damaged'] as const) {
      const raft = node({ terms: [], term: 0, standing });
      flush(raft, raft.tick());
      const silent = [
        raft.receive(2, voteRequest({ term: 2, lastIndex: 9, lastTerm: 1 })),
        raft.receive(2, append({ term: 2, previous: [0, 0] }, [entry(1, 2)])),
        raft.receive(2, heartbeat(2)),
      ];
      for (const output of silent) expect(kinds(flush(raft, output))).toEqual([]);
      const ticked = Array.from({ length: 40 }, () => kinds(flush(raft, raft.tick()))).flat();
      expect(new Set(ticked)).toEqual(new Set(['probe']));
      expect(raft.status().mayVote).toBe(false);
    }
  });

  it('is still without it after another start', () => {
    const damaged = node({ terms: [1], standing: 'damaged' });
    const hardState = damaged.tick().persist[0]!.hardState!;
    const again = node({ terms: [1], hardState });
    expect(again.status().mayVote).toBe(false);
    expect(kinds(flush(again, again.tick()))).toEqual(['probe', 'probe']);
  });

  it('believes no answer to a probe of an earlier start', () => {
    const raft = node({ terms: [], term: 0, standing: 'fresh' });
    const probe = raft.tick().send[0]!.message;
    const context = probe.kind === 'probe' ? probe.context : 0;
    const answer: RaftMessage = {
      kind: 'probeResponse',
      term: 0,
      context: context + 1,
      ownContext: 0,
      isPristine: true,
      lastIndex: 0,
      floorIndex: 0,
    };
    raft.receive(2, answer);
    expect(raft.status().mayVote).toBe(false);
    raft.receive(2, { ...answer, context });
    expect(raft.status().mayVote).toBe(true);
  });

  it('does not help to found a cluster that exists already', () => {
    const raft = node({ terms: [], term: 0, standing: 'fresh' });
    const probe = raft.tick().send[0]!.message;
    const context = probe.kind === 'probe' ? probe.context : 0;
    const answer = {
      kind: 'probeResponse',
      term: 0,
      context,
      ownContext: 0,
      floorIndex: 0,
    } as const;
    raft.receive(2, { ...answer, term: 4, isPristine: false, lastIndex: 9 });
    raft.receive(3, { ...answer, isPristine: true, lastIndex: 0 });
    expect(raft.status().mayVote).toBe(false);
  });

  it('that is the only voter and damaged never leads', () => {
    const stored = { terms: [1], standing: 'damaged' } as const;
    const raft = node(stored, { bootstrapConfig: configOf([1]) });
    for (let tick = 0; tick < 50; tick++) flush(raft, raft.tick());
    expect(raft.role).toBe('follower');
  });
});

describe('messages that no honest peer sends', () => {
  const bad: Readonly<Record<string, RaftMessage>> = {
    'a gap between entries': append({ term: 2, previous: [1, 1] }, [entry(2, 1), entry(4, 1)]),
    'a gap before entries': append({ term: 2, previous: [1, 1] }, [entry(3, 1)]),
    'falling terms': append({ term: 2, previous: [1, 1] }, [entry(2, 2), entry(3, 1)]),
    'a term of the future': append({ term: 2, previous: [1, 1] }, [entry(2, 3)]),
    'a negative index': append({ term: 2, previous: [-5, 0] }, []),
    'a snapshot part behind its end': snapshotPart({ offsetBytes: 90, totalBytes: 91 }),
    'a snapshot that is too large': snapshotPart({ totalBytes: 2 ** 40 }),
    'a snapshot of index 0': snapshotPart({ index: 0 }),
    'a snapshot without voters': snapshotPart({ config: configOf([], [1]) }),
    'an empty part': snapshotPart({ data: new Uint8Array() }),
    'an acknowledgement of nothing': stores(2, 999),
    'an answer of a stranger': { kind: 'heartbeatResponse', term: 2, readRound: 7 },
    'news for a follower': { kind: 'readResponse', term: 2, context: 5, index: 7 },
    'a call to election by nobody': { kind: 'timeoutNow', term: 1 },
  };
  for (const [name, message] of Object.entries(bad)) {
    it(`do no harm: ${name}`, () => {
      for (const raft of [node({ terms: [1, 1] }), leader()]) {
        const before = raft.commitIndex;
        for (const from of [2, 9]) flush(raft, raft.receive(from, message));
        expect(raft.commitIndex).toBe(before);
        expect(raft.lastIndex).toBe(2);
        expect(flush(raft, raft.tick()).installed).toBeNull();
      }
    });
  }
});

interface Stored {
  readonly terms: readonly number[];
  readonly term?: number;
  readonly votedFor?: number;
  readonly standing?: StoredRaft['standing'];
  readonly hardState?: StoredRaft['hardState'];
}

/** Node 1 of three, with a log of these terms. */
function node(stored: Stored, options: Partial<RaftOptions> = {}): Raft {
  const { terms, votedFor = 0, standing = 'sound' } = stored;
  const term = stored.term ?? terms.at(-1) ?? 0;
  return new Raft({
    id: 1,
    stored: {
      standing,
      hardState: stored.hardState ?? { term, votedFor, voteFloorIndex: 0 },
      snapshot: null,
      entries: terms.map((entryTerm, position) => entry(position + 1, entryTerm)),
    },
    bootstrapConfig: configOf([1, 2, 3]),
    random: () => 0,
    takeSnapshot: () => {
      throw new Error('nobody needs a snapshot here');
    },
    ...options,
  });
}

/** Node 1 as the leader of term 2, with entries 1 and 2 committed and stored by node 2 and 3. */
function leader(options: Partial<RaftOptions> = {}): Raft {
  const raft = node({ terms: [1] }, options);
  elect(raft);
  for (const id of [2, 3]) flush(raft, raft.receive(id, stores(2, 2)));
  expect([raft.role, raft.commitIndex]).toEqual(['leader', 2]);
  return raft;
}

function elect(raft: Raft): void {
  untilCampaign(raft);
  const term = raft.term + 1;
  for (const isPreVote of [true, false]) {
    flush(raft, raft.receive(2, { kind: 'voteResponse', term, isPreVote, isGranted: true }));
  }
  expect(raft.role).toBe('leader');
}

function untilCampaign(raft: Raft): RaftOutput {
  for (let tick = 0; tick < 20; tick++) {
    const output = raft.tick();
    if (raft.role !== 'follower') return output;
  }
  throw new Error('it does not stand for election');
}

/** Performs everything at once; gives all that was sent on the way. */
function flush(raft: Raft, output: RaftOutput): RaftOutput {
  const send: RaftEnvelope[] = [...output.send];
  for (let last = output.persist.at(-1); last !== undefined; ) {
    const next = raft.persisted(last.number);
    send.push(...next.send);
    last = next.persist.at(-1);
  }
  return { ...output, send };
}

function voteOf(raft: Raft, from: number, request: Partial<VoteRequest>): boolean {
  const output = flush(raft, raft.receive(from, voteRequest(request)));
  const message = output.send.find(({ to }) => to === from)!.message;
  return message.kind === 'voteResponse' && message.isGranted;
}

type VoteRequest = Extract<RaftMessage, { kind: 'voteRequest' }>;

function voteRequest(request: Partial<VoteRequest>): RaftMessage {
  const defaults = { isPreVote: false, isTransfer: false, lastIndex: 0, lastTerm: 0, term: 1 };
  return { kind: 'voteRequest', ...defaults, ...request };
}

function append(
  head: { term: number; previous: readonly [number, number]; commit?: number },
  entries: readonly Entry[],
): RaftMessage {
  const [previousIndex, previousTerm] = head.previous;
  const commitIndex = head.commit ?? 0;
  return { kind: 'append', term: head.term, previousIndex, previousTerm, commitIndex, entries };
}

function snapshotPart(part: Partial<Extract<RaftMessage, { kind: 'snapshot' }>>): RaftMessage {
  return {
    kind: 'snapshot',
    term: 2,
    index: 50,
    snapshotTerm: 1,
    config: configOf([1, 2, 3]),
    offsetBytes: 0,
    totalBytes: 100,
    data: new Uint8Array(10),
    ...part,
  };
}

function stores(term: number, index: number): RaftMessage {
  const hint = { hintIndex: 0, hintTerm: 0 };
  return { kind: 'appendResponse', term, isRejected: false, index, ...hint };
}

function heartbeat(term: number): RaftMessage {
  return { kind: 'heartbeat', term, commitIndex: 0, readRound: 0 };
}

function response(output: RaftOutput): RaftMessage {
  return output.send.find(({ message }) => message.kind === 'appendResponse')!.message;
}

function kinds(output: RaftOutput): string[] {
  return output.send.map(({ message }) => message.kind);
}

function entry(index: number, term: number): Entry {
  return { index, term, config: null, payload: new Uint8Array() };
}
