import type { ClientRequest, Identity, Result } from './model.ts';
import type { Persist, RaftMessage } from './raft/types.ts';

/** What members of the ensemble say to each other. */
export type PeerMessage =
  | RaftMessage
  /** Proposals of the sender's stream, in order, for the leader. */
  | { readonly kind: 'forward'; readonly payloads: readonly Uint8Array[] }
  /** Sessions that the sender has heard of since its last message of this kind, for the leader. */
  | { readonly kind: 'touch'; readonly sessionIds: readonly bigint[] };

/** The present time. */
export interface Now {
  /** Wall clock, milliseconds since 1970: for stamps. */
  readonly wallMs: number;
  /** A clock that never goes back: for deadlines. */
  readonly monotonicMs: number;
}

/** Something that happened outside. Connections are numbers that the driver gives out once. */
export type Input =
  /** One tick of consensus: timeouts are counted in them. */
  | { readonly kind: 'tick' }
  | {
      readonly kind: 'opened';
      readonly connection: number;
      /** What the connection itself shows: `ip`, and `x509` with mutual TLS. */
      readonly identities: readonly Identity[];
    }
  | {
      readonly kind: 'handshake';
      readonly connection: number;
      readonly lastZxidSeen: bigint;
      readonly timeoutMs: number;
      /** 0 asks for a new session. */
      readonly sessionId: bigint;
      readonly password: Uint8Array;
      /** True when the client is content with a server that has lost the others. */
      readonly readOnly: boolean | null;
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
  /** The persist of that number, and all before it, are on disk. */
  | { readonly kind: 'persisted'; readonly number: number }
  | { readonly kind: 'peerMessage'; readonly from: number; readonly message: PeerMessage }
  /** There is a new connection to another member. */
  | { readonly kind: 'peerConnected'; readonly id: number }
  /** A connection with another member has broken. */
  | { readonly kind: 'peerLost'; readonly id: number }
  | { readonly kind: 'transferLeadership'; readonly to: number };

/** Something to send to a client's connection. */
export type ClientMessage =
  | {
      readonly kind: 'accepted';
      readonly connection: number;
      readonly sessionId: bigint;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
      readonly isReadOnly: boolean;
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
 * Caller must: perform `persist` in order and step with `persisted` once it is durable.
 * Keeps: nothing in `peers` and `clients` depends on anything that was not reported as persisted, so
 * it may be sent at once.
 */
export interface Output {
  readonly persist: Persist[];
  readonly peers: { readonly to: number; readonly message: PeerMessage }[];
  readonly clients: ClientMessage[];
}
