import type { IndexConfig } from '../base/index-config.ts';
import { readTableConfig } from '../base/table-config.ts';
import type { TableSchema } from '../base/types.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import {
  clusterPaths,
  type LiveNode,
  type RoutingNode,
  type TableNode,
} from '../coord/cluster/paths.ts';
import { startMirror, type TreeMirror } from '../coord/cluster/tree-mirror.ts';
import type { SegmentServers } from './routing.ts';

/** The cluster as a broker sees it; always at hand, never waits. */
export interface ClusterView {
  tableNames(): string[];
  /** Null when there is no such table. */
  schema(table: string): TableSchema | null;
  /** The indexes that a table is configured to have. */
  indexes(table: string): readonly IndexConfig[];
  /** Null when there is no such table; empty when it has no segments yet. */
  routing(table: string): SegmentServers | null;
  /** Version of a table's routing, 0 before its first. */
  routingVersion(table: string): number;
  /** Live servers by their id. */
  servers(): ReadonlyMap<string, LiveNode>;
}

/** A `ClusterView` that follows the coordinator's tree. */
export interface FollowedClusterView extends ClusterView {
  close(): Promise<void>;
}

/**
 * Follows tables, routing and live servers.
 *
 * @param onServersChange called when servers have come, gone or moved.
 * @param onError told when following fails.
 */
export async function followCluster(
  client: CoordinatorClient,
  onServersChange: () => void,
  onError: (error: unknown) => void,
): Promise<FollowedClusterView> {
  const follow = <T extends object>(root: string, onChange: () => void) =>
    startMirror<T>({ client, root, onChange, onError });
  let routes = new Map<string, SegmentServers>();
  const readRoutes = () => {
    routes = new Map([...(routing?.nodes ?? [])].map(([table, node]) => [table, routesOf(node)]));
  };
  let routing: TreeMirror<RoutingNode> | null = null;
  const tables = await follow<TableNode>(clusterPaths.tables, ignore);
  const servers = await follow<LiveNode>(clusterPaths.liveServers, onServersChange);
  routing = await follow<RoutingNode>(clusterPaths.routing, readRoutes);
  readRoutes();
  const mirrors = [tables, servers, routing];
  return {
    tableNames: () => [...tables.nodes.keys()],
    schema: (table) => tables.nodes.get(table)?.schema ?? null,
    indexes: (table) => indexesOf(tables.nodes.get(table)),
    routing: (table) => routes.get(table) ?? (tables.nodes.has(table) ? NO_SEGMENTS : null),
    routingVersion: (table) => routing.nodes.get(table)?.version ?? 0,
    servers: () => servers.nodes,
    close: async () => {
      await Promise.all(mirrors.map((mirror) => mirror.close()));
    },
  };
}

const NO_SEGMENTS: SegmentServers = new Map();

function indexesOf(node: TableNode | undefined): readonly IndexConfig[] {
  if (node?.config === undefined) return [];
  return readTableConfig(node.config, 'table config', node.schema).build.indexes;
}

function routesOf({ segments }: RoutingNode): SegmentServers {
  return new Map(Object.entries(segments));
}

function ignore(): void {}
