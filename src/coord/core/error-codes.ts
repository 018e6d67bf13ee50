/**
 * ZooKeeper's error numbers, as far as a server sends them (KeeperException.Code). They are part of
 * the replicated results, so the core uses them as they are.
 */
export const ErrorNumber = {
  OK: 0,
  SYSTEM_ERROR: -1,
  /** An operation of a multi that was not tried, because one before it had failed. */
  RUNTIME_INCONSISTENCY: -2,
  MARSHALLING: -5,
  UNIMPLEMENTED: -6,
  OPERATION_TIMEOUT: -7,
  BAD_ARGUMENTS: -8,
  UNKNOWN_SESSION: -12,
  /** A majority of the new configuration is not connected and up to date. */
  NEW_CONFIG_NO_QUORUM: -13,
  RECONFIG_IN_PROGRESS: -14,
  NO_NODE: -101,
  NO_AUTH: -102,
  BAD_VERSION: -103,
  NO_CHILDREN_FOR_EPHEMERALS: -108,
  NODE_EXISTS: -110,
  NOT_EMPTY: -111,
  SESSION_EXPIRED: -112,
  INVALID_ACL: -114,
  AUTH_FAILED: -115,
  SESSION_MOVED: -118,
  /** A server that is cut off from the others serves reads only. */
  NOT_READ_ONLY: -119,
  EPHEMERAL_ON_LOCAL_SESSION: -120,
  NO_WATCHER: -121,
  RECONFIG_DISABLED: -123,
  /** Clients must prove who they are before they ask for anything. */
  SESSION_CLOSED_REQUIRE_AUTH: -124,
  QUOTA_EXCEEDED: -125,
  THROTTLED: -127,
} as const;
