import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../src/base/bytes.ts';
import { crc32c } from '../../../src/base/checksum.ts';
import { Prng } from '../../../src/base/prng.ts';
import { EntryFlag } from '../../../src/coord/core/model.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/coord/core/snapshot.ts';
import { bytes, create, list, TreeBench } from './tree-bench.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

const LISTS = [
  list(['world', 'anyone', 31]),
  list(['world', 'anyone', 1]),
  list(['digest', 'jö:x', 31], ['ip', '::/0', 1]),
  list(['sasl', '', 31]),
];

/** A tree with everything that there can be, changed for a while. */
function grown(prng: Prng): TreeBench {
  const bench = new TreeBench();
  bench.flags = EntryFlag.EXTENDED_TYPES;
  bench.ask(1, create('/zookeeper/quota/d'));
  bench.ask(1, create('/zookeeper/quota/d/zookeeper_limits', { data: bytes('count=9') }));
  bench.ask(1, create('/zookeeper/quota/d/zookeeper_stats'));
  const paths = ['/d', '/d/e', '/d/e/f', '/ä', '/ä/日本', '/g'];
  for (let round = 0; round < 150; round++) {
    const path = prng.pick(paths);
    const connection = prng.integer(1, 4);
    const acl = prng.pick(LISTS);
    const data = prng.pick([null, bytes(''), bytes('abc')]);
    bench.timeMs += prng.integer(0, 50);
    switch (prng.integer(0, 7)) {
      case 0:
        bench.ask(connection, { kind: 'delete', path, version: -1 });
        break;
      case 1:
        bench.ask(connection, { kind: 'setData', path, data, version: -1 });
        break;
      case 2:
        bench.ask(connection, { kind: 'setAcl', path, acl, version: -1 });
        break;
      case 3:
        bench.ask(connection, create(path, { acl, lifetime: { kind: 'container' } }));
        break;
      case 4:
        bench.ask(
          connection,
          create(path, { acl, flags: 5, lifetime: { kind: 'ttl', ttlMs: 2 ** 40 - 1 } }),
        );
        break;
      default:
        bench.ask(connection, create(path, { acl, data, flags: prng.pick([0, 0, 1, 2, 3]) }));
    }
  }
  return bench;
}

const sessions = () =>
  new Map([
    [-5n, { timeoutMs: 1, password: bytes('negative ids come first'), owner: 254 }],
    [0x7fn << 56n, { timeoutMs: 60_000, password: new Uint8Array(16), owner: 1 }],
  ]);

const streams = () =>
  new Map([
    [3, { stream: 2 ** 40, sequence: 0 }],
    [1, { stream: 5, sequence: 2 ** 53 - 1 }],
  ]);

describe('a snapshot', () => {
  it('gives back the same state, and the same bytes again (random)', () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    for (let round = 0; round < 20; round++) {
      const { tree } = grown(prng);
      const first = encodeSnapshot({
        zxid: 7n,
        state: { tree, sessions: sessions(), streams: streams() },
      }).slice();
      const { zxid, state } = decodeSnapshot(first, 'snapshot');
      expect(zxid).toBe(7n);
      expect(state.sessions).toEqual(sessions());
      expect(state.streams).toEqual(streams());
      expect(Buffer.compare(encodeSnapshot({ zxid, state }), first)).toBe(0);
      const again = state.tree;
      expect(again.sortedPaths()).toEqual(tree.sortedPaths());
      for (const path of tree.sortedPaths()) {
        const { children, ...facts } = again.get(path)!;
        const { children: expected, ...expectedFacts } = tree.get(path)!;
        expect(facts).toEqual(expectedFacts);
        expect([...(children ?? [])].sort()).toEqual([...(expected ?? [])].sort());
      }
      expect(again.dataSizeBytes).toBe(tree.dataSizeBytes);
      expect([...again.containerPaths]).toEqual([...tree.containerPaths].sort());
      expect([...again.ttlPaths]).toEqual([...tree.ttlPaths].sort());
      for (const id of [1n, 2n, 3n]) expect(again.ephemeralsOf(id)).toEqual(tree.ephemeralsOf(id));
      expect(again.quotaRootOf('/d/e')).toBe('/d');
    }
  });

  it('is the same whatever the order in which equal states came about', () => {
    const build = (order: readonly string[]) => {
      const bench = new TreeBench();
      bench.ask(1, create('/d'));
      for (const path of order) {
        bench.zxid = 10n;
        bench.ask(1, create(path, { acl: path === '/d/b' ? LISTS[1]! : LISTS[2]! }));
      }
      return bench.snapshot();
    };
    expect(build(['/d/a', '/d/b', '/d/c'])).toEqual(build(['/d/c', '/d/b', '/d/a']));
  });

  it('holds each access list once', () => {
    const bench = new TreeBench();
    const acl = list(['digest', 'a-rather-long-name:x', 31]);
    for (let index = 0; index < 50; index++) bench.ask(1, create(`/n${index}`, { acl }));
    const text = Buffer.from(bench.snapshot()).toString('latin1');
    expect(text.split('a-rather-long-name').length).toBe(2);
    const { state } = decodeSnapshot(bench.snapshot(), 'snapshot');
    expect(state.tree.get('/n0')?.acl).toBe(state.tree.get('/n49')?.acl);
  });

  it('is refused when its checksum holds and its contents do not', () => {
    const whole = new TreeBench().snapshot();
    const body = whole.subarray(0, whole.length - 4);
    let refusals = 0;
    const load = (changed: Uint8Array): void => {
      try {
        decodeSnapshot(sealed(changed), 'snapshot');
      } catch (error) {
        expect(error).toMatchObject({ code: 'CORRUPT_DATA' });
        refusals++;
      }
    };
    for (let length = 0; length < body.length; length++) load(body.subarray(0, length));
    expect(refusals).toBe(body.length);
    for (let index = 0; index < body.length; index++) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = body.slice();
        changed[index] = value;
        load(changed);
      }
    }
    expect(refusals).toBeGreaterThan(body.length + 100);
  });
});

function sealed(body: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.bytes(body);
  writer.uint32(crc32c(body));
  return writer.finish();
}
