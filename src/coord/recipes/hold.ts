import { EngineError } from '../../base/errors.ts';
import type { CoordinatorClient, WatchEvent } from '../client.ts';
import { type OwnNode, removeOwnNode } from './own-node.ts';

/** Something that is held as long as an ephemeral node stands. */
export interface Hold {
  /**
   * Grows from holder to holder. Send it along with everything that is done while holding, and let
   * the receiver refuse smaller ones: a holder that was stopped for a while does not know yet that
   * it holds nothing any more.
   */
  readonly token: bigint;
  /** Aborted as soon as it is not held any more: lost (with the reason) or released. */
  readonly signal: AbortSignal;
  /** Lets go; resolves when others can have it. */
  release(): Promise<void>;
}

/** Holds a node: watches over it and its session. */
export async function holdNode(client: CoordinatorClient, own: OwnNode): Promise<Hold> {
  const controller = new AbortController();
  const lose = (text: string): void => {
    if (!controller.signal.aborted) controller.abort(new EngineError('SESSION_EXPIRED', text));
  };
  const onEnd = (): void => {
    lose(`coord: ${own.path} is not held any more: the session has ended`);
    // Should the session be resumed after all, its node must not hold up others.
    void removeOwnNode(client, own.path).catch(() => {});
  };
  own.ended.addEventListener('abort', onEnd);
  const stopWatching = await watchNode(client, own.path, (isThere) => {
    if (!isThere) lose(`coord: ${own.path} is not held any more: somebody deleted it`);
  });
  if (own.ended.aborted) onEnd();
  let releasing: Promise<void> | null = null;
  return {
    token: own.token,
    signal: controller.signal,
    release: () => {
      releasing ??= (async () => {
        own.ended.removeEventListener('abort', onEnd);
        lose(`coord: ${own.path} was released`);
        await stopWatching();
        if (!own.ended.aborted) await removeOwnNode(client, own.path);
      })();
      return releasing;
    },
  };
}

/**
 * Tells whether a node is there: now, and after everything that may have changed it.
 *
 * @returns a function that stops it and never fails.
 */
export async function watchNode(
  client: CoordinatorClient,
  path: string,
  listener: (isThere: boolean) => void,
): Promise<() => Promise<void>> {
  const look = (): void => {
    client.exists(path).then(
      (stat) => listener(stat !== null),
      () => {}, // The session is lost, or a resync follows.
    );
  };
  const onEvent = ({ type }: WatchEvent): void => {
    if (type === 'deleted') listener(false);
    else if (type === 'created') listener(true);
    else if (type === 'resync') look();
  };
  const stop = await client.watch(path, 'node', onEvent);
  look();
  return () => stop().catch(() => {});
}
