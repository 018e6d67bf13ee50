import type { Identity } from '../core/model.ts';

/** What somebody claims to prove who they are: ZooKeeper's scheme and what goes with it. */
export interface Credentials {
  /** `digest` for a name and a password. */
  readonly scheme: string;
  /** For `digest`: `user:password`. */
  readonly auth: Uint8Array;
}

/** What can be done to a node besides reading its status, as far as it goes beyond statistics. */
export interface CoordinatorControl {
  /** Who these credentials are, or null when the scheme is unknown or refuses them. */
  authenticate(credentials: Credentials): Promise<readonly Identity[] | null>;
  /** Whether one of the identities, or all together, have every permission on `/`. */
  mayAdminister(identities: readonly Identity[]): boolean;
  /**
   * Closes about that share of the client connections, so that clients spread over other nodes.
   *
   * @param percentage 0 to 100.
   * @returns how many were closed.
   */
  shedConnections(percentage: number): number;
  /** Writes a snapshot to disk and returns it, or null when snapshots are not allowed. */
  takeSnapshot(): Promise<{ readonly zxid: bigint; readonly bytes: Uint8Array } | null>;
  /**
   * Replaces the state by a snapshot's, or returns null when that is not allowed.
   *
   * @returns the zxid of the snapshot.
   * @throws EngineError CORRUPT_DATA when it is not a snapshot, NOT_SUPPORTED by a node that cannot.
   */
  restoreSnapshot(bytes: Uint8Array): Promise<bigint | null>;
}

/**
 * ZooKeeper's trace mask: which packets it writes to its log. It is kept and shown for the tools that
 * set it; nothing is traced here.
 */
export class TraceMask {
  /** ZooKeeper's default: client requests, server packets, sessions and warnings. */
  value = 0b1_0011_0010n;
}
