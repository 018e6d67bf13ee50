/** A server that is or was part of the cluster, whether or not it runs. */
export interface InstanceNode {
  /** Tables name by a tag the servers that hold them. */
  readonly tags: readonly string[];
}

/** The servers of a table that has replica groups; each group holds the whole table. */
export interface InstancePartitionsNode {
  /** For each group its servers; those at the same place in all groups hold the same segments. */
  readonly groups: readonly (readonly string[])[];
}

/** The servers that segments may be on. */
export interface ServerPool {
  /** That they have. */
  readonly tag: string;
  readonly servers: readonly string[];
  /** Absent without replica groups. */
  readonly groups?: readonly (readonly string[])[];
}

/** The latest rebalances of a table, the newest first. Only that one may be under way. */
export interface RebalancesNode {
  readonly jobs: readonly RebalanceJob[];
}

/** How a rebalance is, or how it has ended. */
export type RebalanceStatus = 'IN_PROGRESS' | 'DONE' | 'FAILED' | 'CANCELLED';

/** One rebalance. Whoever leads goes on with it: what it has begun is in the records. */
export interface RebalanceJob {
  readonly id: string;
  readonly status: RebalanceStatus;
  readonly startedAtMs: number;
  /** Null while it is under way. */
  readonly endedAtMs: number | null;
  /** What it does or why it has ended, for people. */
  readonly description: string;
  /** Copies of segments that were to be made when it began. */
  readonly copies: number;
  /** Copies that were to be given up when it began. */
  readonly removals: number;
  readonly config: RebalanceConfig;
  /** By the name of a tier, '' for the table's own; absent when the job has ended. */
  readonly pools?: Readonly<Record<string, ServerPool>>;
}

/** How a rebalance goes, in Pinot's words. */
export interface RebalanceConfig {
  readonly dryRun: boolean;
  readonly reassignInstances: boolean;
  readonly bootstrap: boolean;
  readonly downtime: boolean;
  readonly bestEfforts: boolean;
  readonly minAvailableReplicas: number;
  readonly batchSizePerServer: number;
  readonly externalViewStabilizationTimeoutInMs: number;
}
