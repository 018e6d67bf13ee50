/** Limits of where segments are kept, and of moving them. */

/** The tag that a server has which was given none: Pinot's, so that its configurations fit. */
export const DEFAULT_SERVER_TAG = 'DefaultTenant_OFFLINE';

/** Copies of a segment: a record names the servers of all, and a page has hundreds of records. */
export const REPLICATION_MAX = 16;

/** Tags of a server; each names a set of tables' servers, of which operators make a few. */
export const INSTANCE_TAGS_MAX = 64;

/**
 * Segments that a server takes over at a time while a table is rebalanced, unless it is asked for less:
 * some rounds of `SEGMENT_LOADS_MAX`, so that it is never idle, and queries have its disk as well.
 */
export const REBALANCE_BATCH_SEGMENTS = 64;

/** Least time between two looks at a rebalance: what came meanwhile is done in one write of a page. */
export const REBALANCE_PAUSE_MS = 100;

/** Time after which a rebalance is looked at though nothing has changed, for its timeouts. */
export const REBALANCE_LOOK_MS = 5_000;

/** Rebalances of a table that are remembered. */
export const REBALANCE_JOBS_MAX = 10;

/** Pinot's default for how long nothing may move until a rebalance is given up. */
export const REBALANCE_STABILIZATION_MS = 3_600_000;

/** Time between two looks for segments that are too old for their servers: tiers go by days. */
export const TIER_LOOK_MS = 3_600_000;
