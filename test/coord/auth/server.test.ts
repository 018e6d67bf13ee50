import { connect as connectRaw, type Socket } from 'node:net';
import zookeeper from 'node-zookeeper-client';
import { afterEach, describe, expect, it } from 'vitest';
import {
  Authentication,
  type AuthenticationSettings,
} from '../../../src/coord/auth/authentication.ts';
import type { CoordinatorClient, CoordinatorClientOptions } from '../../../src/coord/client.ts';
import { ConnectionLimits } from '../../../src/coord/zk/connection-limits.ts';
import type { TcpListener, TcpListenOptions } from '../../../src/io/network.ts';
import { nodeDigests } from '../../../src/io/node-digest.ts';
import { nodeRandom } from '../../../src/io/node-random.ts';
import { listenTcp } from '../../../src/io/node-tcp.ts';
import { ALICE, identity, MUTUAL } from '../../io/tls-harness.ts';
import { ANY_PORT, connectClient, until, utf8 } from '../harness.ts';
import { MemoryCoordinator } from '../memory-coordinator.ts';
import { Wire } from '../wire.ts';

const AUTH_FAILED = { code: 'AUTH_FAILED' };
const UNAVAILABLE = { code: 'SERVER_UNAVAILABLE' };
const MEMORY_GROWTH_BYTES_MAX = 64 * 1_048_576;
const SASL_USERS = new Map([['alice', 'secret']]);

describe('a coordinator that wants to know its clients', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function serve(
    settings: AuthenticationSettings = {},
    door: TcpListenOptions = {},
  ): Promise<{ coordinator: MemoryCoordinator; listener: TcpListener }> {
    const authentication = new Authentication(
      { digests: nodeDigests, random: nodeRandom },
      settings,
    );
    const coordinator = new MemoryCoordinator({ authentication });
    const listener = await listenTcp(ANY_PORT, (tcp) => coordinator.accept(tcp), door);
    closers.push(() => listener.close());
    return { coordinator, listener };
  }

  async function connect(
    listener: TcpListener,
    options: Partial<CoordinatorClientOptions> = {},
  ): Promise<CoordinatorClient> {
    const client = await connectClient([listener.address], { sessionTimeoutMs: 2_000, ...options });
    closers.push(() => client.close());
    return client;
  }

  it('takes our client over mutual TLS, and knows it by its certificate', async () => {
    const { listener } = await serve({ requiredSchemes: ['x509'] }, { tls: MUTUAL });
    const client = await connect(listener, { tls: ALICE });
    await client.create('/a', utf8('x'));
    expect((await client.get('/a')).data).toEqual(utf8('x'));
    const stranger = { ...ALICE, identity: identity('stranger') };
    const impatient = { sessionTimeoutMs: 100 };
    for (const tls of [{ tls: stranger }, {}]) {
      const refused = connect(listener, { ...impatient, ...tls });
      await expect(refused).rejects.toMatchObject(UNAVAILABLE);
    }
    const named = { ...ALICE, serverName: 'elsewhere.example' };
    const deceived = connect(listener, { ...impatient, tls: named });
    await expect(deceived).rejects.toMatchObject(UNAVAILABLE);
  });

  it('refuses plaintext clients without a certificate where one is required', async () => {
    const door = { tls: MUTUAL, isPlaintextAllowed: true };
    const { listener } = await serve({ requiredSchemes: ['x509'] }, door);
    const client = await connect(listener);
    await expect(client.create('/a', utf8('x'))).rejects.toMatchObject(AUTH_FAILED);
    const encrypted = await connect(listener, { tls: ALICE });
    await encrypted.create('/a', utf8('x'));
  });

  it('takes our client with a password, before its watches and after every reconnect', async () => {
    const { coordinator, listener } = await serve({ requiredSchemes: ['digest'] });
    const auth = [{ scheme: 'digest', auth: 'bob:secret' }];
    const client = await connect(listener, { auth });
    const events: string[] = [];
    await client.watch('/', 'recursive', ({ type, path }) => events.push(`${type} ${path}`));
    await client.create('/a', utf8('x'));
    await until('the watch fires', () => events.includes('created /a'));
    const { address } = listener;
    await listener.close();
    const again = await listenTcp(address, (tcp) => coordinator.accept(tcp));
    closers.push(() => again.close());
    await client.exists('/'); // Reads wait for the new connection; a write would be lost with the old.
    await client.create('/b', utf8('x'));
    await until('the watch fires again', () => events.includes('created /b'));
    const kinds = coordinator.requests.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'auth').length).toBe(2);
    expect(kinds.lastIndexOf('auth')).toBeLessThan(kinds.indexOf('setWatches'));
  });

  it('lets clients do what access lists allow them, by what they have shown', async () => {
    const { listener } = await serve(
      { saslUsers: SASL_USERS },
      { tls: MUTUAL, isPlaintextAllowed: true },
    );
    const auth = [{ scheme: 'digest', auth: 'bob:secret' }];
    const sasl = { user: 'alice', password: 'secret', digests: nodeDigests };
    const clients = {
      nobody: await connect(listener),
      digest: await connect(listener, { auth }),
      sasl: await connect(listener, { sasl }),
      x509: await connect(listener, { tls: ALICE }),
    };
    const acls = {
      digest: { permissions: 31, scheme: 'auth', id: '' },
      sasl: { permissions: 31, scheme: 'sasl', id: 'alice' },
      x509: { permissions: 31, scheme: 'x509', id: 'CN=alice,O=Nyala\\, Inc.,C=DE' },
    };
    for (const owner of ['digest', 'sasl', 'x509'] as const) {
      await clients[owner].create(`/${owner}`, utf8('x'), { acl: [acls[owner]] });
      for (const [name, client] of Object.entries(clients)) {
        const read = client.get(`/${owner}`);
        if (name === owner) await read;
        else
          await expect(read, `${name} reads ${owner}`).rejects.toMatchObject({ code: 'FORBIDDEN' });
      }
    }
    const invalid = clients.nobody.create('/n', utf8('x'), { acl: [acls.digest] });
    await expect(invalid).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('ends the session of a client that it does not believe, for good', async () => {
    const { listener } = await serve();
    const auth = [{ scheme: 'kerberos', auth: '' }];
    await expect(connect(listener, { auth })).rejects.toMatchObject(AUTH_FAILED);
    const { listener: strict } = await serve({ requiredSchemes: ['digest'] });
    const client = await connect(strict);
    await expect(client.exists('/')).rejects.toMatchObject(AUTH_FAILED);
    await expect(client.exists('/')).rejects.toMatchObject(AUTH_FAILED);
  });

  it('takes our client by SASL, and neither a wrong password nor none', async () => {
    const settings = { saslUsers: SASL_USERS, requiredSchemes: ['sasl'] };
    const { coordinator, listener } = await serve(settings);
    const sasl = { user: 'alice', password: 'secret', digests: nodeDigests };
    const client = await connect(listener, { sasl });
    await client.create('/a', utf8('x'));
    expect(coordinator.requests).toContainEqual(
      expect.objectContaining({ kind: 'sasl', identities: [{ scheme: 'sasl', id: 'alice' }] }),
    );
    const wrong = { ...sasl, password: 'guess' };
    await expect(connect(listener, { sasl: wrong })).rejects.toMatchObject(AUTH_FAILED);
    await expect((await connect(listener)).exists('/')).rejects.toMatchObject(AUTH_FAILED);
    const without = await serve();
    await expect(connect(without.listener, { sasl })).rejects.toMatchObject(AUTH_FAILED);
  });

  it('answers a failed SASL negotiation with AUTH_FAILED and hangs up', async () => {
    const { listener } = await serve({ saslUsers: SASL_USERS });
    const wire = await Wire.session(listener.address);
    closers.push(() => wire.close());
    wire.request(1, 102, (writer) => writer.int32(0));
    const { error, body } = await wire.reply();
    expect(error).toBe(0);
    expect(new TextDecoder().decode(body.view(body.int32()))).toMatch(
      /^realm="zk-sasl-md5",nonce=/,
    );
    wire.request(2, 102, (writer) => writer.int32(0));
    expect(await wire.reply()).toMatchObject({ xid: 2, error: -115 });
    expect(await wire.packet()).toBeNull();
  });

  it('takes the npm package node-zookeeper-client with a password', async () => {
    const { coordinator, listener } = await serve({ requiredSchemes: ['digest'] });
    const { host, port } = listener.address;
    const foreign = zookeeper.createClient(`${host}:${port}`, { sessionTimeout: 8_000 });
    closers.push(() => foreign.close());
    const connected = new Promise((resolve) => foreign.once('connected', resolve));
    foreign.addAuthInfo('digest', Buffer.from('bob:secret'));
    foreign.connect();
    await connected;
    await new Promise<void>((resolve, reject) => {
      const done = (error: unknown): void => (error ? reject(error) : resolve());
      foreign.exists('/', () => {}, done);
    });
    expect(coordinator.requests[0]).toMatchObject({ kind: 'auth' });
  });

  it('lets no more connections in than it may, TLS handshakes included', async () => {
    const admission = new ConnectionLimits({ perHostMax: 2, totalMax: 0 });
    const { listener } = await serve({}, { tls: MUTUAL, admission });
    const idle = await openSockets(listener, 2);
    const third = connect(listener, { tls: ALICE, sessionTimeoutMs: 100 });
    await expect(third).rejects.toMatchObject(UNAVAILABLE);
    idle.pop()?.destroy();
    await connect(listener, { tls: ALICE });
    expect(admission.refusedCount).toBeGreaterThan(0);
  });

  it.each([
    ['that it refuses', 0x7fff_ffff],
    ['that it allows', 1_048_575],
  ])('takes no memory for lengths that 1,000 connections claim, %s', async (_, length) => {
    const { coordinator, listener } = await serve();
    const before = process.memoryUsage().rss;
    const sockets = await openSockets(listener, 1_000);
    const claim = Buffer.alloc(4);
    claim.writeInt32BE(length);
    for (const socket of sockets) socket.write(claim);
    if (length === 0x7fff_ffff) {
      await until('all are cut off', () => coordinator.replica.connectionCount === 0);
    } else {
      await until('all are in', () => coordinator.replica.connectionCount === 1_000);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(MEMORY_GROWTH_BYTES_MAX);
    const client = await connect(listener);
    expect(await client.exists('/')).not.toBeNull();
  });

  async function openSockets(listener: TcpListener, count: number): Promise<Socket[]> {
    const { host, port } = listener.address;
    const sockets = Array.from({ length: count }, () => connectRaw(port, host));
    closers.push(() => sockets.map((socket) => socket.destroy()));
    await Promise.all(
      sockets.map((socket) => {
        socket.on('error', () => {});
        return new Promise<void>((resolve) => socket.once('connect', () => resolve()));
      }),
    );
    return sockets;
  }
});
