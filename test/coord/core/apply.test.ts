import { describe, expect, it } from 'vitest';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import {
  type CreateOperation,
  EntryFlag,
  type ReadRequest,
  type Result,
  type TreeCommand,
} from '../../../src/coord/core/model.ts';
import { isValidPath } from '../../../src/coord/core/path.ts';
import { sequenceSuffix } from '../../../src/coord/core/tree.ts';
import { ANYONE, bytes, create, list, READ_ONLY, TreeBench } from './tree-bench.ts';

function prepared(): TreeBench {
  const bench = new TreeBench();
  for (const request of [
    create('/a'),
    create('/a/b'),
    create('/e', { flags: 1 }),
    create('/ro', { acl: READ_ONLY }),
    create('/hidden', { acl: list(['digest', 'other:x', 31]) }),
  ]) {
    expect(bench.errorOf(1, request)).toBe(0);
  }
  return bench;
}

const ttl = (ttlMs: number): Partial<CreateOperation> => ({
  lifetime: { kind: 'ttl', ttlMs },
  withStat: true,
});
const container: Partial<CreateOperation> = { lifetime: { kind: 'container' }, withStat: true };

type Case = [name: string, request: TreeCommand | ReadRequest, expected: number];

describe('the order of checks decides which error a client sees', () => {
  const auth = list(['auth', '', 31]);
  const creates: Case[] = [
    ['flags before the path', create('x', { flags: 7 }), ErrorNumber.BAD_ARGUMENTS],
    ['negative flags', create('/x', { flags: -1 }), ErrorNumber.BAD_ARGUMENTS],
    [
      'TTL switched off before the path',
      create('x', { flags: 5, ...ttl(1) }),
      ErrorNumber.UNIMPLEMENTED,
    ],
    ['a TTL without TTL flags', create('/x', ttl(1)), ErrorNumber.BAD_ARGUMENTS],
    ['a path without a slash', create('x', { acl: [] }), ErrorNumber.BAD_ARGUMENTS],
    ['an empty path', create('', { acl: [] }), ErrorNumber.BAD_ARGUMENTS],
    ['a NUL before the access list', create('/\0', { acl: [] }), ErrorNumber.BAD_ARGUMENTS],
    ['the access list before the parent', create('/x/y', { acl: [] }), ErrorNumber.INVALID_ACL],
    ['an access list that means nobody', create('/x', { acl: auth }), ErrorNumber.INVALID_ACL],
    ['the parent before the syntax', create('/x/..'), ErrorNumber.NO_NODE],
    ['a relative path has no parent', create('a/b'), ErrorNumber.NO_NODE],
    ['CREATE on the parent before the syntax', create('/ro/..'), ErrorNumber.NO_AUTH],
    ['the syntax', create('/a/..'), ErrorNumber.BAD_ARGUMENTS],
    ['two slashes are a syntax error', create('//x'), ErrorNumber.BAD_ARGUMENTS],
    ['a trailing slash', create('/a/'), ErrorNumber.BAD_ARGUMENTS],
    ['the root exists', create('/'), ErrorNumber.NODE_EXISTS],
    ['exists', create('/a/b'), ErrorNumber.NODE_EXISTS],
    ['below an ephemeral', create('/e/x'), ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS],
    ['flags 4 by create are a plain node', create('/x', { flags: 4 }), ErrorNumber.OK],
  ];
  const remove = (path: string, version: number): TreeCommand => ({
    kind: 'delete',
    path,
    version,
  });
  const deletes: Case[] = [
    ['the root', remove('/', -1), ErrorNumber.BAD_ARGUMENTS],
    ['a system node', remove('/zookeeper/quota', -1), ErrorNumber.BAD_ARGUMENTS],
    ['the configuration', remove('/zookeeper/config', -1), ErrorNumber.BAD_ARGUMENTS],
    ['a path without a slash', remove('a', -1), ErrorNumber.BAD_ARGUMENTS],
    ['no parent', remove('/x/y', -1), ErrorNumber.NO_NODE],
    ['a relative path has no parent', remove('a/b', -1), ErrorNumber.NO_NODE],
    ['DELETE on the parent', remove('/ro/x', 0), ErrorNumber.NO_AUTH],
    ['the node itself needs no permission', remove('/hidden', 0), ErrorNumber.OK],
    ['no node', remove('/x', 9), ErrorNumber.NO_NODE],
    ['a malformed name is no node', remove('/a/', 9), ErrorNumber.NO_NODE],
    ['the version before the children', remove('/a', 9), ErrorNumber.BAD_VERSION],
    ['children', remove('/a', 0), ErrorNumber.NOT_EMPTY],
  ];
  const setData = (path: string, version = 9): TreeCommand => ({
    kind: 'setData',
    path,
    data: null,
    version,
  });
  const setAcl = (path: string, acl = ANYONE): TreeCommand => ({
    kind: 'setAcl',
    path,
    acl,
    version: 9,
  });
  const changes: Case[] = [
    ['setData: syntax', setData('/a/'), ErrorNumber.BAD_ARGUMENTS],
    ['setData: no node', setData('/x'), ErrorNumber.NO_NODE],
    ['setData: WRITE before version', setData('/ro'), ErrorNumber.NO_AUTH],
    ['setData: the configuration', setData('/zookeeper/config'), ErrorNumber.NO_AUTH],
    ['setData: version', setData('/a'), ErrorNumber.BAD_VERSION],
    ['setAcl: syntax before the list', setAcl('/a/', []), ErrorNumber.BAD_ARGUMENTS],
    ['setAcl: the list before the node', setAcl('/x', []), ErrorNumber.INVALID_ACL],
    ['setAcl: no node', setAcl('/x'), ErrorNumber.NO_NODE],
    ['setAcl: ADMIN', setAcl('/ro'), ErrorNumber.NO_AUTH],
    ['setAcl: version', setAcl('/a'), ErrorNumber.BAD_VERSION],
  ];
  const read = (kind: 'exists' | 'getData' | 'getChildren' | 'getChildren2', path: string) =>
    ({ kind, path, watch: false }) as const;
  const reads: Case[] = [
    ['exists: a NUL', read('exists', '/\0'), ErrorNumber.BAD_ARGUMENTS],
    ['exists: no node', read('exists', '/x'), ErrorNumber.NO_NODE],
    ['exists: READ', read('exists', '/hidden'), ErrorNumber.NO_AUTH],
    ['getData: a NUL is no node', read('getData', '/\0'), ErrorNumber.NO_NODE],
    ['getData: a relative path is no node', read('getData', 'a'), ErrorNumber.NO_NODE],
    ['getData: READ', read('getData', '/hidden'), ErrorNumber.NO_AUTH],
    ['getData: the empty path is the root', read('getData', ''), ErrorNumber.OK],
    ['getChildren: no node', read('getChildren', '/x'), ErrorNumber.NO_NODE],
    ['getChildren: READ', read('getChildren', '/hidden'), ErrorNumber.NO_AUTH],
    ['getChildren2: READ', read('getChildren2', '/hidden'), ErrorNumber.NO_AUTH],
    ['getAcl: no node', { kind: 'getAcl', path: '/x' }, ErrorNumber.NO_NODE],
    ['getAcl: READ or ADMIN', { kind: 'getAcl', path: '/hidden' }, ErrorNumber.NO_AUTH],
    [
      'getAllChildrenNumber: READ',
      { kind: 'getAllChildrenNumber', path: '/hidden' },
      ErrorNumber.NO_AUTH,
    ],
    ['sync: nothing', { kind: 'sync', path: 'whatever' }, ErrorNumber.OK],
    ['addWatch: no path', { kind: 'addWatch', path: '/hidden/x', mode: 0 }, ErrorNumber.OK],
    ['addWatch: mode', { kind: 'addWatch', path: '/a', mode: 2 }, ErrorNumber.MARSHALLING],
    ['removeWatches: none', { kind: 'removeWatches', path: '/a', type: 3 }, ErrorNumber.NO_WATCHER],
    [
      'removeWatches: type',
      { kind: 'removeWatches', path: '/a', type: 6 },
      ErrorNumber.MARSHALLING,
    ],
    ['checkWatches: none', { kind: 'checkWatches', path: '/a', type: 1 }, ErrorNumber.NO_WATCHER],
    ['checkWatches: type', { kind: 'checkWatches', path: '/a', type: 0 }, ErrorNumber.MARSHALLING],
  ];
  it.each(creates)('create: %s', (_, request, expected) => {
    expect(prepared().errorOf(1, request)).toBe(expected);
  });
  it.each(deletes)('delete: %s', (_, request, expected) => {
    expect(prepared().errorOf(1, request)).toBe(expected);
  });
  it.each([...changes, ...reads])('%s', (_, request, expected) => {
    expect(prepared().errorOf(1, request)).toBe(expected);
  });

  const checks: [string, string, number, number][] = [
    ['syntax', '', 0, ErrorNumber.BAD_ARGUMENTS],
    ['no node', '/x', 9, ErrorNumber.NO_NODE],
    ['READ before version', '/hidden', 9, ErrorNumber.NO_AUTH],
    ['version', '/a', 9, ErrorNumber.BAD_VERSION],
    ['any version', '/a', -1, ErrorNumber.OK],
  ];
  it.each(checks)('check: %s', (_, path, version, expected) => {
    const operations = [{ kind: 'check', path, version } as const];
    const { results } = prepared().ask(1, { kind: 'multi', operations }) as never as {
      results: Result[];
    };
    const [result] = results;
    expect(result?.kind === 'error' ? result.error : 0).toBe(expected);
  });

  const lifetimes: [string, CreateOperation, number][] = [
    ['no time', create('/t', { flags: 5 }), ErrorNumber.BAD_ARGUMENTS],
    ['0 ms', create('/t', { flags: 5, ...ttl(0) }), ErrorNumber.BAD_ARGUMENTS],
    ['1 ms', create('/t', { flags: 5, ...ttl(1) }), ErrorNumber.OK],
    ['the longest', create('/t', { flags: 6, ...ttl(2 ** 40 - 1) }), ErrorNumber.OK],
    ['too long', create('/t', { flags: 5, ...ttl(2 ** 40) }), ErrorNumber.BAD_ARGUMENTS],
    ['plain flags', create('/t', ttl(5)), ErrorNumber.BAD_ARGUMENTS],
    ['a container with TTL flags', create('/t', { flags: 5, ...container }), -8],
  ];
  it.each(lifetimes)('TTL nodes: %s', (_, request, expected) => {
    const bench = prepared();
    bench.flags = EntryFlag.EXTENDED_TYPES;
    expect(bench.errorOf(1, request)).toBe(expected);
  });

  it('looks at no access list where they are switched off, but keeps them well-formed', () => {
    const bench = prepared();
    bench.flags = EntryFlag.SKIP_ACL;
    bench.skipsAcl = true;
    expect(bench.errorOf(1, create('/ro/x'))).toBe(0);
    expect(bench.errorOf(1, create('/x', { acl: [] }))).toBe(ErrorNumber.INVALID_ACL);
    expect(bench.errorOf(1, { kind: 'getData', path: '/hidden', watch: false })).toBe(0);
  });

  it('accepts the paths that ZooKeeper accepts', () => {
    const good = ['/', '/a', '/a/b', '/ä/日本', '/...', '/a b', '/.a', '/a./b', '/..a'];
    const bad = [
      '',
      'a',
      '//',
      '/a/',
      '/a//b',
      '/.',
      '/a/..',
      '/./a',
      '/\0',
      '/\u0001',
      '/\u007f',
      '/\u009f',
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
    const bench = new TreeBench();
    const exists = (path: string) => bench.ask(1, { kind: 'exists', path, watch: false });
    expect(exists('/')).toMatchObject({
      stat: { czxid: 0n, childVersion: -1, childCount: 1, version: 0, ephemeralOwner: 0n },
    });
    expect(exists('/zookeeper')).toMatchObject({ stat: { childVersion: -2, childCount: 2 } });
    expect(exists('/zookeeper/config')).toMatchObject({ stat: { version: 0, aclVersion: -1 } });
    expect(bench.ask(1, { kind: 'getData', path: '/', watch: false })).toMatchObject({
      data: bytes(''),
    });
    const count = (path: string) => bench.ask(1, { kind: 'getAllChildrenNumber', path });
    expect(count('/')).toEqual({ kind: 'count', count: 3 });
    expect(count('')).toEqual({ kind: 'count', count: 4 });
    expect(count('/zookeeper')).toEqual({ kind: 'count', count: 2 });
    expect(bench.tree.nodeCount).toBe(4);
  });

  it('counts creations and deletions of children, and dates them by pzxid', () => {
    const bench = prepared();
    bench.ask(1, create('/a/c'));
    bench.ask(1, { kind: 'delete', path: '/a/c', version: -1 });
    expect(bench.ask(1, { kind: 'exists', path: '/a', watch: false })).toMatchObject({
      stat: { childVersion: 3, childCount: 1, pzxid: bench.zxid, mzxid: 2n, version: 0 },
    });
  });

  it('changes data facts by setData only, and access facts by setAcl only', () => {
    const bench = prepared();
    bench.timeMs += 40;
    const acl = bench.ask(1, { kind: 'setAcl', path: '/a', acl: ANYONE, version: 0 });
    expect(acl).toMatchObject({ kind: 'stat', stat: { aclVersion: 1, mzxid: 2n, mtimeMs: 1_000 } });
    const set = bench.ask(1, { kind: 'setData', path: '/a', data: bytes('xyz'), version: 0 });
    expect(set).toMatchObject({
      stat: {
        czxid: 2n,
        mzxid: bench.zxid,
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
    const bench = prepared();
    const node = bench.tree.get('/a') as { version: number };
    node.version = 2 ** 31 - 1;
    bench.ask(1, { kind: 'setData', path: '/a', data: null, version: -1 });
    expect(node.version).toBe(-(2 ** 31));
    node.version = -2;
    bench.ask(1, { kind: 'setData', path: '/a', data: null, version: -1 });
    expect(node.version).toBe(0);
  });

  it('numbers sequential nodes by all creations below the parent, deleted or not', () => {
    const bench = prepared();
    const sequential = create('/a/', { flags: 2 });
    expect(bench.ask(1, sequential)).toMatchObject({ path: '/a/0000000001' });
    bench.ask(1, create('/a/plain'));
    bench.ask(1, { kind: 'delete', path: '/a/0000000001', version: -1 });
    expect(bench.ask(1, sequential)).toMatchObject({ path: '/a/0000000003' });
    expect(bench.ask(1, create('/', { flags: 2 }))).toMatchObject({ path: '/0000000004' });
    const parent = bench.tree.get('/a')!;
    expect(sequenceSuffix({ ...parent, childCreates: 2 ** 31 - 1 })).toBe('2147483647');
    expect(sequenceSuffix({ ...parent, childCreates: -(2 ** 31) })).toBe('-2147483648');
    expect(sequenceSuffix({ ...parent, childCreates: -5 })).toBe('-000000005');
  });

  it('wraps the counter of creations around', () => {
    const bench = prepared();
    (bench.tree.get('/a') as { childCreates: number }).childCreates = 2 ** 31 - 1;
    const sequential = create('/a/n', { flags: 2 });
    expect(bench.ask(1, sequential)).toMatchObject({ path: '/a/n2147483647' });
    expect(bench.ask(1, sequential)).toMatchObject({ path: '/a/n-2147483648' });
  });

  it('answers create2 with the new node and keeps null data apart from empty data', () => {
    const bench = prepared();
    const created = bench.ask(1, create('/n', { data: null, withStat: true }));
    expect(created).toMatchObject({ path: '/n', stat: { version: 0, dataLengthBytes: 0 } });
    const data = (path: string) => bench.ask(1, { kind: 'getData', path, watch: false });
    expect(data('/n')).toMatchObject({ data: null });
    expect(data('/a')).toMatchObject({ data: bytes('') });
  });

  it('tells owners of ephemerals, and hides what marks containers and TTL nodes', () => {
    const bench = prepared();
    bench.flags = EntryFlag.EXTENDED_TYPES;
    const owner = (request: CreateOperation) => {
      const result = bench.ask(7, { ...request, withStat: true });
      return result.kind === 'created' ? result.stat?.ephemeralOwner : result;
    };
    expect(owner(create('/o1', { flags: 1 }))).toBe(7n);
    expect(owner(create('/o3', { flags: 3 }))).toBe(7n);
    expect(owner(create('/oc', { flags: 4, ...container }))).toBe(0n);
    expect(owner(create('/ot', { flags: 6, ...ttl(9) }))).toBe(0n);
    expect(bench.errorOf(7, create('/oc/child'))).toBe(0);
    bench.closeSession(7);
    expect(bench.tree.sortedPaths().filter((path) => path.startsWith('/o'))).toEqual([
      '/oc',
      '/oc/child',
      '/ot0000000007',
    ]);
  });
});

describe('reads', () => {
  it('lists its own ephemerals by a plain prefix; blank and / are all', () => {
    const bench = new TreeBench();
    for (const path of ['/ab', '/ac', '/b']) bench.ask(1, create(path, { flags: 1 }));
    const paths = (prefix: string) => {
      const result = bench.ask(1, { kind: 'getEphemerals', prefix });
      return result.kind === 'paths' ? result.paths : result;
    };
    for (const all of ['', '/', ' ', ' / ']) expect(paths(all)).toEqual(['/ab', '/ac', '/b']);
    expect(paths('/a')).toEqual(['/ab', '/ac']);
    expect(paths('/ab/')).toEqual([]);
    expect(bench.ask(2, { kind: 'getEphemerals', prefix: '/' })).toMatchObject({ paths: [] });
  });

  it('says who is asking, address first and without digests', () => {
    const bench = new TreeBench();
    bench.prove(
      1,
      { scheme: 'super', id: '' },
      { scheme: 'digest', id: 'joe:abc=' },
      { scheme: 'x509', id: 'CN=joe' },
    );
    expect(bench.ask(1, { kind: 'whoAmI' })).toEqual({
      kind: 'identities',
      identities: [
        { scheme: 'ip', id: '10.0.0.1' },
        { scheme: 'super', id: '' },
        { scheme: 'digest', id: 'joe' },
        { scheme: 'x509', id: 'CN=joe' },
      ],
    });
  });

  it('gives each part of a multiRead its own answer and sets no watch', () => {
    const bench = prepared();
    const result = bench.ask(1, {
      kind: 'multiRead',
      operations: [
        { kind: 'getChildren', path: '/a' },
        { kind: 'getData', path: '/x' },
        { kind: 'getData', path: '/hidden' },
        { kind: 'getData', path: '/a' },
      ],
    });
    expect(result).toMatchObject({
      results: [
        { kind: 'children', names: ['b'] },
        { kind: 'error', error: ErrorNumber.NO_NODE },
        { kind: 'error', error: ErrorNumber.NO_AUTH },
        { kind: 'data', data: bytes(''), stat: { childCount: 1 } },
      ],
    });
    expect(bench.watches.counts.pairs).toBe(0);
  });
});
