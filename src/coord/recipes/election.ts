import { type Clock, sleep } from '../../io/clock.ts';
import type { CoordinatorClient } from '../client.ts';
import type { Hold } from './hold.ts';
import { acquireLock } from './lock.ts';
import { hasCode, inOrder } from './own-node.ts';
import { childrenOf } from './until-children.ts';

/** How to take part in an election. */
export interface CandidateOptions {
  readonly client: CoordinatorClient;
  readonly clock: Clock;
  /** The election: a node of its own, made if missing. */
  readonly path: string;
  /** Says who the candidate is, for `currentLeader`. */
  readonly data: Uint8Array;
  /**
   * Leads. Must return soon after the hold's signal is aborted; when it returns, the leadership is
   * given up and the candidate stands again behind the others.
   */
  readonly lead: (leadership: Hold) => Promise<void>;
  /** Told of what `lead` throws and of an unreachable coordinator; the candidate goes on. */
  readonly onError: (error: unknown) => void;
}

/** Somebody who stands for election until closed. */
export interface Candidate {
  /** Steps down and leaves; resolves when `lead` has returned and the own node is gone. */
  close(): Promise<void>;
}

/** Who leads, as told by `currentLeader`. */
export interface Leader {
  readonly data: Uint8Array;
  /** The leadership's fencing token. */
  readonly token: bigint;
}

const RETRY_MS = 1_000;

/** Stands for election, again and again, until closed. */
export function standForElection(options: CandidateOptions): Candidate {
  const closing = new AbortController();
  const ended = campaign(options, closing.signal);
  return {
    close: () => {
      closing.abort();
      return ended;
    },
  };
}

/** The leader, or null when nobody stands for election. */
export async function currentLeader(
  client: CoordinatorClient,
  path: string,
): Promise<Leader | null> {
  for (;;) {
    const [first] = inOrder(await childrenOf(client, path), '');
    if (first === undefined) return null;
    try {
      const { data, stat } = await client.get(`${path}/${first}`);
      return { data, token: stat.czxid };
    } catch (error) {
      if (!hasCode(error, 'NOT_FOUND')) throw error;
    }
  }
}

async function campaign(options: CandidateOptions, closing: AbortSignal): Promise<void> {
  const { client, clock, path, data, onError } = options;
  while (!closing.aborted && !client.isClosed) {
    try {
      const hold = await acquireLock(client, path, { data, signal: closing });
      await leadOnce(options, hold, closing);
    } catch (error) {
      if (closing.aborted || client.isClosed) return;
      onError(error);
      await sleep(clock, RETRY_MS);
    }
  }
}

async function leadOnce(
  { lead }: CandidateOptions,
  hold: Hold,
  closing: AbortSignal,
): Promise<void> {
  // A candidate that leaves is told first, and others lead only once it has returned.
  const signal = AbortSignal.any([hold.signal, closing]);
  try {
    if (!closing.aborted) await lead({ ...hold, signal });
  } finally {
    await hold.release();
  }
}
