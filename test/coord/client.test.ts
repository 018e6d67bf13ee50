import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CoordinatorClient, WatchEvent } from '../../src/coord/client.ts';
import type { RunningCoordinator } from '../../src/coord/node.ts';
import type { TcpConnection } from '../../src/io/network.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { connectClient, startNode, temporaryDirectory, text, until, utf8 } from './harness.ts';

describe('the coordinator through our own client', () => {
  let place: Awaited<ReturnType<typeof temporaryDirectory>>;
  let node: RunningCoordinator;
  const clients: CoordinatorClient[] = [];

  beforeEach(async () => {
    place = await temporaryDirectory();
    node = await startNode(place.directory, { sessionTimeoutMsMin: 300 });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await node.close();
    await place.remove();
  });

  async function connect(options: Parameters<typeof connectClient>[1] = {}) {
    const client = await connectClient([node.address], options);
    clients.push(client);
    return client;
  }

  it('creates, reads, writes and deletes nodes', async () => {
    const client = await connect();
    expect(await client.create('/a', utf8('one'))).toBe('/a');
    const read = await client.get('/a');
    expect(text(read.data)).toBe('one');
    expect(read.stat).toMatchObject({ version: 0, dataLengthBytes: 3, childCount: 0 });
    expect(await client.set('/a', utf8('two!'), 0)).toMatchObject({
      version: 1,
      dataLengthBytes: 4,
    });
    await client.create('/a/b', new Uint8Array());
    expect(await client.children('/a')).toEqual(['b']);
    expect(await client.exists('/a')).toMatchObject({ childCount: 1, childVersion: 1 });
    await client.delete('/a/b');
    await client.delete('/a', 1);
    expect(await client.exists('/a')).toBeNull();
  });

  it('says what is wrong with a code that callers can branch on', async () => {
    const client = await connect();
    await client.create('/a', utf8(''));
    await client.create('/a/b', utf8(''));
    await client.create('/a/e', utf8(''), { ephemeral: true });
    const failures: [() => Promise<unknown>, string][] = [
      [() => client.create('/a', utf8('')), 'ALREADY_EXISTS'],
      [() => client.create('/x/y', utf8('')), 'NOT_FOUND'],
      [() => client.create('/a/e/f', utf8('')), 'CONFLICT'],
      [() => client.create('/a//b', utf8('')), 'BAD_REQUEST'],
      [() => client.create('a', utf8('')), 'BAD_REQUEST'],
      [() => client.get('/x'), 'NOT_FOUND'],
      [() => client.set('/a', utf8(''), 7), 'CONFLICT'],
      [() => client.delete('/a'), 'CONFLICT'],
      [() => client.delete('/x'), 'NOT_FOUND'],
      [() => client.children('/x'), 'NOT_FOUND'],
      [() => client.set('/a', new Uint8Array(1_048_576)), 'BAD_REQUEST'],
    ];
    for (const [call, code] of failures) await expect(call()).rejects.toMatchObject({ code });
  });

  it('performs calls in the order in which they were made, without waiting between them', async () => {
    const client = await connect();
    const results = await Promise.all([
      client.create('/n', utf8('0')),
      client.set('/n', utf8('1')),
      client.get('/n'),
      client.set('/n', utf8('2')),
      client.get('/n'),
    ]);
    expect([text(results[2].data), text(results[4].data)]).toEqual(['1', '2']);
  });

  it('numbers sequential nodes and removes ephemeral ones when their client closes', async () => {
    const client = await connect();
    const other = await connect();
    await client.ensurePath('/queue/of/things');
    const options = { ephemeral: true, sequential: true };
    expect(await other.create('/queue/n-', utf8(''), options)).toBe('/queue/n-0000000001');
    expect(await other.create('/queue/n-', utf8(''), options)).toBe('/queue/n-0000000002');
    expect((await client.exists('/queue/n-0000000001'))?.ephemeralOwner).toBe(other.sessionId);
    await other.close();
    expect(await client.children('/queue')).toEqual(['of']);
  });

  it('performs a transaction as a whole or not at all', async () => {
    const client = await connect();
    await client.create('/t', utf8(''));
    await client.transaction([
      { kind: 'check', path: '/t', expectedVersion: 0 },
      { kind: 'create', path: '/t/a', data: utf8('a') },
      { kind: 'set', path: '/t', data: utf8('new'), expectedVersion: 0 },
    ]);
    const failing = client.transaction([
      { kind: 'delete', path: '/t/a' },
      { kind: 'set', path: '/t', data: utf8('newer') },
      { kind: 'check', path: '/t', expectedVersion: 0 },
    ]);
    await expect(failing).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('operation 2'),
    });
    expect(text((await client.get('/t')).data)).toBe('new');
    expect(await client.children('/t')).toEqual(['a']);
  });

  it('tells watchers of a node and of everything below it', async () => {
    const client = await connect();
    const writer = await connect();
    const events: string[] = [];
    const note = (name: string) => (event: WatchEvent) =>
      events.push(`${name} ${event.type} ${event.path}`);
    const stopNode = await client.watch('/w', 'node', note('node'));
    const stopRecursive = await client.watch('/w', 'recursive', note('rec'));
    await writer.create('/w', utf8(''));
    await writer.create('/w/x', utf8(''));
    await writer.set('/w/x', utf8('1'));
    await writer.set('/w', utf8('1'));
    await writer.delete('/w/x');
    await client.sync();
    expect(events).toEqual([
      'node created /w',
      'rec created /w',
      'rec created /w/x',
      'node children /w',
      'rec changed /w/x',
      'node changed /w',
      'rec changed /w',
      'rec deleted /w/x',
      'node children /w',
    ]);
    await stopNode();
    await stopRecursive();
    await writer.set('/w', utf8('2'));
    await client.sync();
    expect(events).toHaveLength(9);
  });

  it('lives below a chroot, which it makes', async () => {
    const client = await connect({ chroot: '/team/nyala' });
    const plain = await connect();
    const events: string[] = [];
    await client.watch('/', 'recursive', ({ path }) => events.push(path));
    expect(await client.create('/a', utf8('1'))).toBe('/a');
    expect(text((await plain.get('/team/nyala/a')).data)).toBe('1');
    expect(await client.children('/')).toEqual(['a']);
    expect(events).toEqual(['/a']);
  });

  it('resumes its session on a new connection, arms its watches again and asks to read again', async () => {
    let last: TcpConnection | null = null;
    const network = {
      ...nodeNetwork,
      connectTcp: async (address: typeof node.address) => {
        last = await nodeNetwork.connectTcp(address);
        return last;
      },
    };
    const client = await connect({ network });
    const other = await connect();
    const events: WatchEvent[] = [];
    await client.watch('/r', 'node', (event) => events.push(event));
    await client.create('/alive', utf8(''), { ephemeral: true });
    const { sessionId } = client;
    (last as TcpConnection | null)?.destroy();
    expect(await client.children('/')).toEqual(['alive', 'zookeeper']);
    expect(client.sessionId).toBe(sessionId);
    expect(events).toEqual([{ type: 'resync', path: '/r' }]);
    await other.create('/r', utf8(''));
    await client.sync();
    expect(events.at(-1)).toEqual({ type: 'created', path: '/r' });
  });

  it('opens a new session when its own has expired and makes its ephemeral nodes again', async () => {
    let isBlocked = false;
    let last: TcpConnection | null = null;
    const network = {
      ...nodeNetwork,
      connectTcp: async (address: typeof node.address) => {
        last = await nodeNetwork.connectTcp(isBlocked ? { ...address, port: 1 } : address);
        return last;
      },
    };
    const sessions: bigint[] = [];
    const client = await connect({
      network,
      sessionTimeoutMs: 300,
      onSession: async (self) => {
        sessions.push(self.sessionId);
        await self.create('/me', utf8(''), { ephemeral: true });
      },
    });
    const other = await connect();
    isBlocked = true;
    (last as TcpConnection | null)?.destroy();
    await until('the session expires', async () => (await other.exists('/me')) === null);
    isBlocked = false;
    await until('the node is back', async () => (await other.exists('/me')) !== null);
    expect(sessions).toHaveLength(2);
    expect(sessions[0]).not.toBe(sessions[1]);
    expect(client.sessionId).toBe(sessions[1]);
  });

  it('reports a write whose connection was lost as unknown, and never repeats it', async () => {
    let last: TcpConnection | null = null;
    const network = {
      ...nodeNetwork,
      connectTcp: async (address: typeof node.address) => {
        last = await nodeNetwork.connectTcp(address);
        return last;
      },
    };
    const client = await connect({ network });
    await client.create('/s', utf8(''));
    const write = client.create('/s/n-', utf8(''), { sequential: true });
    (last as TcpConnection | null)?.destroy();
    await expect(write).rejects.toMatchObject({ code: 'CONNECTION_LOSS' });
    expect((await client.children('/s')).length).toBeLessThanOrEqual(1);
  });

  it('says that no coordinator answers', async () => {
    const call = connectClient([{ host: '127.0.0.1', port: 1 }], { sessionTimeoutMs: 200 });
    await expect(call).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
  });
});
