import { assert } from '../../base/assert.ts';
import { equalBytes } from '../../base/bytes.ts';
import { COORDINATOR_IDENTITIES_CHARACTERS_MAX } from '../../base/limits.ts';
import { mayRead } from './acl.ts';
import type { ReplicatedState } from './apply.ts';
import { type Connection, Connections, type Waiting } from './connections.ts';
import { ErrorNumber } from './error-codes.ts';
import { isReadOnlySessionId } from './local-session-ids.ts';
import { type LocalSession, LocalSessions } from './local-sessions.ts';
import {
  type ClientRequest,
  createsEphemeral,
  EntryFlag,
  type Identity,
  isWrite,
  type ReadRequest,
  type Result,
  type WriteRequest,
} from './model.ts';
import type { Proposal } from './outgoing-stream.ts';
import type { answerRead } from './reads.ts';
import type { ServiceMode } from './service.ts';
import type { ClientMessage, Input } from './step.ts';
import type { Watches } from './watches.ts';
import type { WatchedChange } from './work.ts';

/** Who waits for something that this node has proposed for the log. */
export type Ticket =
  | {
      readonly kind: 'request';
      readonly connection: Connection;
      readonly waiting: WaitingWrite;
      /** Whose write it is, when that is a session that is not in the log. */
      readonly local: LocalSession | null;
    }
  | { readonly kind: 'create'; readonly connection: Connection }
  | { readonly kind: 'attach'; readonly connection: Connection; readonly sessionId: bigint }
  | { readonly kind: 'upgrade'; readonly connection: Connection; readonly local: LocalSession }
  | { readonly kind: 'nobody' };

/** A sync whose question to the leader is not answered. */
export interface SyncTicket {
  readonly connection: Connection;
  readonly waiting: Extract<Waiting, { kind: 'sync' }>;
}

type WaitingWrite = Extract<Waiting, { kind: 'write' }>;

/** What the clients' side of a node needs from the rest of it. */
export interface ClientsHost {
  /** The applied state at the time of the call. */
  readonly state: ReplicatedState;
  readonly appliedIndex: number;
  readonly nodeId: number;
  /** With `none`, clients are to look for another server. */
  readonly serviceMode: ServiceMode;
  readonly sessionTimeoutMsMin: number;
  readonly sessionTimeoutMsMax: number;
  /** Bits of `EntryFlag` for the requests that this node takes. */
  readonly entryFlags: number;
  /** New sessions are not in the log (ZooKeeper's `localSessionsEnabled`) … */
  readonly isLocalSessionsEnabled: boolean;
  /** … until they want to own an ephemeral node (`localSessionsUpgradingEnabled`). */
  readonly isLocalUpgradingEnabled: boolean;
  readonly answerRead: typeof answerRead;
  /** Gives uniform uint32s. */
  readonly random: () => number;
  propose(proposal: Proposal, ticket: Ticket): void;
  /** Asks the leader how far the log is committed. */
  ask(ticket: SyncTicket): void;
  /** A client was heard of. */
  touch(sessionId: bigint): void;
  /** A client has come back: it must not run out of time while that goes through the log. */
  touchAtOnce(sessionId: bigint): void;
}

type HandshakeInput = Extract<Input, { kind: 'handshake' }>;

const MISSED_EVENT_ZXID = -1n;
const DONE: Result = { kind: 'done' };
const NO_IDENTITIES = { identities: [], flags: 0 } as const;

/**
 * The clients of one node: their connections, and the requests that wait on each. Answers of a
 * connection leave in the order of its requests, and events before any answer that shows the change.
 *
 * What is to be sent is collected; the caller takes it after each step.
 */
export class Clients {
  readonly #host: ClientsHost;
  readonly #watches: Watches;
  readonly #connections = new Connections();
  readonly #local: LocalSessions;
  /** Who has come back to a local session whose earlier writes are on their way, by session. */
  readonly #resuming = new Map<bigint, Connection>();
  /** Connections whose sync knows its index and waits for it to be applied. */
  #syncing: Connection[] = [];
  #messages: ClientMessage[] = [];

  constructor(host: ClientsHost, watches: Watches) {
    this.#host = host;
    this.#watches = watches;
    this.#local = new LocalSessions(host.nodeId, host.random);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Sessions that only this node knows. */
  get localSessionCount(): number {
    return this.#local.size;
  }

  /** What is to be sent, in order, since the last call. */
  takeMessages(): ClientMessage[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }

  opened(input: Extract<Input, { kind: 'opened' }>): void {
    this.#connections.open(input.connection, input.identities);
  }

  closed(id: number): void {
    const connection = this.#connections.get(id);
    if (connection !== undefined) this.#forget(connection);
  }

  handshake(input: HandshakeInput): void {
    const connection = this.#connections.get(input.connection);
    if (connection === undefined) return;
    const { serviceMode, appliedIndex } = this.#host;
    // A client that has seen more than this node has must not see time go back.
    const isAhead = input.lastZxidSeen > BigInt(appliedIndex);
    const isWelcome = serviceMode === 'full' || (serviceMode === 'readOnly' && input.readOnly);
    if (connection.hasKnocked || isAhead || !isWelcome) {
      this.#drop(connection);
      return;
    }
    connection.hasKnocked = true;
    if (input.sessionId === 0n) this.#startSession(connection, input);
    else this.#resumeSession(connection, input);
  }

  ping(input: Extract<Input, { kind: 'ping' }>): void {
    const connection = this.#connections.get(input.connection);
    if (connection === undefined) return;
    if (connection.sessionId === 0n) {
      connection.early.push(input);
      return;
    }
    this.#touch(connection);
    this.#reply(connection, input.xid, DONE);
  }

  request(input: Extract<Input, { kind: 'request' }>): void {
    const { xid, request } = input;
    const connection = this.#connections.get(input.connection);
    if (connection === undefined || connection.isClosing) return;
    if (!connection.hasKnocked) {
      this.#drop(connection);
      return;
    }
    // Clients do not wait for the answer to their handshake.
    if (connection.sessionId === 0n) {
      connection.early.push(input);
      return;
    }
    this.#touch(connection);
    if (connection.local?.isReadOnly && !isAllowedReadOnly(request)) {
      this.#refuse(connection, xid, ErrorNumber.NOT_READ_ONLY);
    } else if (isWrite(request)) this.#write(connection, xid, request);
    else this.#read(connection, xid, request);
  }

  /** Tells those who watch of a change that was just applied. */
  tell(change: WatchedChange): void {
    const zxid = BigInt(this.#host.appliedIndex);
    const { type, path, acl } = change;
    for (const connection of this.#watches.fire(type, path)) {
      const identities = this.#connections.get(connection)?.identities ?? [];
      if (!this.#skipsAcl && !mayRead(acl, identities)) continue;
      this.#messages.push({ kind: 'event', connection, zxid, type, path });
    }
  }

  /**
   * Something that a client waits for was just applied.
   *
   * @param createdId the session that the entry has begun, if it is one that does.
   */
  settle(ticket: Ticket, result: Result, createdId: bigint): void {
    switch (ticket.kind) {
      case 'request':
        this.#settleWrite(ticket.connection, ticket.waiting, result);
        if (ticket.local !== null) this.#settleLocal(ticket.local);
        return;
      case 'create':
        this.#begin(ticket.connection, createdId);
        return;
      case 'attach':
        if (!this.#connections.has(ticket.connection)) return;
        if (result.kind === 'error') this.#reject(ticket.connection);
        else this.#begin(ticket.connection, ticket.sessionId);
        return;
      case 'upgrade':
        this.#local.remove(ticket.local.id);
        ticket.connection.local = null;
        if (result.kind === 'error') this.dropSession(ticket.local.id);
        return;
      case 'nobody':
        return;
    }
  }

  /** It will never be known what became of something that a client waited for; it is gone. */
  lost(ticket: Ticket): void {
    if (ticket.kind === 'upgrade') this.#local.remove(ticket.local.id);
    else if (ticket.kind === 'request' && ticket.local !== null) this.#settleLocal(ticket.local);
  }

  /** Time has passed: local sessions may have run out. */
  advance(monotonicMs: number): void {
    for (const sessionId of this.#local.advance(monotonicMs)) this.dropSession(sessionId);
  }

  /** The leader has said how far the log was committed when a sync was asked. */
  settleSync({ connection, waiting }: SyncTicket, index: number): void {
    waiting.index = index;
    this.#syncing.push(connection);
  }

  /** The applied state has moved on: syncs may have what they wait for. */
  drainSyncs(): void {
    if (this.#syncing.length === 0) return;
    const syncing = this.#syncing;
    this.#syncing = [];
    for (const connection of syncing) {
      this.#drain(connection);
      if (this.#connections.has(connection) && waitsForIndex(connection)) {
        this.#syncing.push(connection);
      }
    }
  }

  /** Drops the connection of a session that has ended, or is at another connection now. */
  dropSession(sessionId: bigint): void {
    const connection = this.#connections.ofSession(sessionId);
    if (connection !== undefined) this.#drop(connection);
  }

  /** Sends all clients away. */
  dropAll(): void {
    for (const connection of this.#connections.all()) this.#drop(connection);
  }

  /** The node is no longer cut off: its clients come back and are served in full. */
  endReadOnly(): void {
    this.dropAll();
    this.#local.removeReadOnly();
  }

  #startSession(connection: Connection, input: HandshakeInput): void {
    const { serviceMode, state } = this.#host;
    const timeoutMs = this.#timeoutMsFor(input);
    const password = input.freshPassword;
    const isReadOnly = serviceMode === 'readOnly';
    if (isReadOnly || this.#host.isLocalSessionsEnabled) {
      const facts = { timeoutMs, password, isReadOnly };
      const session = this.#local.begin(facts, (id) => state.sessions.has(id));
      this.#acceptLocal(connection, session);
      return;
    }
    const command = { kind: 'createSession', timeoutMs, password } as const;
    const ticket = { kind: 'create', connection } as const;
    this.#host.propose({ ...NO_IDENTITIES, sessionId: 0n, command }, ticket);
  }

  #timeoutMsFor({ timeoutMs }: HandshakeInput): number {
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#host;
    return Math.min(Math.max(timeoutMs, sessionTimeoutMsMin), sessionTimeoutMsMax);
  }

  #resumeSession(connection: Connection, input: HandshakeInput): void {
    const { sessionId, password } = input;
    const local = this.#local.get(sessionId);
    if (local !== undefined && !local.isUpgrading) {
      this.#resumeLocal(connection, local, input);
    } else if (isReadOnlySessionId(sessionId)) this.#reject(connection);
    else if (this.#host.serviceMode === 'readOnly') this.#drop(connection);
    else {
      const session = this.#host.state.sessions.get(sessionId);
      const isKnown = session !== undefined && equalBytes(session.password, password);
      if (isKnown) {
        // What still arrives through its former connection must not happen after this.
        const former = this.#connections.ofSession(sessionId);
        if (former !== undefined) former.isClosing = true;
        this.#host.touchAtOnce(sessionId);
      }
      const timeoutMs = this.#timeoutMsFor(input);
      const command = { kind: 'attachSession', timeoutMs, password } as const;
      const ticket = { kind: 'attach', connection, sessionId } as const;
      this.#host.propose({ ...NO_IDENTITIES, sessionId, command }, ticket);
    }
  }

  #resumeLocal(connection: Connection, local: LocalSession, input: HandshakeInput): void {
    if (!equalBytes(local.password, input.password)) {
      this.#reject(connection);
      return;
    }
    // One that began when all was well waits until it is so again.
    if (local.isReadOnly !== (this.#host.serviceMode === 'readOnly')) {
      this.#drop(connection);
      return;
    }
    local.timeoutMs = this.#timeoutMsFor(input);
    this.#local.touch(local);
    this.dropSession(local.id);
    const earlier = this.#resuming.get(local.id);
    if (earlier !== undefined && this.#connections.has(earlier)) this.#drop(earlier);
    // What it had sent through its last connection comes first.
    if (local.unsettledCount > 0) this.#resuming.set(local.id, connection);
    else this.#acceptLocal(connection, local);
  }

  #settleLocal(local: LocalSession): void {
    if (--local.unsettledCount > 0) return;
    const connection = this.#resuming.get(local.id);
    this.#resuming.delete(local.id);
    if (connection === undefined || !this.#connections.has(connection)) return;
    if (this.#local.get(local.id) === local) this.#acceptLocal(connection, local);
    else this.#reject(connection);
  }

  #acceptLocal(connection: Connection, local: LocalSession): void {
    connection.local = local;
    this.#accept(connection, local.id, local);
  }

  #begin(connection: Connection, sessionId: bigint): void {
    const session = this.#host.state.sessions.get(sessionId);
    assert(session !== undefined, 'a session that was just applied exists');
    if (!this.#connections.has(connection)) {
      this.#abandon(sessionId);
      return;
    }
    this.#accept(connection, sessionId, session);
  }

  #accept(
    connection: Connection,
    sessionId: bigint,
    { timeoutMs, password }: Pick<LocalSession, 'timeoutMs' | 'password'>,
  ): void {
    this.#connections.bind(connection, sessionId);
    this.#messages.push({
      kind: 'accepted',
      connection: connection.id,
      sessionId,
      timeoutMs,
      password,
      isReadOnly: connection.local?.isReadOnly ?? false,
    });
    for (const input of connection.early.splice(0)) {
      if (input.kind === 'ping') this.ping(input);
      else this.request(input);
    }
  }

  /** Ends a session whose client has gone before it heard of it: nobody else knows its password. */
  #abandon(sessionId: bigint): void {
    const command = { kind: 'closeSession' } as const;
    this.#host.propose({ ...NO_IDENTITIES, sessionId, command }, { kind: 'nobody' });
  }

  #reject(connection: Connection): void {
    this.#messages.push({ kind: 'rejected', connection: connection.id });
    this.#drop(connection);
  }

  #touch(connection: Connection): void {
    if (connection.local !== null) this.#local.touch(connection.local);
    if (connection.local === null || connection.local.isUpgrading) {
      this.#host.touch(connection.sessionId);
    }
  }

  #write(connection: Connection, xid: number, command: WriteRequest): void {
    if (command.kind === 'closeSession') connection.isClosing = true;
    const local = connection.local?.isUpgrading === false ? connection.local : null;
    if (local === null) this.#propose(connection, xid, command, null);
    else if (command.kind === 'closeSession') {
      connection.queue.push({ kind: 'end', xid });
      if (connection.queue.length === 1) this.#drain(connection);
    } else if (!createsEphemeral(command)) {
      local.unsettledCount++;
      this.#propose(connection, xid, command, local);
    } else if (this.#host.isLocalUpgradingEnabled) {
      this.#upgrade(connection, local);
      this.#propose(connection, xid, command, null);
    } else this.#refuse(connection, xid, ErrorNumber.EPHEMERAL_ON_LOCAL_SESSION);
  }

  #upgrade(connection: Connection, local: LocalSession): void {
    this.#local.upgrade(local);
    const { id: sessionId, timeoutMs, password } = local;
    const command = { kind: 'upgradeSession', timeoutMs, password } as const;
    const ticket = { kind: 'upgrade', connection, local } as const;
    this.#host.propose({ ...NO_IDENTITIES, sessionId, command }, ticket);
  }

  #refuse(connection: Connection, xid: number, error: number): void {
    this.#read(connection, xid, { kind: 'refuse', error, thenClose: false });
  }

  #propose(
    connection: Connection,
    xid: number,
    command: WriteRequest,
    local: LocalSession | null,
  ): void {
    const waiting: WaitingWrite = { kind: 'write', xid, result: null };
    connection.queue.push(waiting);
    const { sessionId, identities } = connection;
    const flags = this.#host.entryFlags | (local === null ? 0 : EntryFlag.LOCAL_SESSION);
    const ticket = { kind: 'request', connection, waiting, local } as const;
    this.#host.propose({ sessionId, identities, flags, command }, ticket);
  }

  #read(connection: Connection, xid: number, request: ReadRequest): void {
    if (request.kind === 'sync') {
      const waiting = { kind: 'sync', xid, request, index: null } as const;
      connection.queue.push(waiting);
      this.#host.ask({ connection, waiting });
      return;
    }
    connection.queue.push({ kind: 'read', xid, request });
    if (connection.queue.length === 1) this.#drain(connection);
  }

  #settleWrite(connection: Connection, waiting: WaitingWrite, result: Result): void {
    if (!this.#connections.has(connection)) return;
    if (result.kind === 'error' && result.error === ErrorNumber.SESSION_MOVED) {
      this.#drop(connection);
      return;
    }
    waiting.result = result;
    // A write that was asked after a sync and is applied here came after all that was committed then.
    for (const earlier of connection.queue) {
      if (earlier === waiting) break;
      if (earlier.kind === 'sync') earlier.index = this.#host.appliedIndex;
    }
    this.#drain(connection);
  }

  /** Answers from the head of the queue as far as can be. */
  #drain(connection: Connection): void {
    const { queue } = connection;
    while (connection.sessionId !== 0n && this.#connections.has(connection)) {
      const next = queue[0];
      if (next === undefined) return;
      if (next.kind === 'write') {
        if (next.result === null) return;
        queue.shift();
        this.#reply(connection, next.xid, next.result);
      } else if (next.kind === 'end') {
        this.#local.remove(connection.sessionId);
        this.#reply(connection, next.xid, DONE);
        this.#drop(connection);
      } else {
        if (next.kind === 'sync' && !this.#isFresh(next.index)) return;
        queue.shift();
        this.#answer(connection, next.xid, next.request);
      }
    }
  }

  get #skipsAcl(): boolean {
    return (this.#host.entryFlags & EntryFlag.SKIP_ACL) !== 0;
  }

  #isFresh(index: number | null): boolean {
    return index !== null && index <= this.#host.appliedIndex;
  }

  #answer(connection: Connection, xid: number, request: ReadRequest): void {
    const { id, sessionId, identities } = connection;
    const reader = { connection: id, sessionId, identities, skipsAcl: this.#skipsAcl };
    const { state, answerRead } = this.#host;
    const answer = answerRead(state, this.#watches, reader, request);
    if (answer.proved.length > 0) {
      connection.identities = [...identities, ...answer.proved];
      if (charactersOf(connection.identities) > COORDINATOR_IDENTITIES_CHARACTERS_MAX) {
        this.#reply(connection, xid, { kind: 'error', error: ErrorNumber.AUTH_FAILED });
        this.#drop(connection);
        return;
      }
    }
    for (const { type, path } of answer.missed) {
      this.#messages.push({ kind: 'event', connection: id, zxid: MISSED_EVENT_ZXID, type, path });
    }
    this.#reply(connection, xid, answer.result);
    if (answer.thenClose) this.#drop(connection);
  }

  #reply(connection: Connection, xid: number, result: Result): void {
    const zxid = BigInt(this.#host.appliedIndex);
    this.#messages.push({ kind: 'reply', connection: connection.id, xid, zxid, result });
  }

  #drop(connection: Connection): void {
    this.#forget(connection);
    this.#messages.push({ kind: 'close', connection: connection.id });
  }

  #forget(connection: Connection): void {
    this.#connections.remove(connection);
    this.#watches.removeConnection(connection.id);
  }
}

/** As ZooKeeper's ReadOnlyRequestProcessor; `check` comes inside multi only. */
function isAllowedReadOnly({ kind }: ClientRequest): boolean {
  return kind === 'closeSession' || !(kind === 'sync' || isWrite({ kind }));
}

function charactersOf(identities: readonly Identity[]): number {
  return identities.reduce((sum, { scheme, id }) => sum + scheme.length + id.length, 0);
}

function waitsForIndex(connection: Connection): boolean {
  return connection.queue.some((waiting) => waiting.kind === 'sync' && waiting.index !== null);
}
