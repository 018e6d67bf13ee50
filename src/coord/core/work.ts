import { isAllowed } from './acl.ts';
import { ErrorNumber } from './error-codes.ts';
import { type Acl, EntryFlag, EventType, type LogEntry } from './model.ts';
import { parentPath } from './path.ts';
import { measureUsage, quotaExcesses, recordUsage, type UsageChange } from './quota.ts';
import type { Tree, Undo, Znode } from './tree.ts';

/** Something to tell watchers of. */
export interface WatchedChange {
  /** One of `EventType`. */
  readonly type: number;
  readonly path: string;
  /** Only those are told who may read by this list: see `mayRead`. */
  readonly acl: Acl;
}

/** What all replicas take from an entry when they apply its command. */
export type EntryStamps = Omit<LogEntry, 'command'>;

/** One entry's changes to the tree so far, so that a multi can take them back. */
export class Work {
  readonly tree: Tree;
  readonly entry: EntryStamps;
  /** In the order in which watchers hear of them. */
  readonly changes: WatchedChange[] = [];
  /** Quotas that were exceeded and did not refuse the change. */
  readonly warnings: string[] = [];
  readonly #undos: Undo[] = [];

  constructor(tree: Tree, entry: EntryStamps) {
    this.tree = tree;
    this.entry = entry;
  }

  /** True when the asking client has any of the permissions. */
  allows(node: Readonly<Znode>, permissions: number): boolean {
    const { flags, identities } = this.entry;
    return (flags & EntryFlag.SKIP_ACL) !== 0 || isAllowed(node.acl, permissions, identities);
  }

  /** The error number for a change at a path as far as quotas are concerned. */
  quotaError(path: string, change: UsageChange): number {
    for (const { isHard, message } of quotaExcesses(this.tree, path, change)) {
      if (isHard && this.entry.flags & EntryFlag.ENFORCE_QUOTA) return ErrorNumber.QUOTA_EXCEEDED;
      this.warnings.push(message);
    }
    return ErrorNumber.OK;
  }

  create(path: string, attributes: Parameters<Tree['create']>[1]): void {
    this.#undos.push(this.tree.create(path, attributes, this.entry));
    this.#tell(EventType.CREATED, path, attributes.acl);
    this.#tellParent(path);
  }

  remove(path: string): void {
    const { acl, data } = this.tree.get(path)!;
    this.#undos.push(this.tree.delete(path, this.entry));
    this.recordUsage(path, { nodes: -1, bytes: -(data?.length ?? 0) });
    this.#tell(EventType.DELETED, path, acl);
    this.#tellParent(path);
  }

  setData(path: string, data: Uint8Array | null): void {
    this.#undos.push(this.tree.setData(path, data, this.entry));
    this.#tell(EventType.DATA_CHANGED, path, this.tree.get(path)!.acl);
  }

  /**
   * Writes down what quotas count, after a creation or a change of data. It is a step of its own,
   * because a client is told of the node as it was before this.
   */
  recordUsage(path: string, change: UsageChange): void {
    const measured = change.nodes > 0 ? measureUsage(this.tree, path) : null;
    if (measured !== null) this.#undos.push(measured);
    const recorded = recordUsage(this.tree, path, change);
    if (recorded !== null) this.#undos.push(recorded);
  }

  takeBack(): void {
    for (let undo = this.#undos.pop(); undo !== undefined; undo = this.#undos.pop()) undo();
    this.changes.length = 0;
    this.warnings.length = 0;
  }

  #tellParent(path: string): void {
    const parent = parentPath(path);
    this.#tell(EventType.CHILDREN_CHANGED, parent, this.tree.get(parent)!.acl);
  }

  #tell(type: number, path: string, acl: Acl): void {
    this.changes.push({ type, path, acl });
  }
}
