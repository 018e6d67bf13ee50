import { ExpiryTracker, type Sessions } from './sessions.ts';

const EXPIRY_SCAN_MS = 100;
/** What ends a session may get lost before it is in the log: it is proposed again after this. */
const EXPIRY_RETRY_MS = 5_000;
const TICKS_PER_TOUCH = 2;
/** What was told the leader less than one to two of these ago is told its successor again. */
const TICKS_REMEMBERED = 10;

/**
 * Who of the clients is alive. The leader decides; every other node tells it which sessions it has
 * heard of. A new leader grants every session its full timeout.
 */
export class SessionKeeper {
  readonly #expiry = new ExpiryTracker();
  /** Sessions that the leader is to be told of. */
  #touched = new Set<bigint>();
  /** Sessions that it was told of lately, and in the time before that. */
  #told = new Set<bigint>();
  #toldBefore = new Set<bigint>();
  #ticks = 0;
  #isDue = false;
  #isLeading = false;

  /** This node leads from now on, or no longer. */
  setLeading(isLeading: boolean, sessions: Sessions): void {
    this.#isLeading = isLeading;
    this.#expiry.clear();
    if (!isLeading) return;
    for (const [id, { timeoutMs }] of sessions) this.#expiry.touch(id, timeoutMs);
    for (const known of [this.#touched, this.#told, this.#toldBefore]) known.clear();
  }

  /** A session was just heard of, here or (on the leader) at another node. */
  touch(id: bigint, sessions: Sessions): void {
    if (!this.#isLeading) {
      this.#touched.add(id);
      return;
    }
    const session = sessions.get(id);
    if (session !== undefined) this.#expiry.touch(id, session.timeoutMs);
  }

  /** As `touch`, and the leader hears of it with the next message. */
  touchAtOnce(id: bigint, sessions: Sessions): void {
    this.touch(id, sessions);
    this.#isDue = true;
  }

  /** A session has ended. */
  remove(id: bigint): void {
    this.#expiry.remove(id);
    for (const known of [this.#touched, this.#told, this.#toldBefore]) known.delete(id);
  }

  /** The leader, or the way to it, has changed: what was told lately may not have arrived. */
  tellAgain(): void {
    if (this.#isLeading) return;
    for (const known of [this.#told, this.#toldBefore]) {
      for (const id of known) this.#touched.add(id);
    }
    this.#isDue = true;
  }

  /** When a session would end, on the clock of `advance`; null unless this node decides that. */
  deadlineMsOf(id: bigint): number | null {
    return this.#expiry.deadlineMsOf(id);
  }

  /** Once a tick: moves time on. @returns sessions to end, sorted. None unless leading. */
  advance(monotonicMs: number): bigint[] {
    if (++this.#ticks % TICKS_PER_TOUCH === 0) this.#isDue = true;
    if (this.#ticks % TICKS_REMEMBERED === 0) {
      this.#toldBefore = this.#told;
      this.#told = new Set();
    }
    const expired = this.#expiry.advance(monotonicMs, EXPIRY_SCAN_MS);
    for (const id of expired) this.#expiry.touch(id, EXPIRY_RETRY_MS);
    return expired;
  }

  /** The sessions to tell the leader of now; the caller does so. */
  takeTouched(): bigint[] {
    if (this.#isLeading || !this.#isDue) return [];
    this.#isDue = false;
    const touched = [...this.#touched];
    for (const id of touched) this.#told.add(id);
    this.#touched.clear();
    return touched;
  }
}
