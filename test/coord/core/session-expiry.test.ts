import { describe, expect, it } from 'vitest';
import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import { ClusterBench, memberOf } from './cluster-bench.ts';
import { brief } from './replica-bench.ts';
import { create } from './tree-bench.ts';

const MEMBERS = [memberOf(1), memberOf(2), memberOf(3)];

/** An ensemble, its leader and its followers. */
function ensemble() {
  const bench = new ClusterBench(MEMBERS);
  const [first, second] = bench.followers as [number, number];
  return { bench, leader: bench.leader, first, second };
}

const sessionsAt = (bench: ClusterBench, id: number) => [...bench.node(id).state.sessions.keys()];

describe('sessions of an ensemble', () => {
  it('live as long as their clients are heard of, at whichever node', () => {
    const { bench, leader, first, second } = ensemble();
    const clients = [leader, first, second].map((id) => ({ id, ...bench.session(id) }));
    for (let round = 0; round < 10; round++) {
      bench.tick(600);
      for (const { id, connection } of clients) bench.ping(id, connection);
    }
    expect(sessionsAt(bench, leader)).toHaveLength(3);
    bench.tick(800);
    bench.ping(first, clients[1]!.connection);
    bench.tick(400);
    expect(sessionsAt(bench, leader)).toEqual([clients[1]!.sessionId]);
    expect(brief(bench.take(second)).at(-1)).toBe(`${clients[2]!.connection} close`);
  });

  it('do not expire during a change of leader while their clients ping', () => {
    const { bench, leader, first } = ensemble();
    const { connection } = bench.session(first);
    let ticks = 0;
    const pingNowAndThen = () => {
      if (++ticks % 6 === 0) bench.ping(first, connection);
    };
    for (let change = 0; change < 4; change++) {
      const old = bench.leader === first ? leader : bench.leader;
      bench.isolate(old);
      bench.tick(2_000, pingNowAndThen);
      bench.rejoin(old);
      bench.tick(1_000, pingNowAndThen);
    }
    expect(sessionsAt(bench, first)).toHaveLength(1);
    expect(brief(bench.take(first))).not.toContain(`${connection} close`);
  });

  it('get their full timeout from a new leader, which then ends them', () => {
    const { bench, leader, first } = ensemble();
    bench.session(first);
    bench.tick(800);
    bench.isolate(leader);
    bench.tickUntil(() => bench.leader !== 0);
    bench.tick(900);
    expect(sessionsAt(bench, bench.leader)).toHaveLength(1);
    bench.tick(300);
    expect(sessionsAt(bench, bench.leader)).toHaveLength(0);
  });

  it('are granted time as soon as a client comes back, wherever that is', () => {
    const { bench, leader, first, second } = ensemble();
    const { sessionId, password } = bench.session(first);
    bench.tick(950);
    expect(bench.node(leader).sessionDeadlineMs(sessionId)! - bench.nowMs).toBeLessThanOrEqual(100);
    // The entry by which the session moves is lost, yet the leader learns that the client lives.
    bench.loses = (message) => message.kind === 'forward';
    bench.open(second, { sessionId, password });
    expect(bench.node(leader).sessionDeadlineMs(sessionId)! - bench.nowMs).toBeGreaterThan(900);
    expect(bench.node(first).sessionDeadlineMs(sessionId)).toBeNull();
  });

  it('are not granted time for a wrong password', () => {
    const { bench, leader, first, second } = ensemble();
    const { sessionId } = bench.session(first);
    bench.tick(950);
    bench.open(second, { sessionId });
    expect(bench.node(leader).sessionDeadlineMs(sessionId)! - bench.nowMs).toBeLessThanOrEqual(100);
    expect(brief(bench.take(second))).toEqual(['2 rejected', '2 close']);
  });

  it('are not ended by a client that has moved on, through its former server', () => {
    const { bench, first, second } = ensemble();
    const { connection, sessionId, password } = bench.session(first);
    bench.ask(first, connection, create('/e', { flags: 1 }));
    // The former server does not know yet that the session has moved.
    bench.cut.add(first);
    const moved = bench.session(second, { sessionId, password });
    bench.cut.delete(first);
    bench.step(first, { kind: 'request', connection, xid: 9, request: { kind: 'closeSession' } });
    bench.tick(500);
    expect(brief(bench.take(first))).toEqual([`${connection} close`]);
    expect(bench.errorOf(second, moved.connection, create('/e'))).toBe(ErrorNumber.NODE_EXISTS);
  });
});
