import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteWriter } from '../../src/base/bytes.ts';
import { Prng } from '../../src/base/prng.ts';
import type { RunningCoordinator } from '../../src/coord/node.ts';
import { framed } from '../../src/coord/zk/framing.ts';
import { writeBuffer, writeString } from '../../src/coord/zk/jute.ts';
import { startNode, temporaryDirectory, utf8 } from './harness.ts';
import { connectRequest, Wire } from './wire.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

const PATH_BODY = (path: string) => (writer: ByteWriter) => writeString(writer, path);

describe('the wire protocol', () => {
  let place: Awaited<ReturnType<typeof temporaryDirectory>>;
  let node: RunningCoordinator;
  const wires: Wire[] = [];

  beforeEach(async () => {
    place = await temporaryDirectory();
    node = await startNode(place.directory);
  });
  afterEach(async () => {
    for (const wire of wires.splice(0)) wire.close();
    await node.close();
    await place.remove();
  });

  async function open(): Promise<Wire> {
    const wire = await Wire.open(node.address);
    wires.push(wire);
    return wire;
  }

  async function session(): Promise<Wire> {
    const wire = await Wire.session(node.address);
    wires.push(wire);
    return wire;
  }

  it('answers the handshake that a Python client sends, byte by byte', async () => {
    const wire = await open();
    const hex = `0000002d0000000000000000000000000000${'3a98'}${'00'.repeat(8)}00000010${'00'.repeat(16)}00`;
    for (const byte of Buffer.from(hex, 'hex')) wire.send(Uint8Array.of(byte));
    const answer = (await wire.packet())!;
    expect(answer.remainingBytes).toBe(37);
    expect(answer.int32()).toBe(0);
    expect(answer.int32()).toBe(15_000);
    expect(answer.int64() >> 56n).toBe(1n);
    expect(answer.int32()).toBe(16);
    expect(answer.view(16).some((byte) => byte !== 0)).toBe(true);
    expect(answer.uint8()).toBe(0);
  });

  it('leaves the read-only byte out for clients that did not send theirs', async () => {
    const wire = await open();
    wire.send(framed(connectRequest({ readOnly: null })));
    expect((await wire.packet())?.remainingBytes).toBe(36);
  });

  it('says expired, not a new session, for an unknown session', async () => {
    const wire = await open();
    wire.send(framed(connectRequest({ sessionId: 0x77n, password: new Uint8Array(16).fill(1) })));
    const answer = (await wire.packet())!;
    answer.int32();
    expect(answer.int32()).toBe(0);
    expect(answer.int64()).toBe(0n);
    expect(answer.int32()).toBe(16);
    expect([...answer.view(16)]).toEqual(new Array(16).fill(0));
    expect(await wire.packet()).toBeNull();
  });

  it('takes requests that arrive in one piece with the handshake', async () => {
    const wire = await open();
    const exists = Buffer.from(
      '00000011000000010000000300000004 2f7a7a7a 00'.replaceAll(' ', ''),
      'hex',
    );
    wire.send(Buffer.concat([framed(connectRequest({})), exists]));
    expect((await wire.packet())?.remainingBytes).toBe(37);
    expect(await wire.reply()).toMatchObject({ xid: 1, error: -101 });
  });

  it('answers ping, and requests it does not have as ZooKeeper does', async () => {
    const wire = await session();
    wire.request(-2, 11);
    expect(await wire.reply()).toMatchObject({ xid: -2, zxid: 3n, error: 0 });
    wire.request(3, 16, (writer) => {
      for (let left = 3; left > 0; left--) writer.int32(-1);
      writer.int64(-1n);
    });
    expect(await wire.reply()).toMatchObject({ xid: 3, error: -123 });
    wire.request(4, 21, (writer) => {
      writeString(writer, '/ttl');
      writer.int32(-1);
      writer.int32(0);
      writer.int32(5);
      writer.int64(1_000n);
    });
    expect(await wire.reply()).toMatchObject({ xid: 4, error: -6 });
    wire.request(5, 999);
    expect(await wire.reply()).toMatchObject({ xid: 5, error: -6 });
    expect(await wire.packet()).toBeNull();
  });

  it('answers check outside multi with unimplemented, and authentication with failure, and closes', async () => {
    const checker = await session();
    checker.request(1, 13, PATH_BODY('/'));
    expect(await checker.reply()).toMatchObject({ xid: 1, error: -6 });
    expect(await checker.packet()).toBeNull();
    const user = await session();
    user.request(-4, 100, (writer) => {
      writer.int32(0);
      writeString(writer, 'unknown');
      writer.int32(-1);
    });
    expect(await user.reply()).toMatchObject({ xid: -4, zxid: 0n, error: -115 });
    expect(await user.packet()).toBeNull();
  });

  it('answers a body that does not fit with a marshalling error and lives on', async () => {
    const wire = await session();
    wire.request(1, 4, (writer) => writer.int32(1_000_000));
    expect(await wire.reply()).toMatchObject({ xid: 1, error: -5 });
    wire.request(2, 14, (writer) => {
      writer.int32(4); // A getData inside multi.
      writer.uint8(0);
      writer.int32(-1);
      writeString(writer, '/');
    });
    expect(await wire.reply()).toMatchObject({ xid: 2, error: -5 });
    wire.request(3, 104, PATH_BODY('/'));
    const { error, body } = await wire.reply();
    expect([error, body.int32()]).toEqual([0, 3]);
  });

  it('writes multi results as ZooKeeper does', async () => {
    const wire = await session();
    wire.request(1, 14, (writer) => {
      for (const [opCode, path] of [
        [1, '/m'],
        [15, '/m/n'],
      ] as const) {
        writer.int32(opCode);
        writer.uint8(0);
        writer.int32(-1);
        writeString(writer, path);
        writeBuffer(writer, utf8('x'));
        writer.int32(1);
        writer.int32(31);
        writeString(writer, 'world');
        writeString(writer, 'anyone');
        writer.int32(0);
      }
      writer.int32(-1);
      writer.uint8(1);
      writer.int32(-1);
    });
    const { error, zxid, body } = await wire.reply();
    expect([error, zxid]).toEqual([0, 4n]);
    expect([body.int32(), body.uint8(), body.int32()]).toEqual([1, 0, 0]);
    expect(new TextDecoder().decode(body.view(body.int32()))).toBe('/m');
    expect([body.int32(), body.uint8(), body.int32()]).toEqual([15, 0, 0]);
    expect(new TextDecoder().decode(body.view(body.int32()))).toBe('/m/n');
    expect(body.int64()).toBe(4n);
    body.view(60);
    expect([body.int32(), body.uint8(), body.int32()]).toEqual([-1, 1, -1]);
    body.expectEnd();
  });

  it('hangs up on packets that are too long or negative, and on silence about the session', async () => {
    const lengths = [1_048_576, 0x7fff_ffff, -1, -0x8000_0000];
    for (const length of lengths) {
      const wire = await session();
      const header = new Uint8Array(4);
      new DataView(header.buffer).setInt32(0, length);
      wire.send(header);
      expect(await wire.packet()).toBeNull();
    }
    const future = await open();
    future.send(framed(connectRequest({ lastZxidSeen: 1_000n })));
    expect(await future.packet()).toBeNull();
  });

  it('survives noise on a connection (random)', async () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    for (let round = 0; round < 60; round++) {
      const wire = round % 2 === 0 ? await open() : await session();
      const noise = Uint8Array.from({ length: prng.integer(1, 200) }, () => prng.integer(0, 256));
      // Half of the packets have an honest length, so that the noise reaches the decoders.
      wire.send(prng.integer(0, 2) === 0 ? noise : framed(noise));
    }
    const wire = await session();
    wire.request(1, 104, PATH_BODY('/'));
    expect((await wire.reply()).body.int32()).toBe(3);
  });

  it('answers four-letter words', async () => {
    const ask = async (word: string) => {
      const wire = await open();
      wire.send(utf8(word));
      return wire.text();
    };
    expect(await ask('ruok')).toBe('imok');
    expect(await ask('srvr')).toMatch(
      /^Zookeeper version: .*\n(.*\n)*Mode: standalone\nNode count: 4\n$/,
    );
    expect(await ask('mntr')).toBe('mntr is not executed because it is not in the whitelist.\n');
  });
});
