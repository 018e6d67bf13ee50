import type { RaftStatus } from './core/raft/types.ts';
import type { ConnectionStatistics } from './metrics/connection-statistics.ts';
import type { CoordinatorMetrics } from './metrics/coordinator-metrics.ts';

/** The version of ZooKeeper whose protocol and words we have, and ours; clients parse its start. */
export const COORDINATOR_VERSION = '3.9.0-nyala';

/** A node's part in the ensemble, in the words of ZooKeeper. */
export type CoordinatorRole =
  | 'leader'
  | 'follower'
  | 'observer'
  /** A coordinator of one node. */
  | 'standalone'
  /** Cut off from the majority, serving reads to those who asked for that. */
  | 'read-only'
  /** Between leaders, or not recovered yet: it serves nobody. */
  | 'looking';

/** The applied tree in numbers. */
export interface TreeStatus {
  readonly nodeCount: number;
  readonly ephemeralCount: number;
  /** Bytes of all paths and data, or null when nobody keeps count. */
  readonly approximateDataBytes: number | null;
  /** Sessions that own ephemeral nodes, with the paths of these. */
  ephemerals(): Iterable<readonly [sessionId: bigint, paths: readonly string[]]>;
}

/** A session as this node knows it. */
export interface SessionStatus {
  readonly id: bigint;
  readonly timeoutMs: number;
  /** Wall clock; null unless this node decides about expiry. */
  readonly expiresAtMs: number | null;
}

/** Watches set through this node. A watch is a path and a connection, whatever its kinds. */
export interface WatchStatus {
  readonly watchCount: number;
  readonly pathCount: number;
  /** Connections that watch something. */
  readonly connectionCount: number;
  byPath(): Iterable<readonly [path: string, sessionIds: readonly bigint[]]>;
  bySession(): Iterable<readonly [sessionId: bigint, paths: readonly string[]]>;
}

/** A configuration value under its key in zoo.cfg. */
export type ConfigurationEntry = readonly [key: string, value: string | number];

/**
 * Everything that people and monitoring can see of a node, at the moment of looking. Properties are
 * read at every request; what they return is let go of in the same turn.
 */
export interface CoordinatorStatus {
  readonly role: CoordinatorRole;
  /** Null for a node without peers. */
  readonly raft: RaftStatus | null;
  readonly nodeId: number;
  readonly appliedZxid: bigint;
  /** Requests that wait for the log. */
  readonly outstandingCount: number;
  readonly tree: TreeStatus;
  readonly sessionCount: number;
  /** Sessions that only this node knows. */
  readonly localSessionCount: number;
  sessions(): Iterable<SessionStatus>;
  readonly connectionCount: number;
  /** Those with a session and those without. */
  connections(): Iterable<ConnectionStatistics>;
  readonly watches: WatchStatus;
  /** In the order in which `conf` shows it. */
  readonly configuration: readonly ConfigurationEntry[];
  /** The configuration file as it was read, empty when there was none. */
  readonly initialConfiguration: string;
  /** Facts about the machine under ZooKeeper's names: `host.name`, `os.name`, `user.name` … */
  readonly environment: readonly (readonly [key: string, value: string])[];
  /** Bytes of snapshots and of logs on disk. */
  readonly storage: { readonly dataBytes: number; readonly logBytes: number };
  /** The newest snapshot on disk; null while there is none. Wall clock, null when not known. */
  readonly lastSnapshot: { readonly zxid: bigint; readonly timeMs: number | null } | null;
  /** Since the node serves, in milliseconds. */
  readonly uptimeMs: number;
  /** Since it leads, in milliseconds; null when it does not. */
  readonly leaderUptimeMs: number | null;
  readonly metrics: CoordinatorMetrics;
}

/** Whether a node answers its clients. */
export function isServing(status: CoordinatorStatus): boolean {
  return status.role !== 'looking';
}
