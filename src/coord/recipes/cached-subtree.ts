import { EngineError } from '../../base/errors.ts';
import type { CoordinatorClient, WatchEvent } from '../client.ts';

/** What a cached subtree needs. */
export interface CachedSubtreeOptions<T> {
  readonly client: CoordinatorClient;
  /** The path below which nodes are copied; it must exist. */
  readonly root: string;
  /** A node's value from its bytes, or null to leave the node out. May throw: see `onError`. */
  readonly decode: (path: string, data: Uint8Array) => T | null;
  /** Called after the copy has changed. */
  readonly onChange: () => void;
  /** Told when following fails; the copy is then stale until the client has reconnected. */
  readonly onError: (error: unknown) => void;
}

/**
 * A local copy of the nodes below a path, kept up to date by a recursive watch. A change is
 * read again from the tree rather than taken from its event, and everything is read again after the
 * client was disconnected, so that missed and doubled events do no harm.
 *
 * Caller must: close it.
 */
export class CachedSubtree<T> {
  readonly #options: CachedSubtreeOptions<T>;
  readonly #nodes = new Map<string, T>();
  readonly #changedPaths = new Set<string>();
  #reading: Promise<void> | null = null;
  #stopWatching: (() => Promise<void>) | null = null;

  private constructor(options: CachedSubtreeOptions<T>) {
    this.#options = options;
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

  /** Stops following. */
  async close(): Promise<void> {
    await this.#stopWatching?.();
    this.#stopWatching = null;
  }

  #follow({ type, path }: WatchEvent): void {
    const isComplete = type === 'resync';
    if (!isComplete) this.#changedPaths.add(path);
    const reading = isComplete ? this.#readAll() : this.#readChanges();
    reading.catch((error: unknown) => this.#options.onError(error));
  }

  /** Reads every node that is there or was there. */
  async #readAll(): Promise<void> {
    const { root } = this.#options;
    for (const name of this.#nodes.keys()) this.#changedPaths.add(`${root}/${name}`);
    await this.#markDescendants(root);
    await this.#readChanges();
  }

  /** One reader at a time; changes that come while it reads are read by it as well. */
  #readChanges(): Promise<void> {
    this.#reading ??= this.#readUntilQuiet().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readUntilQuiet(): Promise<void> {
    while (this.#changedPaths.size > 0) {
      const paths = [...this.#changedPaths];
      this.#changedPaths.clear();
      await Promise.all(paths.map((path) => this.#readNode(path)));
    }
    this.#options.onChange();
  }

  async #readNode(path: string): Promise<void> {
    const { client, root, decode } = this.#options;
    if (!path.startsWith(`${root}/`)) return;
    const name = path.slice(root.length + 1);
    const found = await nullIfMissing(client.get(path));
    const value = found === null ? null : decode(path, found.data);
    if (value === null) this.#nodes.delete(name);
    else this.#nodes.set(name, value);
  }

  /** A node that goes away meanwhile has no descendants, and its deletion comes as an event. */
  async #markDescendants(path: string): Promise<void> {
    for (const name of await this.#childrenOf(path)) {
      this.#changedPaths.add(`${path}/${name}`);
      await this.#markDescendants(`${path}/${name}`);
    }
  }

  #childrenOf(path: string): Promise<string[]> {
    return nullIfMissing(this.#options.client.children(path)).then((names) => names ?? []);
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
