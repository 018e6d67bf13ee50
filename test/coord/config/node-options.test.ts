import { expect, it } from 'vitest';
import { optionsOfConfig } from '../../../src/coord/config/node-options.ts';
import { parseProperties } from '../../../src/coord/config/properties.ts';
import { NO_SECRETS, type SecretFiles } from '../../../src/coord/config/secret-files.ts';
import { configOfZooCfg } from '../../../src/coord/config/zoo-cfg.ts';
import { EntryFlag } from '../../../src/coord/core/model.ts';
import { certificateFile } from '../../io/tls-harness.ts';
import { errorOf } from '../../support/engine-error.ts';

const ALONE = 'dataDir=/d\nclientPort=2181\n';

function configOf(text: string) {
  const main = parseProperties('zoo.cfg', text);
  return configOfZooCfg({ main, dynamic: null, myid: { path: 'myid', text: '1' } }).config;
}

function optionsOf(text: string, files: Partial<SecretFiles> = {}) {
  return optionsOfConfig(configOf(text), { ...NO_SECRETS, ...files });
}

function store(name: string) {
  return { path: `/${name}`, bytes: new Uint8Array(certificateFile(name)), password: '' };
}

/** Certificate and key in one file, as ZooKeeper's PEM key stores are. */
function bothStores() {
  const bytes = Buffer.concat([certificateFile('server.pem'), certificateFile('server.key.pem')]);
  const keyStore = { path: '/k.pem', bytes: new Uint8Array(bytes), password: '' };
  return { keyStore, trustStore: store('authority.pem') };
}

function refusal(action: () => unknown): string {
  const { code, message } = errorOf(action);
  return `${code} ${message}`;
}

it('gives the defaults of ZooKeeper to a node of two lines', () => {
  const { door, ...options } = optionsOf(ALONE);
  expect(options).toEqual({
    nodeId: 1,
    address: { host: '0.0.0.0', port: 2181 },
    packetBytesMax: 1_048_575,
    entryFlags: 0,
    authentication: {
      digest: { digestAlgorithm: 'SHA1' },
      saslSuperUsers: [],
      isSaslFailureTolerated: false,
      requiredSchemes: [],
    },
    httpAddress: null,
    metricsAddress: null,
    adminCommandUrl: '/commands',
    adminRateLimitMs: 300_000,
    isAdminSnapshotEnabled: true,
    fourLetterWords: new Set(['srvr']),
    sessionTimeoutMsMin: 6_000,
    sessionTimeoutMsMax: 60_000,
    outstandingRequestsMax: 20_000,
    snapshotEntries: 100_000,
    containers: { checkIntervalMs: 60_000, removalsMax: 10_000, unusedMsMax: 0 },
    isReconfigEnabled: false,
    isStandaloneEnabled: true,
    isReadOnlyEnabled: false,
    isLocalSessionsEnabled: false,
    isLocalUpgradingEnabled: false,
    configuration: [
      ['clientPort', 2181],
      ['dataDir', '/d'],
      ['dataLogDir', '/d'],
      ['tickTime', 3_000],
      ['maxClientCnxns', 60],
      ['minSessionTimeout', 6_000],
      ['maxSessionTimeout', 60_000],
      ['clientPortListenBacklog', -1],
      ['serverId', 1],
    ],
  });
  const admitted = Array.from({ length: 61 }, () => door?.admission?.admit('a'));
  expect(admitted.filter(Boolean)).toHaveLength(60);
});

it('takes over switches, limits, intervals and words', () => {
  const options = optionsOf(`${ALONE}extendedTypesEnabled=true\nskipACL=yes\nenforceQuota=true
jute.maxbuffer=4096\nglobalOutstandingLimit=9\nsnapCount=7\nznode.container.checkIntervalMs=6000
znode.container.maxPerMinute=100\nznode.container.maxNeverUsedIntervalMs=5000
localSessionsEnabled=true
localSessionsUpgradingEnabled=true
4lw.commands.whitelist=mntr\nreadonlymode.enabled=true\nadmin.enableServer=true
admin.commandURL=/c\nadmin.serverPort=81\nadmin.serverAddress=h\nadmin.snapshot.enabled=false
metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider
metricsProvider.httpHost=m\nmetricsProvider.httpPort=82\nreconfigEnabled=true`);
  const { EXTENDED_TYPES, ENFORCE_QUOTA, SKIP_ACL } = EntryFlag;
  expect(options).toMatchObject({
    entryFlags: EXTENDED_TYPES | ENFORCE_QUOTA | SKIP_ACL,
    packetBytesMax: 4_096,
    outstandingRequestsMax: 9,
    snapshotEntries: 7,
    containers: { checkIntervalMs: 6_000, removalsMax: 10, unusedMsMax: 5_000 },
    httpAddress: { host: 'h', port: 81 },
    metricsAddress: { host: 'm', port: 82 },
    adminCommandUrl: '/c',
    isAdminSnapshotEnabled: false,
    isReconfigEnabled: true,
    isReadOnlyEnabled: true,
    isLocalSessionsEnabled: true,
    isLocalUpgradingEnabled: true,
  });
  expect(options.fourLetterWords).toEqual(new Set(['srvr', 'mntr', 'isro']));
});

it('takes over who clients may be', () => {
  const saslUsers = new Map([['alice', 'secret']]);
  const sasl = 'java.security.auth.login.config=/jaas\nsessionRequireClientSASLAuth=true';
  const text = `${ALONE}DigestAuthenticationProvider.superDigest=super:aGFzaA==
DigestAuthenticationProvider.digestAlg=SHA-256\nX509AuthenticationProvider.superUser=CN=root
superUser=alice\nallowSaslFailedClients=true\n${sasl}`;
  expect(optionsOf(text, { saslUsers }).authentication).toEqual({
    digest: { digestAlgorithm: 'SHA-256', superDigest: 'super:aGFzaA==' },
    x509SuperUser: 'CN=root',
    saslUsers,
    saslSuperUsers: ['alice'],
    isSaslFailureTolerated: true,
    requiredSchemes: ['sasl'],
  });
  const others = 'DigestAuthenticationProvider.enabled=false\nenforce.auth.enabled=true\n';
  const { authentication } = optionsOf(`${ALONE}${others}enforce.auth.schemes=x509,ip`);
  expect(authentication).toMatchObject({ digest: null, requiredSchemes: ['x509', 'ip'] });
});

it('has one limit for both doors of clients', () => {
  const text = `${ALONE}maxClientCnxns=1\nsecureClientPort=2281\nssl.clientAuth=none`;
  const { door, secondDoor } = optionsOf(text, { client: bothStores() });
  expect(door?.tls).toBeUndefined();
  expect(secondDoor).toMatchObject({
    address: { host: '0.0.0.0', port: 2281 },
    options: { isPlaintextAllowed: false, tls: { clientCertificate: 'none' } },
  });
  expect(secondDoor?.options.admission).toBe(door?.admission);
});

it('may have nothing but TLS', () => {
  const text = `dataDir=/d\nsecureClientPort=2281\nclient.portUnification=true
ssl.enabledProtocols=TLSv1.3\nssl.ciphersuites=TLS_AES_128_GCM_SHA256`;
  const { address, door, secondDoor } = optionsOf(text, { client: bothStores() });
  expect(address.port).toBe(2281);
  expect(secondDoor).toBeUndefined();
  expect(door).toMatchObject({
    isPlaintextAllowed: true,
    tls: {
      clientCertificate: 'need',
      minVersion: 'TLSv1.3',
      cipherSuites: ['TLS_AES_128_GCM_SHA256'],
    },
  });
});

it('goes over to TLS between members in three steps', () => {
  const ensemble = `${ALONE}server.1=a:1:2\nserver.2=b:1:2\nquorumListenOnAllIPs=true\n`;
  const quorum = bothStores();
  const plain = optionsOf(ensemble);
  expect(plain.peerTls).toBeUndefined();
  expect(plain.peerAddress).toEqual({ host: '0.0.0.0', port: 1 });
  expect(plain.members).toHaveLength(2);
  const both = optionsOf(`${ensemble}portUnification=true`, { quorum }).peerTls;
  expect(both).toMatchObject({ door: { isPlaintextAllowed: true } });
  expect(both?.client).toBeUndefined();
  const unified = `${ensemble}portUnification=true\nsslQuorum=true`;
  expect(optionsOf(unified, { quorum }).peerTls).toMatchObject({
    door: { isPlaintextAllowed: true },
    client: { isServerNameChecked: true },
  });
  const unnamed = `${ensemble}sslQuorum=true\nssl.quorum.hostnameVerification=false`;
  expect(optionsOf(unnamed, { quorum }).peerTls).toMatchObject({
    door: { isPlaintextAllowed: false, tls: { clientCertificate: 'need' } },
    client: { isServerNameChecked: false },
  });
});

it.each([
  ['dataLogDir=/e', 'NOT_SUPPORTED coord: dataLogDir'],
  ['admin.forceHttps=true', 'NOT_SUPPORTED coord: admin.forceHttps'],
  ['admin.needClientAuth=true', 'NOT_SUPPORTED coord: admin.needClientAuth'],
  ['audit.enable=true', 'NOT_SUPPORTED coord: audit.enable'],
  ['secureClientPort=1', 'expected ssl.keyStore.location'],
])('refuses %s', (line, message) => {
  expect(refusal(() => optionsOf(ALONE + line))).toContain(message);
});

it.each([
  ['ssl.clientHostnameVerification=true', 'NOT_SUPPORTED coord: ssl.clientHostnameVerification'],
  ['ssl.enabledProtocols=TLSv1.1', 'NOT_SUPPORTED coord: ssl.enabledProtocols'],
])('refuses %s with TLS', (line, message) => {
  const text = `${ALONE}secureClientPort=1\n${line}`;
  expect(refusal(() => optionsOf(text, { client: bothStores() }))).toContain(message);
});

it('needs the authorities when clients show certificates', () => {
  const client = { ...bothStores(), trustStore: null };
  const text = `${ALONE}secureClientPort=1`;
  expect(refusal(() => optionsOf(text, { client }))).toContain('ssl.trustStore.location');
});
