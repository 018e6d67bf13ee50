import { describe, expect, it } from 'vitest';
import { Prng } from '../../../src/base/prng.ts';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import type { ClientRequest, MultiOperation } from '../../../src/coord/core/model.ts';
import { isValidPath } from '../../../src/coord/core/path.ts';
import { encodeSnapshot } from '../../../src/coord/core/snapshot.ts';
import { sequenceSuffix } from '../../../src/coord/core/tree.ts';
import { ANYONE, Bench, bytes, create } from './bench.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

function prepared(): { bench: Bench; connection: number } {
  const bench = new Bench();
  const connection = bench.open();
  const readOnly = [{ permissions: 1, scheme: 'world', id: 'anyone' }];
  for (const request of [
    create('/a'),
    create('/a/b'),
    create('/e', { flags: 1 }),
    create('/ro', { acl: readOnly }),
  ]) {
    expect(bench.errorOf(connection, request)).toBe(0);
  }
  return { bench, connection };
}

describe('the order of checks decides which error a client sees', () => {
  const digest = [{ permissions: 31, scheme: 'digest', id: 'u:x' }];
  const cases: [string, ClientRequest, number][] = [
    ['create: flags before the path', create('x', { flags: 7 }), ErrorNumber.BAD_ARGUMENTS],
    ['create: containers are not built', create('/c', { flags: 4 }), ErrorNumber.UNIMPLEMENTED],
    ['create: TTL nodes are not built', create('/c', { flags: 5 }), ErrorNumber.UNIMPLEMENTED],
    ['create: a path without a slash', create('x', { acl: [] }), ErrorNumber.BAD_ARGUMENTS],
    ['create: a NUL before the access list', create('/\0', { acl: [] }), ErrorNumber.BAD_ARGUMENTS],
    [
      'create: the access list before the parent',
      create('/x/y', { acl: [] }),
      ErrorNumber.INVALID_ACL,
    ],
    ['create: an access list with digest', create('/x', { acl: digest }), ErrorNumber.INVALID_ACL],
    ['create: the parent before the syntax', create('/x/..'), ErrorNumber.NO_NODE],
    ['create: a relative path has no parent', create('a/b'), ErrorNumber.NO_NODE],
    ['create: CREATE on the parent before the syntax', create('/ro/..'), ErrorNumber.NO_AUTH],
    ['create: the syntax', create('/a/..'), ErrorNumber.BAD_ARGUMENTS],
    ['create: a trailing slash', create('/a/'), ErrorNumber.BAD_ARGUMENTS],
    ['create: the root exists', create('/'), ErrorNumber.NODE_EXISTS],
    ['create: exists', create('/a/b'), ErrorNumber.NODE_EXISTS],
    ['create: below an ephemeral', create('/e/x'), ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS],
    ['delete: the root', { kind: 'delete', path: '/', version: -1 }, ErrorNumber.BAD_ARGUMENTS],
    [
      'delete: a system node',
      { kind: 'delete', path: '/zookeeper/quota', version: -1 },
      ErrorNumber.BAD_ARGUMENTS,
    ],
    ['delete: no parent', { kind: 'delete', path: '/x/y', version: -1 }, ErrorNumber.NO_NODE],
    [
      'delete: DELETE on the parent',
      { kind: 'delete', path: '/ro/x', version: 0 },
      ErrorNumber.NO_AUTH,
    ],
    ['delete: no node', { kind: 'delete', path: '/x', version: 9 }, ErrorNumber.NO_NODE],
    [
      'delete: the version before the children',
      { kind: 'delete', path: '/a', version: 9 },
      ErrorNumber.BAD_VERSION,
    ],
    ['delete: children', { kind: 'delete', path: '/a', version: 0 }, ErrorNumber.NOT_EMPTY],
    [
      'setData: syntax',
      { kind: 'setData', path: '/a/', data: null, version: 9 },
      ErrorNumber.BAD_ARGUMENTS,
    ],
    [
      'setData: no node',
      { kind: 'setData', path: '/x', data: null, version: 9 },
      ErrorNumber.NO_NODE,
    ],
    [
      'setData: WRITE before version',
      { kind: 'setData', path: '/ro', data: null, version: 9 },
      ErrorNumber.NO_AUTH,
    ],
    [
      'setData: version',
      { kind: 'setData', path: '/a', data: null, version: 9 },
      ErrorNumber.BAD_VERSION,
    ],
    [
      'setAcl: the list before the node',
      { kind: 'setAcl', path: '/x', acl: [], version: 9 },
      ErrorNumber.INVALID_ACL,
    ],
    [
      'setAcl: no node',
      { kind: 'setAcl', path: '/x', acl: ANYONE, version: 9 },
      ErrorNumber.NO_NODE,
    ],
    [
      'setAcl: ADMIN',
      { kind: 'setAcl', path: '/ro', acl: ANYONE, version: 9 },
      ErrorNumber.NO_AUTH,
    ],
    [
      'setAcl: version',
      { kind: 'setAcl', path: '/a', acl: ANYONE, version: 9 },
      ErrorNumber.BAD_VERSION,
    ],
    ['getData: no node', { kind: 'getData', path: '/x', watch: false }, ErrorNumber.NO_NODE],
    [
      'addWatch: an unknown mode',
      { kind: 'addWatch', path: '/a', mode: 2 },
      ErrorNumber.BAD_ARGUMENTS,
    ],
    ['removeWatches: none', { kind: 'removeWatches', path: '/a', type: 3 }, ErrorNumber.NO_WATCHER],
    ['checkWatches: none', { kind: 'checkWatches', path: '/a', type: 1 }, ErrorNumber.NO_WATCHER],
  ];
  it.each(cases)('%s', (_, request, expected) => {
    const { bench, connection } = prepared();
    expect(bench.errorOf(connection, request)).toBe(expected);
  });

  it('accepts the paths that ZooKeeper accepts', () => {
    const good = ['/', '/a', '/a/b', '/ä/日本', '/...', '/a b', '/\ue000'.replace('\ue000', '!')];
    const bad = [
      '',
      'a',
      '//',
      '/a/',
      '/a//b',
      '/.',
      '/a/..',
      '/\u0001',
      '/\u007f',
      '/\ud83d\ude00',
      '/\uf000',
      '/\ufff0',
    ];
    expect(good.filter((path) => !isValidPath(path))).toEqual([]);
    expect(bad.filter(isValidPath)).toEqual([]);
  });
});

describe('stat and version rules', () => {
  it('reports a new server as ZooKeeper does', () => {
    const bench = new Bench();
    const connection = bench.open();
    const root = bench.ask(connection, { kind: 'exists', path: '/', watch: false });
    expect(root).toMatchObject({
      stat: { czxid: 0n, childVersion: -1, childCount: 1, version: 0 },
    });
    expect(bench.ask(connection, { kind: 'getAllChildrenNumber', path: '/' })).toMatchObject({
      count: 3,
    });
    expect(bench.machine.state.tree.nodeCount).toBe(4);
  });

  it('counts creations and deletions of children, and dates them by pzxid', () => {
    const { bench, connection } = prepared();
    bench.ask(connection, create('/a/c'));
    bench.ask(connection, { kind: 'delete', path: '/a/c', version: -1 });
    const { stat } = bench.ask(connection, { kind: 'exists', path: '/a', watch: false }) as never;
    const last = bench.machine.appliedZxid;
    expect(stat).toMatchObject({
      childVersion: 3,
      childCount: 1,
      pzxid: last,
      mzxid: 2n,
      version: 0,
    });
  });

  it('changes data facts by setData only, and access facts by setAcl only', () => {
    const { bench, connection } = prepared();
    bench.tick(40);
    bench.ask(connection, { kind: 'setAcl', path: '/a', acl: ANYONE, version: 0 });
    const set = bench.ask(connection, {
      kind: 'setData',
      path: '/a',
      data: bytes('xyz'),
      version: 0,
    });
    const zxid = bench.machine.appliedZxid;
    expect(set).toMatchObject({
      stat: {
        czxid: 2n,
        mzxid: zxid,
        ctimeMs: 1_000,
        mtimeMs: 1_040,
        version: 1,
        aclVersion: 1,
        dataLengthBytes: 3,
        pzxid: 3n,
      },
    });
  });

  it('skips version -1 when versions wrap around', () => {
    const { bench, connection } = prepared();
    const node = bench.machine.state.tree.get('/a') as { version: number };
    node.version = 2 ** 31 - 1;
    bench.ask(connection, { kind: 'setData', path: '/a', data: null, version: -1 });
    expect(node.version).toBe(-(2 ** 31));
    node.version = -2;
    bench.ask(connection, { kind: 'setData', path: '/a', data: null, version: -1 });
    expect(node.version).toBe(0);
  });

  it('numbers sequential nodes by all creations below the parent, deleted or not', () => {
    const { bench, connection } = prepared();
    const sequential = create('/a/', { flags: 2 });
    expect(bench.ask(connection, sequential)).toMatchObject({ path: '/a/0000000001' });
    bench.ask(connection, create('/a/plain'));
    bench.ask(connection, { kind: 'delete', path: '/a/0000000001', version: -1 });
    expect(bench.ask(connection, sequential)).toMatchObject({ path: '/a/0000000003' });
    const parent = bench.machine.state.tree.get('/a');
    expect(sequenceSuffix({ ...parent!, childCreates: 2 ** 31 - 1 })).toBe('2147483647');
    expect(sequenceSuffix({ ...parent!, childCreates: -(2 ** 31) })).toBe('-2147483648');
    expect(sequenceSuffix({ ...parent!, childCreates: -5 })).toBe('-000000005');
  });

  it('answers create2 with the new node and keeps null data apart from empty data', () => {
    const { bench, connection } = prepared();
    const created = bench.ask(connection, create('/n', { data: null, withStat: true }));
    expect(created).toMatchObject({ path: '/n', stat: { version: 0, dataLengthBytes: 0 } });
    expect(bench.ask(connection, { kind: 'getData', path: '/n', watch: false })).toMatchObject({
      data: null,
    });
    expect(bench.ask(connection, { kind: 'getData', path: '/a', watch: false })).toMatchObject({
      data: bytes(''),
    });
  });
});

describe('multi', () => {
  it('lets later operations see earlier ones, under one zxid', () => {
    const { bench, connection } = prepared();
    const before = bench.machine.appliedZxid;
    const result = bench.ask(connection, {
      kind: 'multi',
      operations: [
        create('/m'),
        create('/m/n-', { flags: 2 }),
        create('/m/n-', { flags: 2, withStat: true }),
        { kind: 'setData', path: '/m', data: bytes('1'), version: 0 },
        { kind: 'check', path: '/m', version: 1 },
        { kind: 'delete', path: '/m/n-0000000000', version: 0 },
      ],
    });
    expect(result).toMatchObject({
      results: [
        { kind: 'created', path: '/m', stat: null },
        { kind: 'created', path: '/m/n-0000000000' },
        { kind: 'created', path: '/m/n-0000000001', stat: { czxid: before + 1n } },
        { kind: 'dataSet', stat: { version: 1 } },
        { kind: 'checked' },
        { kind: 'deleted' },
      ],
    });
    expect(bench.machine.appliedZxid).toBe(before + 1n);
  });

  it('says which operation failed', () => {
    const { bench, connection } = prepared();
    const operations = [create('/m'), create('/a'), create('/n')];
    expect(bench.ask(connection, { kind: 'multi', operations })).toEqual({
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
    const bench = new Bench();
    const connection = bench.open();
    bench.take();
    const paths = ['/a', '/b', '/a/x', '/a/y', '/b/z', '/a/x/1'];
    const operation = (): MultiOperation => {
      const path = prng.pick(paths);
      switch (prng.integer(0, 4)) {
        case 0:
          return { kind: 'delete', path, version: -1 };
        case 1:
          return { kind: 'setData', path, data: bytes(String(prng.uint32())), version: -1 };
        default:
          return create(path, { flags: prng.pick([0, 0, 0, 1, 1, 2]) });
      }
    };
    const state = () => encodeSnapshot({ zxid: 0n, state: bench.machine.state });
    let failures = 0;
    for (let round = 0; round < 600; round++) {
      const operations = Array.from({ length: prng.integer(1, 5) }, operation);
      const before = state();
      const result = bench.ask(connection, { kind: 'multi', operations });
      const hasFailed =
        result.kind === 'multi' && result.results.some(({ kind }) => kind === 'error');
      if (!hasFailed) continue;
      failures++;
      expect(Buffer.compare(state(), before)).toBe(0);
      expect(bench.take()).toEqual([]);
    }
    expect(failures).toBeGreaterThan(100);
    expect(failures).toBeLessThan(600);
  });
});
