import { encodeUtf8 } from '../base/bytes.ts';
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
/** A token, and twice a host name and a port. */
const LOCK_BYTES_MAX = 1_024;
const PROBE_TIMEOUT_MS = 1_000;

/** Who holds a data directory. */
interface Owner {
  readonly token: string;
  /** Where its clients connect, for messages. */
  readonly address: Address;
  /** Where it answers `OWNER_WORD`, in plaintext, to everybody. */
  readonly askAt: Address;
}

/**
 * A data directory's lock: a file with a random token and the address at which its owner answers
 * with that token. The file outlives a crash, so whoever finds one asks at that address: only when
 * nobody answers with the token is the owner gone. Two processes that begin in the same instant are
 * told apart by reading the file again once recovery is done.
 *
 * Caller must: listen on `askAt` and answer `OWNER_WORD` with `token` before locking.
 */
export async function lockDirectory(
  host: { disk: Disk; network: Network; clock: Clock },
  directory: string,
  owner: Owner,
): Promise<void> {
  const { disk } = host;
  await disk.makeDirectory(directory);
  const found = await readLock(disk, directory);
  if (found !== null && (await answersWithToken(host, found))) throw inUse(directory, found);
  const { token, address, askAt } = owner;
  const text = `${token} ${askAt.host} ${askAt.port} ${address.host} ${address.port}\n`;
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

async function readLock(disk: Disk, directory: string): Promise<Owner | null> {
  const path = `${directory}/${LOCK_NAME}`;
  if ((await disk.sizeBytes(path)) === null) return null;
  // A file that was damaged names nobody. Every byte stands for a character here.
  const text = String.fromCharCode(...(await disk.readFile(path)).subarray(0, LOCK_BYTES_MAX));
  const [token, host, port, clientHost, clientPort] = text.trim().split(' ');
  if (token === undefined || host === undefined || port === undefined) return null;
  const askAt = { host, port: Number(port) };
  // Locks of version 0.1 name one address for both.
  const isOne = clientHost === undefined || clientPort === undefined;
  const address = isOne ? askAt : { host: clientHost, port: Number(clientPort) };
  return { token, askAt, address };
}

async function answersWithToken(
  host: { network: Network; clock: Clock },
  lock: Owner,
): Promise<boolean> {
  try {
    return (await ask(host, lock.askAt)) === lock.token;
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

function inUse(directory: string, lock: Owner): EngineError {
  return new EngineError(
    'CONFLICT',
    `coord: data directory ${directory} is in use by the coordinator at ` +
      `${lock.address.host}:${lock.address.port}; stop it, or choose another directory`,
  );
}
