import type { CoordinatorClient } from '../client.ts';
import { createOwnNode, hasCode, inOrder, removeOwnNode, withoutLoss } from './own-node.ts';
import { untilChildren } from './until-children.ts';

/** A barrier that was passed. */
export interface PassedBarrier {
  /** Aborted when the session has ended, so that the others do not wait for this client. */
  readonly signal: AbortSignal;
  /** Waits until everybody who is inside has left, too, or has vanished. */
  leave(): Promise<void>;
}

const MEMBER = 'member-';
const READY = 'ready';

/**
 * Waits until `count` clients have come to the same barrier, then lets all of them pass (ZooKeeper's
 * double barrier).
 *
 * Caller must: use a path for one round at a time; a client that comes while others are leaving
 * passes at once.
 *
 * @param path the barrier: a node of its own, made if missing.
 * @throws the signal's reason when it is aborted before; EngineError SESSION_EXPIRED.
 */
export async function enterBarrier(
  client: CoordinatorClient,
  path: string,
  count: number,
  signal?: AbortSignal,
): Promise<PassedBarrier> {
  const own = await createOwnNode(client, path, MEMBER, new Uint8Array());
  const signals = signal === undefined ? [own.ended] : [own.ended, signal];
  try {
    await untilChildren(client, path, AbortSignal.any(signals), (names) => {
      return names.includes(READY) || inOrder(names, MEMBER).length >= count;
    });
    await createReady(client, path);
  } catch (error) {
    await removeOwnNode(client, own.path);
    throw error;
  }
  return { signal: own.ended, leave: () => leave(client, path, own.path) };
}

async function leave(client: CoordinatorClient, path: string, ownPath: string): Promise<void> {
  const inside = new Set(inOrder(await client.children(path), MEMBER));
  await removeOwnNode(client, ownPath);
  inside.delete(ownPath.slice(path.length + 1));
  const never = new AbortController().signal;
  let isEmpty = false;
  await untilChildren(client, path, never, (names) => {
    isEmpty = inOrder(names, MEMBER).length === 0;
    return !names.some((name) => inside.has(name));
  });
  if (isEmpty) await removeReady(client, path);
}

async function createReady(client: CoordinatorClient, path: string): Promise<void> {
  await withoutLoss(client, async () => {
    try {
      await client.create(`${path}/${READY}`, new Uint8Array());
    } catch (error) {
      if (!hasCode(error, 'ALREADY_EXISTS')) throw error;
    }
  });
}

async function removeReady(client: CoordinatorClient, path: string): Promise<void> {
  await withoutLoss(client, async () => {
    try {
      await client.delete(`${path}/${READY}`);
    } catch (error) {
      if (!hasCode(error, 'NOT_FOUND')) throw error;
    }
  });
}
