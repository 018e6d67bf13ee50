import type { AclEntry } from '../core/model.ts';
import { nameOf, parentPath } from '../core/path.ts';

/** A node as ZooKeeper's snapshots and logs describe it. */
export interface ImportedNode {
  data: Uint8Array | null;
  /** Null while it is unknown: a fuzzy snapshot may lack a list that the log brings. */
  acl: readonly AclEntry[] | null;
  readonly czxid: bigint;
  mzxid: bigint;
  readonly ctimeMs: number;
  mtimeMs: number;
  version: number;
  /** Child creations so far: the stored `cversion`, not the reported one. */
  childCreates: number;
  aclVersion: number;
  /** As stored: 0, a session, or the marks of containers and TTL nodes (core/node-owner.ts). */
  readonly ephemeralOwner: bigint;
  pzxid: bigint;
  readonly children: Set<string>;
}

/** What a `create` transaction says about the new node. */
export interface CreatedNode {
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly AclEntry[];
  readonly ephemeralOwner: bigint;
  /** The parent's stored `cversion` after the creation; -1 in very old logs: one more. */
  readonly parentChildCreates: number;
}

/**
 * ZooKeeper's tree while it is imported.
 *
 * A snapshot is fuzzy: it was written while transactions went on, so nodes may be ahead of its zxid.
 * Every transaction that it may hold already is in the log, too, and is replayed as if it were new.
 * So whatever stands in the way of a transaction comes from its future, and gives way: the log brings
 * it again. Whatever a transaction needs and is missing was deleted in its future: it is skipped.
 */
export class ZooKeeperTree {
  readonly nodes = new Map<string, ImportedNode>();
  /** Timeouts in milliseconds by session id. */
  readonly sessions = new Map<bigint, number>();
  readonly #owned = new Map<bigint, Set<string>>();

  /** Owners of nodes: sessions, and the marks of containers and TTL nodes. */
  get owners(): Iterable<bigint> {
    return this.#owned.keys();
  }

  /** Puts a node of a snapshot in place; false when its parent is missing or it is there twice. */
  insert(path: string, node: ImportedNode): boolean {
    if (this.nodes.has(path)) return false;
    if (path !== '/') {
      const parent = this.nodes.get(parentPath(path));
      if (parent === undefined) return false;
      parent.children.add(nameOf(path));
    }
    this.nodes.set(path, node);
    const owned = this.#owned.get(node.ephemeralOwner) ?? new Set();
    if (node.ephemeralOwner !== 0n) this.#owned.set(node.ephemeralOwner, owned.add(path));
    return true;
  }

  create(created: CreatedNode, zxid: bigint, timeMs: number): void {
    const { path, data, acl, ephemeralOwner, parentChildCreates } = created;
    const parent = this.nodes.get(parentPath(path));
    if (parent === undefined || path === '/') return;
    this.#removeSubtree(path);
    const creates = parentChildCreates === -1 ? parent.childCreates + 1 : parentChildCreates;
    parent.childCreates = Math.max(parent.childCreates, creates);
    if (zxid > parent.pzxid) parent.pzxid = zxid;
    this.insert(path, {
      ...{ data, acl, ephemeralOwner, czxid: zxid, mzxid: zxid, pzxid: zxid },
      ...{ ctimeMs: timeMs, mtimeMs: timeMs, version: 0, childCreates: 0, aclVersion: 0 },
      children: new Set<string>(),
    });
  }

  delete(path: string, zxid: bigint): void {
    if (path === '/') return;
    this.#removeSubtree(path);
    const parent = this.nodes.get(parentPath(path));
    // Also when the node itself was missing: the parent may be older than the node's deletion.
    if (parent !== undefined && zxid > parent.pzxid) parent.pzxid = zxid;
  }

  setData(path: string, data: Uint8Array | null, version: number, zxid: bigint, timeMs: number) {
    const node = this.nodes.get(path);
    if (node === undefined) return;
    Object.assign(node, { data, version, mzxid: zxid, mtimeMs: timeMs });
  }

  setAcl(path: string, acl: readonly AclEntry[], aclVersion: number): void {
    const node = this.nodes.get(path);
    if (node !== undefined) Object.assign(node, { acl, aclVersion });
  }

  /** Deletes a session's ephemeral nodes, and those that its last transaction names. */
  closeSession(sessionId: bigint, named: readonly string[], zxid: bigint): void {
    this.sessions.delete(sessionId);
    const owned = this.#owned.get(sessionId) ?? [];
    for (const path of new Set([...named, ...owned])) this.delete(path, zxid);
  }

  #removeSubtree(path: string): void {
    const node = this.nodes.get(path);
    if (node === undefined) return;
    for (const name of [...node.children]) this.#removeSubtree(`${path}/${name}`);
    this.nodes.delete(path);
    this.#owned.get(node.ephemeralOwner)?.delete(path);
    this.nodes.get(parentPath(path))?.children.delete(nameOf(path));
  }
}
