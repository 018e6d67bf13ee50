import type { PlainJsonRecord } from '../base/plain-json.ts';
import type { TableNode } from '../coord/cluster/paths.ts';
import { type ClusterState, visibleSegments } from './cluster-state.ts';
import { hostingOf } from './server-pools.ts';
import { existingTable } from './table-changes.ts';

/** A table's configuration as it was given, with what Nyala goes by where it says nothing. */
export function offlineConfig(node: TableNode) {
  const { schema, config = {} } = node;
  const { segmentsConfig = {}, tableIndexConfig = {}, tenants = {}, ...rest } = config;
  return {
    fieldConfigList: [],
    metadata: {},
    isDimTable: false,
    ...rest,
    tableName: `${schema.name}_OFFLINE`,
    tableType: 'OFFLINE',
    tenants: {
      broker: 'DefaultTenant',
      server: 'DefaultTenant',
      ...(tenants as PlainJsonRecord),
    },
    segmentsConfig: {
      schemaName: schema.name,
      ...(segmentsConfig as PlainJsonRecord),
      replication: String(hostingOf(node).replication),
    },
    tableIndexConfig: {
      loadMode: 'MMAP',
      nullHandlingEnabled: true,
      ...(tableIndexConfig as PlainJsonRecord),
    },
  };
}

/** `GET /tables/{t}/instances`: who answers for a table. */
export function tableInstances(state: ClusterState, table: string) {
  const segments = [...visibleSegments(state, table).values()];
  const servers = [...new Set(segments.flatMap((segment) => segment.servers))].sort();
  const group = (instances: readonly string[]) => [{ tableType: 'offline', instances }];
  return {
    tableName: table,
    brokers: group([...state.liveBrokers.keys()].sort()),
    server: group(servers),
  };
}

/** `GET /tables/{t}/metadata`: its size. */
export function tableMetadata(state: ClusterState, table: string) {
  const segments = [...visibleSegments(state, table).values()];
  return {
    tableName: table,
    diskSizeInBytes: segments.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0),
    numSegments: segments.length,
    numRows: segments.reduce((sum, { rowCount }) => sum + rowCount, 0),
  };
}

/** Tables in the order of their names. */
export function tableNames(state: ClusterState): string[] {
  return [...state.tables.keys()].sort();
}

/**
 * The table that a path names, with Pinot's suffix or without.
 *
 * @param type of Pinot, where a request has one.
 * @throws EngineError UNKNOWN_TABLE, also for a table of type REALTIME.
 */
export function namedTable(state: ClusterState, name = '', type = 'OFFLINE'): TableNode {
  const plain = plainTableName(name);
  return existingTable(state.tables, type === 'REALTIME' ? `${plain}_REALTIME` : plain);
}

/** A table's name without Pinot's type suffix. */
export function plainTableName(name: string): string {
  return name.replace(/_OFFLINE$/, '');
}
