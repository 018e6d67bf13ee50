import { describe, expect, it } from 'vitest';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import type { ClientRequest } from '../../../src/coord/core/model.ts';
import { ClusterBench, memberOf } from './cluster-bench.ts';
import { brief } from './replica-bench.ts';
import { ANYONE, create } from './tree-bench.ts';

const MEMBERS = [memberOf(1), memberOf(2), memberOf(3)];
const READ_ONLY = { readOnly: true };

/** An ensemble with a node at `/a`, one follower of which is cut off and has noticed it. */
function cutOff(options = { isReadOnlyEnabled: true }) {
  const bench = new ClusterBench(MEMBERS, options);
  const [id] = bench.followers as [number];
  const { connection, sessionId, password } = bench.session(id, { timeoutMs: 10_000 });
  bench.ask(id, connection, create('/a'));
  bench.take(id);
  bench.isolate(id);
  bench.tickUntil(() => brief(bench.take(id)).includes(`${connection} close`));
  return { bench, id, session: { sessionId, password } };
}

const get = (path: string, watch = false) => ({ kind: 'getData', path, watch }) as const;

describe('a node that is cut off', () => {
  it('serves reads to clients that are content with them, and nobody else', () => {
    const { bench, id } = cutOff();
    expect(bench.node(id)).toMatchObject({ serviceMode: 'readOnly', isServing: false });
    bench.open(id, { readOnly: false });
    bench.open(id, { readOnly: null });
    expect(brief(bench.take(id))).toEqual(['2 close', '3 close']);
    const { connection, isReadOnly } = bench.session(id, READ_ONLY);
    expect(isReadOnly).toBe(true);
    expect(bench.ask(id, connection, get('/a'))).toMatchObject({ kind: 'data' });
    expect(bench.errorOf(id, connection, { kind: 'auth', identities: [] })).toBe(0);
    expect(bench.ask(id, connection, { kind: 'addWatch', path: '/', mode: 1 })).toEqual({
      kind: 'watchAdded',
    });
  });

  it('drops everybody when it does not serve reads', () => {
    const { bench, id } = cutOff({ isReadOnlyEnabled: false });
    expect(bench.node(id).serviceMode).toBe('none');
    bench.open(id, READ_ONLY);
    expect(brief(bench.take(id))).toEqual(['2 close']);
  });

  const refused: ClientRequest[] = [
    create('/b'),
    create('/e', { flags: 1 }),
    { kind: 'delete', path: '/a', version: -1 },
    { kind: 'setData', path: '/a', data: null, version: -1 },
    { kind: 'setAcl', path: '/a', acl: ANYONE, version: -1 },
    { kind: 'multi', operations: [{ kind: 'check', path: '/a', version: 0 }] },
    { kind: 'sync', path: '/a' },
    { kind: 'reconfig', joining: null, leaving: '1', newMembers: null, currentConfigId: -1n },
  ];
  it.each(refused)('refuses $kind and keeps the connection', (request) => {
    const { bench, id } = cutOff();
    const { connection } = bench.session(id, READ_ONLY);
    expect(bench.errorOf(id, connection, request)).toBe(ErrorNumber.NOT_READ_ONLY);
    expect(bench.errorOf(id, connection, get('/a'))).toBe(0);
  });

  it('lets clients come back with sessions that began there, and with no others', () => {
    const { bench, id, session } = cutOff();
    bench.open(id, { ...READ_ONLY, ...session });
    expect(brief(bench.take(id))).toEqual(['2 close']);
    const { sessionId, password } = bench.session(id, READ_ONLY);
    bench.open(id, { ...READ_ONLY, sessionId, password });
    expect(brief(bench.take(id))).toEqual(['3 close', '4 accepted']);
    bench.tick(1_200);
    expect(brief(bench.take(id))).toEqual(['4 close']);
    bench.open(id, { ...READ_ONLY, sessionId, password });
    expect(brief(bench.take(id))).toEqual(['5 rejected', '5 close']);
  });

  it('ends a session at its client’s wish', () => {
    const { bench, id } = cutOff();
    const { connection } = bench.session(id, READ_ONLY);
    expect(bench.errorOf(id, connection, { kind: 'closeSession' })).toBe(0);
    expect(bench.node(id).localSessionCount).toBe(0);
  });

  it('hangs up on clients that have seen more', () => {
    const { bench, id } = cutOff();
    bench.open(id, { ...READ_ONLY, lastZxidSeen: bench.node(id).appliedZxid + 1n });
    expect(brief(bench.take(id))).toEqual(['2 close']);
  });

  it('drops them when there is a leader again, and serves in full', () => {
    const { bench, id, session } = cutOff();
    const { connection, sessionId, password } = bench.session(id, READ_ONLY);
    bench.ask(id, connection, get('/a', true));
    bench.rejoin(id);
    bench.tickUntil(() => bench.node(id).isServing);
    expect(brief(bench.take(id))).toEqual([`${connection} close`]);
    expect(bench.node(id).localSessionCount).toBe(0);
    bench.open(id, { sessionId, password });
    expect(brief(bench.take(id))).toEqual(['3 rejected', '3 close']);
    const resumed = bench.session(id, session);
    expect(resumed).toMatchObject({ ...session, isReadOnly: false });
    expect(bench.errorOf(id, resumed.connection, create('/b'))).toBe(0);
  });

  it('serves nobody while it holds nothing', () => {
    const bench = new ClusterBench([]);
    bench.start(1, MEMBERS, { isReadOnlyEnabled: true });
    bench.tick(3_000);
    expect(bench.node(1).serviceMode).toBe('none');
  });

  it('is any node, an observer too', () => {
    const members = [memberOf(1), memberOf(2), memberOf(3, 'observer')];
    const bench = new ClusterBench(members, { isReadOnlyEnabled: true });
    bench.isolate(3);
    bench.tickUntil(() => bench.node(3).serviceMode === 'readOnly');
  });

  it('takes up its local sessions again when all is well', () => {
    const bench = new ClusterBench(MEMBERS, {
      isReadOnlyEnabled: true,
      isLocalSessionsEnabled: true,
    });
    const [id] = bench.followers as [number];
    const { sessionId, password } = bench.session(id, { timeoutMs: 10_000 });
    bench.isolate(id);
    bench.tickUntil(() => bench.node(id).serviceMode === 'readOnly');
    bench.take(id);
    bench.open(id, { ...READ_ONLY, sessionId, password });
    expect(brief(bench.take(id))).toEqual(['2 close']);
    bench.rejoin(id);
    bench.tickUntil(() => bench.node(id).isServing);
    expect(bench.session(id, { sessionId, password }).isReadOnly).toBe(false);
  });
});
