import { describe, expect, it } from 'vitest';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import { decodeSnapshot } from '../../../src/coord/core/snapshot.ts';
import type { ClientMessage } from '../../../src/coord/core/step.ts';
import { brief, ReplicaBench } from './replica-bench.ts';
import { bytes, create } from './tree-bench.ts';

function accepted(messages: readonly ClientMessage[]) {
  const found = messages.find((message) => message.kind === 'accepted');
  if (found?.kind !== 'accepted') throw new Error('no session');
  return found;
}

describe('answers come after persistence and in order', () => {
  it('answers nothing that is not on disk', () => {
    const bench = new ReplicaBench();
    bench.holdDisk = true;
    const connection = bench.open();
    bench.send(connection, create('/a'));
    expect(bench.take()).toEqual([]);
    expect(bench.log.map(({ command }) => command.kind)).toEqual(['createSession']);
    bench.flush();
    expect(brief(bench.take())).toEqual(['1 accepted', '1 reply created']);
  });

  it('lets a read wait for earlier writes of its own connection, and for no others', () => {
    const bench = new ReplicaBench();
    const writer = bench.open();
    const reader = bench.open();
    bench.take();
    bench.holdDisk = true;
    bench.send(writer, create('/a'));
    bench.send(writer, { kind: 'exists', path: '/a', watch: false });
    bench.send(reader, { kind: 'exists', path: '/a', watch: false });
    expect(brief(bench.take())).toEqual(['2 reply error']);
    bench.flush();
    expect(brief(bench.take())).toEqual(['1 reply created', '1 reply stat']);
  });

  it('answers sync once everything is applied that was acknowledged when it was asked', () => {
    const bench = new ReplicaBench();
    const writer = bench.open();
    const reader = bench.open();
    bench.ask(writer, create('/a'));
    bench.take();
    bench.holdDisk = true;
    bench.send(writer, create('/b'));
    bench.send(reader, { kind: 'sync', path: '/' });
    bench.send(reader, { kind: 'exists', path: '/a', watch: false });
    expect(brief(bench.take())).toEqual(['2 reply path', '2 reply stat']);
    bench.send(writer, { kind: 'sync', path: '/' });
    expect(bench.take()).toEqual([]);
    bench.flush();
    expect(brief(bench.take())).toEqual(['1 reply created', '1 reply path']);
  });

  it('stamps the time of the leader into entries', () => {
    const bench = new ReplicaBench();
    const connection = bench.open();
    bench.tick(500);
    bench.send(connection, create('/a'));
    expect(bench.log.at(-1)).toMatchObject({ timeMs: bench.nowMs });
  });

  it('uses up a zxid for a refused write, too', () => {
    const bench = new ReplicaBench();
    const connection = bench.open();
    const before = bench.appliedZxid;
    bench.send(connection, create('/x/y'));
    bench.send(connection, create('/a'));
    expect(bench.replica.state.tree.get('/a')?.czxid).toBe(before + 2n);
  });
});

describe('watches', () => {
  function watched() {
    const bench = new ReplicaBench();
    const writer = bench.open();
    const watcher = bench.open();
    bench.ask(writer, create('/p'));
    bench.take();
    return { bench, writer, watcher };
  }

  it('fires one-shot watches once, and tells the writer before its own answer', () => {
    const { bench, writer } = watched();
    bench.ask(writer, { kind: 'exists', path: '/p/c', watch: true });
    bench.ask(writer, { kind: 'getChildren', path: '/p', watch: true });
    bench.send(writer, create('/p/c'));
    expect(brief(bench.take())).toEqual(['1 created /p/c', '1 children /p', '1 reply created']);
    bench.send(writer, { kind: 'delete', path: '/p/c', version: -1 });
    expect(brief(bench.take())).toEqual(['1 reply deleted']);
  });

  it('tells of a deletion once, though data and children were watched', () => {
    const { bench, writer, watcher } = watched();
    bench.ask(watcher, { kind: 'getData', path: '/p', watch: true });
    bench.ask(watcher, { kind: 'getChildren', path: '/p', watch: true });
    bench.send(writer, { kind: 'delete', path: '/p', version: -1 });
    expect(brief(bench.take())).toEqual(['2 deleted /p', '1 reply deleted']);
  });

  it('sets no watch when getData finds no node', () => {
    const { bench, writer, watcher } = watched();
    bench.ask(watcher, { kind: 'getData', path: '/n', watch: true });
    bench.send(writer, create('/n'));
    expect(brief(bench.take())).toEqual(['1 reply created']);
  });

  it('keeps persistent watches, and recursive ones for everything below', () => {
    const { bench, writer, watcher } = watched();
    bench.ask(watcher, { kind: 'addWatch', path: '/p', mode: 0 });
    bench.ask(writer, { kind: 'addWatch', path: '/p', mode: 1 });
    bench.send(writer, create('/p/c'));
    bench.send(writer, { kind: 'setData', path: '/p/c', data: null, version: -1 });
    bench.send(writer, { kind: 'setData', path: '/p', data: null, version: -1 });
    expect(brief(bench.take())).toEqual([
      '1 created /p/c',
      '2 children /p',
      '1 reply created',
      '1 changed /p/c',
      '1 reply dataSet',
      '2 changed /p',
      '1 changed /p',
      '1 reply dataSet',
    ]);
  });

  it('removes and checks watches by their type', () => {
    const { bench, watcher } = watched();
    bench.ask(watcher, { kind: 'getData', path: '/p', watch: true });
    bench.ask(watcher, { kind: 'addWatch', path: '/p', mode: 1 });
    const check = (type: number) =>
      bench.errorOf(watcher, { kind: 'checkWatches', path: '/p', type });
    expect([1, 2, 3, 4, 5].map(check)).toEqual([
      ErrorNumber.NO_WATCHER,
      0,
      0,
      ErrorNumber.NO_WATCHER,
      0,
    ]);
    expect(bench.errorOf(watcher, { kind: 'removeWatches', path: '/p', type: 2 })).toBe(0);
    expect([2, 5].map(check)).toEqual([ErrorNumber.NO_WATCHER, 0]);
    expect(bench.errorOf(watcher, { kind: 'removeWatches', path: '/p', type: 3 })).toBe(0);
    expect(check(3)).toBe(ErrorNumber.NO_WATCHER);
  });

  it('forgets the watches of a closed connection', () => {
    const { bench, writer, watcher } = watched();
    bench.ask(watcher, { kind: 'addWatch', path: '/', mode: 1 });
    bench.step({ kind: 'closed', connection: watcher });
    bench.send(writer, create('/p/c'));
    expect(brief(bench.take())).toEqual(['1 reply created']);
  });

  it('tells a reconnected client what it has missed, and arms the rest', () => {
    const { bench, writer, watcher } = watched();
    bench.ask(writer, create('/q'));
    const relativeZxid = bench.appliedZxid;
    bench.ask(writer, create('/p/c'));
    bench.ask(writer, { kind: 'setData', path: '/q', data: null, version: -1 });
    bench.take();
    bench.send(watcher, {
      kind: 'setWatches',
      relativeZxid,
      data: ['/p', '/q', '/gone'],
      exist: ['/p/c', '/later'],
      child: ['/p', '/q'],
      persistent: ['/p'],
      recursive: [],
    });
    expect(brief(bench.take())).toEqual([
      '2 changed /q',
      '2 deleted /gone',
      '2 created /p/c',
      '2 children /p',
      '2 reply done',
    ]);
    bench.send(writer, create('/later'));
    bench.send(writer, { kind: 'setData', path: '/p', data: null, version: -1 });
    expect(brief(bench.take())).toEqual([
      '2 created /later',
      '1 reply created',
      '2 changed /p',
      '1 reply dataSet',
    ]);
  });

  it('tells nothing of a multi that failed', () => {
    const { bench, writer, watcher } = watched();
    bench.ask(watcher, { kind: 'addWatch', path: '/', mode: 1 });
    bench.send(writer, { kind: 'multi', operations: [create('/x'), create('/p')] });
    expect(brief(bench.take())).toEqual(['1 reply multi']);
  });
});

describe('sessions', () => {
  it('clamps the timeout and gives every session its own id', () => {
    const bench = new ReplicaBench();
    bench.open();
    bench.open();
    const [first, second] = bench.take();
    expect(first).toMatchObject({ kind: 'accepted', timeoutMs: 1_000 });
    expect(first).not.toMatchObject({ sessionId: (second as { sessionId: bigint }).sessionId });
  });

  it('expires a silent session in one entry, and tells watchers', () => {
    const bench = new ReplicaBench();
    const silent = bench.open();
    bench.ask(silent, create('/e1', { flags: 1 }));
    bench.ask(silent, create('/e2', { flags: 1 }));
    const watcher = bench.open();
    bench.ask(watcher, { kind: 'addWatch', path: '/', mode: 1 });
    bench.take();
    const before = bench.appliedZxid;
    for (let round = 0; round < 4; round++) {
      bench.tick(300);
      bench.step({ kind: 'ping', connection: watcher, xid: -2 });
    }
    expect(bench.appliedZxid).toBe(before + 1n);
    const messages = brief(bench.take()).filter((message) => message !== '2 reply done');
    expect(messages).toEqual(['2 deleted /e1', '2 deleted /e2', '1 close']);
  });

  it('does not hold its own pause against clients', () => {
    const bench = new ReplicaBench();
    bench.open();
    bench.take();
    bench.nowMs += 60_000;
    bench.step({ kind: 'tick' });
    expect(bench.log).toHaveLength(1);
    bench.tick(700);
    expect(bench.log).toHaveLength(2);
  });

  it('moves a session to its newest connection and closes the older one', () => {
    const bench = new ReplicaBench();
    bench.open();
    const session = accepted(bench.take());
    bench.open(session);
    expect(brief(bench.take())).toEqual(['1 close', '2 accepted']);
    bench.send(1, create('/late'));
    expect(bench.take()).toEqual([]);
    expect(bench.replica.state.tree.get('/late')).toBeUndefined();
  });

  it('rejects a wrong password and an unknown session, and leaves the right owner alone', () => {
    const bench = new ReplicaBench();
    bench.open();
    const { sessionId, password } = accepted(bench.take());
    bench.open({ sessionId, password: new Uint8Array(16) });
    bench.open({ sessionId: 77n, password });
    expect(brief(bench.take())).toEqual(['2 rejected', '2 close', '3 rejected', '3 close']);
    expect(bench.errorOf(1, create('/a'))).toBe(0);
  });

  it('settles what a lost connection had sent before it resumes the session', () => {
    const bench = new ReplicaBench();
    const first = bench.open();
    const session = accepted(bench.take());
    bench.holdDisk = true;
    bench.send(first, create('/a'));
    bench.step({ kind: 'closed', connection: first });
    const second = bench.open(session);
    bench.send(second, { kind: 'exists', path: '/a', watch: false });
    expect(bench.take()).toEqual([]);
    bench.flush();
    expect(brief(bench.take())).toEqual(['2 accepted', '2 reply stat']);
  });

  it('does not resume a session that is about to end', () => {
    const bench = new ReplicaBench();
    const first = bench.open();
    const session = accepted(bench.take());
    bench.holdDisk = true;
    bench.send(first, { kind: 'closeSession' });
    bench.open(session);
    bench.flush();
    expect(brief(bench.take())).toEqual(['1 reply done', '1 close', '2 rejected', '2 close']);
  });

  it('answers pings that come before the session has begun, in their turn', () => {
    const bench = new ReplicaBench();
    bench.holdDisk = true;
    const connection = bench.open();
    bench.step({ kind: 'ping', connection, xid: -2 });
    bench.send(connection, { kind: 'whoAmI' });
    expect(bench.take()).toEqual([]);
    bench.flush();
    expect(brief(bench.take())).toEqual(['1 accepted', '1 reply done', '1 reply identities']);
  });

  it('hangs up on a client that claims to be more than fits its requests', () => {
    const bench = new ReplicaBench();
    const connection = bench.open();
    const claim = (id: string) =>
      bench.errorOf(connection, { kind: 'auth', identities: [{ scheme: 'digest', id }] });
    expect(claim('a'.repeat(30_000))).toBe(0);
    expect(claim('a'.repeat(30_000))).toBe(0);
    expect(claim('b'.repeat(30_000))).toBe(0);
    expect(claim('c'.repeat(30_000))).toBe(ErrorNumber.AUTH_FAILED);
    expect(brief(bench.take()).at(-1)).toBe('1 close');
  });

  it('hangs up on a client that has seen the future, and on one that skips the handshake', () => {
    const bench = new ReplicaBench();
    bench.open(null, 9_999n);
    bench.step({ kind: 'opened', connection: 50, identities: [] });
    bench.send(50, create('/a'));
    expect(brief(bench.take())).toEqual(['1 close', '50 close']);
    expect(bench.log).toEqual([]);
  });

  it('answers closeSession, then closes', () => {
    const bench = new ReplicaBench();
    const connection = bench.open();
    bench.ask(connection, create('/e', { flags: 1 }));
    bench.take();
    bench.send(connection, { kind: 'closeSession' });
    bench.send(connection, create('/ignored'));
    expect(brief(bench.take())).toEqual(['1 reply done', '1 close']);
    expect(bench.replica.state.tree.nodeCount).toBe(4);
  });

  it('lists its own ephemeral nodes by prefix, and says who is asking', () => {
    const bench = new ReplicaBench();
    const connection = bench.open();
    for (const path of ['/ab', '/ac', '/b']) bench.ask(connection, create(path, { flags: 1 }));
    const paths = (prefix: string) => bench.ask(connection, { kind: 'getEphemerals', prefix });
    expect(paths('/a')).toEqual({ kind: 'paths', paths: ['/ab', '/ac'] });
    expect(paths('')).toEqual({ kind: 'paths', paths: ['/ab', '/ac', '/b'] });
    expect(bench.ask(bench.open(), { kind: 'getEphemerals', prefix: '/' })).toMatchObject({
      paths: [],
    });
    expect(bench.ask(connection, { kind: 'whoAmI' })).toEqual({
      kind: 'identities',
      identities: [{ scheme: 'ip', id: '127.0.0.1' }],
    });
  });
});

describe('replay and snapshots', () => {
  function busy(): ReplicaBench {
    const bench = new ReplicaBench();
    const connection = bench.open();
    bench.ask(connection, create('/a', { data: bytes('1') }));
    bench.ask(connection, create('/a/e-', { flags: 3 }));
    bench.ask(connection, create('/missing/x'));
    bench.ask(connection, { kind: 'setData', path: '/a', data: null, version: -1 });
    bench.ask(bench.open(), { kind: 'closeSession' });
    return bench;
  }

  const encoded = (bench: ReplicaBench) => bench.replica.takeSnapshot().bytes;

  it('comes to the same state from a snapshot, and expires sessions after a full timeout', () => {
    const bench = busy();
    const restored = new ReplicaBench(bench.replica.takeSnapshot());
    const { tree, sessions } = restored.replica.state;
    expect(tree.sortedPaths()).toEqual(bench.replica.state.tree.sortedPaths());
    expect(sessions).toEqual(bench.replica.state.sessions);
    restored.tick(900);
    expect(restored.replica.state.tree.get('/a/e-0000000000')).toBeDefined();
    restored.tick(300);
    expect(restored.replica.state.tree.get('/a/e-0000000000')).toBeUndefined();
  });

  it('refuses a snapshot with any bit flipped', () => {
    const bytesOf = encoded(busy());
    for (let index = 0; index < bytesOf.length; index++) {
      const damaged = bytesOf.slice();
      damaged[index]! ^= 1 << (index % 8);
      expect(() => decodeSnapshot(damaged, 'snapshot')).toThrow(
        expect.objectContaining({ code: 'CORRUPT_DATA' }),
      );
    }
  });
});
