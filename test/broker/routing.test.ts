import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { assignSegments } from '../../src/broker/routing.ts';

const everyone = () => true;

describe('routing segments to servers', () => {
  it('asks each segment of exactly one of its servers, whatever the state of the cluster', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
    process.stdout.write(`seed ${seed}\n`);
    const random = new Prng(seed);
    for (let round = 0; round < 2_000; round++) {
      const servers = Array.from({ length: random.integer(1, 6) }, (_, index) => `server${index}`);
      const down = new Set(servers.filter(() => random.float() < 0.2));
      const segments = new Map(
        Array.from({ length: random.integer(0, 20) }, (_, index) => [
          `segment${index}`,
          servers.filter(() => random.float() < 0.6),
        ]),
      );
      const isCovered = [...segments.values()].every((list) => list.some((s) => !down.has(s)));
      const route = () =>
        assignSegments(segments.keys(), segments, (server) => !down.has(server), round);
      if (!isCovered) {
        expect(route).toThrow(expect.objectContaining({ code: 'SEGMENT_UNAVAILABLE' }));
        continue;
      }
      const routed = [...route()].flatMap(([server, list]) => list.map((name) => [name, server]));
      expect(routed.map(([name]) => name).sort()).toEqual([...segments.keys()].sort());
      for (const [name, server] of routed) {
        expect(segments.get(name!)).toContain(server);
        expect(down).not.toContain(server);
      }
    }
  });

  it('lets replicas take turns', () => {
    const segments = new Map([['s', ['a', 'b']]]);
    const first = assignSegments(['s'], segments, everyone, 0);
    const second = assignSegments(['s'], segments, everyone, 1);
    expect([...first.keys(), ...second.keys()].sort()).toEqual(['a', 'b']);
  });

  it('names the segment and its servers when none is there', () => {
    const segments = new Map([['s1', ['a']]]);
    expect(() => assignSegments(['s1'], segments, () => false, 0)).toThrow(
      /segment s1 is on only a/,
    );
  });
});
