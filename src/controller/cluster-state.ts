import type { CoordinatorClient } from '../coord/client.ts';
import {
  type AssignmentNode,
  clusterPaths,
  type LiveNode,
  type RoutingNode,
  type SegmentNode,
  type ServingNode,
  type TableNode,
} from '../coord/cluster/paths.ts';
import { startMirror, type TreeMirror } from '../coord/cluster/tree-mirror.ts';

/** Everything that a controller knows of the cluster: local copies of the coordinator's nodes. */
export interface ClusterState {
  readonly tables: ReadonlyMap<string, TableNode>;
  /** By `<table>/<segment>`. */
  readonly segments: ReadonlyMap<string, SegmentNode>;
  readonly assignments: ReadonlyMap<string, AssignmentNode>;
  /** By `<table>/<server>`. */
  readonly serving: ReadonlyMap<string, ServingNode>;
  readonly routing: ReadonlyMap<string, RoutingNode>;
  readonly liveServers: ReadonlyMap<string, LiveNode>;
  readonly liveBrokers: ReadonlyMap<string, LiveNode>;
  readonly liveControllers: ReadonlyMap<string, LiveNode>;
  /** The leading controller, under the key `controller`. */
  readonly leader: ReadonlyMap<string, LiveNode>;
  close(): Promise<void>;
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
  const mirrors: TreeMirror<object>[] = [];
  const follow = async <T extends object>(root: string): Promise<ReadonlyMap<string, T>> => {
    const mirror = await startMirror<T>({ client, root, onChange, onError });
    mirrors.push(mirror);
    return mirror.nodes;
  };
  return {
    tables: await follow<TableNode>(clusterPaths.tables),
    segments: await follow<SegmentNode>(clusterPaths.segments),
    assignments: await follow<AssignmentNode>(clusterPaths.assignment),
    serving: await follow<ServingNode>(clusterPaths.serving),
    routing: await follow<RoutingNode>(clusterPaths.routing),
    liveServers: await follow<LiveNode>(clusterPaths.liveServers),
    liveBrokers: await follow<LiveNode>(clusterPaths.liveBrokers),
    liveControllers: await follow<LiveNode>(clusterPaths.liveControllers),
    leader: await follow<LiveNode>(clusterPaths.leader),
    close: async () => {
      await Promise.all(mirrors.map((mirror) => mirror.close()));
    },
  };
}

/** The segments that queries see of a table, with their sizes, by segment name. */
export function segmentsOf(state: ClusterState, table: string): Map<string, SegmentNode> {
  const visible = new Map<string, SegmentNode>();
  for (const name of Object.keys(state.routing.get(table)?.segments ?? {})) {
    const node = state.segments.get(`${table}/${name}`);
    if (node !== undefined) visible.set(name, node);
  }
  return visible;
}

/** For each segment of a table the servers that say they serve it, and why others could not. */
export function servingOf(
  state: ClusterState,
  table: string,
): { served: Map<string, Set<string>>; failed: Map<string, string> } {
  const served = new Map<string, Set<string>>();
  const failed = new Map<string, string>();
  const prefix = `${table}/`;
  for (const [path, node] of state.serving) {
    if (!path.startsWith(prefix)) continue;
    const server = path.slice(prefix.length);
    for (const segment of node.segments) {
      const servers = served.get(segment) ?? new Set();
      served.set(segment, servers.add(server));
    }
    for (const [segment, reason] of Object.entries(node.failed)) {
      failed.set(segment, `${server}: ${reason}`);
    }
  }
  return { served, failed };
}
