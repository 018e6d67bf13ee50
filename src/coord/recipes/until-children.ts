import type { CoordinatorClient } from '../client.ts';
import { hasCode } from './own-node.ts';

/**
 * Waits until the names of a node's children are as wanted; a node that is not there has none.
 *
 * @param isWanted asked once and after every change.
 * @throws the signal's reason when it is aborted before.
 */
export async function untilChildren(
  client: CoordinatorClient,
  path: string,
  signal: AbortSignal,
  isWanted: (names: readonly string[]) => boolean,
): Promise<void> {
  let hasChanged = true;
  let wake = (): void => {};
  const onChange = (): void => {
    hasChanged = true;
    wake();
  };
  const stop = await client.watch(path, 'node', onChange);
  signal.addEventListener('abort', onChange);
  try {
    for (;;) {
      signal.throwIfAborted();
      if (!hasChanged) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      hasChanged = false;
      if (isWanted(await childrenOf(client, path))) return;
    }
  } finally {
    signal.removeEventListener('abort', onChange);
    await stop().catch(() => {}); // Without a connection the server knows of no watch.
  }
}

/** Names of the children; none when the node is not there. */
export async function childrenOf(client: CoordinatorClient, path: string): Promise<string[]> {
  try {
    return await client.children(path);
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return [];
    throw error;
  }
}
