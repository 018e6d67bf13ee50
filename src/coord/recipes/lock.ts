import type { CoordinatorClient } from '../client.ts';
import { type Hold, holdNode, watchNode } from './hold.ts';
import { createOwnNode, inOrder, type OwnNode, removeOwnNode } from './own-node.ts';
import { childrenOf } from './until-children.ts';

/** How to take a lock. */
export interface LockOptions {
  /**
   * Gives up waiting. Honoured once it is known whether the own node exists, so that none is left
   * behind.
   */
  readonly signal?: AbortSignal;
  /** What the own node holds, for others to read (default nothing). */
  readonly data?: Uint8Array;
}

/**
 * Waits for a lock and takes it. Whoever asked first has it first; a holder that vanishes lets go
 * with the end of its session. Works the same on Apache ZooKeeper (the lock recipe of its
 * documentation).
 *
 * @param path the lock: a node of its own, made if missing.
 * @throws the signal's reason when it is aborted; EngineError as `CoordinatorClient` has them.
 */
export function acquireLock(
  client: CoordinatorClient,
  path: string,
  options: LockOptions = {},
): Promise<Hold> {
  return acquire(client, path, WRITE, options);
}

/** Takes a lock together with other readers, as long as no writer asked before. */
export function acquireReadLock(
  client: CoordinatorClient,
  path: string,
  options: LockOptions = {},
): Promise<Hold> {
  return acquire(client, path, READ, options);
}

/** Takes a lock alone, as `acquireLock` does. */
export function acquireWriteLock(
  client: CoordinatorClient,
  path: string,
  options: LockOptions = {},
): Promise<Hold> {
  return acquire(client, path, WRITE, options);
}

/** Beginnings of the nodes' names. */
const READ = 'read-';
const WRITE = 'write-';

async function acquire(
  client: CoordinatorClient,
  path: string,
  prefix: typeof READ | typeof WRITE,
  { signal, data = new Uint8Array() }: LockOptions,
): Promise<Hold> {
  for (;;) {
    signal?.throwIfAborted();
    const own = await createOwnNode(client, path, prefix, data);
    try {
      if (await waitForTurn(client, path, own, signal)) return await holdNode(client, own);
    } catch (error) {
      await removeOwnNode(client, own.path);
      throw error;
    }
    await removeOwnNode(client, own.path);
  }
}

/** Resolves with true when it is the node's turn, with false when the node is lost. */
async function waitForTurn(
  client: CoordinatorClient,
  path: string,
  own: OwnNode,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  while (!own.ended.aborted) {
    signal?.throwIfAborted();
    const names = await childrenOf(client, path);
    if (!names.includes(own.name)) return false;
    const blocking = blockerOf(names, own.name);
    if (blocking === null) return true;
    await untilGone(client, `${path}/${blocking}`, [own.ended, ...(signal ? [signal] : [])]);
  }
  return false;
}

/**
 * The node to wait for: the one right before the own, so that a release wakes one waiter only. A
 * reader waits for the last writer before it.
 */
function blockerOf(names: readonly string[], own: string): string | null {
  const ordered = inOrder(names, '');
  const before = ordered.slice(0, ordered.indexOf(own));
  const candidates = own.startsWith(READ)
    ? before.filter((each) => each.startsWith(WRITE))
    : before;
  return candidates.at(-1) ?? null;
}

/** Waits until a node is gone, or one of the signals is aborted. */
async function untilGone(
  client: CoordinatorClient,
  path: string,
  signals: readonly AbortSignal[],
): Promise<void> {
  let wake = (): void => {};
  const gone = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const stop = await watchNode(client, path, (isThere) => {
    if (!isThere) wake();
  });
  for (const signal of signals) signal.addEventListener('abort', wake);
  if (signals.some(({ aborted }) => aborted)) wake();
  await gone;
  for (const signal of signals) signal.removeEventListener('abort', wake);
  await stop();
}
