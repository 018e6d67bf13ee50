import { assert } from '../../base/assert.ts';

/** What every replica knows of a session. */
export interface Session {
  readonly timeoutMs: number;
  /** Sixteen bytes that prove to any replica that a client owns the session. */
  readonly password: Uint8Array;
  /** The node at which the client is, or was last. */
  readonly owner: number;
}

/** The sessions that exist, by id: part of the replicated state. */
export type Sessions = Map<bigint, Session>;

/**
 * The id of the session that an entry begins: the node in the top byte, as ZooKeeper has it, and the
 * entry's zxid, which is used once.
 */
export function sessionIdOf(origin: number, zxid: bigint): bigint {
  return BigInt.asIntN(64, (BigInt(origin) << 56n) | zxid);
}

/** How much of the time between two ticks counts against sessions. */
const GAP_COUNTED_MS_MAX = 500;

/**
 * Who was heard of when: the leader's own knowledge, not replicated. A new leader, as a restarted
 * one, grants every session its full timeout again.
 */
export class ExpiryTracker {
  readonly #deadlinesMs = new Map<bigint, number>();
  #nowMs = 0;
  #nextScanMs = 0;

  /** Starts or extends a session's life: it was just heard of. */
  touch(sessionId: bigint, timeoutMs: number): void {
    this.#deadlinesMs.set(sessionId, this.#nowMs + timeoutMs);
  }

  remove(sessionId: bigint): void {
    this.#deadlinesMs.delete(sessionId);
  }

  /** When the session runs out, on the clock of `advance`; null for one that is not known. */
  deadlineMsOf(sessionId: bigint): number | null {
    return this.#deadlinesMs.get(sessionId) ?? null;
  }

  /** Forgets all sessions; time goes on. */
  clear(): void {
    this.#deadlinesMs.clear();
  }

  /**
   * Moves time on. When this process itself was held up, clients could not be heard, so what the
   * gap exceeds half a second by is added to their deadlines: expiring late is always safe.
   *
   * @param nowMs a clock that never goes back.
   * @returns sessions that have run out, each once, in the order of their ids.
   */
  advance(nowMs: number, scanEveryMs: number): bigint[] {
    assert(nowMs >= this.#nowMs, 'the monotonic clock does not go back');
    const gapMs = nowMs - this.#nowMs;
    if (this.#nowMs !== 0 && gapMs > GAP_COUNTED_MS_MAX)
      this.#extendAll(gapMs - GAP_COUNTED_MS_MAX);
    this.#nowMs = nowMs;
    if (nowMs < this.#nextScanMs) return [];
    this.#nextScanMs = nowMs + scanEveryMs;
    const expired: bigint[] = [];
    for (const [sessionId, deadlineMs] of this.#deadlinesMs) {
      if (deadlineMs <= nowMs) expired.push(sessionId);
    }
    for (const sessionId of expired) this.#deadlinesMs.delete(sessionId);
    return expired.sort((left, right) => (left < right ? -1 : 1));
  }

  #extendAll(byMs: number): void {
    for (const [sessionId, deadlineMs] of this.#deadlinesMs) {
      this.#deadlinesMs.set(sessionId, deadlineMs + byMs);
    }
  }
}
