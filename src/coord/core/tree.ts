import { assert } from '../../base/assert.ts';
import { type NodeStat, Permission } from './model.ts';
import { nameOf, parentPath, SYSTEM_PATHS } from './path.ts';

/** A node as the tree keeps it. Only the tree changes it. */
export interface Znode {
  data: Uint8Array | null;
  /** What everybody may do: the permission bits of `world:anyone`. */
  permissions: number;
  czxid: bigint;
  mzxid: bigint;
  ctimeMs: number;
  mtimeMs: number;
  version: number;
  aclVersion: number;
  /** Child creations so far, a signed 32-bit counter: the next sequential suffix. */
  childCreates: number;
  /** The session that owns an ephemeral node, 0 for others. */
  ephemeralOwner: bigint;
  /** Zxid of the last creation or deletion of a child. */
  pzxid: bigint;
  readonly children: Set<string>;
}

/** When a change happens: its position in the log and the leader's time. */
export interface Moment {
  readonly zxid: bigint;
  readonly timeMs: number;
}

/** Takes one change back. Changes must be taken back in reverse order. */
export type Undo = () => void;

/**
 * The tree of znodes by path.
 *
 * Caller must: check existence and permissions first; the tree asserts them.
 * Keeps: every node but the root has its parent in the tree, and is among its children.
 */
export class Tree {
  readonly #nodes = new Map<string, Znode>();
  readonly #ephemerals = new Map<bigint, Set<string>>();

  /** A tree with the system's nodes, all with zxid 0 as on a new ZooKeeper server. */
  static withSystemNodes(): Tree {
    const tree = new Tree();
    for (const path of SYSTEM_PATHS) {
      const permissions = path === '/zookeeper/config' ? Permission.READ : Permission.ALL;
      tree.insert(path, { ...freshNode({ zxid: 0n, timeMs: 0 }), permissions });
    }
    return tree;
  }

  get nodeCount(): number {
    return this.#nodes.size;
  }

  get(path: string): Readonly<Znode> | undefined {
    return this.#nodes.get(path);
  }

  /** All paths, parents before their children, in an order that only depends on the names. */
  sortedPaths(): string[] {
    return [...this.#nodes.keys()].sort();
  }

  /** Paths of a session's ephemeral nodes, sorted. */
  ephemeralsOf(sessionId: bigint): string[] {
    return [...(this.#ephemerals.get(sessionId) ?? [])].sort();
  }

  /** Nodes below a node, at any depth. */
  descendantCount(path: string): number {
    let count = 0;
    const waiting = [path];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const prefix = next === '/' ? '/' : `${next}/`;
      const children = this.#existing(next).children;
      count += children.size;
      for (const name of children) waiting.push(prefix + name);
    }
    return count;
  }

  /** Puts a node in place as it is, counting nothing: for system nodes and snapshots. */
  insert(path: string, node: Znode): void {
    assert(!this.#nodes.has(path), () => `node ${path} is new`);
    if (path !== '/') this.#existing(parentPath(path)).children.add(nameOf(path));
    this.#nodes.set(path, node);
    if (node.ephemeralOwner !== 0n) this.#own(node.ephemeralOwner, path);
  }

  create(
    path: string,
    attributes: { data: Uint8Array | null; permissions: number; ephemeralOwner: bigint },
    moment: Moment,
  ): Undo {
    const parent = this.#existing(parentPath(path));
    const { childCreates, pzxid } = parent;
    this.insert(path, { ...freshNode(moment), ...attributes });
    parent.childCreates = (childCreates + 1) | 0;
    parent.pzxid = moment.zxid;
    return () => {
      this.#take(path);
      parent.childCreates = childCreates;
      parent.pzxid = pzxid;
    };
  }

  delete(path: string, moment: Moment): Undo {
    const parent = this.#existing(parentPath(path));
    const { pzxid } = parent;
    const node = this.#take(path);
    assert(node.children.size === 0, () => `node ${path} has no children when it is deleted`);
    parent.pzxid = moment.zxid;
    return () => {
      this.insert(path, node);
      parent.pzxid = pzxid;
    };
  }

  setData(path: string, data: Uint8Array | null, moment: Moment): Undo {
    const node = this.#existing(path);
    const before = { ...node };
    node.data = data;
    node.mzxid = moment.zxid;
    node.mtimeMs = moment.timeMs;
    node.version = nextVersion(node.version);
    return () => Object.assign(node, before);
  }

  setPermissions(path: string, permissions: number): void {
    const node = this.#existing(path);
    node.permissions = permissions;
    node.aclVersion = nextVersion(node.aclVersion);
  }

  #existing(path: string): Znode {
    const node = this.#nodes.get(path);
    assert(node !== undefined, () => `node ${path} exists`);
    return node;
  }

  #take(path: string): Znode {
    const node = this.#existing(path);
    this.#nodes.delete(path);
    this.#existing(parentPath(path)).children.delete(nameOf(path));
    if (node.ephemeralOwner !== 0n) this.#disown(node.ephemeralOwner, path);
    return node;
  }

  #own(sessionId: bigint, path: string): void {
    const owned = this.#ephemerals.get(sessionId) ?? new Set();
    this.#ephemerals.set(sessionId, owned.add(path));
  }

  #disown(sessionId: bigint, path: string): void {
    const owned = this.#ephemerals.get(sessionId);
    assert(owned !== undefined, () => `session 0x${sessionId.toString(16)} owns ephemerals`);
    assert(owned.delete(path), () => `ephemeral ${path} is listed with its owner`);
    if (owned.size === 0) this.#ephemerals.delete(sessionId);
  }
}

/** The facts about a node as clients see them. */
export function statOf(node: Readonly<Znode>): NodeStat {
  return {
    czxid: node.czxid,
    mzxid: node.mzxid,
    ctimeMs: node.ctimeMs,
    mtimeMs: node.mtimeMs,
    version: node.version,
    // ZooKeeper stores creations and reports creations plus deletions.
    childVersion: (2 * node.childCreates - node.children.size) | 0,
    aclVersion: node.aclVersion,
    ephemeralOwner: node.ephemeralOwner,
    dataLengthBytes: node.data?.length ?? 0,
    childCount: node.children.size,
    pzxid: node.pzxid,
  };
}

/** The suffix of the next sequential child: `%010d` of the signed 32-bit creation counter. */
export function sequenceSuffix(parent: Readonly<Znode>): string {
  const counter = parent.childCreates;
  return counter < 0 ? `-${String(-counter).padStart(9, '0')}` : String(counter).padStart(10, '0');
}

function freshNode(moment: Moment): Znode {
  return {
    data: null,
    permissions: Permission.ALL,
    czxid: moment.zxid,
    mzxid: moment.zxid,
    ctimeMs: moment.timeMs,
    mtimeMs: moment.timeMs,
    version: 0,
    aclVersion: 0,
    childCreates: 0,
    ephemeralOwner: 0n,
    pzxid: moment.zxid,
    children: new Set(),
  };
}

// Versions are signed 32-bit numbers; -1 means "any" in requests, so it is skipped.
function nextVersion(version: number): number {
  const next = (version + 1) | 0;
  return next === -1 ? 0 : next;
}
