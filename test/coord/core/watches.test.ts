import { describe, expect, it } from 'vitest';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import type { ReadRequest, SetWatchesRequest } from '../../../src/coord/core/model.ts';
import { ANYONE, create, list, READ_ONLY, TreeBench } from './tree-bench.ts';

function prepared(): TreeBench {
  const bench = new TreeBench();
  bench.ask(1, create('/p'));
  bench.ask(1, create('/p/c'));
  return bench;
}

const exists = (path: string): ReadRequest => ({ kind: 'exists', path, watch: true });
const data = (path: string): ReadRequest => ({ kind: 'getData', path, watch: true });
const children = (path: string): ReadRequest => ({ kind: 'getChildren2', path, watch: true });
const persistent = (path: string): ReadRequest => ({ kind: 'addWatch', path, mode: 0 });
const recursive = (path: string): ReadRequest => ({ kind: 'addWatch', path, mode: 1 });

/** One of each change at /p/n and /p/c, then what connection 1 was told. */
function told(bench: TreeBench): string[] {
  bench.take();
  bench.ask(2, create('/p/n'));
  bench.ask(2, { kind: 'setData', path: '/p/c', data: null, version: -1 });
  bench.ask(2, { kind: 'setAcl', path: '/p/c', acl: ANYONE, version: -1 });
  bench.ask(2, { kind: 'delete', path: '/p/n', version: -1 });
  bench.ask(2, { kind: 'delete', path: '/p/c', version: -1 });
  return bench.take();
}

describe('what watchers are told', () => {
  const cases: [string, ReadRequest[], string[]][] = [
    ['exists, of a creation', [exists('/p/n')], ['1 created /p/n']],
    ['exists, of a change', [exists('/p/c')], ['1 changed /p/c']],
    ['getData of no node, of nothing', [data('/p/n')], []],
    ['getChildren, of one change of names', [children('/p')], ['1 children /p']],
    ['getChildren, of its own node going', [children('/p/c')], ['1 deleted /p/c']],
    ['exists and getData, once', [exists('/p/c'), data('/p/c')], ['1 changed /p/c']],
    [
      'getData and getChildren, each',
      [data('/p/c'), children('/p/c')],
      ['1 changed /p/c', '1 deleted /p/c'],
    ],
    [
      'a persistent watch, of all that is about the node',
      [persistent('/p')],
      ['1 children /p', '1 children /p', '1 children /p'],
    ],
    ['a persistent watch stays', [persistent('/p/c')], ['1 changed /p/c', '1 deleted /p/c']],
    [
      'a recursive watch, of everything below and no names',
      [recursive('/p')],
      ['1 created /p/n', '1 changed /p/c', '1 deleted /p/n', '1 deleted /p/c'],
    ],
    [
      'the root recursively',
      [recursive('/')],
      ['1 created /p/n', '1 changed /p/c', '1 deleted /p/n', '1 deleted /p/c'],
    ],
    [
      'a persistent and a recursive watch on one path',
      [persistent('/p'), recursive('/p')],
      [
        '1 created /p/n',
        '1 children /p',
        '1 changed /p/c',
        '1 deleted /p/n',
        '1 children /p',
        '1 deleted /p/c',
        '1 children /p',
      ],
    ],
    [
      'a one-shot on top of a persistent one, which stays',
      [persistent('/p/c'), data('/p/c')],
      ['1 changed /p/c', '1 deleted /p/c'],
    ],
    [
      'a recursive watch above and a one-shot below, once each time',
      [recursive('/p'), exists('/p/n')],
      ['1 created /p/n', '1 changed /p/c', '1 deleted /p/n', '1 deleted /p/c'],
    ],
  ];
  it.each(cases)('%s', (_, requests, expected) => {
    const bench = prepared();
    for (const request of requests) bench.ask(1, request);
    expect(told(bench)).toEqual(expected);
  });

  it('is about nodes that they may read, as they were before they went', () => {
    const bench = prepared();
    const secret = list(['digest', 'joe:x', 31]);
    bench.ask(1, recursive('/'));
    bench.prove(3, { scheme: 'digest', id: 'joe:x' });
    bench.ask(3, recursive('/'));
    bench.ask(2, create('/s', { acl: secret }));
    bench.prove(2, { scheme: 'digest', id: 'joe:x' });
    bench.ask(2, create('/s/open'));
    bench.ask(2, { kind: 'delete', path: '/s/open', version: -1 });
    bench.ask(2, { kind: 'delete', path: '/s', version: -1 });
    expect(bench.take()).toEqual([
      '3 created /s',
      '1 created /s/open',
      '3 created /s/open',
      '1 deleted /s/open',
      '3 deleted /s/open',
      '3 deleted /s',
    ]);
  });

  it('is about names in nodes that they may read, and a watch is spent on others, too', () => {
    const bench = prepared();
    bench.ask(1, children('/p'));
    bench.ask(2, { kind: 'setAcl', path: '/p', acl: list(['ip', '10.0.0.2', 31]), version: -1 });
    bench.ask(2, create('/p/x'));
    bench.ask(2, { kind: 'setAcl', path: '/p', acl: READ_ONLY, version: -1 });
    expect(bench.take()).toEqual([]);
    expect(bench.watches.counts.pairs).toBe(0);
  });

  it('is nothing after a read that was refused', () => {
    const bench = prepared();
    bench.ask(2, create('/s', { acl: list(['ip', '10.0.0.2', 31]) }));
    for (const request of [exists('/s'), data('/s'), children('/s')]) bench.ask(1, request);
    expect(bench.watches.counts.pairs).toBe(0);
  });
});

describe('removing and checking watches', () => {
  const all: [string, ReadRequest][] = [
    ['data', data('/p')],
    ['children', children('/p')],
    ['persistent', persistent('/p')],
    ['recursive', recursive('/p')],
  ];
  const types: [string, number, string[]][] = [
    ['children', 1, ['children']],
    ['data', 2, ['data']],
    ['any', 3, ['data', 'children', 'persistent', 'recursive']],
    ['persistent', 4, ['persistent']],
    ['recursive', 5, ['recursive']],
  ];
  it.each(types)('of type %s takes those and leaves the others', (_, type, taken) => {
    for (const [name, request] of all) {
      const bench = prepared();
      bench.ask(1, request);
      const expected = taken.includes(name) ? 0 : ErrorNumber.NO_WATCHER;
      for (const kind of ['checkWatches', 'removeWatches'] as const) {
        expect([name, bench.errorOf(1, { kind, path: '/p', type })]).toEqual([name, expected]);
        expect(bench.errorOf(2, { kind, path: '/p', type })).toBe(ErrorNumber.NO_WATCHER);
        expect(bench.errorOf(1, { kind, path: '/', type })).toBe(ErrorNumber.NO_WATCHER);
      }
      expect(bench.watches.counts.pairs).toBe(taken.includes(name) ? 0 : 1);
    }
  });

  it('leaves the other kinds on the same path', () => {
    const bench = prepared();
    for (const [, request] of all) bench.ask(1, request);
    bench.ask(1, { kind: 'removeWatches', path: '/p', type: 5 });
    bench.ask(1, { kind: 'removeWatches', path: '/p', type: 2 });
    expect(told(bench)).toEqual(['1 children /p', '1 children /p', '1 children /p']);
    bench.ask(1, { kind: 'removeWatches', path: '/p', type: 3 });
    expect(bench.watches.counts).toEqual({ connections: 0, paths: 0, pairs: 0 });
  });

  it('counts them and names them for status pages', () => {
    const bench = prepared();
    bench.ask(1, data('/p'));
    bench.ask(1, data('/p/c'));
    bench.ask(2, persistent('/p'));
    expect(bench.watches.counts).toEqual({ connections: 2, paths: 2, pairs: 3 });
    expect([...bench.watches.byPath.get('/p')!.keys()]).toEqual([1, 2]);
    bench.watches.removeConnection(1);
    expect(bench.watches.counts).toEqual({ connections: 1, paths: 1, pairs: 1 });
  });
});

describe('setting watches again after a reconnect', () => {
  const since = (
    relativeZxid: bigint,
    watches: Partial<Omit<SetWatchesRequest, 'kind'>>,
  ): SetWatchesRequest => ({
    kind: 'setWatches',
    relativeZxid,
    data: [],
    exist: [],
    child: [],
    persistent: [],
    recursive: [],
    ...watches,
  });

  it('tells what was missed, by kind, and arms the rest', () => {
    const bench = prepared();
    const seen = bench.zxid;
    bench.ask(2, create('/p/n'));
    bench.ask(2, { kind: 'setData', path: '/p/c', data: null, version: -1 });
    bench.ask(
      1,
      since(seen, {
        data: ['/p', '/p/c', '/gone'],
        exist: ['/p/n', '/later'],
        child: ['/p', '/p/c', '/gone'],
        persistent: ['/p/c'],
        recursive: ['/later'],
      }),
    );
    expect(bench.take()).toEqual([
      '1 changed /p/c',
      '1 deleted /gone',
      '1 created /p/n',
      '1 children /p',
      '1 deleted /gone',
    ]);
    bench.ask(2, create('/later'));
    bench.ask(2, create('/later/x'));
    bench.ask(2, { kind: 'setData', path: '/p', data: null, version: -1 });
    bench.ask(2, { kind: 'delete', path: '/p/c', version: -1 });
    expect(bench.take()).toEqual([
      '1 created /later',
      '1 created /later/x',
      '1 changed /p',
      '1 deleted /p/c',
    ]);
  });

  it('counts what has happened up to the zxid as seen', () => {
    const bench = prepared();
    const { mzxid, pzxid } = bench.tree.get('/p')!;
    bench.ask(1, since(mzxid, { data: ['/p'] }));
    bench.ask(1, since(pzxid, { child: ['/p'] }));
    expect(bench.take()).toEqual([]);
    bench.ask(1, since(mzxid - 1n, { data: ['/p'] }));
    bench.ask(1, since(pzxid - 1n, { child: ['/p'] }));
    expect(bench.take()).toEqual(['1 changed /p', '1 children /p']);
  });
});
