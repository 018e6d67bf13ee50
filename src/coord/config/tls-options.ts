import { EngineError } from '../../base/errors.ts';
import type { TcpListenOptions, TlsClientOptions, TlsRules } from '../../io/network.ts';
import { authoritiesOfStore, identityOfStore } from '../../io/tls-store.ts';
import type { TlsSideConfig } from './coordinator-config.ts';
import type { StoresOfSide } from './secret-files.ts';

/** One side's settings with its files, and how its keys begin: `ssl.` or `ssl.quorum.`. */
export interface TlsSide {
  readonly config: TlsSideConfig;
  readonly stores: StoresOfSide;
  readonly prefix: string;
}

/**
 * How a door takes TLS.
 *
 * @throws EngineError BAD_REQUEST when a store is missing or malformed, NOT_SUPPORTED for rules that
 *   cannot be kept.
 */
export function tlsDoor(side: TlsSide, isPlaintextAllowed: boolean): TcpListenOptions {
  const { config, stores, prefix } = side;
  if (config.verifyClientHostname) {
    throw new EngineError(
      'NOT_SUPPORTED',
      `coord: ${prefix}clientHostnameVerification: names of clients are not checked; remove the line`,
    );
  }
  const isAsked = config.clientAuth !== 'none';
  return {
    tls: {
      identity: identityOfStore(needed(stores.keyStore, `${prefix}keyStore.location`)),
      ...(isAsked ? { authorities: authoritiesOf(side) } : {}),
      clientCertificate: config.clientAuth,
      ...rulesOf(side),
    },
    isPlaintextAllowed,
    handshakeTimeoutMs: config.handshakeTimeoutMs,
  };
}

/** How to connect with TLS. @throws EngineError as `tlsDoor`. */
export function tlsClient(side: TlsSide): TlsClientOptions {
  const { config, stores, prefix } = side;
  return {
    authorities: authoritiesOf(side),
    identity: identityOfStore(needed(stores.keyStore, `${prefix}keyStore.location`)),
    isServerNameChecked: config.verifyHostname,
    ...rulesOf(side),
  };
}

function authoritiesOf({ stores, prefix }: TlsSide): string {
  return authoritiesOfStore(needed(stores.trustStore, `${prefix}trustStore.location`));
}

function needed<T>(store: T | null, key: string): T {
  if (store !== null) return store;
  throw new EngineError('BAD_REQUEST', `coord: TLS: expected ${key}, found none`);
}

/** Newer versions than the listed ones are spoken as well: they take nothing away. */
function rulesOf({ config, prefix }: TlsSide): TlsRules {
  const { protocol, enabledProtocols, cipherSuites } = config;
  const versions = enabledProtocols.length === 0 ? [protocol] : enabledProtocols;
  const old = versions.find((version) => version !== 'TLSv1.2' && version !== 'TLSv1.3');
  if (old !== undefined) {
    throw new EngineError(
      'NOT_SUPPORTED',
      `coord: ${prefix}enabledProtocols: expected TLSv1.2 and TLSv1.3, found '${old}'`,
    );
  }
  return {
    minVersion: versions.includes('TLSv1.2') ? 'TLSv1.2' : 'TLSv1.3',
    ...(cipherSuites.length === 0 ? {} : { cipherSuites }),
  };
}
