import type { TableNode } from '../../coord/cluster/paths.ts';
import { segmentName } from '../../coord/cluster/segment-id.ts';
import type { SegmentRecord } from '../../coord/cluster/segment-nodes.ts';
import { isVisible } from '../../coord/cluster/visibility.ts';
import { type ClusterState, servingOf } from '../cluster-state.ts';

/** A segment that queries see, and who holds it. */
export interface SegmentHosts {
  readonly name: string;
  readonly record: SegmentRecord;
  /** Servers that answer for it now. */
  readonly served: readonly string[];
  /** Servers that could not load it. */
  readonly failed: ReadonlyMap<string, string>;
}

/** The segments that queries see of a table, in the order of their names. */
export function segmentHosts(state: ClusterState, table: string): SegmentHosts[] {
  const { state: tableState = null, pages = new Map() } = state.segments.get(table) ?? {};
  const hosts: SegmentHosts[] = [];
  for (const [page, { segments }] of pages) {
    for (const [id, record] of Object.entries<SegmentRecord>(segments)) {
      if (!isVisible(record, tableState?.pending ?? {})) continue;
      hosts.push({ name: segmentName(id), record, ...servingOf(state, table, page, id) });
    }
  }
  return hosts.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Where segments should be: Pinot's ideal state. */
export function idealState(state: ClusterState, table: string) {
  return byName(state, table, ({ record: { servers } }) =>
    Object.fromEntries(servers.map((server) => [server, 'ONLINE'])),
  );
}

/** Where segments are: Pinot's external view. */
export function externalView(state: ClusterState, table: string) {
  return byName(state, table, ({ served, failed, record: { servers } }) => {
    const others = servers.filter((server) => !served.includes(server));
    return Object.fromEntries([
      ...others.map((server) => [server, failed.has(server) ? 'ERROR' : 'OFFLINE']),
      ...served.map((server) => [server, 'ONLINE']),
    ]) as Record<string, string>;
  });
}

/** Whether each segment is served by all servers that should. */
export function segmentsStatus(state: ClusterState, table: string) {
  return segmentHosts(state, table).map(({ name, record, served }) => {
    const isWhole = record.servers.every((server) => served.includes(server));
    const partly = served.length > 0 ? 'UPDATING' : 'BAD';
    return { segmentName: name, segmentStatus: isWhole ? 'GOOD' : partly };
  });
}

/** Bytes of a table's segments, as servers hold them. */
export function tableSize(state: ClusterState, table: string) {
  const hosts = segmentHosts(state, table);
  const segments = hosts.map(({ name, record: { lengthBytes, servers }, served }) => {
    const serverInfo = served.map((server) => {
      return [server, { segmentName: name, diskSizeInBytes: lengthBytes }] as const;
    });
    const size = {
      reportedSizeInBytes: lengthBytes * served.length,
      estimatedSizeInBytes: lengthBytes * servers.length,
      maxReportedSizePerReplicaInBytes: served.length === 0 ? -1 : lengthBytes,
      serverInfo: Object.fromEntries(serverInfo),
    };
    return [name, size] as const;
  });
  const sum = (key: 'reportedSizeInBytes' | 'estimatedSizeInBytes') =>
    segments.reduce((total, [, size]) => total + size[key], 0);
  const perReplica = hosts.reduce((total, { record }) => total + record.lengthBytes, 0);
  const sizes = {
    reportedSizeInBytes: sum('reportedSizeInBytes'),
    estimatedSizeInBytes: sum('estimatedSizeInBytes'),
    reportedSizePerReplicaInBytes: perReplica,
  };
  const missingSegments = hosts.filter(({ served }) => served.length === 0).length;
  const offlineSegments = { ...sizes, missingSegments, segments: Object.fromEntries(segments) };
  return { tableName: table, ...sizes, offlineSegments, realtimeSegments: null };
}

/** What Pinot keeps of a segment in its tree, under Pinot's names. */
export function segmentFields(table: string, name: string, record: SegmentRecord) {
  const { time } = record;
  return {
    'segment.name': name,
    'segment.total.docs': String(record.rowCount),
    'segment.crc': String(record.crc),
    'segment.creation.time': String(record.createdAtMs),
    'segment.size.in.bytes': String(record.lengthBytes),
    'segment.download.url': `/segments/${table}/${name}`,
    ...(time && {
      'segment.start.time': String(time.min),
      'segment.end.time': String(time.max),
      'segment.time.column.name': time.column,
    }),
  };
}

/** The id of a reload: it says all that its progress follows from, so that any controller can tell. */
export function reloadJobId({ schema, configRevision = 0 }: TableNode, nowMs: number): string {
  return `${schema.name}~${configRevision}~${nowMs}`;
}

/** How far a reload is; null when the text is no id of one. */
export function reloadProgress(state: ClusterState, jobId: string, nowMs: number) {
  const [, table, revision, startedMs] = /^([\w-]+)~(\d{1,15})~(\d{1,15})$/.exec(jobId) ?? [];
  if (table === undefined || !state.tables.has(table)) return null;
  const hosts = segmentHosts(state, table);
  const isDone = ({ record }: SegmentHosts) => (record.configRevision ?? 0) >= Number(revision);
  return {
    totalSegmentCount: hosts.length,
    successCount: hosts.filter(isDone).length,
    totalServersQueried: new Set(hosts.flatMap(({ record }) => record.servers)).size,
    totalServerCallsFailed: 0,
    timeElapsedInMinutes: Math.max(0, nowMs - Number(startedMs)) / 60_000,
    estimatedTimeRemainingInMinutes: hosts.every(isDone) ? 0 : -1,
    metadata: {
      jobId,
      jobType: 'RELOAD_SEGMENT',
      tableName: `${table}_OFFLINE`,
      submissionTimeMs: startedMs!,
    },
  };
}

function byName<T>(state: ClusterState, table: string, of: (hosts: SegmentHosts) => T) {
  const entries = segmentHosts(state, table).map((hosts) => [hosts.name, of(hosts)] as const);
  return { OFFLINE: Object.fromEntries(entries) as Record<string, T>, REALTIME: null };
}
