/*
 * The id of a session that is not in the log. A zxid has at most 53 bits, so bit 55 tells it from
 * the ids of sessions that an entry begins (sessions.ts):
 *
 *   | node: 8 bits | 1 | read-only: 1 bit | nonce: 32 bits | counter: 22 bits |
 *
 * A local session may become one of the log's and outlive the process that began it, so the next
 * process must not use its id again: each draws a nonce of its own.
 */

const LOCAL = 1n << 55n;
const READ_ONLY = 1n << 54n;
const COUNTER_BITS = 22n;
const COUNTER_END = 1 << 22;

/** Gives out ids of local sessions. */
export class LocalSessionIds {
  readonly #nodeId: number;
  readonly #random: () => number;
  #nonce: number;
  #counter = 0;

  /** @param random gives uniform uint32s. */
  constructor(nodeId: number, random: () => number) {
    this.#nodeId = nodeId;
    this.#random = random;
    this.#nonce = random();
  }

  /** An id that is not taken. */
  next(isReadOnly: boolean, isTaken: (id: bigint) => boolean): bigint {
    let id: bigint;
    do id = this.#draw(isReadOnly);
    while (isTaken(id));
    return id;
  }

  #draw(isReadOnly: boolean): bigint {
    if (++this.#counter === COUNTER_END) {
      this.#nonce = this.#random();
      this.#counter = 1;
    }
    const low = (BigInt(this.#nonce) << COUNTER_BITS) | BigInt(this.#counter);
    const marks = LOCAL | (isReadOnly ? READ_ONLY : 0n);
    return BigInt.asIntN(64, (BigInt(this.#nodeId) << 56n) | marks | low);
  }
}

/** True for a session that began at a node that was cut off: it exists there or nowhere. */
export function isReadOnlySessionId(id: bigint): boolean {
  return (id & LOCAL) !== 0n && (id & READ_ONLY) !== 0n;
}
