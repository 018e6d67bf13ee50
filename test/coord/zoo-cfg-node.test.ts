import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../bench/coordinator/free-ports.ts';
import { ByteWriter } from '../../src/base/bytes.ts';
import type { CoordinatorClient, CoordinatorClientOptions } from '../../src/coord/client.ts';
import type { RunningCoordinator } from '../../src/coord/node.ts';
import { OpCode } from '../../src/coord/zk/opcodes.ts';
import { encodeRequest } from '../../src/coord/zk/requests.ts';
import type { Address, TlsClientOptions } from '../../src/io/network.ts';
import { nodeDigests } from '../../src/io/node-digest.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { ALICE, identity } from '../io/tls-harness.ts';
import { connectClient, text, until, utf8 } from './harness.ts';
import { Wire } from './wire.ts';
import { portLine, ZooCfgNodes } from './zoo-cfg-node.ts';

const IMPATIENT = { sessionTimeoutMs: 500 };
const UNAVAILABLE = { code: 'SERVER_UNAVAILABLE' };
const PROMETHEUS = 'org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider';

let nodes: ZooCfgNodes;
const clients: CoordinatorClient[] = [];
beforeEach(async () => {
  nodes = await ZooCfgNodes.prepare();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await nodes.close();
});

async function connect(
  address: Address,
  options: Partial<CoordinatorClientOptions> = {},
): Promise<CoordinatorClient> {
  const client = await connectClient([address], options);
  clients.push(client);
  return client;
}

const http = ({ httpAddress }: RunningCoordinator, path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${httpAddress!.port}${path}`, init);

async function word(address: Address, name: string): Promise<string> {
  const wire = await Wire.open(address);
  wire.send(utf8(name));
  return wire.text();
}

const as = (user: string) => ({
  headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
});

const stores = (prefix: string, name = 'server') =>
  `${prefix}keyStore.location=${nodes.path(`${name}.pem`)}
${prefix}trustStore.location=${nodes.path('authority.pem')}\n`;

describe('a zoo.cfg with TLS for clients', () => {
  it('opens a second door, where certificates are identities', async () => {
    const doors = (await portLine('clientPort')) + (await portLine('secureClientPort'));
    const node = await nodes.start(doors + stores('ssl.'));
    const plain = await connect(node.address);
    const secure = await connect(node.secondAddress!, { tls: ALICE });
    const acl = [{ permissions: 31, scheme: 'x509', id: 'CN=alice,O=Nyala\\, Inc.,C=DE' }];
    await secure.create('/mine', utf8('x'), { acl });
    expect(text((await secure.get('/mine')).data)).toBe('x');
    await expect(plain.get('/mine')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    for (const tls of [{}, { tls: { ...ALICE, identity: identity('stranger') } }]) {
      const refused = connect(node.secondAddress!, { ...IMPATIENT, ...tls });
      await expect(refused).rejects.toMatchObject(UNAVAILABLE);
    }
  });

  it('may close the plaintext door: lock and HTTP need none', async () => {
    const door = await portLine('secureClientPort');
    const admin = `admin.enableServer=true\n${await portLine('admin.serverPort')}`;
    const node = await nodes.start(door + stores('ssl.') + admin);
    const client = await connect(node.address, { tls: ALICE });
    await client.create('/a', utf8('x'));
    expect((await http(node, '/v1/tree/b', { method: 'PUT', body: 'y' })).status).toBe(201);
    expect(text((await client.get('/b')).data)).toBe('y');
    await expect(connect(node.address, IMPATIENT)).rejects.toMatchObject(UNAVAILABLE);
    const elsewhere = (await portLine('secureClientPort')) + stores('ssl.');
    await expect(nodes.start(elsewhere)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`127.0.0.1:${node.address.port};`),
    });
  });

  it('may take plaintext at the same port', async () => {
    const unified = `${await portLine('secureClientPort')}client.portUnification=true\n`;
    const node = await nodes.start(unified + stores('ssl.'));
    await (await connect(node.address)).create('/a', utf8('x'));
    expect(await (await connect(node.address, { tls: ALICE })).exists('/a')).not.toBeNull();
  });
});

describe('a zoo.cfg with limits', () => {
  it('counts the connections of both doors, and still guards the data directory', async () => {
    const doors = (await portLine('clientPort')) + (await portLine('secureClientPort'));
    const node = await nodes.start(`${doors + stores('ssl.')}maxClientCnxns=2`);
    await connect(node.address);
    await connect(node.secondAddress!, { tls: ALICE });
    const third = connect(node.address, IMPATIENT);
    await expect(third).rejects.toMatchObject(UNAVAILABLE);
    const again = nodes.start(await portLine('clientPort'));
    await expect(again).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('takes no longer requests than jute.maxbuffer, and longer ones than by default', async () => {
    const admin = `admin.enableServer=true\n${await portLine('admin.serverPort')}`;
    const small = `${await portLine('clientPort')}jute.maxbuffer=2048\n`;
    const node = await nodes.start(small + admin);
    const client = await connect(node.address);
    await client.create('/a', new Uint8Array(1_500));
    const longer = client.create('/b', new Uint8Array(3_000));
    await expect(longer).rejects.toMatchObject({ code: 'CONNECTION_LOSS' });
    const body = 'x'.repeat(3_000);
    expect((await http(node, '/v1/tree/c', { method: 'PUT', body })).status).toBe(400);
    expect((await http(node, '/v1/tree/c', { method: 'PUT', body: 'x' })).status).toBe(201);
    const large = await nodes.start(`${await portLine('clientPort')}jute.maxbuffer=5000000`, 2);
    const wire = await Wire.session(large.address);
    const data = new Uint8Array(4_000_000);
    wire.request(1, OpCode.SET_DATA, (writer) => {
      encodeRequest(writer, { kind: 'setData', path: '/', data, version: -1 });
    });
    expect((await wire.reply()).error).toBe(0);
    wire.close();
  });
});

describe('a zoo.cfg with identities', () => {
  it('knows users of HTTP by their password, and not by the address of this machine', async () => {
    const admin = `admin.enableServer=true\n${await portLine('admin.serverPort')}`;
    const node = await nodes.start((await portLine('clientPort')) + admin);
    const client = await connect(node.address, { auth: [{ scheme: 'digest', auth: 'bob:s' }] });
    const local = [
      { permissions: 31, scheme: 'ip', id: '127.0.0.1' },
      { permissions: 31, scheme: 'ip', id: '0.0.0.0/0' },
    ];
    await client.create('/local', utf8('x'), { acl: local });
    await client.create('/bob', utf8('y'), { acl: [{ permissions: 31, scheme: 'auth', id: '' }] });
    expect(text((await client.get('/local')).data)).toBe('x');
    expect((await http(node, '/v1/tree/local')).status).toBe(403);
    expect((await http(node, '/v1/tree/bob')).status).toBe(403);
    expect((await http(node, '/v1/tree/bob', as('bob:guess'))).status).toBe(403);
    const answer = await http(node, '/v1/tree/bob', as('bob:s'));
    expect(await answer.json()).toMatchObject({ data: 'y' });
  });

  it('has administrators, whose password counts', async () => {
    const superDigest = Buffer.from(nodeDigests.hash('sha1', utf8('super:s3'))).toString('base64');
    const admin = `admin.enableServer=true\n${await portLine('admin.serverPort')}`;
    const key = `DigestAuthenticationProvider.superDigest=super:${superDigest}\n`;
    const node = await nodes.start((await portLine('clientPort')) + admin + key);
    const wire = await Wire.session(node.address);
    wire.request(1, OpCode.SET_ACL, (writer) => {
      const acl = [{ permissions: 1, scheme: 'world', id: 'anyone' }];
      encodeRequest(writer, { kind: 'setAcl', path: '/', acl, version: -1 });
    });
    expect((await wire.reply()).error).toBe(0);
    wire.close();
    const snapshot = (auth: string) =>
      http(node, '/commands/snapshot', { headers: { authorization: auth } });
    expect((await snapshot('digest super:guess')).status).toBe(403);
    expect((await snapshot('digest super:s3')).status).toBe(200);
  });

  it('takes clients by SASL with the users of a JAAS file, and no others', async () => {
    await nodes.write(
      'jaas.conf',
      `Server { org.apache.zookeeper.server.auth.DigestLoginModule required
       user_alice="secret"; };`,
    );
    const login = `java.security.auth.login.config=${nodes.path('jaas.conf')}\n`;
    const required = `${login}sessionRequireClientSASLAuth=true\n`;
    const node = await nodes.start((await portLine('clientPort')) + required);
    const sasl = { user: 'alice', password: 'secret', digests: nodeDigests };
    await (await connect(node.address, { sasl })).create('/a', utf8('x'));
    const nobody = await connect(node.address);
    await expect(nobody.exists('/a')).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('may switch off access lists and switch on TTL nodes', async () => {
    const flags = 'skipACL=yes\nextendedTypesEnabled=true\n';
    const node = await nodes.start((await portLine('clientPort')) + flags);
    const client = await connect(node.address, { auth: [{ scheme: 'digest', auth: 'bob:s' }] });
    await client.create('/bob', utf8('y'), { acl: [{ permissions: 31, scheme: 'auth', id: '' }] });
    expect(text((await (await connect(node.address)).get('/bob')).data)).toBe('y');
    const wire = await Wire.session(node.address);
    const acl = [{ permissions: 31, scheme: 'world', id: 'anyone' }];
    const facts = { path: '/t', data: utf8(''), acl, flags: 5, withStat: true };
    const ttl = { kind: 'create', ...facts, lifetime: { kind: 'ttl', ttlMs: 60_000 } } as const;
    const opCode = encodeRequest(new ByteWriter(), ttl);
    wire.request(1, opCode, (writer) => void encodeRequest(writer, ttl));
    expect((await wire.reply()).error).toBe(0);
    wire.close();
  });
});

describe('a zoo.cfg with doors for people', () => {
  it('has metrics at a port of their own, and words with the names of the file', async () => {
    const metrics = `metricsProvider.className=${PROMETHEUS}\n`;
    const ports = (await portLine('clientPort')) + (await portLine('metricsProvider.httpPort'));
    const node = await nodes.start(`${ports + metrics}4lw.commands.whitelist=conf,envi,srvr\n`);
    const origin = `http://127.0.0.1:${node.metricsAddress!.port}`;
    const answer = await fetch(`${origin}/metrics`);
    expect(await answer.text()).toMatch(/^znode_count\b/m);
    expect((await fetch(`${origin}/v1/tree/`)).status).toBe(404);
    expect(node.httpAddress).toBeNull();
    const configuration = await word(node.address, 'conf');
    expect(configuration).toContain(`clientPort=${node.address.port}\n`);
    expect(configuration).toContain('tickTime=500\n');
    expect(configuration).toContain('maxClientCnxns=60\n');
    expect(await word(node.address, 'envi')).toMatch(/^os\.name=\w/m);
    expect(await word(node.address, 'ruok')).toContain('not in the whitelist');
  });

  it('deletes containers in the intervals that it says', async () => {
    const containers = `znode.container.checkIntervalMs=50
znode.container.maxPerMinute=100000\nznode.container.maxNeverUsedIntervalMs=1000\n`;
    const node = await nodes.start((await portLine('clientPort')) + containers);
    const client = await connect(node.address);
    await client.ensureContainer('/c');
    await until('it is gone', async () => (await client.exists('/c')) === null);
  });
});

describe('a zoo.cfg with TLS between members', () => {
  let peers: number[] = [];

  async function members(): Promise<string> {
    const ports = await freePorts(6);
    peers = ports.slice(0, 3);
    return peers
      .map(
        (peer, index) => `server.${index + 1}=127.0.0.1:${peer}:1;127.0.0.1:${ports[index + 3]}\n`,
      )
      .join('');
  }

  const untilServing = () =>
    until('all serve', () => nodes.running.every((node) => node.standing().isServing));

  /** Resolves once whoever connects so to a member has been cut off. */
  async function isCutOff(peer: number, tls?: TlsClientOptions): Promise<void> {
    const options = tls === undefined ? {} : { tls };
    const tcp = await nodeNetwork.connectTcp({ host: '127.0.0.1', port: peer }, options);
    await new Promise<void>((resolve) => {
      tcp.onClose = () => resolve();
      tcp.write(Uint8Array.of(0, 0, 0, 7, 0x4e, 0x59, 0x50, 0x45, 1, 3, 1));
    });
  }

  it('forms an ensemble that cuts off whoever is none of it, and calls no such', async () => {
    const quorum = `${await members()}sslQuorum=true\n${stores('ssl.quorum.')}`;
    const strangers: unknown[] = [];
    const stranger = await nodeNetwork.listenTcp(
      { host: '127.0.0.1', port: peers[2]! },
      (tcp) => strangers.push(tcp),
      { tls: { identity: identity('stranger'), clientCertificate: 'none' } },
    );
    for (const id of [1, 2]) await nodes.start(quorum, id);
    await untilServing();
    await isCutOff(peers[0]!);
    await isCutOff(peers[0]!, { authorities: ALICE.authorities });
    await isCutOff(peers[0]!, { ...ALICE, identity: identity('stranger') });
    await until('it is called', () => stranger.failedHandshakeCount > 0);
    expect(strangers).toEqual([]);
    await stranger.close();
    const third = await nodes.start(quorum, 3);
    await untilServing();
    await (await connect(third.address)).create('/a', utf8('x'));
  });

  it('changes over from plaintext one node after the other', async () => {
    const servers = await members();
    const both = `${servers}portUnification=true\n${stores('ssl.quorum.')}`;
    const encrypted = `${servers}sslQuorum=true\n${stores('ssl.quorum.')}`;
    for (const id of [1, 2, 3]) await nodes.start(servers, id);
    for (const text of [both, `${both}sslQuorum=true\n`, encrypted]) {
      for (const id of [1, 2, 3]) {
        await nodes.running.shift()!.close();
        await nodes.start(text, id);
        await untilServing();
      }
    }
    await expect(isCutOff(peers[0]!)).resolves.toBeUndefined();
  });
});
