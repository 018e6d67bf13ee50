import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import {
  assignGroups,
  balanceSegments,
  countHeld,
  type PlacedSegment,
  placeSegments,
} from '../../src/controller/placement.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);
const fresh = (count: number) =>
  new Map(names(count).map((name): [string, PlacedSegment] => [name, at([])]));
const at = (servers: readonly string[], partition: number | null = null): PlacedSegment => ({
  servers,
  partition,
});
const pool = (...servers: string[]) => ({ tag: 'T', servers });
const nothing = { own: new Map(), all: new Map() };

/** Segments of each server, those of `servers` that have none as well. */
function counts(placed: ReadonlyMap<string, readonly string[]>, servers: readonly string[]) {
  const held = countHeld([...placed.values()].map((its) => ({ servers: its })));
  return servers.map((server) => held.get(server) ?? 0);
}

describe('placing segments', () => {
  it('spreads them evenly over live servers', () => {
    const placed = placeSegments(fresh(9), pool('b', 'a', 'c'), nothing, 1);
    expect(counts(placed, ['a', 'b', 'c'])).toEqual([3, 3, 3]);
  });

  it('fills up servers that hold less of the table, then those that hold less at all', () => {
    const own = new Map([['a', 5]]);
    const all = new Map([
      ['a', 5],
      ['b', 9],
    ]);
    const servers = pool('a', 'b', 'c');
    expect([...placeSegments(fresh(2), servers, { own, all }, 1).values()]).toEqual([['c'], ['b']]);
  });

  it('puts copies on different servers, as many as there are', () => {
    for (const servers of placeSegments(fresh(5), pool('a', 'b', 'c'), nothing, 2).values()) {
      expect(new Set(servers).size).toBe(2);
    }
    expect(placeSegments(fresh(1), pool('a'), nothing, 3)).toEqual(new Map([['s0', ['a']]]));
  });

  it('gives each replica group a copy, and a partition to one server of each', () => {
    const groups = [
      ['a', 'b'],
      ['c', 'd'],
    ];
    const grouped = { tag: 'T', servers: groups.flat(), groups };
    const placed = placeSegments(fresh(4), grouped, nothing, 1);
    expect([...placed.values()]).toEqual([
      ['a', 'c'],
      ['b', 'd'],
      ['a', 'c'],
      ['b', 'd'],
    ]);
    const partitioned = new Map(names(4).map((name, n) => [name, at([], n % 4)]));
    expect([...placeSegments(partitioned, grouped, nothing, 1).values()]).toEqual([
      ['a', 'c'],
      ['b', 'd'],
      ['a', 'c'],
      ['b', 'd'],
    ]);
  });

  it('says that no server runs', () => {
    expect(() => placeSegments(fresh(1), pool(), nothing, 1)).toThrow(
      expect.objectContaining({ code: 'SERVER_UNAVAILABLE' }),
    );
    expect(() => balanceSegments(fresh(1), pool(), 1)).toThrow(
      expect.objectContaining({ code: 'SERVER_UNAVAILABLE' }),
    );
  });
});

describe('balancing segments', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

  it('holds on any servers: even, no copy twice, nothing left to do, few moves', () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    for (let round = 0; round < 300; round++) {
      const before = names(prng.integer(1, 6)).map((name) => `old-${name}`);
      const copies = prng.integer(1, 3);
      const count = prng.integer(0, 40);
      const first = balanceSegments(fresh(count), pool(...before), copies);
      const gone = prng.integer(0, before.length - 1);
      const servers = [...before.slice(gone), ...names(prng.integer(0, 3))];
      const held = new Map([...first].map(([name, its]) => [name, at(its)]));
      const next = balanceSegments(held, pool(...servers), copies);
      const wanted = Math.min(copies, servers.length);
      for (const its of next.values()) {
        expect(new Set(its).size).toBe(wanted);
        expect(servers).toEqual(expect.arrayContaining(its));
      }
      const after = counts(next, servers);
      expect(Math.max(...after) - Math.min(...after)).toBeLessThanOrEqual(1);
      const again = new Map([...next].map(([name, its]) => [name, at(its)]));
      expect(balanceSegments(again, pool(...servers), copies)).toEqual(next);
      // Servers take over what they have less than their share. A copy that is lost may have to go to
      // one that has enough already, since the others have the segment, and moves another one then.
      const kept = servers.map(
        (server) => [...first].filter(([, its]) => its.includes(server)).length,
      );
      const moved = [...next].flatMap(([name, its]) =>
        its.filter((server) => !first.get(name)!.includes(server)),
      ).length;
      const share = Math.ceil((count * wanted) / servers.length);
      const missing = kept.reduce((sum, own) => sum + Math.max(0, share - own), 0);
      const lost = [...first.values()].reduce(
        (sum, its) => sum + Math.max(0, wanted - its.filter((id) => servers.includes(id)).length),
        0,
      );
      expect(moved).toBeLessThanOrEqual(missing + lost);
    }
  });

  it('moves a quarter of all segments to a fourth server, and none between the others', () => {
    const three = balanceSegments(fresh(12), pool('a', 'b', 'c'), 2);
    const held = new Map([...three].map(([name, its]) => [name, at(its)]));
    const four = balanceSegments(held, pool('a', 'b', 'c', 'd'), 2);
    const added = [...four].flatMap(([name, its]) =>
      its.filter((server) => !three.get(name)!.includes(server)),
    );
    expect(added).toEqual(Array.from({ length: 6 }, () => 'd'));
  });

  it('moves in groups what servers of single copies held', () => {
    const groups = [
      ['a', 'b'],
      ['c', 'd'],
    ];
    const held = new Map(names(8).map((name, n) => [name, at([n % 2 === 0 ? 'a' : 'd'])]));
    const placed = balanceSegments(held, { tag: 'T', servers: groups.flat(), groups }, 2);
    for (const [name, its] of placed) {
      expect(its).toEqual(Number(name.slice(1)) % 2 === 0 ? ['a', 'c'] : ['b', 'd']);
    }
  });
});

describe('replica groups', () => {
  it('keep the places of servers that stay, and give those of others away', () => {
    const current = assignGroups([], ['a', 'b', 'c', 'd'], [], 2, 2);
    expect(current).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(assignGroups(current, ['a', 'c', 'd', 'e'], ['b'], 2, 2)).toEqual([
      ['a', 'e'],
      ['c', 'd'],
    ]);
    expect(assignGroups(current, ['a', 'c', 'd'], ['b'], 2, 2)).toEqual(current);
  });

  it('take as many servers as there are when their size is not said', () => {
    const six = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(
      assignGroups(
        [
          ['a', 'b'],
          ['c', 'd'],
        ],
        six,
        [],
        2,
        0,
      ),
    ).toEqual([
      ['a', 'b', 'e'],
      ['c', 'd', 'f'],
    ]);
  });

  it('are not made of too few servers', () => {
    expect(() => assignGroups([], ['a', 'b', 'c'], [], 2, 2)).toThrow(
      expect.objectContaining({ code: 'BAD_REQUEST', message: expect.stringContaining('need 4') }),
    );
    expect(() => assignGroups([], ['a'], [], 2, 0)).toThrow('need 2');
  });
});
