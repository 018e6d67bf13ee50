import { describe, expect, it } from 'vitest';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import { EntryFlag } from '../../../src/coord/core/model.ts';
import { parseQuota, quotaText } from '../../../src/coord/core/quota-text.ts';
import { bytes, create, TreeBench } from './tree-bench.ts';

const LIMITS = '/zookeeper/quota/a/zookeeper_limits';
const STATS = '/zookeeper/quota/a/zookeeper_stats';

/** A tree with /a, 3 bytes, /a/b, 2 bytes, and a quota on /a. */
function withQuota(limits: string): TreeBench {
  const bench = new TreeBench();
  for (const request of [
    create('/a', { data: bytes('123') }),
    create('/a/b', { data: bytes('12') }),
    create('/zookeeper/quota/a'),
    create(LIMITS, { data: bytes(limits) }),
    create(STATS, { data: bytes('count=0,bytes=0') }),
  ]) {
    expect(bench.errorOf(1, request)).toBe(0);
  }
  bench.flags = EntryFlag.ENFORCE_QUOTA;
  return bench;
}

describe('texts of quotas', () => {
  const cases: [string, string | null][] = [
    ['', 'count=-1,bytes=-1'],
    ['count=4,bytes=5', 'count=4,bytes=5'],
    ['bytes=5;count=4', 'count=4,bytes=5'],
    ['count=4', 'count=4,bytes=-1'],
    [
      'count=4,bytes=5=;countHardLimit=10;byteHardLimit=11',
      'count=4,bytes=5=;byteHardLimit=11;countHardLimit=10',
    ],
    ['count==4,x=+7,,;bytes=-2;', 'count=-1,bytes=-2=;x=7'],
    ['count=1,count=2', 'count=2,bytes=-1'],
    ['count=0007,bytes=-0', 'count=7,bytes=0'],
    ['count=', null],
    ['count', null],
    ['count=x', null],
    ['count=1.5', null],
    [',count=1', null],
    ['count=9223372036854775807', 'count=9223372036854775807,bytes=-1'],
    ['count=9223372036854775808', null],
  ];
  it.each(cases)('%j are read and written as ZooKeeper does', (text, expected) => {
    const numbers = parseQuota(text);
    expect(numbers === null ? null : quotaText(numbers)).toBe(expected);
  });
});

describe('usage below a quota', () => {
  it('is counted when the stats node is created, with the node itself', () => {
    const bench = withQuota('count=10,bytes=-1');
    expect(bench.text(STATS)).toBe('count=2,bytes=5');
    expect(bench.tree.get(STATS)).toMatchObject({ version: 0, mzxid: bench.zxid });
  });

  it('follows creations, changes and deletions, and leaves the facts of the stats node', () => {
    const bench = withQuota('count=10,bytes=100');
    const { mzxid } = bench.tree.get(STATS)!;
    bench.ask(1, create('/a/c', { data: bytes('1') }));
    expect(bench.text(STATS)).toBe('count=3,bytes=6');
    bench.ask(1, { kind: 'setData', path: '/a/c', data: bytes('1234'), version: -1 });
    expect(bench.text(STATS)).toBe('count=3,bytes=9');
    bench.ask(1, { kind: 'setData', path: '/a/c', data: null, version: -1 });
    expect(bench.text(STATS)).toBe('count=3,bytes=5');
    bench.ask(7, create('/a/e', { data: bytes('ab'), flags: 1 }));
    expect(bench.text(STATS)).toBe('count=4,bytes=7');
    bench.closeSession(7);
    bench.ask(1, { kind: 'delete', path: '/a/c', version: -1 });
    bench.ask(1, create('/ab', { data: bytes('not below') }));
    expect(bench.text(STATS)).toBe('count=2,bytes=5');
    expect(bench.tree.get(STATS)).toMatchObject({ mzxid, version: 0 });
  });

  it('is told to nobody', () => {
    const bench = withQuota('count=10,bytes=100');
    bench.ask(1, { kind: 'addWatch', path: '/', mode: 1 });
    bench.ask(1, { kind: 'setData', path: '/a', data: null, version: -1 });
    expect(bench.take()).toEqual(['1 changed /a']);
  });

  it('counts for the nearest quota only', () => {
    const bench = withQuota('count=10,bytes=100');
    bench.ask(1, create('/zookeeper/quota/a/b'));
    bench.ask(1, create('/zookeeper/quota/a/b/zookeeper_limits', { data: bytes('count=1') }));
    bench.ask(1, create('/zookeeper/quota/a/b/zookeeper_stats'));
    bench.ask(1, create('/a/b/c', { data: bytes('x') }));
    expect(bench.text('/zookeeper/quota/a/b/zookeeper_stats')).toBe('count=2,bytes=3');
    expect(bench.text(STATS)).toBe('count=2,bytes=5');
  });

  it('is no longer followed without limits, without stats, or where stats cannot be read', () => {
    const unlimited = withQuota('count=10');
    unlimited.ask(1, { kind: 'delete', path: LIMITS, version: -1 });
    unlimited.ask(1, create('/a/c'));
    expect(unlimited.text(STATS)).toBe('count=2,bytes=5');
    const unmeasured = withQuota('countHardLimit=0');
    unmeasured.ask(1, { kind: 'delete', path: STATS, version: -1 });
    expect(unmeasured.errorOf(1, create('/a/c'))).toBe(0);
    const unreadable = withQuota('countHardLimit=0');
    unreadable.ask(1, { kind: 'setData', path: STATS, data: bytes('?'), version: -1 });
    expect(unreadable.errorOf(1, create('/a/c'))).toBe(0);
    expect(unreadable.text(STATS)).toBe('?');
    unreadable.ask(1, { kind: 'setData', path: STATS, data: null, version: -1 });
    unreadable.ask(1, create('/a/d', { data: bytes('x') }));
    expect(unreadable.text(STATS)).toBe('count=0,bytes=0');
  });

  it('is not followed where its text is longer than any quota needs', () => {
    const bench = withQuota(`countHardLimit=0;${'x'.repeat(4_090)}=1`);
    expect(bench.errorOf(1, create('/a/c'))).toBe(0);
  });

  it('takes no quota for the root', () => {
    const bench = new TreeBench();
    bench.ask(1, create('/zookeeper/quota/zookeeper_limits', { data: bytes('countHardLimit=1') }));
    bench.flags = EntryFlag.ENFORCE_QUOTA;
    expect(bench.errorOf(1, create('/a'))).toBe(0);
    bench.ask(1, create('/zookeeper/quota/zookeeper_stats', { data: bytes('abc') }));
    expect(bench.text('/zookeeper/quota/zookeeper_stats')).toBe('count=7,bytes=19');
  });

  it('is as before after a multi that failed', () => {
    const bench = withQuota('count=10');
    const before = bench.snapshot();
    bench.ask(1, {
      kind: 'multi',
      operations: [
        create('/a/c', { data: bytes('1') }),
        { kind: 'delete', path: LIMITS, version: -1 },
        create('/a/c'),
      ],
    });
    expect(Buffer.compare(bench.snapshot(), before)).toBe(0);
    bench.ask(1, create('/a/c', { data: bytes('1') }));
    expect(bench.text(STATS)).toBe('count=3,bytes=6');
  });
});

describe('limits', () => {
  it('that are hard refuse where they are enforced, before the version is looked at', () => {
    const bench = withQuota('count=1,bytes=1=;countHardLimit=2;byteHardLimit=6');
    expect(bench.errorOf(1, create('/a/c'))).toBe(ErrorNumber.QUOTA_EXCEEDED);
    const set = (text: string, version = -1) =>
      bench.errorOf(1, { kind: 'setData', path: '/a', data: bytes(text), version });
    expect(set('1234')).toBe(0);
    expect(set('12345', 9)).toBe(ErrorNumber.QUOTA_EXCEEDED);
    expect(set('123', 9)).toBe(ErrorNumber.BAD_VERSION);
    expect(bench.errorOf(1, { kind: 'delete', path: '/a/b', version: -1 })).toBe(0);
    expect(bench.errorOf(1, create('/a/c'))).toBe(0);
    expect(bench.warnings).toEqual([]);
  });

  it('that are hard only warn where they are not enforced', () => {
    const bench = withQuota('countHardLimit=2;byteHardLimit=6');
    bench.flags = 0;
    expect(bench.errorOf(1, create('/a/c', { data: bytes('12') }))).toBe(0);
    expect(bench.warnings).toEqual([
      'coord: quota exceeded: /a: count 3, hard limit 2',
      'coord: quota exceeded: /a: byte 7, hard limit 6',
    ]);
  });

  it('that are soft warn', () => {
    const bench = withQuota('count=2,bytes=5');
    expect(bench.errorOf(1, create('/a/c'))).toBe(0);
    expect(bench.warnings).toEqual(['coord: quota exceeded: /a: count 3, soft limit 2']);
  });

  it('hold within a multi, and refuse all of it', () => {
    const bench = withQuota('countHardLimit=3');
    const operations = [create('/a/c'), create('/a/d')];
    expect(bench.ask(1, { kind: 'multi', operations })).toMatchObject({
      results: [{ error: 0 }, { error: ErrorNumber.QUOTA_EXCEEDED }],
    });
    expect(bench.tree.get('/a/c')).toBeUndefined();
  });

  it('of nothing are met by nothing: -1 and 0 bytes more', () => {
    const bench = withQuota('count=-1,bytes=-1=;byteHardLimit=0');
    expect(bench.errorOf(1, create('/a/c'))).toBe(0);
    expect(bench.errorOf(1, create('/a/d', { data: bytes('x') }))).toBe(ErrorNumber.QUOTA_EXCEEDED);
  });
});
