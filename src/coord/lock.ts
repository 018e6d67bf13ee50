import { decodeUtf8, encodeUtf8 } from '../base/bytes.ts';
import { EngineError } from '../base/errors.ts';
import type { Clock } from '../io/clock.ts';
import type { Disk } from '../io/disk.ts';
import type { Address, Network } from '../io/network.ts';

/**
 * The four-letter word that asks a coordinator which data directory it holds. ZooKeeper does not
 * know it and hangs up, as does anything else.
 */
export const OWNER_WORD = 'nyid';

const LOCK_NAME = 'LOCK';
const PROBE_TIMEOUT_MS = 1_000;

/**
 * A data directory's lock: a file with a random token and the address at which its owner answers
 * with that token. The file outlives a crash, so whoever finds one asks at that address: only when
 * nobody answers with the token is the owner gone. Two processes that begin in the same instant are
 * told apart by reading the file again once recovery is done.
 *
 * Caller must: listen on `address` and answer `OWNER_WORD` with `token` before locking.
 */
export async function lockDirectory(
  host: { disk: Disk; network: Network; clock: Clock },
  directory: string,
  owner: { token: string; address: Address },
): Promise<void> {
  const { disk } = host;
  await disk.makeDirectory(directory);
  const found = await readLock(disk, directory);
  if (found !== null && (await answersWithToken(host, found))) throw inUse(directory, found);
  const { token, address } = owner;
  const text = `${token} ${address.host} ${address.port}\n`;
  await disk.replaceFile(`${directory}/${LOCK_NAME}`, encodeUtf8(text));
}

/** @throws EngineError CONFLICT when another process has taken the directory meanwhile. */
export async function checkLock(disk: Disk, directory: string, token: string): Promise<void> {
  const found = await readLock(disk, directory);
  if (found?.token === token) return;
  throw found === null
    ? new EngineError('CONFLICT', `coord: ${directory}: the lock file was removed at start`)
    : inUse(directory, found);
}

/** Removes the lock if it is still the owner's. */
export async function unlockDirectory(disk: Disk, directory: string, token: string): Promise<void> {
  const found = await readLock(disk, directory);
  if (found?.token === token) await disk.remove(`${directory}/${LOCK_NAME}`);
}

interface LockContent {
  readonly token: string;
  readonly address: Address;
}

async function readLock(disk: Disk, directory: string): Promise<LockContent | null> {
  const path = `${directory}/${LOCK_NAME}`;
  if ((await disk.sizeBytes(path)) === null) return null;
  const text = decodeUtf8(await disk.readFile(path), `coord: lock file ${path}`);
  const [token, host, port] = text.trim().split(' ');
  if (token === undefined || host === undefined || port === undefined) return null;
  return { token, address: { host, port: Number(port) } };
}

async function answersWithToken(
  host: { network: Network; clock: Clock },
  lock: LockContent,
): Promise<boolean> {
  try {
    return (await ask(host, lock.address)) === lock.token;
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}

async function ask(host: { network: Network; clock: Clock }, address: Address): Promise<string> {
  const connection = await host.network.connectTcp(address);
  return new Promise((resolve) => {
    let answer = '';
    const timer = host.clock.schedule(PROBE_TIMEOUT_MS, () => connection.destroy());
    connection.onData = (bytes) => {
      answer += String.fromCharCode(...bytes.subarray(0, 256));
    };
    connection.onClose = () => {
      timer.cancel();
      resolve(answer);
    };
    connection.write(encodeUtf8(OWNER_WORD));
  });
}

function inUse(directory: string, lock: LockContent): EngineError {
  return new EngineError(
    'CONFLICT',
    `coord: data directory ${directory} is in use by the coordinator at ` +
      `${lock.address.host}:${lock.address.port}; stop it, or choose another directory`,
  );
}
