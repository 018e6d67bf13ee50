import { EngineError } from '../../base/errors.ts';
import { COORDINATOR_PACKET_BYTES_MAX } from '../../base/limits.ts';
import type { PlainJsonRecord } from '../../base/plain-json.ts';
import type { TableSchema } from '../../base/types.ts';

/**
 * The cluster's state in the coordinator's tree, and who writes it. This file alone knows paths and
 * encodings; every node holds JSON.
 *
 *     /nyala
 *       store                    StoreNode           controller, where the deep store is
 *       tables/<table>           TableNode           controller
 *       segments/<table>/<seg>   SegmentNode         controller
 *       assignment/<table>       AssignmentNode      controller, which server should hold what
 *       serving/<table>/<server> ServingNode         server, ephemeral, what it holds
 *       routing/<table>          RoutingNode         controller, what queries see
 *       live/servers/<id>        LiveNode            server, ephemeral
 *       live/brokers/<id>        LiveNode            broker, ephemeral
 *       live/controllers/<id>    LiveNode            controller, ephemeral
 *       leader/controller        LiveNode            the leading controller, ephemeral
 *
 * A load becomes visible in one step: its segments enter `assignment` in one write, servers load
 * them, and only when all of them are served does the controller replace `routing` in one write.
 */
export const clusterPaths = {
  store: '/nyala/store',
  tables: '/nyala/tables',
  segments: '/nyala/segments',
  assignment: '/nyala/assignment',
  serving: '/nyala/serving',
  routing: '/nyala/routing',
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
  clusterPaths.assignment,
  clusterPaths.serving,
  clusterPaths.routing,
  clusterPaths.liveServers,
  clusterPaths.liveBrokers,
  clusterPaths.liveControllers,
  clusterPaths.leader,
];

/** The path of a node below a parent. */
export function childPath(parent: string, ...names: readonly string[]): string {
  return [parent, ...names].join('/');
}

/** Where the deep store is: a folder that the controller, and servers on the same disk, see. */
export interface StoreNode {
  readonly kind: 'folder';
  /** An absolute path. */
  readonly directory: string;
}

/** A table. */
export interface TableNode {
  readonly schema: TableSchema;
  /** Servers that each of its segments should be on, as far as there are that many. */
  readonly replication: number;
  readonly createdAtMs: number;
  /** Its configuration in Pinot's words; absent without one. */
  readonly config?: PlainJsonRecord;
}

/** A segment in the deep store. */
export interface SegmentNode {
  readonly rowCount: number;
  readonly lengthBytes: number;
  readonly createdAtMs: number;
}

/** Which servers should hold each segment of a table. */
export interface AssignmentNode {
  /** Grows when files have other indexes under the same names: servers open them anew. Absent: 0. */
  readonly revision?: number;
  readonly segments: Readonly<Record<string, readonly string[]>>;
}

/** The segments of a table that a server can answer for. */
export interface ServingNode {
  readonly segments: readonly string[];
  /** Segments that it could not load, with the reason. */
  readonly failed: Readonly<Record<string, string>>;
}

/** The segments that make up a table for queries, each with the servers to ask. */
export interface RoutingNode {
  /** Grows by one with every change. */
  readonly version: number;
  readonly segments: Readonly<Record<string, readonly string[]>>;
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
 * @throws EngineError BAD_REQUEST when they pass the coordinator's limit for one node.
 */
export function encodeNode(path: string, value: object): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  if (bytes.length > COORDINATOR_PACKET_BYTES_MAX - NODE_OVERHEAD_BYTES) {
    throw new EngineError(
      'BAD_REQUEST',
      `cluster: ${path} would take ${bytes.length} bytes and a node holds at most ` +
        `${COORDINATOR_PACKET_BYTES_MAX - NODE_OVERHEAD_BYTES}; use larger segments or more tables`,
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

/** Room for the path, the header and the ACL in the request that writes a node. */
const NODE_OVERHEAD_BYTES = 4_096;
