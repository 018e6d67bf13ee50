import { describe, expect, it } from 'vitest';
import type { RunningCoordinator } from '../../src/coord/node.ts';
import { Throttle, type ThrottleLimits } from '../../src/coord/throttle.ts';
import { writeBuffer, writeString } from '../../src/coord/zk/jute.ts';
import { OpCode } from '../../src/coord/zk/opcodes.ts';
import { startNode, temporaryDirectory } from './harness.ts';
import { Wire } from './wire.ts';

function throttled(limits: Partial<ThrottleLimits> = {}) {
  const log: string[] = [];
  const throttle = new Throttle(
    { connectionRequestsMax: 4, requestsMax: 8, bytesMax: 1_000, ...limits },
    {
      pause: (connection) => log.push(`pause ${connection}`),
      resume: (connection) => log.push(`resume ${connection}`),
    },
  );
  const admit = (connection: number, count: number, lengthBytes = 10): void => {
    for (let left = count; left > 0; left--) throttle.admitted(connection, lengthBytes);
  };
  const answer = (connection: number, count: number): void => {
    for (let left = count; left > 0; left--) throttle.answered(connection);
  };
  return { throttle, admit, answer, took: () => log.splice(0) };
}

describe('a throttle', () => {
  it('stops a connection above its limit, and lets it go on at half of it', () => {
    const { admit, answer, took } = throttled();
    admit(1, 4);
    expect(took()).toEqual([]);
    admit(1, 2);
    expect(took()).toEqual(['pause 1']);
    answer(1, 3);
    expect(took()).toEqual([]);
    answer(1, 1);
    expect(took()).toEqual(['resume 1']);
  });

  it('stops whoever asks while too many wait altogether', () => {
    const { throttle, admit, answer, took } = throttled();
    admit(1, 3);
    admit(2, 3);
    admit(3, 3);
    admit(1, 1);
    expect(took()).toEqual(['pause 3', 'pause 1']);
    answer(3, 3);
    answer(2, 2);
    expect(took()).toEqual([]);
    expect(throttle.pausedCount).toBe(2);
    answer(2, 1);
    expect(took()).toEqual(['resume 3']);
    answer(1, 2);
    expect(took()).toEqual(['resume 1']);
  });

  it('stops whoever asks while too many bytes wait altogether', () => {
    const { admit, answer, took } = throttled();
    admit(1, 2, 450);
    admit(2, 1, 200);
    expect(took()).toEqual(['pause 2']);
    answer(1, 1);
    expect(took()).toEqual([]);
    answer(1, 1);
    expect(took()).toEqual(['resume 2']);
  });

  it('counts nothing for connections that have ended', () => {
    const { throttle, admit, answer, took } = throttled();
    admit(1, 1, 2_000);
    admit(2, 1);
    expect(took()).toEqual(['pause 1', 'pause 2']);
    throttle.closed(1);
    expect(took()).toEqual(['resume 2']);
    throttle.closed(1);
    answer(1, 3);
    admit(2, 3);
    expect(took()).toEqual([]);
  });

  it('can be asked for more while it lets connections go on', () => {
    const log: string[] = [];
    const throttle = new Throttle(
      { connectionRequestsMax: 2, requestsMax: 100, bytesMax: 1_000 },
      {
        pause: () => log.push('pause'),
        resume: (connection) => {
          log.push('resume');
          for (let count = 0; count < 2; count++) throttle.admitted(connection, 1);
        },
      },
    );
    for (let count = 0; count < 3; count++) throttle.admitted(1, 1);
    for (let count = 0; count < 4; count++) throttle.answered(1);
    expect(log).toEqual(['pause', 'resume', 'pause', 'resume', 'pause']);
  });
});

describe('a coordinator that is asked faster than it answers', () => {
  async function withNode(
    outstandingRequestsMax: number,
    use: (node: RunningCoordinator) => Promise<void>,
  ): Promise<void> {
    const place = await temporaryDirectory();
    const node = await startNode(place.directory, { outstandingRequestsMax });
    await use(node);
    await node.close();
    await place.remove();
  }

  const COUNT = 5_000;

  /** Sends thousands of writes and reads without waiting, then takes all answers. */
  async function flood(wire: Wire): Promise<number[]> {
    for (let xid = 1; xid <= COUNT; xid++) {
      if (xid % 5 === 0) {
        wire.request(xid, OpCode.SET_DATA, (writer) => {
          writeString(writer, '/');
          writeBuffer(writer, new Uint8Array(20));
          writer.int32(-1);
        });
      } else {
        wire.request(xid, OpCode.EXISTS, (writer) => {
          writeString(writer, '/');
          writer.uint8(0);
        });
      }
    }
    const xids: number[] = [];
    while (xids.length < COUNT) xids.push((await wire.reply()).xid);
    return xids;
  }

  it.each([20_000, 100])('answers everything in order, with a limit of %d', (limit) =>
    withNode(limit, async (node) => {
      const wires = await Promise.all([1, 2, 3].map(() => Wire.session(node.address)));
      const expected = Array.from({ length: COUNT }, (_, index) => index + 1);
      for (const xids of await Promise.all(wires.map(flood))) expect(xids).toEqual(expected);
      for (const wire of wires) wire.close();
    }),
  );
});
