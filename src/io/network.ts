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
  serveHttp(
    address: Address,
    handler: FetchHandler,
    options?: HttpListenOptions,
  ): Promise<Listener>;
  /** A client with its own connection pool for one peer. */
  httpClient(origin: Address, options?: HttpClientOptions): HttpClient;
  /** Accepts TCP connections; port 0 picks a free one. */
  listenTcp(
    address: Address,
    onConnection: (connection: TcpConnection) => void,
    options?: TcpListenOptions,
  ): Promise<TcpListener>;
  /** Opens a TCP connection; with `tls` it is encrypted and the server has proved its name. */
  connectTcp(address: Address, options?: TcpConnectOptions): Promise<TcpConnection>;
}

/** Where to listen or whom to call. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port` as it stands in URLs and messages: an IPv6 host gets brackets. */
export function hostAndPort({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Something that listens until it is closed. */
export interface Listener {
  /** The address in use, with the real port. */
  readonly address: Address;
  /**
   * Stops accepting and closes what is open.
   *
   * @param graceMs how long requests that are under way may take to be answered (default 0).
   */
  close(graceMs?: number): Promise<void>;
}

/** What is known of a door for HTTP. */
export interface HttpListenOptions {
  /**
   * Whether what HTTP needs, some ten megabytes of memory, is loaded when the first connection comes
   * rather than now (default false).
   */
  readonly isSeldomUsed?: boolean;
}

/** How to call an HTTP peer. */
export interface HttpClientOptions {
  /** Whether to speak HTTPS, with the authorities that the platform believes (default false). */
  readonly isEncrypted?: boolean;
}

/** What a door for TCP connections may ask of those who knock. */
export interface TcpListenOptions {
  /** Encrypts; without it every connection is plaintext. */
  readonly tls?: TlsServerOptions;
  /**
   * With `tls`: also takes plaintext on the same port. The first byte of a connection decides; a
   * peer that sends none is cut off (default false).
   */
  readonly isPlaintextAllowed?: boolean;
  /** Time for a TLS handshake, and for the byte that decides (default: see limits). */
  readonly handshakeTimeoutMs?: number;
  /** Asked before anything else is done for a connection (default: everybody may come in). */
  readonly admission?: Admission;
}

/**
 * Bounds how many connections are open, those in a TLS handshake included.
 *
 * Keeps: `release` is called once for every `admit` that answered true.
 */
export interface Admission {
  /** True when one more connection of that host may open. */
  admit(host: string): boolean;
  /** A connection that was admitted is gone. */
  release(host: string): void;
}

/** A door for TCP connections. */
export interface TcpListener extends Listener {
  /** Connections that ended in a TLS handshake which failed or took too long, so far. */
  readonly failedHandshakeCount: number;
  /**
   * Uses other certificates for connections that come from now on.
   *
   * @throws EngineError BAD_REQUEST when they cannot be used; those from before stay.
   */
  renewCertificates(tls: TlsServerOptions): void;
}

/** How to call a TCP peer. */
export interface TcpConnectOptions {
  readonly tls?: TlsClientOptions;
}

/** A certificate with its private key. The text of both may be the same PEM file. */
export type TlsIdentity =
  | {
      readonly kind: 'pem';
      /** The certificate, then those that lead to its authority. */
      readonly certificateChain: string;
      readonly privateKey: string;
      /** Of an encrypted private key. */
      readonly passphrase?: string;
    }
  | { readonly kind: 'pkcs12'; readonly bytes: Uint8Array; readonly passphrase?: string };

/** What both sides of TLS may narrow. */
export interface TlsRules {
  /** The oldest version that is spoken (default TLSv1.2). */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Cipher suites in OpenSSL's names or the standard's, best first (default: the platform's). */
  readonly cipherSuites?: readonly string[];
}

/** A server's side of TLS. */
export interface TlsServerOptions extends TlsRules {
  readonly identity: TlsIdentity;
  /** PEM certificates of those who may sign clients' certificates; absent when none is asked for. */
  readonly authorities?: string;
  /** Whether clients show a certificate: never, if they like, or else they are cut off. */
  readonly clientCertificate: 'none' | 'want' | 'need';
}

/** A client's side of TLS. */
export interface TlsClientOptions extends TlsRules {
  /** PEM certificates of those who may sign the server's certificate. */
  readonly authorities: string;
  /** Shown to servers that ask for it. */
  readonly identity?: TlsIdentity;
  /** What the server's certificate must name (default: the host that was called). */
  readonly serverName?: string;
  /** False believes any server that `authorities` vouch for, whatever its name (default true). */
  readonly isServerNameChecked?: boolean;
}

/** What to send to a peer. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query string, starting with `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** From sending to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Gives up at once, with the error CANCELLED, and closes the connection that it took. */
  readonly signal?: AbortSignal | undefined;
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
  /** The peer's address, for logs and `ip` identities; of the socket, whatever the peer claims. */
  readonly remote: Address;
  /** True when it speaks TLS. */
  readonly isEncrypted: boolean;
  /**
   * The subject of the certificate that the peer has proved to own, as Java's X500Principal names
   * it (RFC 2253): `CN=alice,O=Nyala`. Null when it showed none.
   */
  readonly peerCertificateSubject: string | null;
  onData: (bytes: Uint8Array) => void;
  /** `error` is null for an orderly end. */
  onClose: (error: Error | null) => void;
  /** Queues bytes; the caller must not change them afterwards. */
  write(bytes: Uint8Array): void;
  /** Reads no further, so that the peer has to wait; `onData` and an orderly end come after `resume`. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}
