import { EngineError } from '../../base/errors.ts';
import { TREE_READS_MAX } from '../../base/limits.ts';
import type { CoordinatorClient, WatchEvent } from '../client.ts';

/** What a cached subtree needs. */
export interface CachedSubtreeOptions<T> {
  readonly client: CoordinatorClient;
  /** The path below which nodes are copied; it must exist. */
  readonly root: string;
  /** A node's value from its bytes, or null to leave the node out. May throw: see `onError`. */
  readonly decode: (path: string, data: Uint8Array) => T | null;
  /**
   * Names the group that a node belongs to, from its path below the root. The nodes of a group change
   * in the copy together, so that they are as they were in the tree at one moment. Default: every node
   * is a group of its own.
   */
  readonly groupOf?: (name: string) => string;
  /** Called after the copy has changed, also for what it has at the start. */
  readonly onChange: (changes: readonly SubtreeChange<T>[]) => void;
  /** Told when following fails; the copy is then stale until the client has reconnected. */
  readonly onError: (error: unknown) => void;
}

/** A node of the copy that has changed. */
export interface SubtreeChange<T> {
  /** Its path below the root, without a leading slash. */
  readonly name: string;
  /** Null when it was not there. */
  readonly before: T | null;
  /** Null when it is not there any more. */
  readonly after: T | null;
}

/** What is under way for the nodes of a group. */
interface Group<T> {
  /** Reads that have been wanted and not answered. */
  outstanding: number;
  /** What was read since the group was last whole. */
  readonly read: Map<string, T | null>;
  /** True when a node could not be read: then nobody knows how the others were at that moment. */
  isBroken: boolean;
}

/**
 * A local copy of the nodes below a path, kept up to date by a recursive watch. A change is
 * read again from the tree rather than taken from its event, and everything is read again after the
 * client was disconnected, so that missed and doubled events do no harm.
 *
 * Nodes are asked for at once and in the order of their events, and a coordinator answers one client's
 * requests in order, so a node is never newer in a copy than another that changed before it, in another
 * copy of this client either; while everything is read again that holds within a group only. A group
 * is whole when nothing of it is asked for: the coordinator tells of a change before it
 * gives away what came of it, so that what was read of the others is as it was then, too.
 *
 * Caller must: close it.
 */
export class CachedSubtree<T> {
  readonly #options: CachedSubtreeOptions<T>;
  readonly #groupOf: (name: string) => string;
  readonly #nodes = new Map<string, T>();
  readonly #groups = new Map<string, Group<T>>();
  #outstanding = 0;
  #whenSettled: (() => void)[] = [];
  #stopWatching: (() => Promise<void>) | null = null;

  private constructor(options: CachedSubtreeOptions<T>) {
    this.#options = options;
    this.#groupOf = options.groupOf ?? ((name) => name);
  }

  /** Starts to follow; resolves once the copy is complete. */
  static async start<T>(options: CachedSubtreeOptions<T>): Promise<CachedSubtree<T>> {
    const subtree = new CachedSubtree<T>(options);
    const { client, root } = options;
    subtree.#stopWatching = await client.watch(root, 'recursive', (event) =>
      subtree.#follow(event),
    );
    await subtree.#readAll();
    return subtree;
  }

  /** Nodes by their path below the root, without a leading slash. */
  get nodes(): ReadonlyMap<string, T> {
    return this.#nodes;
  }

  /** Resolves when the copy has everything that the coordinator has told of by now. */
  settled(): Promise<void> {
    if (this.#outstanding === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }

  /** Stops following. */
  async close(): Promise<void> {
    await this.#stopWatching?.();
    this.#stopWatching = null;
  }

  #follow({ type, path }: WatchEvent): void {
    const { root, onError } = this.#options;
    if (type === 'resync') {
      this.#readAll().catch(onError);
      return;
    }
    if (!path.startsWith(`${root}/`)) return;
    // Always another read: whether one on its way has been answered already is not known here.
    const name = path.slice(root.length + 1);
    this.#want(name);
    void this.#read(name);
  }

  /** Reads every node that is there or was there, some at a time. */
  async #readAll(): Promise<void> {
    const names = new Set(this.#nodes.keys());
    this.#outstanding++; // Until it is known what to read.
    try {
      await this.#addDescendants(this.#options.root, names);
      for (const name of names) this.#want(name);
    } finally {
      this.#settle();
    }
    const queue = [...names].values();
    const readers = Array.from({ length: TREE_READS_MAX }, async () => {
      for (const name of queue) await this.#read(name);
    });
    await Promise.all(readers);
  }

  #want(name: string): void {
    const group = this.#groupOf(name);
    const found = this.#groups.get(group);
    if (found === undefined)
      this.#groups.set(group, { outstanding: 1, read: new Map(), isBroken: false });
    else found.outstanding++;
    this.#outstanding++;
  }

  /** Reads a node that was wanted. */
  async #read(name: string): Promise<void> {
    const { client, root, decode, onError } = this.#options;
    const path = `${root}/${name}`;
    const group = this.#groups.get(this.#groupOf(name));
    try {
      const found = await nullIfMissing(client.get(path)).catch((error: unknown) => {
        if (group !== undefined) group.isBroken = true;
        throw error;
      });
      group?.read.set(name, found === null ? null : decode(path, found.data));
    } catch (error) {
      onError(error);
    }
    try {
      this.#answered(this.#groupOf(name));
    } catch (error) {
      onError(error);
    }
    this.#settle();
  }

  #answered(name: string): void {
    const group = this.#groups.get(name);
    if (group === undefined) return;
    group.outstanding--;
    if (group.outstanding === 0) this.#groups.delete(name);
    else if (this.#options.groupOf !== undefined) return;
    if (group.isBroken) return;
    const changes: SubtreeChange<T>[] = [];
    for (const [node, after] of group.read) {
      const before = this.#nodes.get(node) ?? null;
      if (after === null) this.#nodes.delete(node);
      else this.#nodes.set(node, after);
      if (before !== null || after !== null) changes.push({ name: node, before, after });
    }
    group.read.clear();
    if (changes.length > 0) this.#options.onChange(changes);
  }

  #settle(): void {
    if (--this.#outstanding > 0) return;
    for (const resolve of this.#whenSettled.splice(0)) resolve();
  }

  /** A node that goes away meanwhile has no descendants, and its deletion comes as an event. */
  async #addDescendants(path: string, names: Set<string>): Promise<void> {
    const children = (await nullIfMissing(this.#options.client.children(path))) ?? [];
    for (const name of children) names.add(`${path}/${name}`.slice(this.#options.root.length + 1));
    await Promise.all(children.map((name) => this.#addDescendants(`${path}/${name}`, names)));
  }
}

async function nullIfMissing<R>(reading: Promise<R>): Promise<R | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
