import { assert } from '../../base/assert.ts';
import { OPEN_ACL, READ_ACL } from './acl.ts';
import { AclTable } from './acl-table.ts';
import type { Acl, NodeStat } from './model.ts';
import { CONTAINER_OWNER, isSession, ttlMsOf } from './node-owner.ts';
import { CONFIG_PATH, nameOf, parentPath, SYSTEM_PATHS } from './path.ts';
import { pathLimitedBy } from './quota-text.ts';

/** A node as the tree keeps it. Only the tree changes it. */
export interface Znode {
  data: Uint8Array | null;
  /** The tree's one array for all nodes with an equal list. */
  acl: Acl;
  czxid: bigint;
  mzxid: bigint;
  ctimeMs: number;
  mtimeMs: number;
  version: number;
  aclVersion: number;
  /** Child creations so far, a signed 32-bit counter: the next sequential suffix. */
  childCreates: number;
  /** What kind of node it is: see node-owner.ts. */
  readonly ephemeralOwner: bigint;
  /** Zxid of the last creation or deletion of a child. */
  pzxid: bigint;
  /** Null when there are none, which is so for most of a million nodes. */
  children: Set<string> | null;
}

/** When a change happens: its position in the log and the leader's time. */
export interface Moment {
  readonly zxid: bigint;
  readonly timeMs: number;
}

/** Takes one change back. Changes must be taken back in reverse order. */
export type Undo = () => void;

/** All nodes with empty data share this: an array of its own would cost half a node. */
const NO_DATA = new Uint8Array();

/**
 * The tree of znodes by path.
 *
 * Caller must: check existence and permissions first; the tree asserts them.
 * Keeps: every node but the root has its parent in the tree, and is among its children.
 */
export class Tree {
  readonly #nodes = new Map<string, Znode>();
  readonly #acls = new AclTable();
  readonly #ephemerals = new Map<bigint, Set<string>>();
  readonly #containers = new Set<string>();
  readonly #ttls = new Set<string>();
  readonly #quotaRoots = new Set<string>();
  #dataSizeBytes = 0;

  /** A tree with the system's nodes, all with zxid 0 as on a new ZooKeeper server. */
  static withSystemNodes(): Tree {
    const tree = new Tree();
    for (const path of SYSTEM_PATHS) {
      tree.insert(path, freshNode(NO_DATA, OPEN_ACL, 0n, { zxid: 0n, timeMs: 0 }));
    }
    const config = tree.#existing(CONFIG_PATH);
    config.acl = tree.#acls.share(READ_ACL);
    config.aclVersion = -1;
    return tree;
  }

  get nodeCount(): number {
    return this.#nodes.size;
  }

  /** About what the nodes hold: characters of paths and bytes of data. */
  get dataSizeBytes(): number {
    return this.#dataSizeBytes;
  }

  /** Paths of all container nodes. */
  get containerPaths(): ReadonlySet<string> {
    return this.#containers;
  }

  /** Paths of all TTL nodes. */
  get ttlPaths(): ReadonlySet<string> {
    return this.#ttls;
  }

  /** Sessions that own ephemeral nodes, with the nodes' paths. */
  get ephemerals(): ReadonlyMap<bigint, ReadonlySet<string>> {
    return this.#ephemerals;
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

  /** The nearest path at or above this one that has a quota, or null. */
  quotaRootOf(path: string): string | null {
    if (this.#quotaRoots.size === 0) return null;
    for (let above = path; above !== '/'; above = parentPath(above)) {
      if (this.#quotaRoots.has(above)) return above;
    }
    return null;
  }

  /** A node and everything below it, at any depth; nothing when there is no such node. */
  *subtreePaths(path: string): Generator<string> {
    const waiting = this.#nodes.has(path) ? [path] : [];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      yield next;
      const prefix = next === '/' ? '/' : `${next}/`;
      for (const name of this.#existing(next).children ?? []) waiting.push(prefix + name);
    }
  }

  /** Puts a node in place as it is, counting nothing: for system nodes and snapshots. */
  insert(path: string, node: Znode): void {
    assert(!this.#nodes.has(path), () => `node ${path} is new`);
    if (path !== '/') {
      const parent = this.#existing(parentPath(path));
      parent.children ??= new Set();
      parent.children.add(nameOf(path));
    }
    node.acl = this.#acls.share(node.acl);
    node.data = held(node.data);
    this.#nodes.set(path, node);
    this.#dataSizeBytes += path.length + (node.data?.length ?? 0);
    this.#index(path, node.ephemeralOwner);
  }

  create(
    path: string,
    attributes: { data: Uint8Array | null; acl: Acl; ephemeralOwner: bigint },
    moment: Moment,
  ): Undo {
    const parent = this.#existing(parentPath(path));
    const { childCreates, pzxid } = parent;
    const { data, acl, ephemeralOwner } = attributes;
    this.insert(path, freshNode(data, acl, ephemeralOwner, moment));
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
    assert(node.children === null, () => `node ${path} has no children when it is deleted`);
    parent.pzxid = moment.zxid;
    return () => {
      this.insert(path, node);
      parent.pzxid = pzxid;
    };
  }

  setData(path: string, data: Uint8Array | null, moment: Moment): Undo {
    const node = this.#existing(path);
    const { mzxid, mtimeMs, version } = node;
    const restoreData = this.replaceData(path, data);
    node.mzxid = moment.zxid;
    node.mtimeMs = moment.timeMs;
    node.version = nextVersion(version);
    return () => {
      Object.assign(node, { mzxid, mtimeMs, version });
      restoreData();
    };
  }

  /** Exchanges the data and nothing else: for what the system itself writes down. */
  replaceData(path: string, data: Uint8Array | null): Undo {
    const node = this.#existing(path);
    const before = node.data;
    const addedBytes = (data?.length ?? 0) - (before?.length ?? 0);
    node.data = held(data);
    this.#dataSizeBytes += addedBytes;
    return () => {
      node.data = before;
      this.#dataSizeBytes -= addedBytes;
    };
  }

  setAcl(path: string, acl: Acl): void {
    const node = this.#existing(path);
    const before = node.acl;
    node.acl = this.#acls.share(acl);
    this.#acls.release(before);
    node.aclVersion = nextVersion(node.aclVersion);
  }

  /**
   * Writes the text of the configuration to `/zookeeper/config`. Its version is always -1, as
   * ZooKeeper has it.
   */
  setConfigData(data: Uint8Array, moment: Moment): void {
    this.setData(CONFIG_PATH, data, moment);
    this.#existing(CONFIG_PATH).version = -1;
  }

  /**
   * Shows the configuration that a node was started with, until one is written: it belongs to the
   * node and not to the replicated state, for nodes may be started with different names of hosts.
   */
  showConfigData(data: Uint8Array): void {
    const node = this.#existing(CONFIG_PATH);
    if (node.mzxid !== 0n) return;
    this.replaceData(CONFIG_PATH, data);
    node.version = -1;
  }

  #existing(path: string): Znode {
    const node = this.#nodes.get(path);
    assert(node !== undefined, () => `node ${path} exists`);
    return node;
  }

  #take(path: string): Znode {
    const node = this.#existing(path);
    this.#nodes.delete(path);
    const parent = this.#existing(parentPath(path));
    parent.children?.delete(nameOf(path));
    if (parent.children?.size === 0) parent.children = null;
    this.#acls.release(node.acl);
    this.#dataSizeBytes -= path.length + (node.data?.length ?? 0);
    this.#unindex(path, node.ephemeralOwner);
    return node;
  }

  #index(path: string, owner: bigint): void {
    const limited = pathLimitedBy(path);
    if (limited !== null) this.#quotaRoots.add(limited);
    if (owner === 0n) return;
    if (isSession(owner)) {
      const owned = this.#ephemerals.get(owner) ?? new Set();
      this.#ephemerals.set(owner, owned.add(path));
    } else this.#setOf(owner).add(path);
  }

  #unindex(path: string, owner: bigint): void {
    const limited = pathLimitedBy(path);
    if (limited !== null) this.#quotaRoots.delete(limited);
    if (owner === 0n) return;
    const owned = isSession(owner) ? this.#ephemerals.get(owner) : this.#setOf(owner);
    assert(owned?.delete(path) === true, () => `${path} is listed with its owner`);
    if (owned?.size === 0) this.#ephemerals.delete(owner);
  }

  #setOf(owner: bigint): Set<string> {
    assert(owner === CONTAINER_OWNER || ttlMsOf(owner) !== null, 'containers and TTL nodes only');
    return owner === CONTAINER_OWNER ? this.#containers : this.#ttls;
  }
}

/** The facts about a node as clients see them. */
export function statOf(node: Readonly<Znode>): NodeStat {
  const childCount = node.children?.size ?? 0;
  return {
    czxid: node.czxid,
    mzxid: node.mzxid,
    ctimeMs: node.ctimeMs,
    mtimeMs: node.mtimeMs,
    version: node.version,
    // ZooKeeper stores creations and reports creations plus deletions.
    childVersion: (2 * node.childCreates - childCount) | 0,
    aclVersion: node.aclVersion,
    // Clients take everything but 0 for an ephemeral node.
    ephemeralOwner: isSession(node.ephemeralOwner) ? node.ephemeralOwner : 0n,
    dataLengthBytes: node.data?.length ?? 0,
    childCount,
    pzxid: node.pzxid,
  };
}

/** The suffix of the next sequential child: `%010d` of the signed 32-bit creation counter. */
export function sequenceSuffix(parent: Readonly<Znode>): string {
  const counter = parent.childCreates;
  return counter < 0 ? `-${String(-counter).padStart(9, '0')}` : String(counter).padStart(10, '0');
}

function freshNode(
  data: Uint8Array | null,
  acl: Acl,
  ephemeralOwner: bigint,
  moment: Moment,
): Znode {
  return {
    data,
    acl,
    czxid: moment.zxid,
    mzxid: moment.zxid,
    ctimeMs: moment.timeMs,
    mtimeMs: moment.timeMs,
    version: 0,
    aclVersion: 0,
    childCreates: 0,
    ephemeralOwner,
    pzxid: moment.zxid,
    children: null,
  };
}

function held(data: Uint8Array | null): Uint8Array | null {
  return data?.length === 0 ? NO_DATA : data;
}

// Versions are signed 32-bit numbers; -1 means "any" in requests, so it is skipped.
function nextVersion(version: number): number {
  const next = (version + 1) | 0;
  return next === -1 ? 0 : next;
}
