import { describe, expect, it } from 'vitest';
import { RAFT_RULES, type RaftRules } from '../../../../src/coord/core/raft/rules.ts';
import { RandomCluster } from './random-cluster.ts';

const SEED = Number(process.env.SEED ?? 1);
const RUNS = Number(process.env.RUNS ?? (process.env.SEED === undefined ? 60 : 1));
const STEPS = 3_000;

describe('a cluster on a bad network with bad disks', () => {
  it('never contradicts itself, and agrees once it is left in peace', () => {
    console.log(`SEED=${SEED}`);
    let committed = 0;
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      const cluster = new RandomCluster(seed);
      try {
        cluster.run(STEPS);
        cluster.heal();
      } catch (error) {
        throw new Error(`SEED=${seed}: ${error}`, { cause: error });
      }
      committed += cluster.committedCount;
    }
    // A cluster that never commits is safe, too; this one must be of use.
    expect(committed).toBeGreaterThan(20 * RUNS);
  });
});

describe('the checks notice', () => {
  const bugs: Readonly<Record<string, Partial<RaftRules>>> = {
    'votes for older logs': { isLogUpToDate: () => true },
    'two votes in one term': {
      mayGrantVote: (question) => RAFT_RULES.mayGrantVote({ ...question, votedFor: 0, leader: 0 }),
    },
    'a minority that elects': {
      hasElectionQuorum: (voters, isGranted) => voters.incoming.some(isGranted),
    },
    'appends after a different entry': {
      matchesPrevious: (own, previous) => own >= 0 || own === previous,
    },
    'commits of what one node has': {
      committedIndex: (voters, match) => Math.max(...voters.incoming.map(match)),
    },
    'answers before the disk': { isDurable: () => true },
    'reads without a quorum': { mayAnswerRead: () => true },
  };
  for (const [name, bug] of Object.entries(bugs)) {
    it(name, () => {
      let failures = 0;
      for (let seed = 1; seed <= 2_000 && failures === 0; seed++) {
        try {
          new RandomCluster(seed, { ...RAFT_RULES, ...bug }).run(STEPS);
        } catch {
          failures++;
        }
      }
      expect(failures).toBe(1);
    });
  }
});
