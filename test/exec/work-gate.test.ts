import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { WorkGate, type WorkGateOptions } from '../../src/exec/work-gate.ts';
import { ManualClock, settled } from '../support/manual-clock.ts';

function gate(changes: Partial<WorkGateOptions> = {}) {
  const clock = new ManualClock();
  const options: WorkGateOptions = {
    clock,
    runningMax: 2,
    bytesMax: 1_000,
    waitingMax: 2,
    waitMsMax: 100,
    refusal: (reason, retryAfterMs) =>
      new EngineError('TOO_MANY_REQUESTS', reason, { retryAfterMs }),
    ...changes,
  };
  return { clock, gate: new WorkGate(options) };
}

describe('a gate', () => {
  it('lets in as many as it may, then one for each that leaves, in the order they came', async () => {
    const { gate: door } = gate();
    const [first, second] = [await door.enter(1), await door.enter(1)];
    const order: string[] = [];
    const third = door.enter(1).then((pass) => {
      order.push('third');
      return pass;
    });
    const fourth = door.enter(1).then((pass) => {
      order.push('fourth');
      return pass;
    });
    await settled();
    expect(door.counts).toEqual({ running: 2, waiting: 2 });
    second.leave();
    await settled();
    expect(order).toEqual(['third']);
    first.leave();
    (await third).leave();
    (await fourth).leave();
    expect(order).toEqual(['third', 'fourth']);
    expect(door.counts).toEqual({ running: 0, waiting: 0 });
    expect(door.heldBytes).toBe(0);
  });

  it('refuses at once what finds too many waiting, and says how many', async () => {
    const { gate: door, clock } = gate({ waitingMax: 1 });
    await door.enter(1);
    await door.enter(1);
    const waiting = door.enter(1);
    expect(() => door.check()).toThrow('2 run and 1 wait');
    await expect(door.enter(1)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    const late = expect(waiting).rejects.toThrow('waited 300 ms');
    await clock.advance(300);
    await late;
    expect(clock.timerCount).toBe(0);
  });

  it('refuses at once what would wait too long, going by what work has taken', async () => {
    const { gate: door, clock } = gate({ runningMax: 1, waitingMax: 100 });
    for (let turn = 0; turn < 30; turn++) {
      const pass = await door.enter(1);
      await clock.advance(40);
      pass.leave();
    }
    const running = await door.enter(1);
    const waiting = [door.enter(1), door.enter(1)];
    const refused = await door.enter(1).catch((error: unknown) => error);
    expect(refused).toMatchObject({ retryAfterMs: expect.any(Number) });
    const { retryAfterMs } = refused as EngineError;
    expect(retryAfterMs).toBeGreaterThan(100);
    expect(retryAfterMs).toBeLessThan(130);
    await clock.advance(40);
    running.leave();
    const pass = await waiting[0]!;
    expect(pass.waitedMs).toBe(40);
    pass.leave();
    (await waiting[1]!).leave();
  });

  it('lets in no more than memory allows, but always one', async () => {
    const { gate: door } = gate({ runningMax: 10 });
    const large = await door.enter(5_000);
    const waiting = door.enter(600);
    await settled();
    expect(door.counts).toEqual({ running: 1, waiting: 1 });
    large.leave();
    const small = await waiting;
    const more = await door.enter(100);
    // It turns out to hold more than it was taken to.
    more.hold(900);
    expect(door.heldBytes).toBe(1_500);
    const last = door.enter(100);
    await settled();
    expect(door.counts.waiting).toBe(1);
    more.hold(0);
    small.leave();
    (await last).leave();
    more.leave();
    expect(door.heldBytes).toBe(0);
  });

  it('lets others go on while work rests, whose memory stays held', async () => {
    const { gate: door } = gate({ runningMax: 1 });
    const first = await door.enter(400);
    const second = door.enter(400);
    first.rest();
    await settled();
    expect(door.counts).toEqual({ running: 1, waiting: 0 });
    expect(door.heldBytes).toBe(800);
    const third = door.enter(400);
    (await second).rest();
    (await third).rest();
    expect(door.heldBytes).toBe(1_200);
    first.leave();
    (await second).leave();
    expect(door.heldBytes).toBe(400);
    (await third).leave();
    expect(door.heldBytes).toBe(0);
    expect(door.counts).toEqual({ running: 0, waiting: 0 });
  });

  it('forgets what is cancelled while it waits', async () => {
    const { gate: door, clock } = gate({ runningMax: 1 });
    const running = await door.enter(1);
    const abort = new AbortController();
    const waiting = door.enter(1, 50, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(door.counts.waiting).toBe(0);
    expect(clock.timerCount).toBe(0);
    running.leave();
  });
});
