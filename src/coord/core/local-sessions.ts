import { isReadOnlySessionId, LocalSessionIds } from './local-session-ids.ts';
import { ExpiryTracker } from './sessions.ts';

/** A session that only the node it is at knows. */
export interface LocalSession {
  readonly id: bigint;
  timeoutMs: number;
  readonly password: Uint8Array;
  /** It began while the node was cut off, and ends with that. */
  readonly isReadOnly: boolean;
  /** Its writes that have not come back from the log yet. */
  unsettledCount: number;
  /** True once the entry is under way that makes all nodes know it. */
  isUpgrading: boolean;
}

const EXPIRY_SCAN_MS = 100;

/**
 * The sessions that are not in the log: those of a node that is cut off, and all new ones with
 * ZooKeeper's `localSessionsEnabled`. They end with the node's process, and cannot move.
 */
export class LocalSessions {
  readonly #byId = new Map<bigint, LocalSession>();
  readonly #expiry = new ExpiryTracker();
  readonly #ids: LocalSessionIds;

  /** @param random gives uniform uint32s. */
  constructor(nodeId: number, random: () => number) {
    this.#ids = new LocalSessionIds(nodeId, random);
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: bigint): LocalSession | undefined {
    return this.#byId.get(id);
  }

  /** @param isTaken true for ids that a session already has. */
  begin(
    facts: Pick<LocalSession, 'timeoutMs' | 'password' | 'isReadOnly'>,
    isTaken: (id: bigint) => boolean,
  ): LocalSession {
    const id = this.#ids.next(facts.isReadOnly, (id) => this.#byId.has(id) || isTaken(id));
    const session = { ...facts, id, unsettledCount: 0, isUpgrading: false };
    this.#byId.set(id, session);
    this.touch(session);
    return session;
  }

  /** It was just heard of. */
  touch({ id, timeoutMs, isUpgrading }: LocalSession): void {
    if (!isUpgrading && this.#byId.has(id)) this.#expiry.touch(id, timeoutMs);
  }

  /** It is on its way into the log; the leader will decide when it ends. */
  upgrade(session: LocalSession): void {
    session.isUpgrading = true;
    this.#expiry.remove(session.id);
  }

  /** It has ended, or is no longer local. */
  remove(id: bigint): void {
    this.#byId.delete(id);
    this.#expiry.remove(id);
  }

  /** The node is no longer cut off. */
  removeReadOnly(): void {
    for (const id of this.#byId.keys()) if (isReadOnlySessionId(id)) this.remove(id);
  }

  /** Moves time on, and removes sessions that have run out. @returns their ids, sorted. */
  advance(monotonicMs: number): bigint[] {
    const expired = this.#expiry.advance(monotonicMs, EXPIRY_SCAN_MS);
    for (const id of expired) this.#byId.delete(id);
    return expired;
  }
}
