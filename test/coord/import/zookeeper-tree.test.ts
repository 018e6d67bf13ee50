import { describe, expect, it } from 'vitest';
import { expectNext, replay } from '../../../src/coord/import/replay.ts';
import type { Change } from '../../../src/coord/import/transactions.ts';
import { ZooKeeperTree } from '../../../src/coord/import/zookeeper-tree.ts';

const ACL = [{ permissions: 31, scheme: 'world', id: 'anyone' }];

function node(zxid: bigint, facts: { childCreates?: number; ephemeralOwner?: bigint } = {}) {
  return {
    ...{ data: null, acl: ACL, czxid: zxid, mzxid: zxid, pzxid: zxid, ctimeMs: 0, mtimeMs: 0 },
    ...{ version: 0, aclVersion: 0, childCreates: 0, ephemeralOwner: 0n },
    children: new Set<string>(),
    ...facts,
  };
}

function create(path: string, parentChildCreates: number, ephemeralOwner = 0n): Change {
  return {
    kind: 'create',
    node: { path, data: null, acl: ACL, ephemeralOwner, parentChildCreates },
  };
}

/** Replays from a state; each change is a transaction, numbered from 1. */
function replayed(tree: ZooKeeperTree, changes: readonly Change[]): string[] {
  for (const [index, change] of changes.entries()) {
    replay(tree, { sessionId: 7n, zxid: BigInt(index + 1), timeMs: 0, changes: [change] });
  }
  return [...tree.nodes]
    .map(([path, { czxid, mzxid, pzxid, version, childCreates, children }]) => {
      const facts = [czxid, mzxid, pzxid, version, childCreates, [...children].sort().join('+')];
      return `${path} ${facts.join(' ')}`;
    })
    .sort();
}

function empty(): ZooKeeperTree {
  const tree = new ZooKeeperTree();
  tree.insert('/', node(0n));
  return tree;
}

const HISTORY: readonly Change[] = [
  create('/a', 1),
  create('/a/b', 1),
  { kind: 'setData', path: '/a', data: null, version: 1 },
  create('/a/c', 2),
  { kind: 'delete', path: '/a/b' },
  { kind: 'delete', path: '/a/c' },
  { kind: 'delete', path: '/a' },
  create('/a', 2),
  create('/a/c', 1),
  { kind: 'setAcl', path: '/a', acl: ACL, version: 1 },
  create('/e', 3, 7n),
];

describe('replaying what a fuzzy snapshot holds already', () => {
  it('gives the same state from every later state, wholly or partly', () => {
    const truth = replayed(empty(), HISTORY);
    for (let ahead = 0; ahead <= HISTORY.length; ahead++) {
      const tree = empty();
      replayed(tree, HISTORY.slice(0, ahead));
      expect(replayed(tree, HISTORY), `${ahead} transactions ahead`).toEqual(truth);
    }
  });

  it('gives the same state when each node was written at another time', () => {
    const truth = replayed(empty(), HISTORY);
    // A parent as it was early, and its child as it was late, and the other way round.
    const early = empty();
    early.insert('/a', node(1n));
    early.insert('/a/c', node(9n));
    expect(replayed(early, HISTORY)).toEqual(truth);
    const late = empty();
    late.insert('/a', node(8n, { childCreates: 1 }));
    late.insert('/a/b', node(2n));
    expect(replayed(late, HISTORY)).toEqual(truth);
  });
});

it('closing a session deletes its nodes, and those that the log names', () => {
  const tree = empty();
  tree.insert('/own', node(1n, { ephemeralOwner: 7n }));
  tree.insert('/named', node(1n));
  tree.insert('/other', node(1n, { ephemeralOwner: 8n }));
  tree.sessions.set(7n, 1);
  replayed(tree, [{ kind: 'closeSession', paths: ['/named', '/gone'] }]);
  expect([...tree.nodes.keys()].sort()).toEqual(['/', '/other']);
  expect(tree.sessions.size).toBe(0);
});

it('a log without the parent counter counts itself', () => {
  const tree = empty();
  replayed(tree, [create('/a', -1), create('/b', -1)]);
  expect(tree.nodes.get('/')?.childCreates).toBe(2);
});

it('a hole in the log is noticed, and a new epoch is none', () => {
  expectNext(5n, 6n, 'log');
  expectNext(5n, 0x1_0000_0001n, 'log');
  for (const [previous, next] of [
    [5n, 7n],
    [5n, 5n],
    [6n, 5n],
    [5n, 0x1_0000_0002n],
    [0x2_0000_0001n, 0x1_0000_0002n],
  ] as const) {
    expect(() => expectNext(previous, next, 'log')).toThrow('log: transaction');
  }
});
