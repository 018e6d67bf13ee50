import type { Identity } from '../core/model.ts';

/** What a connection shows of its client without a word from it. */
export interface Peer {
  /** The socket's address; null for whoever has none that is theirs, such as users of HTTP. */
  readonly host: string | null;
  /** The subject of the client's certificate, verified in a TLS handshake; see `TcpConnection`. */
  readonly certificateSubject: string | null;
}

/** One way for clients to say who they are: a scheme of access lists. */
export interface AuthenticationProvider {
  /** The scheme's name in auth requests. */
  readonly scheme: string;
  /** Who a client is by its connection alone; nobody for most schemes. */
  identify(peer: Peer): readonly Identity[];
  /**
   * Answers an auth request.
   *
   * @param auth what the client sent for this scheme.
   * @returns who the client has proved to be, or null when it has not.
   */
  verify(peer: Peer, auth: Uint8Array | null): readonly Identity[] | null;
}
