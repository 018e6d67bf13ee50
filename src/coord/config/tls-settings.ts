import type { KeyStoreConfig, TlsConfig, TlsSideConfig } from './coordinator-config.ts';
import type { Settings } from './settings.ts';

/**
 * Reads `ssl.*`, `ssl.quorum.*` and what goes with them.
 *
 * @throws EngineError NOT_SUPPORTED for Java key stores and for revocation checks, which would
 *   otherwise seem to be on.
 */
export function readTls(settings: Settings): TlsConfig {
  const clientReload = settings.flag('client.certReload', false);
  const quorumReload = settings.flag('sslQuorumReloadCertFiles', false);
  return {
    client: readSide(settings, 'ssl.'),
    quorum: readSide(settings, 'ssl.quorum.'),
    quorumEnabled: settings.flag('sslQuorum', false),
    quorumPlainToo: settings.flag('portUnification', false),
    clientPlainToo: settings.flag('client.portUnification', false),
    reloadFiles: clientReload || quorumReload,
  };
}

const CLIENT_AUTH = ['none', 'want', 'need'] as const;
const PROTOCOLS = ['TLSv1.2', 'TLSv1.3'] as const;

function readSide(settings: Settings, prefix: string): TlsSideConfig {
  for (const name of ['crl', 'ocsp']) {
    if (!settings.flag(prefix + name, false)) continue;
    const problem = 'checks for revoked certificates are not supported; remove the line';
    throw settings.error(prefix + name, problem, 'NOT_SUPPORTED');
  }
  // A Java class for the context and the X509 provider's name: there is one of each here.
  settings.ignored(['authProvider', 'context.supplier.class'].map((name) => prefix + name));
  return {
    keyStore: readStore(settings, `${prefix}keyStore.`),
    trustStore: readStore(settings, `${prefix}trustStore.`),
    protocol: settings.choice(`${prefix}protocol`, PROTOCOLS, 'TLSv1.2'),
    enabledProtocols: settings.list(`${prefix}enabledProtocols`),
    cipherSuites: settings.list(`${prefix}ciphersuites`),
    clientAuth: settings.choice(`${prefix}clientAuth`, CLIENT_AUTH, 'need'),
    verifyHostname: settings.flag(`${prefix}hostnameVerification`, true),
    verifyClientHostname: settings.flag(`${prefix}clientHostnameVerification`, false),
    handshakeTimeoutMs: settings.integer(
      `${prefix}handshakeDetectionTimeoutMillis`,
      { min: 1 },
      5_000,
    ),
  };
}

const STORE_TYPES = ['PEM', 'PKCS12', 'JKS', 'BCFKS'] as const;

function readStore(settings: Settings, prefix: string): KeyStoreConfig | null {
  const pathKey = `${prefix}location`;
  const path = settings.text(pathKey);
  const password = settings.text(`${prefix}password`) ?? '';
  const passwordPath = settings.text(`${prefix}passwordPath`);
  const written = settings.choice(`${prefix}type`, [...STORE_TYPES, ''], '');
  if (path === null) return null;
  const type = written === '' ? typeOfName(path) : written;
  if (type === 'PEM' || type === 'PKCS12') return { path, type, passwordPath, password };
  throw settings.error(
    written === '' ? pathKey : `${prefix}type`,
    'only PEM and PKCS12 files are supported; convert it with keytool -importkeystore ' +
      '-deststoretype PKCS12',
    'NOT_SUPPORTED',
  );
}

function typeOfName(path: string): (typeof STORE_TYPES)[number] {
  if (/\.pem$/i.test(path)) return 'PEM';
  if (/\.(p12|pfx)$/i.test(path)) return 'PKCS12';
  return /\.bcfks$/i.test(path) ? 'BCFKS' : 'JKS';
}
