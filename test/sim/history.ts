import type { ClientRequest, Result } from '../../src/coord/core/model.ts';

/**
 * A request as it went over a connection, with its answer. `invoked` and `completed` are stamps: one
 * counter for everything that clients send and receive, so that smaller means earlier.
 */
export interface Operation {
  readonly number: number;
  readonly connection: Connection;
  readonly request: ClientRequest;
  readonly invoked: number;
  readonly invokedMs: number;
  /** Null while there is no answer; after the connection has ended nobody knows whether it happened. */
  answer: Answer | null;
}

/** What came back. */
export interface Answer {
  readonly completed: number;
  /** The last transaction the server had applied, which for a write is the write itself. */
  readonly zxid: bigint;
  readonly result: Result;
}

/** What a client received on a connection, in order. */
export type Received =
  | { readonly kind: 'answer'; readonly stamp: number; readonly operation: Operation }
  | { readonly kind: 'ping'; readonly stamp: number; readonly zxid: bigint }
  | {
      readonly kind: 'event';
      readonly stamp: number;
      /** -1 for what was missed while disconnected. */
      readonly zxid: bigint;
      readonly type: number;
      readonly path: string;
    };

/** One connection of a client to a server, from its handshake on. */
export interface Connection {
  readonly number: number;
  /** The client's name. */
  readonly client: string;
  /** The server's host. */
  readonly server: string;
  /** When the handshake was sent, and what it said. */
  readonly opened: number;
  readonly lastZxidSeen: bigint;
  /** 0 until the server has accepted. */
  sessionId: bigint;
  accepted: number | null;
  /** When the server said that the session had expired. */
  refused: number | null;
  /** The session that the client asked to resume, 0 for a new one. */
  readonly resumed: bigint;
  readonly operations: Operation[];
  readonly received: Received[];
}

/** Everything that clients sent and received. */
export class History {
  readonly connections: Connection[] = [];
  readonly operations: Operation[] = [];
  #stamp = 0;

  /** The next stamp. */
  next(): number {
    this.#stamp++;
    return this.#stamp;
  }

  open(
    client: string,
    server: string,
    handshake: { lastZxidSeen: bigint; sessionId: bigint },
  ): Connection {
    const connection: Connection = {
      number: this.connections.length,
      client,
      server,
      opened: this.next(),
      lastZxidSeen: handshake.lastZxidSeen,
      sessionId: 0n,
      accepted: null,
      refused: null,
      resumed: handshake.sessionId,
      operations: [],
      received: [],
    };
    this.connections.push(connection);
    return connection;
  }

  invoke(connection: Connection, request: ClientRequest, invokedMs: number): Operation {
    const operation: Operation = {
      number: this.operations.length,
      connection,
      request,
      invoked: this.next(),
      invokedMs,
      answer: null,
    };
    this.operations.push(operation);
    connection.operations.push(operation);
    return operation;
  }
}

/** Connections by session, in the order in which they were opened. */
export function connectionsBySession(history: History): Map<bigint, Connection[]> {
  const bySession = new Map<bigint, Connection[]>();
  for (const connection of history.connections) {
    if (connection.sessionId === 0n) continue;
    const list = bySession.get(connection.sessionId) ?? [];
    bySession.set(connection.sessionId, list);
    list.push(connection);
  }
  return bySession;
}
