/**
 * ZooKeeper's error numbers, as far as a server sends them (KeeperException.Code). They are part of
 * the replicated results, so the core uses them as they are.
 */
export const ErrorNumber = {
  OK: 0,
  RUNTIME_INCONSISTENCY: -2,
  MARSHALLING: -5,
  UNIMPLEMENTED: -6,
  BAD_ARGUMENTS: -8,
  NO_NODE: -101,
  NO_AUTH: -102,
  BAD_VERSION: -103,
  NO_CHILDREN_FOR_EPHEMERALS: -108,
  NODE_EXISTS: -110,
  NOT_EMPTY: -111,
  SESSION_EXPIRED: -112,
  INVALID_ACL: -114,
  AUTH_FAILED: -115,
  NO_WATCHER: -121,
  RECONFIG_DISABLED: -123,
} as const;
