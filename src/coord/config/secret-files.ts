import { decodeUtf8 } from '../../base/bytes.ts';
import type { Disk } from '../../io/disk.ts';
import type { TlsStore } from '../../io/tls-store.ts';
import { parseJaasUsers } from '../auth/jaas.ts';
import type { CoordinatorConfig, KeyStoreConfig, TlsSideConfig } from './coordinator-config.ts';

/** The files that a configuration names, read. They are secrets: they are never logged. */
export interface SecretFiles {
  readonly client: StoresOfSide;
  readonly quorum: StoresOfSide;
  /** Passwords by name for SASL; null when the server does not speak it. */
  readonly saslUsers: ReadonlyMap<string, string> | null;
}

/** One side's key store and trust store; null for none. */
export interface StoresOfSide {
  readonly keyStore: TlsStore | null;
  readonly trustStore: TlsStore | null;
}

/** A configuration that names no files. */
export const NO_SECRETS: SecretFiles = {
  client: { keyStore: null, trustStore: null },
  quorum: { keyStore: null, trustStore: null },
  saslUsers: null,
};

/**
 * Reads the files that a configuration names.
 *
 * @throws EngineError as the disk, for a file that cannot be read; BAD_REQUEST or NOT_SUPPORTED for
 *   users in a form that is not understood.
 */
export async function readSecretFiles(
  { tls, access }: CoordinatorConfig,
  disk: Disk,
): Promise<SecretFiles> {
  const { sasl } = access;
  return {
    client: await readStores(tls.client, disk),
    quorum: await readStores(tls.quorum, disk),
    saslUsers:
      sasl === null ? null : parseJaasUsers(await readText(sasl.jaasPath, disk), sasl.section),
  };
}

async function readStores(side: TlsSideConfig, disk: Disk): Promise<StoresOfSide> {
  return {
    keyStore: await readStore(side.keyStore, disk),
    trustStore: await readStore(side.trustStore, disk),
  };
}

async function readStore(store: KeyStoreConfig | null, disk: Disk): Promise<TlsStore | null> {
  if (store === null) return null;
  const { path, passwordPath } = store;
  const password =
    passwordPath === null ? store.password : (await readText(passwordPath, disk)).trim();
  return { path, bytes: await disk.readFile(path), password };
}

async function readText(path: string, disk: Disk): Promise<string> {
  return decodeUtf8(await disk.readFile(path), `coord: ${path}`);
}
