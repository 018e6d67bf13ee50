import { EngineError } from '../../base/errors.ts';
import { CLUSTER_NODE_BYTES_MAX } from '../../base/limits.ts';
import type { PlainJsonRecord } from '../../base/plain-json.ts';
import type { TableSchema } from '../../base/types.ts';
import type { StoreLocation } from '../../store/store-location.ts';

/**
 * The cluster's state in the coordinator's tree, version 2, and who writes it. This file alone knows
 * paths and encodings; every node holds JSON of at most `CLUSTER_NODE_BYTES_MAX`, however many segments
 * a table has. `segment-nodes.ts` has the types
 * of those about segments, `placement-nodes.ts` of those about the servers that hold them.
 *
 *     /nyala
 *       store                            StoreNode        controller, where the deep store is
 *       tables/<table>                   TableNode        controller
 *       segments/<table>                 TableStateNode   controller, which loads are under way
 *       segments/<table>/<page>          SegmentPageNode  controller, segments and who should hold them
 *       serving/<table>/<server>~<page>  ServingNode      server, ephemeral, what it holds of a page
 *       instances/<id>                   InstanceNode     server, when it is new, and controller, its tags
 *       instance-partitions/<table>      InstancePartitionsNode  controller, replica groups
 *       rebalances/<table>               RebalancesNode   controller, segments that move
 *       live/servers/<id>                LiveNode         server, ephemeral
 *       live/brokers/<id>                LiveNode         broker, ephemeral
 *       live/controllers/<id>            LiveNode         controller, ephemeral
 *       leader                           LiveNode         the controller that led last; its version is
 *                                                         the term, which every change checks
 *       leader/controller                LiveNode         the leading controller, ephemeral
 *
 * What queries see follows from a table's state and its pages (`visibility.ts`): a load becomes visible
 * in one step, when its id leaves `pending`. Whom to ask for a segment follows from what servers say.
 */
export const clusterPaths = {
  store: '/nyala/store',
  tables: '/nyala/tables',
  segments: '/nyala/segments',
  serving: '/nyala/serving',
  instances: '/nyala/instances',
  instancePartitions: '/nyala/instance-partitions',
  rebalances: '/nyala/rebalances',
  live: '/nyala/live',
  liveServers: '/nyala/live/servers',
  liveBrokers: '/nyala/live/brokers',
  liveControllers: '/nyala/live/controllers',
  leader: '/nyala/leader',
  controllerLeader: '/nyala/leader/controller',
} as const;

/** Nodes without data that must exist before roles meet in the tree, parents first. */
export const CLUSTER_PARENTS: readonly string[] = [
  clusterPaths.tables,
  clusterPaths.segments,
  clusterPaths.serving,
  clusterPaths.instances,
  clusterPaths.instancePartitions,
  clusterPaths.rebalances,
  clusterPaths.liveServers,
  clusterPaths.liveBrokers,
  clusterPaths.liveControllers,
  clusterPaths.leader,
];

/** The path of a node below a parent. */
export function childPath(parent: string, ...names: readonly string[]): string {
  return [parent, ...names].join('/');
}

/** The last part of a server's node about a page of a table. */
export function servingName(server: string, page: string): string {
  return `${server}~${page}`;
}

/** The parts of a `serving` node's path below `serving`; null for other nodes there. */
export function parseServingPath(
  path: string,
): { readonly table: string; readonly server: string; readonly page: string } | null {
  const slash = path.indexOf('/');
  const tilde = path.lastIndexOf('~');
  if (slash < 0 || tilde < slash) return null;
  const [table, server] = [path.slice(0, slash), path.slice(slash + 1, tilde)];
  return { table, server, page: path.slice(tilde + 1) };
}

/** Where the deep store is; who may read it is for each process to know. */
export type StoreNode = StoreLocation;

/** A table. */
export interface TableNode {
  readonly schema: TableSchema;
  /** The schema as it was given in Pinot's words, with what says nothing about types; else absent. */
  readonly pinotSchema?: PlainJsonRecord;
  /** Servers that each of its segments should be on, as far as there are that many. */
  readonly replication: number;
  readonly createdAtMs: number;
  /** Its configuration in Pinot's words; absent without one. */
  readonly config?: PlainJsonRecord;
  /** Grows with every configuration; records tell by it which indexes they have. Absent: 0. */
  readonly configRevision?: number;
}

/** A running role. */
export interface LiveNode {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Random for each process start, so that a role can tell its own node from one it left behind. */
  readonly incarnation: string;
}

/**
 * A node's bytes.
 *
 * @throws EngineError BAD_REQUEST when they pass the limit for one node.
 */
export function encodeNode(path: string, value: object): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  if (bytes.length > CLUSTER_NODE_BYTES_MAX) {
    throw new EngineError(
      'BAD_REQUEST',
      `cluster: ${path} would take ${bytes.length} bytes and a node holds at most ` +
        `${CLUSTER_NODE_BYTES_MAX}; use shorter names, fewer columns or a smaller configuration`,
    );
  }
  return bytes;
}

/**
 * Reads a node's bytes, as `encodeNode` wrote them for the same kind of path.
 *
 * @throws EngineError CORRUPT_DATA when they are not a JSON object.
 */
export function decodeNode<T extends object>(path: string, bytes: Uint8Array): T {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null) return value as T;
  } catch (error) {
    throw new EngineError('CORRUPT_DATA', `cluster: ${path} does not hold JSON`, { cause: error });
  }
  throw new EngineError('CORRUPT_DATA', `cluster: ${path} does not hold a JSON object`);
}
