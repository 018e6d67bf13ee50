import type { PlainJsonRecord } from '../base/plain-json.ts';
import type { LiveNode, TableNode } from '../coord/cluster/paths.ts';
import { type ClusterState, visibleSegments } from './cluster-state.ts';
import { hostingOf } from './server-pools.ts';

/** `GET /v2/brokers/tables`: every broker answers for every table. */
export function brokersByTable(state: ClusterState) {
  const brokers = [...state.liveBrokers.values()].map(({ id, host, port }) => ({
    instanceName: id,
    host,
    port,
  }));
  return Object.fromEntries(tableNames(state).map((table) => [table, brokers]));
}

/** `GET /tables/{t}`: a table's configuration, as far as Nyala has what Pinot configures. */
export function tableConfig(node: TableNode) {
  const { schema, config = {} } = node;
  const { tableIndexConfig = {}, fieldConfigList = [], segmentsConfig = {}, tenants = {} } = config;
  const replication = String(hostingOf(node).replication);
  const others = Object.entries(config).filter(([key]) => KEPT_KEYS.has(key));
  return {
    OFFLINE: {
      tableName: `${schema.name}_OFFLINE`,
      tableType: 'OFFLINE',
      segmentsConfig: {
        schemaName: schema.name,
        ...(segmentsConfig as PlainJsonRecord),
        replication,
      },
      tenants: {
        broker: 'DefaultTenant',
        server: 'DefaultTenant',
        ...(tenants as PlainJsonRecord),
      },
      tableIndexConfig: {
        loadMode: 'MMAP',
        nullHandlingEnabled: true,
        ...(tableIndexConfig as PlainJsonRecord),
      },
      fieldConfigList,
      ...Object.fromEntries(others),
      metadata: {},
      isDimTable: false,
    },
  };
}

/** Shown as they were given. */
const KEPT_KEYS = new Set(['quota', 'tierConfigs', 'instanceAssignmentConfigMap']);

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

/** `GET /instances`: every live role. */
export function instanceNames(state: ClusterState): string[] {
  const names = (nodes: ReadonlyMap<string, LiveNode>) => [...nodes.keys()].sort();
  return [
    ...names(state.liveControllers),
    ...names(state.liveBrokers),
    ...names(state.liveServers),
  ];
}

/** Tables in the order of their names. */
export function tableNames(state: ClusterState): string[] {
  return [...state.tables.keys()].sort();
}

/** A table's name without Pinot's type suffix. */
export function plainTableName(name: string): string {
  return name.replace(/_OFFLINE$/, '');
}
