import type { CoordinatorClient } from '../coord/client.ts';
import {
  clusterPaths,
  type LiveNode,
  servingName,
  type TableNode,
} from '../coord/cluster/paths.ts';
import type {
  InstanceNode,
  InstancePartitionsNode,
  RebalancesNode,
} from '../coord/cluster/placement-nodes.ts';
import type {
  SegmentPageNode,
  SegmentRecord,
  ServingNode,
  TableStateNode,
} from '../coord/cluster/segment-nodes.ts';
import {
  type SegmentTreeNode,
  type SubtreeChange,
  startMirror,
  startSegmentMirror,
  type TreeMirror,
} from '../coord/cluster/tree-mirror.ts';
import { isVisible } from '../coord/cluster/visibility.ts';

/** Everything that a controller knows of the cluster: local copies of the coordinator's nodes. */
export interface ClusterState {
  readonly tables: ReadonlyMap<string, TableNode>;
  /** By table, also of tables that are being dropped. */
  readonly segments: ReadonlyMap<string, TableSegments>;
  /** By `<table>/<server>~<page>`. */
  readonly serving: ReadonlyMap<string, ServingNode>;
  /** By their ids; servers without a node have the default tag. */
  readonly instances: ReadonlyMap<string, InstanceNode>;
  /** By table. */
  readonly instancePartitions: ReadonlyMap<string, InstancePartitionsNode>;
  /** By table. */
  readonly rebalances: ReadonlyMap<string, RebalancesNode>;
  readonly liveServers: ReadonlyMap<string, LiveNode>;
  readonly liveBrokers: ReadonlyMap<string, LiveNode>;
  readonly liveControllers: ReadonlyMap<string, LiveNode>;
  /** The leading controller, under the key `controller`. */
  readonly leader: ReadonlyMap<string, LiveNode>;
  /** Resolves when tables and segments are as the coordinator has told by now: also own writes. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** The segments of a table, page by page, as they were at one moment. */
export interface TableSegments {
  /** Null while the table is made. */
  readonly state: TableStateNode | null;
  readonly pages: ReadonlyMap<string, SegmentPageNode>;
}

/**
 * Follows the whole cluster.
 *
 * @param onChange called after any of the copies has changed.
 * @param onError told when following fails.
 */
export async function followClusterState(
  client: CoordinatorClient,
  onChange: () => void,
  onError: (error: unknown) => void,
): Promise<ClusterState> {
  const segments = new Map<string, MutableSegments>();
  const follow = <T extends object>(root: string): Promise<TreeMirror<T>> =>
    startMirror<T>({ client, root, onChange, onError });
  const tables = await follow<TableNode>(clusterPaths.tables);
  const serving = await follow<ServingNode>(clusterPaths.serving);
  const instances = await follow<InstanceNode>(clusterPaths.instances);
  const partitions = await follow<InstancePartitionsNode>(clusterPaths.instancePartitions);
  const rebalances = await follow<RebalancesNode>(clusterPaths.rebalances);
  const segmentTree = await startSegmentMirror({
    client,
    onError,
    onChange: (changes) => {
      for (const change of changes) followSegment(segments, change);
      onChange();
    },
  });
  const liveServers = await follow<LiveNode>(clusterPaths.liveServers);
  const liveBrokers = await follow<LiveNode>(clusterPaths.liveBrokers);
  const liveControllers = await follow<LiveNode>(clusterPaths.liveControllers);
  const leader = await follow<LiveNode>(clusterPaths.leader);
  const live = [liveServers, liveBrokers, liveControllers];
  const placement = [instances, partitions, rebalances];
  const mirrors = [tables, serving, ...placement, segmentTree, ...live, leader];
  return {
    tables: tables.nodes,
    segments,
    serving: serving.nodes,
    instances: instances.nodes,
    instancePartitions: partitions.nodes,
    rebalances: rebalances.nodes,
    liveServers: liveServers.nodes,
    liveBrokers: liveBrokers.nodes,
    liveControllers: liveControllers.nodes,
    leader: leader.nodes,
    settled: async () => {
      const own = [tables, segmentTree, ...placement];
      await Promise.all(own.map((mirror) => mirror.settled()));
    },
    close: async () => {
      await Promise.all(mirrors.map((mirror) => mirror.close()));
    },
  };
}

/** The segments that queries see of a table by their ids; empty for a table without any. */
export function visibleSegments(state: ClusterState, table: string): Map<string, SegmentRecord> {
  const { state: tableState = null, pages = new Map() } = state.segments.get(table) ?? {};
  const visible = new Map<string, SegmentRecord>();
  for (const { segments } of pages.values() as Iterable<SegmentPageNode>) {
    for (const [id, record] of Object.entries(segments)) {
      if (isVisible(record, tableState?.pending ?? {})) visible.set(id, record);
    }
  }
  return visible;
}

/** What live servers say about a segment of a page: who serves it, and why others could not. */
export function servingOf(
  state: ClusterState,
  table: string,
  page: string,
  id: string,
): { readonly served: string[]; readonly failed: Map<string, string> } {
  const served: string[] = [];
  const failed = new Map<string, string>();
  for (const server of state.liveServers.keys()) {
    const node = state.serving.get(`${table}/${servingName(server, page)}`);
    if (node === undefined) continue;
    if (Object.hasOwn(node.segments, id)) served.push(server);
    else if (Object.hasOwn(node.failed, id)) failed.set(server, node.failed[id]!);
  }
  return { served, failed };
}

interface MutableSegments {
  state: TableStateNode | null;
  readonly pages: Map<string, SegmentPageNode>;
}

function followSegment(
  segments: Map<string, MutableSegments>,
  { before, after }: SubtreeChange<SegmentTreeNode>,
): void {
  const node = after ?? before!;
  const its = segments.get(node.table) ?? { state: null, pages: new Map() };
  segments.set(node.table, its);
  if (node.kind === 'state') its.state = after === null ? null : node.state;
  else if (after === null) its.pages.delete(node.page);
  else its.pages.set(node.page, node.content);
  if (its.state === null && its.pages.size === 0) segments.delete(node.table);
}
