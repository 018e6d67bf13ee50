import { describe, expect, it } from 'vitest';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import { LocalSessionIds } from '../../../src/coord/core/local-session-ids.ts';
import type { ReplicaOptions } from '../../../src/coord/core/replica.ts';
import { brief, ReplicaBench } from './replica-bench.ts';
import { create } from './tree-bench.ts';

const LOCAL = { isLocalSessionsEnabled: true };
const UPGRADING = { isLocalSessionsEnabled: true, isLocalUpgradingEnabled: true };

/** A bench with one client, connected, and its session. */
function connected(options: Partial<ReplicaOptions>) {
  const bench = new ReplicaBench(null, options);
  const connection = bench.open();
  const [accepted] = bench.take();
  if (accepted?.kind !== 'accepted') throw new Error('no session');
  return { bench, connection, session: accepted };
}

const kinds = (bench: ReplicaBench) => bench.log.map(({ command }) => command.kind);

describe('local sessions', () => {
  it('begin and end without the log, and write through it', () => {
    const { bench, connection, session } = connected(LOCAL);
    expect(session.isReadOnly).toBe(false);
    expect(bench.replica.localSessionCount).toBe(1);
    expect(bench.errorOf(connection, create('/a'))).toBe(0);
    bench.send(connection, { kind: 'closeSession' });
    expect(brief(bench.take())).toEqual(['1 reply done', '1 close']);
    expect(kinds(bench)).toEqual(['create']);
    expect(bench.replica.state.sessions.size).toBe(0);
    expect(bench.replica.localSessionCount).toBe(0);
  });

  it('end after the answers to what was asked before', () => {
    const { bench, connection } = connected(LOCAL);
    bench.holdDisk = true;
    bench.send(connection, create('/a'));
    bench.send(connection, { kind: 'closeSession' });
    expect(bench.take()).toEqual([]);
    bench.flush();
    expect(brief(bench.take())).toEqual(['1 reply created', '1 reply done', '1 close']);
  });

  it('run out by themselves when nothing is heard of them', () => {
    const { bench, session } = connected(LOCAL);
    bench.tick(900);
    bench.step({ kind: 'ping', connection: 1, xid: -2 });
    bench.tick(900);
    bench.take();
    bench.tick(200);
    expect(brief(bench.take())).toEqual(['1 close']);
    bench.open(session);
    expect(brief(bench.take())).toEqual(['2 rejected', '2 close']);
  });

  it('resume at their node, with the right password', () => {
    const { bench, session } = connected(LOCAL);
    bench.open({ sessionId: session.sessionId, password: new Uint8Array(16) });
    expect(brief(bench.take())).toEqual(['2 rejected', '2 close']);
    bench.open(session);
    expect(brief(bench.take())).toEqual(['1 close', '3 accepted']);
    expect(kinds(bench)).toEqual([]);
    expect(bench.errorOf(3, create('/a'))).toBe(0);
  });

  it('resume after what their last connection had sent', () => {
    const { bench, connection, session } = connected(LOCAL);
    bench.holdDisk = true;
    bench.send(connection, create('/a'));
    bench.open(session);
    bench.open(session);
    bench.send(3, { kind: 'exists', path: '/a', watch: false });
    expect(brief(bench.take())).toEqual(['1 close', '2 close']);
    bench.flush();
    expect(brief(bench.take())).toEqual(['3 accepted', '3 reply stat']);
  });

  it('are unknown elsewhere, as after a restart', () => {
    const { session } = connected(LOCAL);
    const other = new ReplicaBench(null, LOCAL);
    other.open(session);
    expect(brief(other.take())).toEqual(['1 rejected', '1 close']);
  });

  it('may not own ephemeral nodes unless they can be upgraded', () => {
    const { bench, connection } = connected(LOCAL);
    const ephemeral = create('/e', { flags: 1 });
    const error = ErrorNumber.EPHEMERAL_ON_LOCAL_SESSION;
    expect(bench.errorOf(connection, ephemeral)).toBe(error);
    const operations = [create('/a'), create('/e-', { flags: 3 })];
    expect(bench.errorOf(connection, { kind: 'multi', operations })).toBe(error);
    expect(bench.errorOf(connection, create('/s-', { flags: 2 }))).toBe(0);
    expect(kinds(bench)).toEqual(['create']);
  });

  it.each([
    create('/e', { flags: 1 }),
    { kind: 'multi', operations: [create('/e', { flags: 1, withStat: true })] } as const,
  ])('are known to all nodes before their first ephemeral node comes: $kind', (request) => {
    const { bench, connection, session } = connected(UPGRADING);
    bench.errorOf(connection, create('/a'));
    bench.ask(connection, request);
    const { sessionId, timeoutMs, password } = session;
    expect(kinds(bench)).toEqual(['create', 'upgradeSession', request.kind]);
    expect(bench.replica.state.tree.get('/e')?.ephemeralOwner).toBe(sessionId);
    expect([...bench.replica.state.sessions]).toEqual([
      [sessionId, { timeoutMs, password, owner: 1 }],
    ]);
    expect(bench.replica.localSessionCount).toBe(0);
  });

  it('live on as all others once they are upgraded', () => {
    const { bench, connection, session } = connected(UPGRADING);
    bench.ask(connection, create('/e', { flags: 1 }));
    bench.ask(connection, create('/e2', { flags: 1 }));
    bench.open(session);
    expect(brief(bench.take())).toEqual(['1 close', '2 accepted']);
    bench.tick(1_200);
    expect(kinds(bench)).toEqual([
      'upgradeSession',
      'create',
      'create',
      'attachSession',
      'closeSession',
    ]);
    expect(bench.replica.state.tree.get('/e')).toBeUndefined();
  });

  it('resume through the log while their upgrade is on its way', () => {
    const { bench, connection, session } = connected(UPGRADING);
    bench.holdDisk = true;
    bench.send(connection, create('/e', { flags: 1 }));
    bench.send(connection, create('/f', { flags: 1 }));
    bench.step({ kind: 'closed', connection });
    bench.open(session);
    bench.send(2, { kind: 'exists', path: '/f', watch: false });
    bench.flush();
    expect(brief(bench.take())).toEqual(['2 accepted', '2 reply stat']);
    expect(kinds(bench)).toEqual(['upgradeSession', 'create', 'create', 'attachSession']);
  });
});

describe('ids of local sessions', () => {
  it('are never those that the log gives out, and differ between lives of a node', () => {
    const first = new LocalSessionIds(3, () => 1);
    const second = new LocalSessionIds(3, () => 2);
    const ids = [first, first, second].map((ids) => ids.next(false, () => false));
    expect(new Set(ids).size).toBe(3);
    const zxidMax = BigInt(Number.MAX_SAFE_INTEGER);
    for (const id of ids) {
      expect(id >> 56n).toBe(3n);
      expect(id - (3n << 56n)).toBeGreaterThan(zxidMax);
    }
  });

  it('are passed over when they are taken', () => {
    const ids = new LocalSessionIds(254, () => 0xffff_ffff);
    const first = ids.next(true, () => false);
    const taken = new LocalSessionIds(254, () => 0xffff_ffff).next(true, (id) => id === first);
    expect(taken).toBe(first + 1n);
    expect(first).toBeLessThan(0n);
  });
});
