import { type Clock, sleep } from '../../io/clock.ts';
import type { CoordinatorClient } from '../client.ts';
import { ensureParent, hasCode, removeOwnNode } from './own-node.ts';

/** How to be a member of a group. */
export interface MembershipOptions {
  readonly client: CoordinatorClient;
  readonly clock: Clock;
  /** The group: a node of its own, made if missing. Its children are the members. */
  readonly path: string;
  /** The member's name, which nobody else uses at the same time. */
  readonly name: string;
  /** What others can read about it. */
  readonly data: Uint8Array;
  /** Told of what goes wrong; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/** A membership, kept up over sessions until it is left. */
export interface Membership {
  /** Resolves when others do not see the member any more. */
  leave(): Promise<void>;
}

const RETRY_MS = 1_000;

/**
 * Joins a group; resolves when others can see the member. Whenever a session has ended, the member
 * joins again with the next one. The members are the children of the path: follow them with
 * `CachedSubtree`.
 */
export async function joinGroup(options: MembershipOptions): Promise<Membership> {
  const { client, path, name } = options;
  const nodePath = `${path}/${name}`;
  const leaving = new AbortController();
  let ended = await enter(options, nodePath);
  const kept = (async () => {
    while (!leaving.signal.aborted && !client.isClosed) {
      await aborted(AbortSignal.any([ended, leaving.signal]));
      if (!leaving.signal.aborted && !client.isClosed) ended = await enter(options, nodePath);
    }
  })();
  return {
    leave: async () => {
      leaving.abort();
      await kept;
      await removeOwnNode(client, nodePath);
    },
  };
}

/** Creates the node in the present session and returns that session's signal. */
async function enter(options: MembershipOptions, nodePath: string): Promise<AbortSignal> {
  const { client, clock, path, data, onError } = options;
  for (;;) {
    const ended = client.sessionSignal;
    try {
      const stat = await client.exists(nodePath);
      if (stat !== null && stat.ephemeralOwner === client.sessionId && !ended.aborted) return ended;
      // Left behind by an earlier session: it would vanish with that one.
      if (stat !== null) await client.delete(nodePath);
      await client.create(nodePath, data, { ephemeral: true });
    } catch (error) {
      if (client.isClosed) throw error;
      if (hasCode(error, 'NOT_FOUND')) await ensureParent(client, path);
      else if (!hasCode(error, 'CONNECTION_LOSS') && !hasCode(error, 'ALREADY_EXISTS')) {
        onError(error);
        await sleep(clock, RETRY_MS);
      }
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
