import { describe, expect, it } from 'vitest';
import { MEANINGLESS_KEYS } from '../../../src/coord/config/meaningless-keys.ts';
import { parseProperties } from '../../../src/coord/config/properties.ts';
import { configOfZooCfg, filesNamedBy } from '../../../src/coord/config/zoo-cfg.ts';
import { errorOf } from '../../support/engine-error.ts';

/** Reads a zoo.cfg that is complete except for what the test is about. */
function read(
  text: string,
  { myid = null as string | null, dynamic = null as string | null } = {},
) {
  return configOfZooCfg({
    main: parseProperties('zoo.cfg', text),
    dynamic: dynamic === null ? null : parseProperties('zoo.cfg.dynamic', dynamic),
    myid: myid === null ? null : { path: '/var/zk/myid', text: myid },
  });
}

const ALONE = 'dataDir=/var/zk\nclientPort=2181\n';
const THREE = `${ALONE}server.1=a:2888:3888\nserver.2=b:2889:3889\nserver.3=c:2890:3890:observer\n`;

function refusal(action: () => unknown): string {
  const { code, message } = errorOf(action);
  return `${code} ${message}`;
}

describe('a zoo.cfg', () => {
  it('of two lines is a standalone node with the defaults of ZooKeeper', () => {
    const { config, notices } = read(ALONE);
    expect(notices).toEqual([]);
    expect(config).toMatchObject({
      nodeId: 1,
      isStandalone: true,
      dataDirectory: '/var/zk',
      logDirectory: '/var/zk',
      listen: {
        client: { host: '0.0.0.0', port: 2181 },
        secureClient: null,
        peer: null,
        http: null,
        metrics: null,
      },
      timing: { tickMs: 3_000, sessionTimeoutMsMin: 6_000, sessionTimeoutMsMax: 60_000 },
      limits: { packetBytesMax: 1_048_575, connectionsPerHostMax: 60 },
      storage: { snapshotEntries: 100_000, snapshotsRetained: 3, purgeIntervalMs: 0 },
      admin: { fourLetterWords: ['srvr'], commandPath: '/commands' },
      access: { skipAcl: false, digestAlgorithm: 'SHA1', superDigest: null },
      tls: { quorumEnabled: false, client: { keyStore: null, clientAuth: 'need' } },
    });
    expect(config.members.map(({ id }) => id)).toEqual([1]);
  });

  it('of an ensemble names the members, and this node by its myid', () => {
    const { config } = read(`${THREE}server.4=[::1]:1:2;[::1]:2184;2284\n`, { myid: '2\n' });
    expect(config.nodeId).toBe(2);
    expect(config.isStandalone).toBe(false);
    expect(config.listen.peer).toEqual({ host: 'b', port: 2889 });
    expect(config.members).toEqual([
      {
        id: 1,
        role: 'participant',
        ...{ peerHost: 'a', peerPort: 2888, electionPort: 3888, clientHost: '', clientPort: 0 },
      },
      {
        id: 2,
        role: 'participant',
        ...{ peerHost: 'b', peerPort: 2889, electionPort: 3889 },
        ...{ clientHost: '0.0.0.0', clientPort: 2181 },
      },
      {
        id: 3,
        role: 'observer',
        ...{ peerHost: 'c', peerPort: 2890, electionPort: 3890, clientHost: '', clientPort: 0 },
      },
      {
        id: 4,
        role: 'participant',
        ...{ peerHost: '::1', peerPort: 1, electionPort: 2, clientHost: '::1', clientPort: 2184 },
      },
    ]);
  });

  it('takes the client and the TLS door from the own server line', () => {
    const text = 'dataDir=/d\nserver.1=a:1:2:participant;10.0.0.1:2181;2281\nserver.2=b:1:2;2181\n';
    const { listen } = read(text, { myid: '1' }).config;
    expect(listen.client).toEqual({ host: '10.0.0.1', port: 2181 });
    expect(listen.secureClient).toEqual({ host: '0.0.0.0', port: 2281 });
    const contradiction = () => read(`clientPort=9\n${text}`, { myid: '1' });
    expect(refusal(contradiction)).toContain('remove one of them');
  });

  it('reads durations, sizes, switches and lists', () => {
    const { config } = read(
      `${ALONE}tickTime=500\nminSessionTimeout=700\nmaxSessionTimeout=9000\nsnapCount=10
autopurge.purgeInterval=90m\nautopurge.snapRetainCount=1\npreAllocSize=64\nforceSync=no
4lw.commands.whitelist=stat, ruok,mntr\nadmin.enableServer=TRUE\nadmin.serverPort=9090
metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider
enforce.auth.enabled=true\nenforce.auth.schemes=digest,x509\ninitLimit=4\nsyncLimit=2`,
    );
    expect(config.timing).toEqual({
      ...{ tickMs: 500, initTimeoutMs: 2_000, syncTimeoutMs: 1_000 },
      ...{ sessionTimeoutMsMin: 700, sessionTimeoutMsMax: 9_000 },
    });
    expect(config.storage).toMatchObject({
      ...{ purgeIntervalMs: 5_400_000, snapshotsRetained: 3, snapshotEntries: 10 },
      ...{ logPreallocateBytes: 65_536, isSyncForced: false },
    });
    expect(config.admin.fourLetterWords).toEqual(['stat', 'ruok', 'mntr']);
    expect(config.listen.http).toEqual({ host: '0.0.0.0', port: 9_090 });
    expect(config.listen.metrics).toEqual({ host: '0.0.0.0', port: 7_000 });
    expect(config.access.enforceAuthSchemes).toEqual(['digest', 'x509']);
    const inHours = read(`${ALONE}autopurge.purgeInterval=2`).config;
    expect(inHours.storage.purgeIntervalMs).toBe(7_200_000);
  });

  it('reads the keys of both TLS sides, and refuses Java key stores', () => {
    const { tls } = read(
      `${ALONE}ssl.keyStore.location=/k.p12\nssl.keyStore.password=a\nssl.clientAuth=WANT
ssl.quorum.trustStore.location=/t.pem\nsslQuorum=true\nssl.enabledProtocols=TLSv1.3`,
    ).config;
    expect(tls.client.keyStore).toMatchObject({ path: '/k.p12', type: 'PKCS12', password: 'a' });
    expect(tls.client).toMatchObject({ clientAuth: 'want', enabledProtocols: ['TLSv1.3'] });
    expect(tls.quorum.trustStore).toMatchObject({ path: '/t.pem', type: 'PEM' });
    expect(tls.quorumEnabled).toBe(true);
    const text = refusal(() => read(`${ALONE}ssl.keyStore.location=/k.jks`));
    expect(text).toContain('NOT_SUPPORTED coord: zoo.cfg:3: ssl.keyStore.location');
  });

  it('finds the list of servers in the dynamic file', () => {
    const main = `${ALONE}dynamicConfigFile=/etc/zoo.cfg.dynamic`;
    const files = filesNamedBy(parseProperties('zoo.cfg', main));
    expect(files).toEqual({ dynamic: '/etc/zoo.cfg.dynamic', myid: '/var/zk/myid' });
    const dynamic = 'server.1=a:1:2\nserver.7=b:1:2\nversion=100000000\n';
    expect(read(main, { dynamic, myid: '7' }).config.members).toHaveLength(2);
    expect(refusal(() => read(main, { dynamic: 'tickTime=1', myid: '7' }))).toContain(
      'zoo.cfg.dynamic:1: tickTime: no such setting',
    );
    expect(refusal(() => read(`${main}\nserver.1=a:1:2`, { dynamic, myid: '7' }))).toContain(
      'zoo.cfg:4: server.1: expected it in the file',
    );
  });

  it('accepts what means nothing here, and says so', () => {
    const { notices } = read(`${ALONE}netty.x=1\ncnxTimeout=5\ncnxTimeout=6\n`);
    expect(notices).toEqual([
      'settings without meaning here, which are ignored: cnxTimeout, netty.x',
      'zoo.cfg:5: cnxTimeout stands there more than once; the last one counts',
    ]);
    for (const key of MEANINGLESS_KEYS) expect(read(`${ALONE}${key}=1`).notices[0]).toContain(key);
  });

  it.each([
    [
      'clientPrt=1',
      'BAD_REQUEST coord: zoo.cfg:3: clientPrt: no such setting (did you mean clientPort',
    ],
    ['tickTime=fast', 'zoo.cfg:3: tickTime: expected a whole number of at least 1, found "fast"'],
    ['tickTime=-1', 'tickTime: expected'],
    ['secureClientPort=70000', 'expected a whole number from 1 to 65535'],
    ['skipACL=maybe', 'expected true or false'],
    ['ssl.clientAuth=nead', '(did you mean need?)'],
    ['minSessionTimeout=90000', 'empty range'],
    ['electionAlg=1', 'electionAlg'],
    ['group.1=1:2', 'NOT_SUPPORTED coord: zoo.cfg:3: group.1'],
    ['weight.1=2', 'NOT_SUPPORTED coord: zoo.cfg:3: weight.1'],
    ['oraclePath=/o', 'NOT_SUPPORTED coord: zoo.cfg:3: oraclePath'],
    ['multiAddress.enabled=true', 'NOT_SUPPORTED'],
    ['quorum.auth.enableSasl=true', 'NOT_SUPPORTED'],
    ['authProvider.1=com.example.Mine', 'NOT_SUPPORTED'],
    ['ssl.ocsp=true', 'NOT_SUPPORTED'],
    ['server.1=a:1:2|b:1:2', 'NOT_SUPPORTED coord: zoo.cfg:3: server.1: several addresses'],
    ['server.0=a:1:2', 'zoo.cfg:3: server.0: expected a node id from 1 to 254'],
    ['server.1=a', 'expected host:port:electionPort'],
    ['server.1=a:1:2:observer', 'expected a participant'],
    ['server.1=a:1:2\nserver.2=b:1:2', 'expected a file myid'],
    ['secureClientPortAddress=a', 'expected secureClientPort beside it'],
    ['autopurge.purgeInterval=1w', 'expected a duration'],
    ['enforce.auth.enabled=true', 'expected enforce.auth.schemes'],
    ['DigestAuthenticationProvider.superDigest=super:test', 'superDigest'],
  ])('refuses %s', (line, message) => {
    const text = line.includes('superDigest') ? line.replace('test', 't?t') : line;
    expect(refusal(() => read(ALONE + text))).toContain(message);
  });

  it('never shows a secret in an error', () => {
    const key = 'DigestAuthenticationProvider.superDigest';
    expect(refusal(() => read(`${ALONE}${key}=hunter2`))).not.toContain('hunter2');
  });

  it('refuses a myid that is no id or not in the list', () => {
    expect(refusal(() => read(THREE, { myid: 'one' }))).toContain(
      '/var/zk/myid:1: expected a node',
    );
    expect(refusal(() => read(THREE, { myid: '9' }))).toContain('expected the id of a server.N');
  });

  it('needs a data directory and a port for clients', () => {
    expect(refusal(() => read('clientPort=1'))).toContain('dataDir');
    expect(refusal(() => read('dataDir=/d'))).toContain('clientPort');
  });
});
