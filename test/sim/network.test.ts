import { describe, expect, it } from 'vitest';
import type { TcpConnection } from '../../src/io/network.ts';
import { PEER_PORT } from './network.ts';
import { SimulatedProcess } from './process.ts';
import { World } from './world.ts';

const SERVER = '10.0.0.1';
const CLIENT = '10.0.1.1';
const CLIENT_PORT = 2181;

describe('the simulated network', () => {
  it('delivers what a client sends in order and later, also over a partition', async () => {
    const { world, received, connection } = await connected(CLIENT_PORT);
    for (let value = 0; value < 20; value++) connection.write(Uint8Array.of(value));
    world.links.block(CLIENT, SERVER);
    for (let value = 20; value < 40; value++) connection.write(Uint8Array.of(value));
    await world.scheduler.run(5_000);
    expect(received).toEqual(numbers(20));
    world.links.unblock(CLIENT, SERVER);
    world.network.flush();
    await world.scheduler.run(10_000);
    expect(received).toEqual(numbers(40));
  });

  it('loses, doubles and swaps frames between peers, and leaves their greetings alone', async () => {
    const { world, received, connection } = await connected(PEER_PORT);
    Object.assign(world.links.frameFaults, { loss: 0.2, duplicate: 0.2, reorder: 0.3 });
    for (let value = 0; value < 100; value++) connection.write(Uint8Array.of(value));
    await world.scheduler.run(5_000);
    expect(received.slice(0, 3)).toEqual([0, 1, 2]);
    const different = new Set(received).size;
    expect(different).toBeLessThan(100);
    expect(received.length).toBeGreaterThan(different);
    expect(received).not.toEqual([...received].sort((left, right) => left - right));
  });

  it('tells a client when the process it talks to dies, and then refuses it', async () => {
    const { world, server, client, connection } = await connected(CLIENT_PORT);
    let failure: Error | null = null;
    connection.onClose = (error) => {
      failure = error;
    };
    server.kill();
    world.network.abandon(server, null);
    await world.scheduler.run(1_000);
    expect(failure).toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    const door = world.network.forProcess(client, CLIENT);
    const again = settled(door.connectTcp({ host: SERVER, port: CLIENT_PORT }));
    await world.scheduler.run(2_000);
    expect(await again).toMatchObject({ code: 'SERVER_UNAVAILABLE' });
  });

  it('times out where nobody answers', async () => {
    const world = new World(1, 1);
    const client = new SimulatedProcess(world.scheduler, 'client');
    const door = world.network.forProcess(client, CLIENT);
    world.links.setDark(SERVER, true);
    const call = settled(door.connectTcp({ host: SERVER, port: CLIENT_PORT }));
    await world.scheduler.run(20_000);
    expect(await call).toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('a simulated process', () => {
  it('does nothing once it is dead, whatever it had begun', async () => {
    const world = new World(1, 1);
    const process = new SimulatedProcess(world.scheduler, 'victim');
    const acts: string[] = [];
    process.schedule(10, () => acts.push('timer'));
    void process.later(10, () => 1).then(() => acts.push('promise'));
    world.scheduler.after(5, () => process.kill());
    await world.scheduler.run(100);
    expect(acts).toEqual([]);
  });

  it('does everything once it goes on, in order', async () => {
    const world = new World(1, 1);
    const process = new SimulatedProcess(world.scheduler, 'sleeper');
    const acts: number[] = [];
    for (let index = 0; index < 5; index++) process.schedule(10 + index, () => acts.push(index));
    process.pause();
    world.scheduler.after(50, () => process.resume());
    await world.scheduler.run(49);
    expect(acts).toEqual([]);
    await world.scheduler.run(100);
    expect(acts).toEqual([0, 1, 2, 3, 4]);
  });
});

/** A connection whose other end remembers the first byte of everything that arrives. */
async function connected(port: number) {
  const world = new World(7, 1);
  const server = new SimulatedProcess(world.scheduler, 'server');
  const client = new SimulatedProcess(world.scheduler, 'client');
  const received: number[] = [];
  const address = { host: SERVER, port };
  void world.network.forProcess(server, SERVER).listenTcp(address, (tcp) => {
    tcp.onData = (bytes) => received.push(bytes[0]!);
  });
  await world.scheduler.run(10);
  let opened: TcpConnection | null = null;
  void world.network
    .forProcess(client, CLIENT)
    .connectTcp(address)
    .then((tcp) => {
      opened = tcp;
    });
  await world.scheduler.run(1_000, () => opened !== null);
  return { world, server, client, received, connection: opened! as TcpConnection };
}

function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
