/** A plain fetch handler, as Hono apps are: one request in, one response out. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/**
 * The network as a role sees it.
 *
 * Keeps: errors are `EngineError`: ADDRESS_IN_USE when a port is taken, SERVER_UNAVAILABLE when a
 * peer cannot be reached or hangs up, TIMEOUT when it is too slow.
 */
export interface Network {
  /** Serves HTTP on an address; port 0 picks a free one. */
  serveHttp(address: Address, handler: FetchHandler): Promise<Listener>;
  /** A client with its own connection pool for one peer. */
  httpClient(origin: Address): HttpClient;
  /** Accepts TCP connections; port 0 picks a free one. */
  listenTcp(address: Address, onConnection: (connection: TcpConnection) => void): Promise<Listener>;
  /** Opens a TCP connection. */
  connectTcp(address: Address): Promise<TcpConnection>;
}

/** Where to listen or whom to call. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Something that listens until it is closed. */
export interface Listener {
  /** The address in use, with the real port. */
  readonly address: Address;
  /** Stops accepting and closes what is open. */
  close(): Promise<void>;
}

/** What to send to a peer. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query string, starting with `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** From sending to the last byte of the answer. */
  readonly timeoutMs: number;
}

/** What a peer answered, whole. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * A pool of connections to one peer.
 *
 * Caller must: close it when the peer is gone. Keeps: a request is sent once, never retried.
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

/**
 * One TCP connection.
 *
 * Caller must: set `onData` and `onClose` in the same turn in which it receives the connection.
 * Keeps: bytes arrive in order; `onClose` is called once, after the last `onData`.
 */
export interface TcpConnection {
  /** The peer's address, for logs and `ip` identities. */
  readonly remote: Address;
  onData: (bytes: Uint8Array) => void;
  /** `error` is null for an orderly end. */
  onClose: (error: Error | null) => void;
  /** Queues bytes; the caller must not change them afterwards. */
  write(bytes: Uint8Array): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}
