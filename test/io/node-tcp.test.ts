import { afterEach, describe, expect, it } from 'vitest';
import type { Listener, TcpConnection } from '../../src/io/network.ts';
import { connectTcp, listenTcp } from '../../src/io/node-tcp.ts';

const ANY = { host: '127.0.0.1', port: 0 };

/** Collects what a connection receives. */
function collect(connection: TcpConnection) {
  const chunks: Uint8Array[] = [];
  const closed = new Promise<Error | null>((resolve) => {
    connection.onClose = resolve;
  });
  connection.onData = (bytes) => chunks.push(bytes);
  return { closed, received: () => Buffer.concat(chunks) };
}

describe('TCP of this machine', () => {
  const listeners: Listener[] = [];
  afterEach(async () => {
    for (const listener of listeners.splice(0)) await listener.close();
  });

  async function listen(onConnection: (connection: TcpConnection) => void): Promise<Listener> {
    const listener = await listenTcp(ANY, onConnection);
    listeners.push(listener);
    return listener;
  }

  it('carries bytes both ways in order and tells of an orderly end', async () => {
    const listener = await listen((server) => {
      server.onData = (bytes) => server.write(bytes);
    });
    expect(listener.address.port).toBeGreaterThan(0);
    const client = await connectTcp(listener.address);
    expect(client.remote).toEqual(listener.address);
    const { closed, received } = collect(client);
    const sent = Buffer.alloc(300_000, 'abcdefg');
    for (let at = 0; at < sent.length; at += 1_000) client.write(sent.subarray(at, at + 1_000));
    while (received().length < sent.length) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(received().equals(sent)).toBe(true);
    client.end();
    expect(await closed).toBeNull();
  });

  it('makes the peer wait while it does not read, and then takes everything', async () => {
    let server: TcpConnection | null = null;
    const listener = await listen((connection) => {
      server = connection;
      connection.pause();
    });
    const client = await connectTcp(listener.address);
    const sent = Buffer.alloc(8_000_000, 'abcdefg');
    client.write(sent);
    client.end();
    while (server === null) await new Promise((resolve) => setTimeout(resolve, 5));
    const { closed, received } = collect(server);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(received().length).toBe(0);
    (server as TcpConnection).resume();
    expect(await closed).toBeNull();
    expect(received().equals(sent)).toBe(true);
  });

  it('sends what is queued before it ends', async () => {
    const listener = await listen((server) => {
      server.write(new Uint8Array(200_000).fill(7));
      server.end();
    });
    const { closed, received } = collect(await connectTcp(listener.address));
    expect(await closed).toBeNull();
    expect(received().length).toBe(200_000);
  });

  it('ends the connections of a listener that is closed, and ignores writes after that', async () => {
    const listener = await listen(() => {});
    const client = await connectTcp(listener.address);
    const { closed } = collect(client);
    await listener.close();
    await closed;
    client.write(Uint8Array.of(1));
    await expect(connectTcp(listener.address)).rejects.toMatchObject({
      code: 'SERVER_UNAVAILABLE',
    });
  });

  it('refuses a port that is taken', async () => {
    const listener = await listen(() => {});
    await expect(listenTcp(listener.address, () => {})).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: expect.stringContaining(String(listener.address.port)),
    });
  });
});
