import { describe, expect, it } from 'vitest';
import { SessionKeeper } from '../../../src/coord/core/session-keeper.ts';
import type { Sessions } from '../../../src/coord/core/sessions.ts';

const password = new Uint8Array(16);
const sessionsOf = (...timeoutsMs: number[]): Sessions =>
  new Map(
    timeoutsMs.map((timeoutMs, index) => [BigInt(index + 1), { timeoutMs, password, owner: 1 }]),
  );

/** A keeper that leads, or follows, with sessions of these timeouts, at 1,000 ms. */
function keeperOf(isLeading: boolean, sessions: Sessions): { keeper: SessionKeeper; now: number } {
  const keeper = new SessionKeeper();
  keeper.advance(1_000);
  keeper.setLeading(isLeading, sessions);
  return { keeper, now: 1_000 };
}

/** Moves time on in steps of a tick. @returns what has expired, with the time. */
function run(keeper: SessionKeeper, fromMs: number, toMs: number): string[] {
  const expired: string[] = [];
  for (let nowMs = fromMs + 50; nowMs <= toMs; nowMs += 50) {
    for (const id of keeper.advance(nowMs)) expired.push(`${id} at ${nowMs}`);
  }
  return expired;
}

describe('the keeper of sessions on the leader', () => {
  it('ends sessions that nothing was heard of for their timeout, and says when it will', () => {
    const sessions = sessionsOf(300, 500);
    const { keeper } = keeperOf(true, sessions);
    expect(keeper.deadlineMsOf(1n)).toBe(1_300);
    expect(run(keeper, 1_000, 1_250)).toEqual([]);
    keeper.touch(1n, sessions);
    expect(keeper.deadlineMsOf(1n)).toBe(1_550);
    expect(run(keeper, 1_250, 1_600)).toEqual(['2 at 1500', '1 at 1600']);
  });

  it('grants every session its full timeout when it begins to lead', () => {
    const sessions = sessionsOf(300);
    const { keeper } = keeperOf(true, sessions);
    run(keeper, 1_000, 1_250);
    keeper.setLeading(true, sessions);
    expect(run(keeper, 1_250, 1_500)).toEqual([]);
    expect(run(keeper, 1_500, 1_600)).toEqual(['1 at 1600']);
  });

  it('ends a session again when the first attempt did not come through', () => {
    const { keeper } = keeperOf(true, sessionsOf(300));
    expect(run(keeper, 1_000, 6_000)).toEqual(['1 at 1300']);
    expect(run(keeper, 6_000, 6_500)).toEqual(['1 at 6300']);
    keeper.remove(1n);
    expect(run(keeper, 6_500, 20_000)).toEqual([]);
    expect(keeper.deadlineMsOf(1n)).toBeNull();
  });

  it('knows nothing of sessions that do not exist', () => {
    const { keeper } = keeperOf(true, sessionsOf());
    keeper.touchAtOnce(7n, sessionsOf());
    expect(keeper.deadlineMsOf(7n)).toBeNull();
    expect(keeper.takeTouched()).toEqual([]);
  });
});

describe('the keeper of sessions elsewhere', () => {
  it('ends nothing, and tells the leader in turns of whom it has heard', () => {
    const sessions = sessionsOf(300, 300);
    const { keeper } = keeperOf(false, sessions);
    keeper.touch(1n, sessions);
    keeper.touch(2n, sessions);
    keeper.touch(1n, sessions);
    expect(run(keeper, 1_000, 1_100)).toEqual([]);
    expect(keeper.takeTouched()).toEqual([1n, 2n]);
    expect(run(keeper, 1_100, 5_000)).toEqual([]);
    expect(keeper.takeTouched()).toEqual([]);
    expect(keeper.deadlineMsOf(1n)).toBeNull();
  });

  it('waits for its turn, except with a client that has just come back', () => {
    const sessions = sessionsOf(300, 300);
    const { keeper } = keeperOf(false, sessions);
    keeper.touch(1n, sessions);
    expect(keeper.takeTouched()).toEqual([]);
    keeper.touchAtOnce(2n, sessions);
    expect(keeper.takeTouched()).toEqual([1n, 2n]);
  });

  it('keeps what nobody has taken, and tells a new leader what the last one may have missed', () => {
    const sessions = sessionsOf(300, 300, 300);
    const { keeper } = keeperOf(false, sessions);
    keeper.touch(1n, sessions);
    run(keeper, 1_000, 1_100);
    expect(keeper.takeTouched()).toEqual([1n]);
    keeper.touch(2n, sessions);
    run(keeper, 1_100, 1_200);
    expect(keeper.takeTouched()).toEqual([2n]);
    keeper.touch(3n, sessions);
    run(keeper, 1_200, 1_500);
    keeper.remove(2n);
    keeper.tellAgain();
    expect(keeper.takeTouched()).toEqual([3n, 1n]);
    run(keeper, 1_500, 3_000);
    keeper.tellAgain();
    expect(keeper.takeTouched()).toEqual([]);
  });

  it('tells nobody once it leads itself', () => {
    const sessions = sessionsOf(300);
    const { keeper } = keeperOf(false, sessions);
    keeper.touchAtOnce(1n, sessions);
    keeper.setLeading(true, sessions);
    expect(keeper.takeTouched()).toEqual([]);
    keeper.setLeading(false, sessions);
    keeper.tellAgain();
    expect(keeper.takeTouched()).toEqual([]);
  });
});
