import { assert } from '../../base/assert.ts';
import type { EntryCodec, EntryDraft } from './entry-codec.ts';
import type { StreamPosition } from './streams.ts';

/** What a node asks to be logged; position and time are not known yet. */
export type Proposal = Omit<EntryDraft, 'stream' | 'sequence' | 'origin'>;

/** Payloads cut into parts of that many bytes, in order; one that is larger is a part of its own. */
export function inParts(payloads: readonly Uint8Array[], bytesMax: number): Uint8Array[][] {
  const parts: Uint8Array[][] = [];
  let room = 0;
  for (const payload of payloads) {
    if (payload.length > room) {
      parts.push([]);
      room = bytesMax;
    }
    parts.at(-1)!.push(payload);
    room -= payload.length;
  }
  return parts;
}

interface Pending<T> {
  payload: Uint8Array;
  isHandedOut: boolean;
  readonly ticket: T;
}

/** Settled proposals are cut off the front of the list once there are so many. */
const SETTLED_KEPT = 1_024;

/**
 * This node's proposals on their way through the leader into the log, in order. Whatever is not
 * settled can be sent again at any time: replicas apply each proposal of a stream once, in order.
 *
 * A stream is named by the entry that opens it, so that what an earlier life of this node has sent,
 * and is still on its way, belongs to another stream and does nothing.
 */
export class OutgoingStream<T> {
  readonly #origin: number;
  readonly #codec: EntryCodec;
  readonly #nonce: number;
  /** 0 until the entry that opens it has been applied. */
  #stream = 0;
  /** Proposals in order; those before `#head` are settled. */
  #pending: Pending<T>[] = [];
  #head = 0;
  /** Everything before this place has been handed out since the last `resend`. */
  #sent = 0;
  /** The number of the proposal at `#head`. */
  #sequence = 1;
  #mustOpen = true;
  #settledCount = 0;

  /** @param nonce a random number that tells this life of the node from others. */
  constructor(origin: number, codec: EntryCodec, nonce: number) {
    this.#origin = origin;
    this.#codec = codec;
    this.#nonce = nonce;
  }

  /** Proposals that are not settled. */
  get length(): number {
    return this.#pending.length - this.#head;
  }

  /** Proposals that were settled so far. */
  get settledCount(): number {
    return this.#settledCount;
  }

  /** Adds a proposal; `ticket` comes back when it is settled. */
  add(proposal: Proposal, ticket: T): void {
    const place = this.#pending.length - this.#head;
    const draft = {
      ...proposal,
      origin: this.#origin,
      stream: this.#stream,
      sequence: this.#sequence + place,
    };
    this.#pending.push({ payload: this.#codec.encode(draft), isHandedOut: false, ticket });
  }

  /** What is to be sent to the leader now, each proposal once until `resend`; the caller owns it. */
  takeUnsent(): Uint8Array[] {
    if (this.#mustOpen) {
      this.#mustOpen = false;
      return [this.#codec.encode(this.#opening())];
    }
    if (this.#stream === 0) return [];
    const payloads: Uint8Array[] = [];
    for (; this.#sent < this.#pending.length; this.#sent++) {
      const pending = this.#pending[this.#sent]!;
      // The leader stamps its time into a payload, and what was handed out before may be in a log.
      if (pending.isHandedOut) pending.payload = pending.payload.slice();
      pending.isHandedOut = true;
      payloads.push(pending.payload);
    }
    return payloads;
  }

  /** True while something waits to be sent. */
  get hasUnsent(): boolean {
    return this.#mustOpen || (this.#stream !== 0 && this.#sent < this.#pending.length);
  }

  /** Everything that is not settled is to be sent again: the leader, or the way to it, has changed. */
  resend(): void {
    if (this.#stream === 0) this.#mustOpen = true;
    this.#sent = this.#head;
  }

  /**
   * An entry that opens a stream of this node has been applied. When it is not this life's, or opens
   * the stream a second time, what is not settled gets a place in a stream of its own again.
   */
  opened(stream: number, nonce: number): void {
    if (nonce !== this.#nonce) {
      this.#stream = 0;
      this.#mustOpen = true;
      return;
    }
    this.#stream = stream;
    this.#sequence = 1;
    for (let place = this.#head; place < this.#pending.length; place++) {
      const pending = this.#pending[place]!;
      pending.payload = this.#codec.renumbered(pending.payload, stream, 1 + place - this.#head);
      pending.isHandedOut = false;
    }
    this.#sent = this.#head;
  }

  /** The ticket of a proposal that has been applied, or null when the entry is of another stream. */
  settle(stream: number, sequence: number): T | null {
    if (stream !== this.#stream) return null;
    assert(sequence === this.#sequence, 'proposals of a stream are applied in order');
    const pending = this.#pending[this.#head];
    assert(pending !== undefined, 'only what was proposed is applied');
    this.#advance();
    return pending.ticket;
  }

  /**
   * The state was replaced by one in which this node's stream stands at `position`.
   *
   * @returns the tickets whose outcome is not known and will never be.
   */
  jump(position: StreamPosition | undefined): T[] {
    const lost: T[] = [];
    if (position === undefined || position.stream !== this.#stream) {
      // Another life's stream came later than ours: what it made of ours cannot be told.
      while (this.length > 0) lost.push(this.#take());
      this.#stream = 0;
      this.#mustOpen = true;
      this.#sequence = 1;
      return lost;
    }
    while (this.length > 0 && this.#sequence <= position.sequence) lost.push(this.#take());
    return lost;
  }

  #take(): T {
    const { ticket } = this.#pending[this.#head]!;
    this.#advance();
    return ticket;
  }

  #advance(): void {
    this.#head++;
    this.#sequence++;
    this.#settledCount++;
    if (this.#sent < this.#head) this.#sent = this.#head;
    if (this.#head < SETTLED_KEPT) return;
    this.#pending.splice(0, this.#head);
    this.#sent -= this.#head;
    this.#head = 0;
  }

  #opening(): EntryDraft {
    return {
      origin: this.#origin,
      stream: 0,
      sequence: 0,
      sessionId: 0n,
      identities: [],
      flags: 0,
      command: { kind: 'openStream', nonce: this.#nonce },
    };
  }
}
