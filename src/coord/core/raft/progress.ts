import type { StateSnapshot } from './types.ts';

/**
 * How a leader sends to a follower.
 *
 * - `probe`: where the logs meet is not known; one append at a time.
 * - `replicate`: it is known; appends follow each other without waiting.
 * - `snapshot`: the leader no longer holds what the follower needs; parts of a snapshot.
 */
export type ProgressState = 'probe' | 'replicate' | 'snapshot';

/** What a leader knows of one other member. Invariant: match < next. */
export class Progress {
  state: ProgressState = 'probe';
  /** The last index that the member is known to have stored durably. */
  match = 0;
  /** The next index to send. */
  next: number;
  /** It answered since the last check of the quorum. */
  isActive = false;
  /** It had answered between the last two checks. */
  wasActive = false;
  /** Probe: the append was sent; the next one waits for an answer or a heartbeat. */
  isWaiting = false;
  /** The newest read round that it has confirmed. */
  readRound = 0;
  /** What is being sent in state `snapshot`. */
  snapshot: StateSnapshot | null = null;
  /** Bytes of the snapshot that have arrived. */
  snapshotOffsetBytes = 0;
  /** The part at that offset was sent after the last heartbeat was answered. */
  isChunkRecent = false;
  readonly inflight: Inflight;

  constructor(next: number, messagesMax: number, bytesMax: number) {
    this.next = next;
    this.inflight = new Inflight(messagesMax, bytesMax);
  }

  /** Starts looking for where the logs meet, at `next`. */
  becomeProbe(next: number): void {
    this.#enter('probe');
    this.next = next;
    this.match = Math.min(this.match, next - 1);
  }

  /** The logs are equal up to `match`. */
  becomeReplicate(): void {
    this.#enter('replicate');
    this.next = this.match + 1;
  }

  /** Starts to send a snapshot. */
  becomeSnapshot(snapshot: StateSnapshot): void {
    this.#enter('snapshot');
    this.snapshot = snapshot;
  }

  #enter(state: ProgressState): void {
    this.state = state;
    this.isWaiting = false;
    this.snapshot = null;
    this.snapshotOffsetBytes = 0;
    this.isChunkRecent = false;
    this.inflight.clear();
  }
}

/** Appends that were sent and not answered, oldest first: a queue of (last index, bytes). */
class Inflight {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #ends: number[] = [];
  #sizes: number[] = [];
  #head = 0;
  #bytes = 0;

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax;
    this.#bytesMax = bytesMax;
  }

  get isFull(): boolean {
    return this.#ends.length - this.#head >= this.#messagesMax || this.#bytes >= this.#bytesMax;
  }

  add(lastIndex: number, bytes: number): void {
    this.#ends.push(lastIndex);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  /** Everything up to an index has been answered. */
  freeUpTo(index: number): void {
    while (this.#head < this.#ends.length && this.#ends[this.#head]! <= index) {
      this.#bytes -= this.#sizes[this.#head++]!;
    }
    if (2 * this.#head < this.#ends.length) return;
    this.#ends = this.#ends.slice(this.#head);
    this.#sizes = this.#sizes.slice(this.#head);
    this.#head = 0;
  }

  clear(): void {
    this.#ends = [];
    this.#sizes = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
