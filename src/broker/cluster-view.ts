import type { IndexConfig } from '../base/index-config.ts';
import type { PlainJsonRecord } from '../base/plain-json.ts';
import { readTableConfig } from '../base/table-config.ts';
import type { TableSchema } from '../base/types.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import {
  clusterPaths,
  type LiveNode,
  parseServingPath,
  type TableNode,
} from '../coord/cluster/paths.ts';
import type { SegmentRecord, ServingNode } from '../coord/cluster/segment-nodes.ts';
import {
  type SegmentTreeNode,
  type SubtreeChange,
  startMirror,
  startSegmentMirror,
} from '../coord/cluster/tree-mirror.ts';
import type { SegmentServers } from './routing.ts';
import { TableRoutes } from './table-routes.ts';

/** The cluster as a broker sees it; always at hand, never waits. */
export interface ClusterView {
  tableNames(): string[];
  /** Null when there is no such table. */
  schema(table: string): TableSchema | null;
  /** The indexes that a table is configured to have. */
  indexes(table: string): readonly IndexConfig[];
  /** Null when there is no such table; empty when it has no segments yet. Never changes. */
  routing(table: string): SegmentServers | null;
  /** What is known of a segment, such as the range of its time; null when nothing is. */
  segment(table: string, id: string): SegmentFacts | null;
  /** Version of a table's routing, 0 before its first. */
  routingVersion(table: string): number;
  /** Live servers by their id. */
  servers(): ReadonlyMap<string, LiveNode>;
  /** A table's configuration in Pinot's words; null without one. */
  tableConfig?(table: string): PlainJsonRecord | null;
  /** True while an operator has taken the table out of service. */
  isDisabled?(table: string): boolean;
  /** Brokers that are live, this one included. */
  brokerCount?(): number;
}

/** What tells whether a segment may have rows for a query. */
export type SegmentFacts = Pick<SegmentRecord, 'rowCount' | 'time' | 'partitions' | 'ranges'>;

/** A `ClusterView` that follows the coordinator's tree. */
export interface FollowedClusterView extends ClusterView {
  close(): Promise<void>;
}

/**
 * Follows tables, their segments, who serves them, and live servers.
 *
 * @param onServersChange called when servers have come, gone or moved.
 * @param onError told when following fails.
 */
export async function followCluster(
  client: CoordinatorClient,
  onServersChange: () => void,
  onError: (error: unknown) => void,
): Promise<FollowedClusterView> {
  const routes = new Map<string, TableRoutes>();
  const follow = <T extends object>(
    root: string,
    onChange: (changes: readonly SubtreeChange<T>[]) => void,
  ) => startMirror<T>({ client, root, onChange, onError });
  const indexes = new Map<string, readonly IndexConfig[]>();
  const tables = await follow<TableNode>(clusterPaths.tables, (changes) => {
    for (const { name, after } of changes) {
      if (after === null) indexes.delete(name);
      else indexes.set(name, indexesOf(after));
    }
  });
  const servers = await follow<LiveNode>(clusterPaths.liveServers, onServersChange);
  const brokers = await follow<LiveNode>(clusterPaths.liveBrokers, () => {});
  // Who serves a segment is known before it becomes visible.
  const serving = await follow<ServingNode>(clusterPaths.serving, (changes) =>
    followServing(routes, changes),
  );
  const onChange = (changes: readonly SubtreeChange<SegmentTreeNode>[]) =>
    followSegments(routes, changes);
  const segments = await startSegmentMirror({ client, onChange, onError });
  const mirrors = [tables, servers, brokers, serving, segments];
  return {
    tableNames: () => [...tables.nodes.keys()],
    schema: (table) => tables.nodes.get(table)?.schema ?? null,
    indexes: (table) => indexes.get(table) ?? [],
    routing: (table) => {
      if (!tables.nodes.has(table)) return null;
      return routes.get(table)?.routes ?? NO_SEGMENTS;
    },
    segment: (table, id) => routes.get(table)?.record(id) ?? null,
    routingVersion: (table) => routes.get(table)?.version ?? 0,
    servers: () => servers.nodes,
    tableConfig: (table) => tables.nodes.get(table)?.config ?? null,
    isDisabled: (table) => routes.get(table)?.isDisabled ?? false,
    brokerCount: () => brokers.nodes.size,
    close: async () => {
      await Promise.all(mirrors.map((mirror) => mirror.close()));
    },
  };
}

const NO_SEGMENTS: SegmentServers = new Map();

function followServing(
  routes: Map<string, TableRoutes>,
  changes: readonly SubtreeChange<ServingNode>[],
): void {
  for (const { name, after } of changes) {
    const place = parseServingPath(name);
    if (place === null) continue;
    const { table, server, page } = place;
    changeRoutes(routes, table, (its) => its.setServing(page, server, after));
  }
}

function followSegments(
  routes: Map<string, TableRoutes>,
  changes: readonly SubtreeChange<SegmentTreeNode>[],
): void {
  for (const { before, after } of changes) {
    const node = after ?? before!;
    changeRoutes(routes, node.table, (its) => {
      if (node.kind === 'state') its.setState(after === null ? null : node.state);
      else its.setPage(node.page, after === null ? null : node.content);
    });
  }
}

function changeRoutes(
  routes: Map<string, TableRoutes>,
  table: string,
  change: (routes: TableRoutes) => void,
): void {
  const its = routes.get(table) ?? new TableRoutes();
  change(its);
  if (its.isEmpty) routes.delete(table);
  else routes.set(table, its);
}

function indexesOf(node: TableNode): readonly IndexConfig[] {
  if (node.config === undefined) return [];
  return readTableConfig(node.config, 'table config', node.schema).build.indexes;
}
