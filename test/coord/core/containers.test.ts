import { describe, expect, it } from 'vitest';
import { CONTAINER_UNUSED_MS_MIN } from '../../../src/base/limits.ts';
import { DEFAULT_CONTAINERS, duePaths } from '../../../src/coord/core/containers.ts';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import { EntryFlag } from '../../../src/coord/core/model.ts';
import {
  CONTAINER_OWNER,
  isSession,
  TTL_MS_MAX,
  ttlMsOf,
  ttlOwner,
} from '../../../src/coord/core/node-owner.ts';
import { bytes, create, TreeBench } from './tree-bench.ts';

function prepared(): TreeBench {
  const bench = new TreeBench();
  bench.flags = EntryFlag.EXTENDED_TYPES;
  bench.ask(1, create('/c', { flags: 4, lifetime: { kind: 'container' } }));
  bench.ask(1, create('/t', { flags: 5, lifetime: { kind: 'ttl', ttlMs: 100 } }));
  bench.ask(1, create('/p'));
  bench.ask(1, create('/e', { flags: 1 }));
  return bench;
}

const UNUSED_MS = 300_000;
const due = (bench: TreeBench, settings = {}) =>
  duePaths(bench.tree, bench.timeMs, { ...DEFAULT_CONTAINERS, ...settings });

const end = (bench: TreeBench, path: string) => bench.errorOf(0, { kind: 'deleteContainer', path });

describe('containers', () => {
  it('are due once they have had a child and have none', () => {
    const bench = prepared();
    expect(due(bench)).toEqual([]);
    bench.ask(1, create('/c/x'));
    expect(due(bench)).toEqual([]);
    expect(end(bench, '/c')).toBe(ErrorNumber.NOT_EMPTY);
    bench.ask(1, { kind: 'delete', path: '/c/x', version: -1 });
    expect(due(bench)).toEqual(['/c']);
    expect(end(bench, '/c')).toBe(0);
    expect(end(bench, '/c')).toBe(ErrorNumber.NO_NODE);
    expect(due(bench)).toEqual([]);
  });

  it('that were never used stay, unless the leader is told how long', () => {
    const bench = prepared();
    const settings = { unusedMsMax: UNUSED_MS };
    bench.timeMs += UNUSED_MS;
    expect(due(bench, settings)).toEqual(['/t']);
    bench.timeMs++;
    expect(due(bench)).toEqual(['/t']);
    expect(due(bench, settings)).toEqual(['/c', '/t']);
    expect(due(bench, { ...settings, removalsMax: 1 })).toEqual(['/c']);
    expect(end(bench, '/c')).toBe(0);
  });

  it('that were created just now are not taken for older ones', () => {
    const bench = prepared();
    bench.timeMs += CONTAINER_UNUSED_MS_MIN;
    expect(end(bench, '/c')).toBe(ErrorNumber.BAD_VERSION);
  });

  it('tell watchers and their parents when they go', () => {
    const bench = prepared();
    bench.timeMs += UNUSED_MS;
    bench.ask(1, { kind: 'exists', path: '/c', watch: true });
    bench.ask(1, { kind: 'getChildren', path: '/', watch: true });
    end(bench, '/c');
    expect(bench.take()).toEqual(['1 deleted /c', '1 children /']);
    expect(bench.tree.get('/')?.pzxid).toBe(bench.zxid);
  });
});

describe('TTL nodes', () => {
  it('are due when their data is older than their time and they have no children', () => {
    const bench = prepared();
    bench.timeMs += 100;
    expect(due(bench)).toEqual([]);
    expect(end(bench, '/t')).toBe(ErrorNumber.BAD_VERSION);
    bench.ask(1, { kind: 'setData', path: '/t', data: bytes('again'), version: -1 });
    bench.timeMs += 100;
    expect(due(bench)).toEqual([]);
    bench.timeMs++;
    expect(due(bench)).toEqual(['/t']);
    bench.ask(1, create('/t/x'));
    expect(due(bench)).toEqual([]);
    bench.ask(1, { kind: 'delete', path: '/t/x', version: -1 });
    expect(end(bench, '/t')).toBe(0);
  });
});

describe('deleteContainer', () => {
  it('leaves every other node alone', () => {
    const bench = prepared();
    bench.timeMs += 10 * UNUSED_MS;
    expect(end(bench, '/p')).toBe(ErrorNumber.BAD_VERSION);
    expect(end(bench, '/e')).toBe(ErrorNumber.BAD_VERSION);
    expect(end(bench, '/zookeeper')).toBe(ErrorNumber.BAD_ARGUMENTS);
    expect(end(bench, 'nonsense')).toBe(ErrorNumber.BAD_ARGUMENTS);
  });
});

describe('the owner of a node', () => {
  it('says what kind of node it is', () => {
    expect(ttlOwner(1)).toBe(BigInt.asIntN(64, 0xff00_0000_0000_0001n));
    expect(ttlMsOf(ttlOwner(TTL_MS_MAX))).toBe(TTL_MS_MAX);
    const sessions = [1n, -1n - 2n ** 56n, 2n ** 63n - 1n, CONTAINER_OWNER + 1n];
    expect(sessions.filter((owner) => !isSession(owner))).toEqual([]);
    expect([0n, CONTAINER_OWNER, ttlOwner(1), ttlOwner(TTL_MS_MAX)].filter(isSession)).toEqual([]);
  });
});
