/** Files of a ZooKeeper data directory (`version-2`), by what their names say. */
export interface ZooKeeperFiles {
  /** Newest first. */
  readonly snapshots: readonly SnapshotFile[];
  /** Oldest first. */
  readonly logs: readonly LogFile[];
}

/** `snapshot.<hex>[.gz|.snappy]`. */
export interface SnapshotFile {
  readonly name: string;
  /** The last transaction that is wholly in it. */
  readonly zxid: bigint;
  readonly compression: 'none' | 'gz' | 'snappy';
}

/** `log.<hex>`. */
export interface LogFile {
  readonly name: string;
  /** Its first transaction. */
  readonly zxid: bigint;
}

/** Sorts out names; other names are passed over. */
export function zooKeeperFiles(
  snapshotNames: readonly string[],
  logNames: readonly string[],
): ZooKeeperFiles {
  const snapshots = snapshotNames.map(snapshotFile).filter((file) => file !== null);
  const logs = logNames.map(logFile).filter((file) => file !== null);
  return {
    snapshots: snapshots.sort((left, right) => (left.zxid > right.zxid ? -1 : 1)),
    logs: logs.sort((left, right) => (left.zxid < right.zxid ? -1 : 1)),
  };
}

/** The logs that can hold transactions after `zxid` (FileTxnLog.getLogFiles). */
export function logsAfter(logs: readonly LogFile[], zxid: bigint): readonly LogFile[] {
  const first = logs.findLastIndex((log) => log.zxid <= zxid + 1n);
  return logs.slice(Math.max(0, first));
}

function snapshotFile(name: string): SnapshotFile | null {
  const match = /^snapshot\.([0-9a-f]{1,16})(?:\.(gz|snappy))?$/i.exec(name);
  if (match === null) return null;
  const compression = match[2]?.toLowerCase() as 'gz' | 'snappy' | undefined;
  return { name, zxid: BigInt(`0x${match[1]}`), compression: compression ?? 'none' };
}

function logFile(name: string): LogFile | null {
  const match = /^log\.([0-9a-f]{1,16})$/i.exec(name);
  return match === null ? null : { name, zxid: BigInt(`0x${match[1]}`) };
}
