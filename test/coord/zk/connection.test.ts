import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../../src/base/bytes.ts';
import { Authentication } from '../../../src/coord/auth/authentication.ts';
import { ServerConnection } from '../../../src/coord/zk/connection.ts';
import { ConnectionLimits } from '../../../src/coord/zk/connection-limits.ts';
import { framed, PacketAssembler } from '../../../src/coord/zk/framing.ts';
import { writeString } from '../../../src/coord/zk/jute.ts';
import { encodeRequest } from '../../../src/coord/zk/requests.ts';
import type { TcpConnection } from '../../../src/io/network.ts';
import { nodeDigests } from '../../../src/io/node-digest.ts';
import { nodeRandom } from '../../../src/io/node-random.ts';
import { utf8 } from '../harness.ts';
import { MemoryCoordinator } from '../memory-coordinator.ts';
import { ManualClock, MemoryTcp } from '../memory-tcp.ts';
import { connectRequest } from '../wire.ts';

const HOST = { digests: nodeDigests, random: nodeRandom };
const HANDSHAKE = framed(connectRequest({}));

function request(xid: number, opCode: number, body = (_: ByteWriter): void => {}): Uint8Array {
  const writer = new ByteWriter();
  writer.int32(xid);
  writer.int32(opCode);
  body(writer);
  return framed(writer.finish());
}

const ping = request(-2, 11);
const exists = (xid: number, path: string) =>
  request(xid, 3, (writer) => {
    writeString(writer, path);
    writer.uint8(0);
  });
const auth = (scheme: string) =>
  request(-4, 100, (writer) => {
    encodeRequest(writer, { kind: 'authRaw', scheme, auth: utf8('a:b') });
  });
const digest = auth('digest');
const unknownScheme = auth('kerberos');

/** Xid and error number of each packet after the handshake's answer. */
function replies(tcp: MemoryTcp): [number, number][] {
  const assembler = new PacketAssembler(1 << 26);
  for (const bytes of tcp.writes) assembler.push(bytes);
  assembler.next();
  const found: [number, number][] = [];
  for (let packet = assembler.next(); packet !== null; packet = assembler.next()) {
    const reader = new ByteReader(packet, 'test');
    const xid = reader.int32();
    reader.int64();
    found.push([xid, reader.int32()]);
  }
  return found;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a server connection', () => {
  it('sends all answers of a turn in one write, and long ones as they come', async () => {
    const tcp = new MemoryTcp();
    new MemoryCoordinator().accept(tcp);
    tcp.receive(HANDSHAKE);
    await turn();
    expect(tcp.writes.length).toBe(1);
    const wanted = Array.from({ length: 500 }, (_, index) => exists(index + 1, '/none'));
    tcp.receive(Buffer.concat([...wanted, ping]));
    expect(tcp.writes.length).toBe(1);
    await turn();
    expect(tcp.writes.length).toBe(2);
    expect(replies(tcp)).toEqual([...wanted.map((_, index) => [index + 1, -101]), [-2, 0]]);
    const names = Array.from({ length: 500 }, (_, index) =>
      request(index + 1, 8, (writer) => {
        writeString(writer, '/zookeeper');
        writer.uint8(0);
      }),
    );
    for (let round = 0; round < 10; round++) tcp.receive(Buffer.concat(names));
    expect(tcp.writes.length).toBeGreaterThan(3);
    expect(tcp.writes.length).toBeLessThan(12);
  });

  it('handles nothing while it is paused, and then what has arrived meanwhile', () => {
    const tcp = new MemoryTcp();
    const xids: number[] = [];
    const connection: ServerConnection = new ServerConnection(
      tcp,
      {
        onPacket: () => {},
        commandArgumentBytes: () => 0,
        onCommand: () => null,
        onHandshake: () => {},
        onPing: () => {},
        onRequest: (xid) => {
          xids.push(xid);
          if (xid % 2 === 0) connection.pause();
        },
        onClose: () => {},
      },
      { authenticator: null, clock: new ManualClock() },
    );
    const wanted = [1, 2, 3, 4, 5].map((xid) => exists(xid, '/'));
    tcp.receive(Buffer.concat([HANDSHAKE, ...wanted]));
    expect([xids, tcp.isPaused]).toEqual([[1, 2], true]);
    tcp.receive(exists(6, '/'));
    expect(xids).toEqual([1, 2]);
    connection.resume();
    expect([xids, tcp.isPaused]).toEqual([[1, 2, 3, 4], true]);
    connection.resume();
    expect(xids).toEqual([1, 2, 3, 4, 5, 6]);
    connection.resume();
    expect(tcp.isPaused).toBe(false);
  });

  it('sends what it has before it hangs up', () => {
    const tcp = new MemoryTcp();
    new MemoryCoordinator().accept(tcp);
    const broken = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
    tcp.receive(Buffer.concat([HANDSHAKE, ping, broken, ping]));
    expect(replies(tcp)).toEqual([[-2, 0]]);
    expect(tcp.state).toBe('destroyed');
  });

  it('hangs up on a client that does not say which session it wants', () => {
    const clock = new ManualClock();
    const open = () => {
      const tcp = new MemoryTcp();
      new MemoryCoordinator({ clock, handshakeTimeoutMs: 100 }).accept(tcp);
      return tcp;
    };
    const [silent, slow, good] = [open(), open(), open()];
    slow.receive(HANDSHAKE.subarray(0, 40));
    good.receive(HANDSHAKE);
    clock.advance(99);
    slow.receive(HANDSHAKE.subarray(40, 41));
    expect([silent.state, slow.state]).toEqual(['open', 'open']);
    clock.advance(1);
    expect([silent.state, slow.state, good.state]).toEqual(['destroyed', 'destroyed', 'open']);
    clock.advance(10_000);
    expect(good.state).toBe('open');
    expect(clock.scheduledCount).toBe(0);
  });

  it('passes on who the client has proved to be', async () => {
    const coordinator = new MemoryCoordinator({ authentication: new Authentication(HOST) });
    const tcp = new MemoryTcp();
    coordinator.accept(tcp);
    tcp.receive(Buffer.concat([HANDSHAKE, digest]));
    await turn();
    expect(coordinator.requests).toEqual([
      { kind: 'auth', identities: [{ scheme: 'digest', id: 'a:3OptnM09ILoVSfbZtd3mB0IViII=' }] },
    ]);
    expect(replies(tcp)).toEqual([[-4, 0]]);
    expect(tcp.state).toBe('open');
  });

  it.each([
    ['an unknown scheme', unknownScheme],
    ['an auth request without a body', request(-4, 100)],
  ])('refuses %s, and does nothing that comes behind it', async (_, bytes) => {
    const coordinator = new MemoryCoordinator({ authentication: new Authentication(HOST) });
    const tcp = new MemoryTcp();
    coordinator.accept(tcp);
    tcp.receive(Buffer.concat([HANDSHAKE, bytes, exists(1, '/'), ping]));
    tcp.receive(exists(2, '/'));
    await turn();
    expect(replies(tcp)).toEqual([[-4, -115]]);
    expect(coordinator.requests.length).toBe(1);
    expect(tcp.state).toBe('ended');
  });

  it.each([
    ['a read', exists(1, '/'), 1],
    ['a ping', ping, -2],
    ['the end of a session', request(1, -11), 1],
    ['watches', request(-8, 101), -8],
  ])('answers %s with -124 before the client is who it must be', async (_, bytes, xid) => {
    const authentication = new Authentication(HOST, { requiredSchemes: ['digest'] });
    const tcp = new MemoryTcp();
    new MemoryCoordinator({ authentication }).accept(tcp);
    tcp.receive(Buffer.concat([HANDSHAKE, bytes, digest]));
    await turn();
    expect(replies(tcp)).toEqual([[xid, -124]]);
    expect(tcp.state).toBe('ended');
    const good = new MemoryTcp();
    new MemoryCoordinator({ authentication }).accept(good);
    good.receive(Buffer.concat([HANDSHAKE, digest, exists(1, '/'), ping]));
    await turn();
    expect(replies(good)).toEqual([
      [-4, 0],
      [1, 0],
      [-2, 0],
    ]);
  });

  it('says nothing any more once it has ended', async () => {
    const tcp: TcpConnection & MemoryTcp = new MemoryTcp();
    const handler = {
      onPacket: () => {},
      commandArgumentBytes: () => 0,
      onCommand: () => null,
      onHandshake: () => {},
      onPing: () => {},
      onRequest: () => {},
      onClose: () => {},
    };
    const clock = new ManualClock();
    const connection = new ServerConnection(tcp, handler, { authenticator: null, clock });
    const reply = {
      kind: 'reply',
      connection: 1,
      xid: 1,
      zxid: 1n,
      result: { kind: 'done' },
    } as const;
    connection.send(reply);
    connection.end();
    connection.send(reply);
    await turn();
    expect(tcp.writes.length).toBe(1);
    tcp.destroy();
    connection.send(reply);
    await turn();
    expect(tcp.writes.length).toBe(1);
  });
});

describe('limits of connections', () => {
  it('hold for each address and altogether, and count what is given back', () => {
    const limits = new ConnectionLimits({ perHostMax: 2, totalMax: 3 });
    const admitted = ['a', 'a', 'a', 'b', 'b', 'c'].map((host) => limits.admit(host));
    expect(admitted).toEqual([true, true, false, true, false, false]);
    expect(limits.refusedCount).toBe(3);
    limits.release('a');
    expect([limits.admit('a'), limits.admit('a')]).toEqual([true, false]);
    for (const host of ['a', 'a', 'b']) limits.release(host);
    expect(['c', 'c', 'd'].map((host) => limits.admit(host))).toEqual([true, true, true]);
  });

  it('are none when they are 0', () => {
    const limits = new ConnectionLimits({ perHostMax: 0, totalMax: 0 });
    for (let count = 0; count < 1_000; count++) expect(limits.admit('a')).toBe(true);
  });
});
