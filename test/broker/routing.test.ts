import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { InstanceSelector } from '../../src/base/table-query-config.ts';
import {
  assignSegments,
  type Choice,
  replicaGroups,
  type SegmentServers,
  segmentUnavailable,
} from '../../src/broker/routing.ts';

const SELECTORS: InstanceSelector[] = ['balanced', 'replicaGroup', 'strictReplicaGroup'];

function choice(changes: Partial<Choice> = {}): Choice {
  return {
    selector: 'balanced',
    isUsable: () => true,
    isTrusted: () => true,
    scoreOf: null,
    turn: 0,
    ...changes,
  };
}

/** Segments of a table of two groups of replicas, a and b, with three servers each. */
function grouped(segmentCount: number): SegmentServers {
  return new Map(
    Array.from({ length: segmentCount }, (_, at) => [`s${at}`, [`a${at % 3}`, `b${(at + 1) % 3}`]]),
  );
}

function serversOf(servers: SegmentServers, changes: Partial<Choice>): string[] {
  return [...assignSegments([...servers.keys()], servers, choice(changes)).shares.keys()].sort();
}

describe('routing segments to servers', () => {
  it('asks each segment of exactly one of its servers, whatever the state of the cluster', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
    process.stdout.write(`seed ${seed}\n`);
    const random = new Prng(seed);
    for (let round = 0; round < 3_000; round++) {
      const servers = Array.from({ length: random.integer(1, 6) }, (_, index) => `server${index}`);
      const down = new Set(servers.filter(() => random.float() < 0.2));
      const doubted = new Set(servers.filter(() => random.float() < 0.3));
      const scores = new Map(servers.map((server) => [server, random.float()]));
      const segments = new Map(
        Array.from({ length: random.integer(0, 20) }, (_, index) => [
          `segment${index}`,
          servers.filter(() => random.float() < 0.6),
        ]),
      );
      const { shares, uncovered } = assignSegments(
        [...segments.keys()],
        segments,
        choice({
          selector: SELECTORS[round % 3]!,
          isUsable: (server) => !down.has(server),
          isTrusted: (server) => !doubted.has(server),
          scoreOf: round % 2 === 0 ? null : (server) => scores.get(server)!,
          turn: round,
        }),
      );
      const isAnswerable = (name: string) => segments.get(name)!.some((one) => !down.has(one));
      expect(uncovered).toEqual([...segments.keys()].filter((name) => !isAnswerable(name)));
      const routed = [...shares].flatMap(([server, list]) => list.map((name) => [name, server]));
      const covered = [...segments.keys()].filter(isAnswerable);
      expect(routed.map(([name]) => name).sort()).toEqual(covered.sort());
      for (const [name, server] of routed) {
        const replicas = segments.get(name!)!.filter((one) => !down.has(one));
        expect(replicas).toContain(server);
        const isAnyTrusted = replicas.some((one) => !doubted.has(one));
        if (isAnyTrusted) expect(doubted).not.toContain(server);
      }
    }
  });

  it('lets replicas take turns', () => {
    const segments = new Map([['s', ['a', 'b']]]);
    const turns = [0, 1].map((turn) => serversOf(segments, { turn }));
    expect(turns.flat().sort()).toEqual(['a', 'b']);
  });

  it('takes the replica with the least score', () => {
    const segments = new Map([['s', ['a', 'b', 'c']]]);
    const scoreOf = (server: string) => ({ a: 3, b: 1, c: 2 })[server]!;
    for (const selector of SELECTORS) {
      for (const turn of [0, 1, 2]) {
        expect(serversOf(segments, { selector, turn, scoreOf })).toEqual(['b']);
      }
    }
  });

  it('names the segment and its servers when none is there', () => {
    const segments = new Map([['s1', ['a']]]);
    expect(segmentUnavailable('s1', segments).message).toMatch(/segment s1 is on only a/);
    expect(segmentUnavailable('s2', segments).message).toMatch(/segment s2 is on no server/);
  });
});

describe('groups of replicas', () => {
  it('are found in how segments were placed', () => {
    expect(replicaGroups(grouped(12))).toEqual([
      ['a0', 'a1', 'a2'],
      ['b0', 'b1', 'b2'],
    ]);
  });

  it('take turns, and a query asks servers of one only', () => {
    for (const selector of SELECTORS.slice(1)) {
      const turns = [0, 1].map((turn) => serversOf(grouped(12), { selector, turn }));
      expect(turns).toEqual([
        ['a0', 'a1', 'a2'],
        ['b0', 'b1', 'b2'],
      ]);
    }
    expect(serversOf(grouped(12), { selector: 'balanced' })).toHaveLength(6);
  });

  it('are left only for the segments of a server that is doubted, or not at all if strict', () => {
    const isTrusted = (server: string) => server !== 'a1';
    const plain = serversOf(grouped(12), { selector: 'replicaGroup', isTrusted });
    expect(plain).toEqual(['a0', 'a2', 'b2']);
    const strict = serversOf(grouped(12), { selector: 'strictReplicaGroup', isTrusted });
    expect(strict).toEqual(['b0', 'b1', 'b2']);
  });

  it('of which none is whole still answer together', () => {
    const isTrusted = (server: string) => !['a1', 'b0'].includes(server);
    const selector = 'strictReplicaGroup';
    expect(serversOf(grouped(12), { selector, isTrusted })).toEqual(['a0', 'a2', 'b2']);
  });
});
