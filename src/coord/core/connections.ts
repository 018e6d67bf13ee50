import type { LocalSession } from './local-sessions.ts';
import type { Identity, ReadRequest, Result } from './model.ts';
import type { Input } from './step.ts';

/** A request that waits for its turn: it is answered when all before it are and it can be. */
export type Waiting =
  /** Answered with the result that its log entry will have. */
  | { readonly kind: 'write'; readonly xid: number; result: Result | null }
  /** Answered once this node has applied the index that the leader names. */
  | {
      readonly kind: 'sync';
      readonly xid: number;
      readonly request: ReadRequest;
      index: number | null;
    }
  | { readonly kind: 'read'; readonly xid: number; readonly request: ReadRequest }
  /** The end of a local session. */
  | { readonly kind: 'end'; readonly xid: number };

/** A client's connection. */
export interface Connection {
  readonly id: number;
  /** Who the client is, as far as it has shown; grows by authentication. */
  identities: readonly Identity[];
  /** 0 until the handshake is answered. */
  sessionId: bigint;
  /** Its session, while that is known here only. */
  local: LocalSession | null;
  /** True once a handshake was received. */
  hasKnocked: boolean;
  /**
   * True once it has asked to end its session, or its client comes back through another connection:
   * what it sends after that is ignored.
   */
  isClosing: boolean;
  /** Requests that came before the handshake was answered. */
  readonly early: Extract<Input, { kind: 'request' | 'ping' }>[];
  /** Requests that are not answered, oldest first. */
  readonly queue: Waiting[];
}

/** The connections of this node, by number and by session. */
export class Connections {
  readonly #byId = new Map<number, Connection>();
  readonly #bySession = new Map<bigint, Connection>();

  get size(): number {
    return this.#byId.size;
  }

  /** A new connection. */
  open(id: number, identities: readonly Identity[]): void {
    this.#byId.set(id, {
      id,
      identities,
      sessionId: 0n,
      local: null,
      hasKnocked: false,
      isClosing: false,
      early: [],
      queue: [],
    });
  }

  get(id: number): Connection | undefined {
    return this.#byId.get(id);
  }

  /** True while the connection has not been forgotten. */
  has(connection: Connection): boolean {
    return this.#byId.get(connection.id) === connection;
  }

  ofSession(sessionId: bigint): Connection | undefined {
    return this.#bySession.get(sessionId);
  }

  /** The connection is that of a session from now on. */
  bind(connection: Connection, sessionId: bigint): void {
    connection.sessionId = sessionId;
    this.#bySession.set(sessionId, connection);
  }

  /** Forgets a connection. */
  remove(connection: Connection): void {
    this.#byId.delete(connection.id);
    if (this.#bySession.get(connection.sessionId) === connection) {
      this.#bySession.delete(connection.sessionId);
    }
  }

  /** All connections; the list does not change when they are removed. */
  all(): Connection[] {
    return [...this.#byId.values()];
  }
}
