import { ErrorNumber } from '../../../src/coord/core/error-codes.ts';
import type {
  AclEntry,
  ClientRequest,
  CreateOperation,
  LogEntry,
  Result,
} from '../../../src/coord/core/model.ts';
import type { Snapshot } from '../../../src/coord/core/snapshot.ts';
import { type Input, type Message, StateMachine } from '../../../src/coord/core/state-machine.ts';

export const ANYONE: readonly AclEntry[] = [{ permissions: 31, scheme: 'world', id: 'anyone' }];

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A create with the usual access list. */
export function create(path: string, options: Partial<CreateOperation> = {}): CreateOperation {
  return {
    kind: 'create',
    path,
    data: bytes(''),
    acl: ANYONE,
    flags: 0,
    withStat: false,
    ...options,
  };
}

/** A state machine whose disk is instant unless it is told to hold back. */
export class Bench {
  readonly machine: StateMachine;
  readonly log: LogEntry[] = [];
  holdDisk = false;
  nowMs = 1_000;
  #messages: Message[] = [];
  #nextConnection = 1;
  #nextXid = 1;

  constructor(snapshot?: Snapshot) {
    this.machine = new StateMachine({
      nodeId: 1,
      sessionTimeoutMsMin: 100,
      sessionTimeoutMsMax: 10_000,
      ...(snapshot === undefined ? {} : { snapshot }),
    });
    this.tick(0);
  }

  /** Everything sent since the last call. */
  take(): Message[] {
    return this.#messages.splice(0);
  }

  step(input: Input): void {
    const output = this.machine.step(input);
    this.log.push(...output.persist);
    this.#messages.push(...output.send);
    if (!this.holdDisk) this.flush();
  }

  /** Reports everything in the log as persisted. */
  flush(): void {
    const last = this.log.at(-1);
    if (last === undefined || last.zxid === this.machine.appliedZxid) return;
    const output = this.machine.step({ kind: 'persisted', zxid: last.zxid });
    this.#messages.push(...output.send);
  }

  tick(byMs: number): void {
    // In small steps, as a driver does: a long gap would look like a pause.
    for (let left = byMs; left > 0; left -= 50) {
      this.nowMs += Math.min(50, left);
      this.step({ kind: 'tick', wallMs: this.nowMs, monotonicMs: this.nowMs });
    }
    if (byMs === 0) this.step({ kind: 'tick', wallMs: this.nowMs, monotonicMs: this.nowMs });
  }

  /** Opens a connection; with a session to resume, or a new one. */
  open(
    resume: { sessionId: bigint; password: Uint8Array } | null = null,
    lastZxidSeen = 0n,
  ): number {
    const connection = this.#nextConnection++;
    this.step({ kind: 'opened', connection, remoteHost: '127.0.0.1' });
    this.step({
      kind: 'handshake',
      connection,
      lastZxidSeen,
      timeoutMs: 1_000,
      sessionId: resume?.sessionId ?? 0n,
      password: resume?.password ?? new Uint8Array(16),
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
export function brief(messages: readonly Message[]): string[] {
  const events = ['', 'created', 'deleted', 'changed', 'children'];
  return messages.map((message) => {
    const head = `${message.connection} ${message.kind}`;
    if (message.kind === 'event') {
      return `${message.connection} ${events[message.type]} ${message.path}`;
    }
    return message.kind === 'reply' ? `${head} ${message.result.kind}` : head;
  });
}
