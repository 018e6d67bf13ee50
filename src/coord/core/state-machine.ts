import { assert } from '../../base/assert.ts';
import { equalBytes } from '../../base/bytes.ts';
import { applyEntry, type ReplicatedState, type WatchedChange } from './apply.ts';
import {
  type ClientRequest,
  type Command,
  isWrite,
  type LogEntry,
  type ReadRequest,
  type Result,
} from './model.ts';
import { answerRead } from './reads.ts';
import { ExpiryTracker } from './sessions.ts';
import type { Snapshot } from './snapshot.ts';
import { Tree } from './tree.ts';
import { Watches } from './watches.ts';

/** Something that happened outside. Connections are numbers that the driver gives out once. */
export type Input =
  /** Time passes: the wall clock for stamps, a clock that never goes back for deadlines. */
  | { readonly kind: 'tick'; readonly wallMs: number; readonly monotonicMs: number }
  | { readonly kind: 'opened'; readonly connection: number; readonly remoteHost: string }
  | {
      readonly kind: 'handshake';
      readonly connection: number;
      readonly lastZxidSeen: bigint;
      readonly timeoutMs: number;
      /** 0 asks for a new session. */
      readonly sessionId: bigint;
      readonly password: Uint8Array;
      /** Sixteen random bytes, used when a session begins. */
      readonly freshPassword: Uint8Array;
    }
  | { readonly kind: 'ping'; readonly connection: number; readonly xid: number }
  | {
      readonly kind: 'request';
      readonly connection: number;
      readonly xid: number;
      readonly request: ClientRequest;
    }
  | { readonly kind: 'closed'; readonly connection: number }
  /** Every entry up to `zxid` is on disk. */
  | { readonly kind: 'persisted'; readonly zxid: bigint };

/** Something to send to a connection. */
export type Message =
  | {
      readonly kind: 'accepted';
      readonly connection: number;
      readonly sessionId: bigint;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
    }
  /** The session does not exist (any more); the connection ends. */
  | { readonly kind: 'rejected'; readonly connection: number }
  | {
      readonly kind: 'reply';
      readonly connection: number;
      readonly xid: number;
      readonly zxid: bigint;
      readonly result: Result;
    }
  | {
      readonly kind: 'event';
      readonly connection: number;
      readonly zxid: bigint;
      readonly type: number;
      readonly path: string;
    }
  | { readonly kind: 'close'; readonly connection: number };

/**
 * What a step asks of the driver.
 *
 * Caller must: append `persist` to the log in order, and step with `persisted` once it is durable.
 * Keeps: nothing in `send` depends on an entry that was not reported as persisted, so it may be
 * sent at once; `apply` are entries that this step has applied.
 */
export interface Output {
  readonly persist: LogEntry[];
  readonly send: Message[];
  readonly apply: LogEntry[];
}

/** What a coordinator is told once. */
export interface StateMachineOptions {
  /** 1 to 254: the top byte of session ids. */
  readonly nodeId: number;
  readonly sessionTimeoutMsMin: number;
  readonly sessionTimeoutMsMax: number;
  /** Where to begin; without it the tree of a new server. */
  readonly snapshot?: Snapshot;
}

interface Connection {
  readonly id: number;
  readonly remoteHost: string;
  /** 0 before the handshake. */
  sessionId: bigint;
  /** True once it has asked to end its session: what it sends after that is ignored. */
  closing: boolean;
  readonly queue: Waiting[];
}

/** A request that waits for its turn: its answer needs `zxid` applied and all before it answered. */
interface Waiting {
  readonly xid: number;
  readonly zxid: bigint;
  readonly finish: 'write' | 'handshake' | ReadRequest;
}

const PING_XID_RESULT: Result = { kind: 'done' };
const EXPIRY_SCAN_MS = 100;
const MISSED_EVENT_ZXID = -1n;

/**
 * The coordinator's deterministic core: requests become log entries, entries are applied once they
 * are committed, and answers and watch events come out in order. The same inputs give the same
 * outputs. With one node an entry is committed when it is on this node's disk.
 */
export class StateMachine {
  readonly #options: StateMachineOptions;
  readonly #state: ReplicatedState;
  readonly #watches = new Watches();
  readonly #expiry = new ExpiryTracker();
  readonly #connections = new Map<number, Connection>();
  readonly #connectionOfSession = new Map<bigint, Connection>();
  /** Entries in the log that are not applied yet, oldest first. */
  readonly #unapplied: LogEntry[] = [];
  /** Connections to look at once a zxid is applied. */
  readonly #waitingFor = new Map<bigint, Connection[]>();
  #appliedZxid: bigint;
  #proposedZxid: bigint;
  #wallMs = 0;
  #lastSessionId = 0n;
  #sessionsGranted = false;

  constructor(options: StateMachineOptions) {
    assert(options.nodeId >= 1 && options.nodeId <= 254, 'a node id fits the top byte');
    this.#options = options;
    this.#state = options.snapshot?.state ?? { tree: Tree.withSystemNodes(), sessions: new Map() };
    this.#appliedZxid = options.snapshot?.zxid ?? 0n;
    this.#proposedZxid = this.#appliedZxid;
  }

  get appliedZxid(): bigint {
    return this.#appliedZxid;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Requests that wait for the disk. */
  get outstandingCount(): number {
    return this.#unapplied.length;
  }

  /** The applied state, for reading only and only until the next step. */
  get state(): ReplicatedState {
    return this.#state;
  }

  /** Applies an entry that was in the log when the node started, before the first step. */
  replay(entry: LogEntry): void {
    assert(entry.zxid === this.#appliedZxid + 1n, 'the log is replayed without gaps');
    applyEntry(this.#state, entry);
    this.#appliedZxid = entry.zxid;
    this.#proposedZxid = entry.zxid;
  }

  /** Takes one input and says what follows from it. */
  step(input: Input): Output {
    const output: Output = { persist: [], send: [], apply: [] };
    switch (input.kind) {
      case 'tick':
        this.#tick(input, output);
        break;
      case 'opened':
        this.#open(input.connection, input.remoteHost);
        break;
      case 'handshake':
        this.#handshake(input, output);
        break;
      case 'ping':
        this.#ping(input, output);
        break;
      case 'request':
        this.#request(input, output);
        break;
      case 'closed':
        this.#forget(input.connection);
        break;
      case 'persisted':
        this.#commit(input.zxid, output);
        break;
    }
    return output;
  }

  #tick(input: Extract<Input, { kind: 'tick' }>, output: Output): void {
    this.#wallMs = input.wallMs;
    const expired = this.#expiry.advance(input.monotonicMs, EXPIRY_SCAN_MS);
    for (const sessionId of expired) this.#propose(sessionId, { kind: 'closeSession' }, output);
    if (this.#sessionsGranted) return;
    // Sessions from before a restart get their full time again, counted from the first tick.
    this.#sessionsGranted = true;
    for (const [id, session] of this.#state.sessions) this.#expiry.touch(id, session.timeoutMs);
  }

  #open(id: number, remoteHost: string): void {
    assert(!this.#connections.has(id), 'connection numbers are used once');
    this.#connections.set(id, { id, remoteHost, sessionId: 0n, closing: false, queue: [] });
  }

  #handshake(input: Extract<Input, { kind: 'handshake' }>, output: Output): void {
    const connection = this.#connections.get(input.connection);
    if (connection === undefined) return;
    const ahead = input.lastZxidSeen > this.#appliedZxid;
    if (connection.sessionId !== 0n || ahead) {
      this.#drop(connection, output);
      return;
    }
    if (input.sessionId === 0n) {
      this.#beginSession(connection, input, output);
      return;
    }
    const session = this.#state.sessions.get(input.sessionId);
    if (session === undefined || !equalBytes(session.password, input.password)) {
      this.#reject(connection, output);
      return;
    }
    const previous = this.#connectionOfSession.get(input.sessionId);
    if (previous !== undefined) this.#drop(previous, output);
    this.#bind(connection, input.sessionId);
    this.#expiry.touch(input.sessionId, session.timeoutMs);
    // The answer waits for everything in the log, so that a client that lost a connection finds the
    // outcome of what it had sent settled.
    this.#await(connection, { xid: 0, zxid: this.#proposedZxid, finish: 'handshake' }, output);
  }

  #beginSession(
    connection: Connection,
    input: Extract<Input, { kind: 'handshake' }>,
    output: Output,
  ): void {
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#options;
    const clamped = Math.min(Math.max(input.timeoutMs, sessionTimeoutMsMin), sessionTimeoutMsMax);
    const sessionId = this.#nextSessionId();
    this.#bind(connection, sessionId);
    const password = input.freshPassword;
    const zxid = this.#propose(
      sessionId,
      { kind: 'createSession', timeoutMs: clamped, password },
      output,
    );
    this.#await(connection, { xid: 0, zxid, finish: 'handshake' }, output);
  }

  // As ZooKeeper: node id, 40 bits of the start time, and a counter, so that ids are not used again.
  #nextSessionId(): bigint {
    const fromTime =
      (BigInt(this.#options.nodeId) << 56n) | ((BigInt(this.#wallMs) & 0xff_ffff_ffffn) << 16n);
    let next = BigInt.asIntN(64, fromTime);
    if (this.#lastSessionId !== 0n) next = this.#lastSessionId + 1n;
    while (this.#state.sessions.has(next)) next++;
    this.#lastSessionId = next;
    return next;
  }

  #bind(connection: Connection, sessionId: bigint): void {
    connection.sessionId = sessionId;
    this.#connectionOfSession.set(sessionId, connection);
  }

  #ping(input: Extract<Input, { kind: 'ping' }>, output: Output): void {
    const connection = this.#connections.get(input.connection);
    if (connection === undefined) return;
    if (connection.sessionId === 0n) {
      this.#drop(connection, output);
      return;
    }
    this.#touch(connection.sessionId);
    this.#reply(connection, input.xid, PING_XID_RESULT, output);
  }

  #request(input: Extract<Input, { kind: 'request' }>, output: Output): void {
    const connection = this.#connections.get(input.connection);
    if (connection === undefined || connection.closing) return;
    if (connection.sessionId === 0n) {
      this.#drop(connection, output);
      return;
    }
    this.#touch(connection.sessionId);
    const { xid, request } = input;
    if (isWrite(request)) {
      connection.closing = request.kind === 'closeSession';
      const zxid = this.#propose(connection.sessionId, request, output);
      this.#await(connection, { xid, zxid, finish: 'write' }, output);
    } else {
      const zxid = request.kind === 'sync' ? this.#proposedZxid : 0n;
      this.#await(connection, { xid, zxid, finish: request }, output);
    }
  }

  #touch(sessionId: bigint): void {
    const session = this.#state.sessions.get(sessionId);
    if (session !== undefined) this.#expiry.touch(sessionId, session.timeoutMs);
  }

  #propose(sessionId: bigint, command: Command, output: Output): bigint {
    this.#proposedZxid++;
    const entry = { zxid: this.#proposedZxid, timeMs: this.#wallMs, sessionId, command };
    this.#unapplied.push(entry);
    output.persist.push(entry);
    return entry.zxid;
  }

  #await(connection: Connection, waiting: Waiting, output: Output): void {
    connection.queue.push(waiting);
    if (waiting.zxid > this.#appliedZxid) {
      const others = this.#waitingFor.get(waiting.zxid);
      if (others === undefined) this.#waitingFor.set(waiting.zxid, [connection]);
      else others.push(connection);
    } else if (connection.queue.length === 1) {
      this.#drain(connection, null, output);
    }
  }

  #commit(zxid: bigint, output: Output): void {
    assert(zxid <= this.#proposedZxid, 'only proposed entries can be on disk');
    let count = 0;
    while (count < this.#unapplied.length && this.#unapplied[count]!.zxid <= zxid) {
      this.#applyOne(this.#unapplied[count]!, output);
      count++;
    }
    this.#unapplied.splice(0, count);
  }

  #applyOne(entry: LogEntry, output: Output): void {
    assert(entry.zxid === this.#appliedZxid + 1n, 'entries are applied in order');
    const { result, changes } = applyEntry(this.#state, entry);
    this.#appliedZxid = entry.zxid;
    output.apply.push(entry);
    for (const change of changes) this.#tell(change, output);
    if (entry.command.kind === 'createSession') this.#touch(entry.sessionId);
    const waiting = this.#waitingFor.get(entry.zxid) ?? [];
    this.#waitingFor.delete(entry.zxid);
    for (const connection of waiting) this.#drain(connection, result, output);
    if (entry.command.kind === 'closeSession') this.#endSession(entry.sessionId, output);
  }

  #tell(change: WatchedChange, output: Output): void {
    for (const connection of this.#watches.fire(change.type, change.path)) {
      output.send.push({ kind: 'event', connection, zxid: this.#appliedZxid, ...change });
    }
  }

  #endSession(sessionId: bigint, output: Output): void {
    this.#expiry.remove(sessionId);
    const connection = this.#connectionOfSession.get(sessionId);
    if (connection !== undefined) this.#drop(connection, output);
  }

  /** Answers from the head of the queue as far as the applied state allows. */
  #drain(connection: Connection, result: Result | null, output: Output): void {
    const { queue } = connection;
    while (this.#connections.has(connection.id)) {
      const next = queue[0];
      if (next === undefined || next.zxid > this.#appliedZxid) return;
      queue.shift();
      if (next.finish === 'handshake') this.#finishHandshake(connection, output);
      else if (next.finish === 'write') {
        assert(next.zxid === this.#appliedZxid, 'a write is answered when it is applied');
        assert(result !== null, 'a write has a result');
        this.#reply(connection, next.xid, result, output);
      } else this.#finishRead(connection, next.xid, next.finish, output);
    }
  }

  #finishHandshake(connection: Connection, output: Output): void {
    const { id, sessionId } = connection;
    const session = this.#state.sessions.get(sessionId);
    if (session === undefined) {
      this.#reject(connection, output);
      return;
    }
    const { timeoutMs, password } = session;
    output.send.push({ kind: 'accepted', connection: id, sessionId, timeoutMs, password });
  }

  #finishRead(connection: Connection, xid: number, request: ReadRequest, output: Output): void {
    const { id, sessionId, remoteHost } = connection;
    const reader = { connection: id, sessionId, remoteHost };
    const { result, missed } = answerRead(this.#state, this.#watches, reader, request);
    for (const { type, path } of missed) {
      output.send.push({ kind: 'event', connection: id, zxid: MISSED_EVENT_ZXID, type, path });
    }
    this.#reply(connection, xid, result, output);
    if (request.kind === 'refuse' && request.thenClose) this.#drop(connection, output);
  }

  #reply(connection: Connection, xid: number, result: Result, output: Output): void {
    const zxid = this.#appliedZxid;
    output.send.push({ kind: 'reply', connection: connection.id, xid, zxid, result });
  }

  #reject(connection: Connection, output: Output): void {
    output.send.push({ kind: 'rejected', connection: connection.id });
    this.#drop(connection, output);
  }

  #drop(connection: Connection, output: Output): void {
    this.#forget(connection.id);
    output.send.push({ kind: 'close', connection: connection.id });
  }

  #forget(id: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    this.#connections.delete(id);
    this.#watches.removeConnection(id);
    if (this.#connectionOfSession.get(connection.sessionId) === connection) {
      this.#connectionOfSession.delete(connection.sessionId);
    }
  }
}
