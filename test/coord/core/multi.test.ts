import { describe, expect, it } from 'vitest';
import { Prng } from '../../../src/base/prng.ts';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import { EntryFlag, type MultiOperation } from '../../../src/coord/core/model.ts';
import { ANYONE, bytes, create, list, TreeBench } from './tree-bench.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

describe('multi', () => {
  it('lets later operations see earlier ones, under one zxid', () => {
    const bench = new TreeBench();
    const result = bench.ask(1, {
      kind: 'multi',
      operations: [
        create('/m'),
        create('/m/n-', { flags: 2 }),
        create('/m/n-', { flags: 2, withStat: true }),
        create('/m/c', { flags: 4, lifetime: { kind: 'container' }, withStat: true }),
        { kind: 'setData', path: '/m', data: bytes('1'), version: 0 },
        { kind: 'check', path: '/m', version: 1 },
        { kind: 'delete', path: '/m/n-0000000000', version: 0 },
      ],
    });
    expect(result).toMatchObject({
      results: [
        { kind: 'created', path: '/m', stat: null },
        { kind: 'created', path: '/m/n-0000000000', stat: null },
        { kind: 'created', path: '/m/n-0000000001', stat: { czxid: bench.zxid } },
        { kind: 'created', path: '/m/c', stat: { czxid: bench.zxid, ephemeralOwner: 0n } },
        { kind: 'dataSet', stat: { version: 1 } },
        { kind: 'checked' },
        { kind: 'deleted' },
      ],
    });
  });

  it('says which operation failed', () => {
    const bench = new TreeBench();
    bench.ask(1, create('/a'));
    const operations = [create('/m'), create('/a'), create('/n')];
    expect(bench.ask(1, { kind: 'multi', operations })).toEqual({
      kind: 'multi',
      results: [
        { kind: 'error', error: 0 },
        { kind: 'error', error: ErrorNumber.NODE_EXISTS },
        { kind: 'error', error: ErrorNumber.RUNTIME_INCONSISTENCY },
      ],
    });
  });

  it('leaves no trace of a failed one, whatever it did before (random)', () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    const bench = new TreeBench();
    bench.flags = EntryFlag.EXTENDED_TYPES | EntryFlag.ENFORCE_QUOTA;
    bench.prove(1, { scheme: 'digest', id: 'u:x' });
    bench.ask(1, { kind: 'addWatch', path: '/', mode: 1 });
    bench.ask(1, create('/zookeeper/quota/a'));
    let failures = 0;
    for (let round = 0; round < 1_500; round++) {
      const operations = Array.from({ length: prng.integer(1, 6) }, () => operation(prng));
      const before = bench.snapshot();
      const facts = factsOf(bench);
      bench.take();
      const result = bench.ask(1, { kind: 'multi', operations });
      const hasFailed =
        result.kind === 'multi' && result.results.some(({ kind }) => kind === 'error');
      if (!hasFailed) continue;
      failures++;
      expect(Buffer.compare(bench.snapshot(), before)).toBe(0);
      expect(factsOf(bench)).toEqual(facts);
      expect(bench.take()).toEqual([]);
    }
    expect(failures).toBeGreaterThan(200);
    expect(failures).toBeLessThan(1_500);
  });
});

const PATHS = ['/a', '/b', '/a/x', '/a/y', '/b/z', '/a/x/1'];
const QUOTA_PATHS = ['/zookeeper/quota/a/zookeeper_limits', '/zookeeper/quota/a/zookeeper_stats'];
const LISTS = [ANYONE, list(['auth', '', 31]), list(['world', 'anyone', 13], ['ip', '::/0', 2])];

function operation(prng: Prng): MultiOperation {
  const path = prng.pick(prng.integer(0, 4) === 0 ? QUOTA_PATHS : PATHS);
  const limits = bytes(
    prng.pick(['count=3,bytes=-1', 'countHardLimit=4;byteHardLimit=20', 'bytes=5', '?']),
  );
  const data = path.endsWith('limits') ? limits : bytes('x'.repeat(prng.integer(0, 9)));
  switch (prng.integer(0, 6)) {
    case 0:
    case 1:
      return { kind: 'delete', path, version: -1 };
    case 2:
      // What cannot be read as stats stays as it is, so a client's write would stick.
      return path.endsWith('stats')
        ? { kind: 'check', path, version: 0 }
        : { kind: 'setData', path, data, version: -1 };
    case 3:
      return create(path, { data, acl: prng.pick(LISTS), flags: prng.pick([0, 1, 2, 3]) });
    case 4:
      return create(path, { data, flags: 0, lifetime: { kind: 'container' }, withStat: true });
    default:
      return create(path, { data, flags: 5, lifetime: { kind: 'ttl', ttlMs: 5 }, withStat: true });
  }
}

// What the tree keeps besides its nodes.
function factsOf({ tree }: TreeBench) {
  return {
    dataSizeBytes: tree.dataSizeBytes,
    containers: [...tree.containerPaths].sort(),
    ttls: [...tree.ttlPaths].sort(),
    ephemerals: tree.ephemeralsOf(1n),
    quotas: PATHS.map((path) => tree.quotaRootOf(path)),
  };
}
