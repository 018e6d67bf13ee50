import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import type { ClientRequest, LogEntry, Result } from '../../../src/coord/core/model.ts';
import type { Persist, StateSnapshot } from '../../../src/coord/core/raft/types.ts';
import { Replica, type ReplicaOptions } from '../../../src/coord/core/replica.ts';
import type { ClientMessage, Input } from '../../../src/coord/core/step.ts';
import { entryCodec } from '../../../src/coord/entry-codec.ts';
import { loneReplicaOptions } from '../lone-replica.ts';

/** A node that is alone, whose disk is instant unless it is told to hold back. */
export class ReplicaBench {
  readonly replica: Replica;
  /** What was put into the log, without entries that only consensus needs. */
  readonly log: LogEntry[] = [];
  holdDisk = false;
  nowMs = 1_000;
  #messages: ClientMessage[] = [];
  #persists: Persist[] = [];
  #nextConnection = 1;
  #nextXid = 1;

  constructor(snapshot: StateSnapshot | null = null, options: Partial<ReplicaOptions> = {}) {
    this.replica = new Replica({
      ...loneReplicaOptions(snapshot),
      sessionTimeoutMsMin: 100,
      sessionTimeoutMsMax: 10_000,
      ...options,
    });
    this.tick(0);
    while (!this.replica.isServing) this.tick(50);
    this.log.length = 0;
  }

  get appliedZxid(): bigint {
    return BigInt(this.replica.appliedIndex);
  }

  /** Everything sent since the last call. */
  take(): ClientMessage[] {
    return this.#messages.splice(0);
  }

  step(input: Input): void {
    this.#step(input);
    if (!this.holdDisk) this.flush();
  }

  /** Reports everything as persisted. */
  flush(): void {
    for (let last = this.#persists.pop(); last !== undefined; last = this.#persists.pop()) {
      this.#persists = [];
      this.#step({ kind: 'persisted', number: last.number });
    }
  }

  #step(input: Input): void {
    const now = { wallMs: this.nowMs, monotonicMs: this.nowMs };
    const output = this.replica.step(now, [input]);
    this.#persists.push(...output.persist);
    this.#messages.push(...output.clients);
    for (const { index, payload } of output.persist.flatMap(({ entries }) => entries)) {
      if (payload.length > 0) this.log.push(entryCodec.decode(index, payload));
    }
  }

  tick(byMs: number): void {
    // In small steps, as a driver does: a long gap would look like a pause.
    for (let left = byMs; left > 0; left -= 50) {
      this.nowMs += Math.min(50, left);
      this.step({ kind: 'tick' });
    }
    if (byMs === 0) this.step({ kind: 'tick' });
  }

  /** Opens a connection; with a session to resume, or a new one. */
  open(
    resume: { sessionId: bigint; password: Uint8Array } | null = null,
    lastZxidSeen = 0n,
  ): number {
    const connection = this.#nextConnection++;
    const identities = [{ scheme: 'ip', id: '127.0.0.1' }];
    this.step({ kind: 'opened', connection, identities });
    this.step({
      kind: 'handshake',
      connection,
      lastZxidSeen,
      timeoutMs: 1_000,
      sessionId: resume?.sessionId ?? 0n,
      password: resume?.password ?? new Uint8Array(16),
      readOnly: false,
      freshPassword: new Uint8Array(16).fill(connection),
    });
    return connection;
  }

  send(connection: number, request: ClientRequest): number {
    const xid = this.#nextXid++;
    this.step({ kind: 'request', connection, xid, request });
    return xid;
  }

  /** Sends a request and returns its result. */
  ask(connection: number, request: ClientRequest): Result {
    const xid = this.send(connection, request);
    const reply = this.#messages.find((message) => message.kind === 'reply' && message.xid === xid);
    if (reply?.kind !== 'reply') throw new Error(`no reply to ${request.kind}`);
    this.#messages.splice(this.#messages.indexOf(reply), 1);
    return reply.result;
  }

  /** The error number of a request's answer, 0 for success. */
  errorOf(connection: number, request: ClientRequest): number {
    const result = this.ask(connection, request);
    return result.kind === 'error' ? result.error : ErrorNumber.OK;
  }
}

/** Messages as short texts, for comparing sequences. */
export function brief(messages: readonly ClientMessage[]): string[] {
  const events = ['', 'created', 'deleted', 'changed', 'children'];
  return messages.map((message) => {
    const head = `${message.connection} ${message.kind}`;
    if (message.kind === 'event') {
      return `${message.connection} ${events[message.type]} ${message.path}`;
    }
    return message.kind === 'reply' ? `${head} ${message.result.kind}` : head;
  });
}
