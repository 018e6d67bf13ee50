import type { Address } from '../../io/network.ts';
import { Xid } from '../zk/opcodes.ts';
import type { CoordinatorMetrics } from './coordinator-metrics.ts';
import { Summary } from './metric.ts';
import { operationName } from './operations.ts';

/** What is known of a connection when it opens. */
export interface ConnectionFacts {
  /** The driver's number of it. */
  readonly id: number;
  readonly remote: Address;
  /** True for TLS. */
  readonly isSecure: boolean;
  /** Wall clock. */
  readonly establishedMs: number;
}

const NO_OPERATION = 'NA';
const QUEUE_CAPACITY_MIN = 8;

/**
 * What one client connection has done, for `cons`, `stat` and the admin commands. It feeds the
 * node's metrics too, so that the driver reports everything once.
 *
 * Caller must: report a request with `began` when it arrives and with `answered` when its answer is
 * sent. Answers come in the order of the requests, except those of pings and authentication.
 */
export class ConnectionStatistics {
  readonly facts: ConnectionFacts;
  readonly #metrics: CoordinatorMetrics;
  readonly #begun = new BegunRequests();
  readonly latencyMs = new Summary();
  sessionId = 0n;
  /** Negotiated; 0 before the handshake. */
  sessionTimeoutMs = 0;
  receivedCount = 0;
  sentCount = 0;
  lastOperation = NO_OPERATION;
  /** -1 before the first request. */
  lastXid = -1;
  /** -1 before the first answer. */
  lastZxid = -1n;
  /** Monotonic clock; 0 before the first answer. */
  lastResponseMs = 0;
  lastLatencyMs = 0;

  constructor(facts: ConnectionFacts, metrics: CoordinatorMetrics) {
    this.facts = facts;
    this.#metrics = metrics;
  }

  /** Requests that wait for their answer. */
  get outstandingCount(): number {
    return this.#begun.count;
  }

  /** A packet arrived, whatever is in it. */
  received(lengthBytes: number): void {
    this.receivedCount++;
    this.#metrics.packetsReceived.add();
    this.#metrics.bytesReceived.add(lengthBytes);
  }

  /**
   * A request is about to be performed.
   *
   * @param kind the request's, `ping`, or `createSession` for the handshake (xid 0).
   * @param nowMs monotonic clock.
   */
  began(kind: string, xid: number, nowMs: number): void {
    if (!isAnsweredAtOnce(xid)) this.#begun.push(kind, nowMs);
  }

  /** The handshake was answered with a session. */
  accepted(session: { sessionId: bigint; timeoutMs: number }): void {
    this.sessionId = session.sessionId;
    this.sessionTimeoutMs = session.timeoutMs;
  }

  /**
   * An answer was sent.
   *
   * @param nowMs monotonic clock.
   */
  answered(xid: number, zxid: bigint, lengthBytes: number, nowMs: number): void {
    const isImmediate = isAnsweredAtOnce(xid);
    const operation = operationName(isImmediate ? immediateKind(xid) : this.#begun.oldestKind);
    const startMs = isImmediate ? nowMs : this.#begun.oldestStartMs;
    if (!isImmediate) this.#begun.dropOldest();
    const latencyMs = Math.max(0, Math.round(nowMs - startMs));
    this.sentCount++;
    if (xid >= 0) this.lastXid = xid;
    this.lastZxid = zxid;
    this.lastOperation = operation.label;
    this.lastResponseMs = Math.floor(nowMs);
    this.lastLatencyMs = latencyMs;
    this.latencyMs.add(latencyMs);
    this.#metrics.answered(operation, latencyMs);
    this.#metrics.packetsSent.add();
    this.#metrics.responseSizes.add(lengthBytes);
    this.#metrics.responseBytes.add(lengthBytes);
  }

  /** A watch event was sent. */
  notified(lengthBytes: number): void {
    this.sentCount++;
    this.#metrics.packetsSent.add();
    this.#metrics.watchBytes.add(lengthBytes);
  }

  /** What the four-letter word `crst` does. */
  reset(): void {
    this.receivedCount = 0;
    this.sentCount = 0;
    this.lastOperation = NO_OPERATION;
    this.lastXid = -1;
    this.lastZxid = -1n;
    this.lastResponseMs = 0;
    this.lastLatencyMs = 0;
    this.latencyMs.reset();
  }
}

function isAnsweredAtOnce(xid: number): boolean {
  return xid === Xid.PING || xid === Xid.AUTH;
}

function immediateKind(xid: number): string {
  return xid === Xid.PING ? 'ping' : 'auth';
}

/** Requests that were begun and not answered, oldest first, in a ring that grows. */
class BegunRequests {
  #kinds: string[] = new Array<string>(QUEUE_CAPACITY_MIN).fill('');
  #startsMs = new Float64Array(QUEUE_CAPACITY_MIN);
  #head = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** An empty name when there is none. */
  get oldestKind(): string {
    return this.#count === 0 ? '' : this.#kinds[this.#head]!;
  }

  get oldestStartMs(): number {
    return this.#startsMs[this.#head]!;
  }

  push(kind: string, startMs: number): void {
    if (this.#count === this.#kinds.length) this.#grow();
    const tail = (this.#head + this.#count) % this.#kinds.length;
    this.#kinds[tail] = kind;
    this.#startsMs[tail] = startMs;
    this.#count++;
  }

  dropOldest(): void {
    if (this.#count === 0) return;
    this.#head = (this.#head + 1) % this.#kinds.length;
    this.#count--;
  }

  #grow(): void {
    const kinds = [...this.#kinds.slice(this.#head), ...this.#kinds.slice(0, this.#head)];
    const startsMs = new Float64Array(2 * kinds.length);
    startsMs.set(this.#startsMs.subarray(this.#head));
    startsMs.set(this.#startsMs.subarray(0, this.#head), kinds.length - this.#head);
    this.#kinds = [...kinds, ...new Array<string>(kinds.length).fill('')];
    this.#startsMs = startsMs;
    this.#head = 0;
  }
}
