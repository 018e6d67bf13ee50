import { promisify } from 'node:util';
import zookeeper, { type Client, type Event } from 'node-zookeeper-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningCoordinator } from '../../src/coord/node.ts';
import { startNode, temporaryDirectory } from './harness.ts';

const { CreateMode } = zookeeper;
const noWatch = (): void => {};

/** The foreign client's calls as promises. */
function wrap(client: Client) {
  return {
    create: (path: string, data: string, mode = CreateMode.PERSISTENT) =>
      promisify(client.create.bind(client))(path, Buffer.from(data), mode),
    remove: (path: string, version = -1) => promisify(client.remove.bind(client))(path, version),
    setData: (path: string, data: string, version = -1) =>
      promisify(client.setData.bind(client))(path, Buffer.from(data), version),
    mkdirp: (path: string) => promisify(client.mkdirp.bind(client))(path),
    getData: (path: string, watcher: (event: Event) => void = noWatch) =>
      new Promise<string>((resolve, reject) => {
        client.getData(path, watcher, (error, data) =>
          error ? reject(error) : resolve(data.toString()),
        );
      }),
    exists: (path: string, watcher: (event: Event) => void = noWatch) =>
      promisify(client.exists.bind(client))(path, watcher),
    getChildren: (path: string, watcher: (event: Event) => void = noWatch) =>
      new Promise<string[]>((resolve, reject) => {
        client.getChildren(path, watcher, (error, names) =>
          error ? reject(error) : resolve([...names].sort()),
        );
      }),
  };
}

describe('the coordinator through the npm package node-zookeeper-client', () => {
  let place: Awaited<ReturnType<typeof temporaryDirectory>>;
  let node: RunningCoordinator;
  const clients: Client[] = [];

  beforeEach(async () => {
    place = await temporaryDirectory();
    node = await startNode(place.directory);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await node.close();
    await place.remove();
  });

  async function connect(): Promise<Client> {
    const { host, port } = node.address;
    const client = zookeeper.createClient(`${host}:${port}`, { sessionTimeout: 8_000 });
    clients.push(client);
    const connected = new Promise((resolve) => client.once('connected', resolve));
    client.connect();
    await connected;
    return client;
  }

  it('shakes hands and negotiates the timeout', async () => {
    const client = await connect();
    expect(client.getSessionTimeout()).toBe(8_000);
    expect(client.getSessionId().readBigInt64BE()).not.toBe(0n);
  });

  it('creates, reads, writes, lists and removes', async () => {
    const client = wrap(await connect());
    expect(await client.create('/a', 'one')).toBe('/a');
    expect(await client.getData('/a')).toBe('one');
    expect(await client.setData('/a', 'two', 0)).toMatchObject({ version: 1, dataLength: 3 });
    expect(await client.mkdirp('/a/b/c')).toBe('/a/b/c');
    expect(await client.getChildren('/a')).toEqual(['b']);
    await client.remove('/a/b/c');
    await expect(client.remove('/a')).rejects.toMatchObject({ name: 'NOT_EMPTY' });
    await expect(client.setData('/a', 'x', 0)).rejects.toMatchObject({ name: 'BAD_VERSION' });
    await expect(client.create('/a', '')).rejects.toMatchObject({ name: 'NODE_EXISTS' });
    await expect(client.getData('/zz')).rejects.toMatchObject({ name: 'NO_NODE' });
    expect(await client.exists('/zz')).toBeFalsy();
  });

  it('numbers sequential nodes', async () => {
    const client = wrap(await connect());
    await client.create('/q', '');
    const mode = CreateMode.PERSISTENT_SEQUENTIAL;
    expect(await client.create('/q/n-', '', mode)).toBe('/q/n-0000000000');
    expect(await client.create('/q/n-', '', mode)).toBe('/q/n-0000000001');
  });

  it('removes ephemeral nodes when their client closes, and tells watchers once', async () => {
    const owner = await connect();
    const other = wrap(await connect());
    await wrap(owner).create('/e', 'x', CreateMode.EPHEMERAL);
    const deleted = new Promise<Event>((resolve) => {
      void other.exists('/e', resolve);
    });
    expect((await other.exists('/e'))?.ephemeralOwner).toEqual(owner.getSessionId());
    owner.close();
    expect(await deleted).toMatchObject({ name: 'NODE_DELETED', path: '/e' });
    expect(await other.exists('/e')).toBeFalsy();
  });

  it('fires one-shot watches for data and children', async () => {
    const client = wrap(await connect());
    const events: string[] = [];
    const note = ({ name, path }: Event): void => {
      events.push(`${name} ${path}`);
    };
    await client.exists('/w', note);
    await client.create('/w', '');
    await client.getData('/w', note);
    await client.setData('/w', '1');
    await client.setData('/w', '2');
    await client.getChildren('/w', note);
    await client.create('/w/c', '');
    await client.create('/w/d', '');
    expect(events).toEqual(['NODE_CREATED /w', 'NODE_DATA_CHANGED /w', 'NODE_CHILDREN_CHANGED /w']);
  });

  it('performs a transaction as a whole or not at all', async () => {
    const foreign = await connect();
    const client = wrap(foreign);
    const good = foreign.transaction().create('/t', Buffer.from('1')).create('/t/a').check('/t', 0);
    const results = await promisify(good.commit.bind(good))();
    expect(results.map(({ path }) => path)).toEqual(['/t', '/t/a', undefined]);
    const bad = foreign.transaction().remove('/t/a').setData('/t', Buffer.from('2'), 9);
    await expect(promisify(bad.commit.bind(bad))()).rejects.toMatchObject({ name: 'BAD_VERSION' });
    expect(await client.getChildren('/t')).toEqual(['a']);
    expect(await client.getData('/t')).toBe('1');
  });

  it('resumes its session after the coordinator was restarted', async () => {
    const foreign = await connect();
    const client = wrap(foreign);
    await client.create('/e', 'mine', CreateMode.EPHEMERAL);
    const sessionId = foreign.getSessionId().toString('hex');
    const reconnected = new Promise((resolve) => {
      foreign.once('disconnected', () => foreign.once('connected', resolve));
    });
    const { address } = node;
    await node.close();
    node = await startNode(place.directory, { address });
    await reconnected;
    expect(foreign.getSessionId().toString('hex')).toBe(sessionId);
    expect(await client.getData('/e')).toBe('mine');
  });

  it('is told that only world:anyone exists when it wants to authenticate', async () => {
    const foreign = await connect();
    const failed = new Promise((resolve) => foreign.once('authenticationFailed', resolve));
    foreign.addAuthInfo('digest', Buffer.from('user:password'));
    await failed;
  });
});
