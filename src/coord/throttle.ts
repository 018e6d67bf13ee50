/** How much may wait for an answer. */
export interface ThrottleLimits {
  /** Requests of one connection. */
  readonly connectionRequestsMax: number;
  /** Requests of all connections, and their bytes. */
  readonly requestsMax: number;
  readonly bytesMax: number;
}

/** What a throttle does with connections, by their numbers. */
export interface ThrottleGate {
  /** Reads no more from it. */
  pause(connection: number): void;
  /** Reads on; may call `admitted` before it returns. */
  resume(connection: number): void;
}

/**
 * Stops reading from clients that ask faster than they can be answered, as ZooKeeper does, instead
 * of holding what they send in memory. A connection above a limit is paused and goes on below half
 * of it; above the limits for all, whoever asks is paused. So at most one request of each connection
 * is held beyond the limits.
 */
export class Throttle {
  readonly #limits: ThrottleLimits;
  readonly #gate: ThrottleGate;
  /** Bytes of each request that is not answered, by connection. Answers come nearly in order. */
  readonly #lengthsBytes = new Map<number, number[]>();
  readonly #paused = new Set<number>();
  #requests = 0;
  #bytes = 0;
  #isFull = false;

  constructor(limits: ThrottleLimits, gate: ThrottleGate) {
    this.#limits = limits;
    this.#gate = gate;
  }

  /** Connections that are not read from. */
  get pausedCount(): number {
    return this.#paused.size;
  }

  /** A request has come; the connection may be paused before this returns. */
  admitted(connection: number, lengthBytes: number): void {
    const { connectionRequestsMax, requestsMax, bytesMax } = this.#limits;
    const own = this.#lengthsBytes.get(connection) ?? [];
    this.#lengthsBytes.set(connection, own);
    own.push(lengthBytes);
    this.#requests++;
    this.#bytes += lengthBytes;
    if (this.#requests > requestsMax || this.#bytes > bytesMax) this.#isFull = true;
    if (!this.#isFull && own.length <= connectionRequestsMax) return;
    if (this.#paused.has(connection)) return;
    this.#paused.add(connection);
    this.#gate.pause(connection);
  }

  /** The oldest request of a connection was answered. */
  answered(connection: number): void {
    const lengthBytes = this.#lengthsBytes.get(connection)?.shift();
    if (lengthBytes === undefined) return;
    this.#settle(1, lengthBytes);
    this.#resumeIfDue(connection);
  }

  /** A connection has ended: nothing waits for it any more. */
  closed(connection: number): void {
    const own = this.#lengthsBytes.get(connection) ?? [];
    this.#lengthsBytes.delete(connection);
    this.#paused.delete(connection);
    let bytes = 0;
    for (const lengthBytes of own) bytes += lengthBytes;
    this.#settle(own.length, bytes);
  }

  #settle(requests: number, bytes: number): void {
    this.#requests -= requests;
    this.#bytes -= bytes;
    const { requestsMax, bytesMax } = this.#limits;
    if (!this.#isFull || 2 * this.#requests > requestsMax || 2 * this.#bytes > bytesMax) return;
    this.#isFull = false;
    for (const paused of [...this.#paused]) this.#resumeIfDue(paused);
  }

  #resumeIfDue(connection: number): void {
    if (this.#isFull || !this.#paused.has(connection)) return;
    const count = this.#lengthsBytes.get(connection)?.length ?? 0;
    if (2 * count > this.#limits.connectionRequestsMax) return;
    this.#paused.delete(connection);
    this.#gate.resume(connection);
  }
}
