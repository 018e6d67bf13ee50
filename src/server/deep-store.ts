import { EngineError } from '../base/errors.ts';
import { SEGMENT_FETCH_PEERS_MAX } from '../base/store-limits.ts';
import type { CoordinatorClient } from '../coord/client.ts';
import {
  childPath,
  clusterPaths,
  decodeNode,
  type LiveNode,
  type StoreNode,
} from '../coord/cluster/paths.ts';
import type { Observers } from '../io/observers.ts';
import { shuffled } from '../io/random.ts';
import { type OpenStore, openStore, type StoreParts } from '../store/open-store.ts';
import type { SegmentOpener } from './hosted-segments.ts';
import { SegmentCache, type SegmentCacheStatus } from './segment-cache.ts';
import type { SegmentSupplier } from './segment-fetch.ts';
import type { ServedFile } from './segment-file.ts';
import { peerSupplier } from './segment-peers.ts';

/** Where a server keeps files of a bucket. */
export interface DiskCache {
  readonly directory: string;
  /** Disk space that they may take. */
  readonly budgetBytes: number;
}

/** What a server reaches the deep store with. */
export interface ServerStoreOptions extends StoreParts {
  /** This server, which is no peer of its own. */
  readonly id: string;
  readonly client: () => CoordinatorClient;
  /** For files of a bucket (default: all is read from the bucket itself). */
  readonly diskCache?: DiskCache | undefined;
  readonly observers?: Observers | undefined;
  /** Told of what goes wrong behind the scenes. */
  readonly onError: (error: unknown) => void;
}

/**
 * The deep store that the tree names, as a server uses it: a folder is read in place, segments of a
 * bucket through a cache on this machine's disk.
 */
export class ServerStore {
  readonly #options: ServerStoreOptions;
  #opening: Promise<OpenedStore> | null = null;

  constructor(options: ServerStoreOptions) {
    this.#options = options;
  }

  /** Where segments are opened; a failure to find the deep store is not for good. */
  async segments(): Promise<SegmentOpener> {
    const { store, cache } = await this.#opened();
    return cache ?? store;
  }

  /** The file of a key on this machine's disks, or null when it is in the bucket only. */
  async openFile(key: string): Promise<ServedFile | null> {
    const { store, cache, isLocal } = await this.#opened();
    const stored = isLocal ? await store.open(key) : (cache?.openLocal(key) ?? null);
    return stored && { key, stored };
  }

  /** What the cache has done; null without one. */
  async cacheStatus(): Promise<SegmentCacheStatus | null> {
    return (await this.#opened()).cache?.status ?? null;
  }

  /** Lets go of connections; segments are to be closed before. */
  async close(): Promise<void> {
    await (await this.#opening)?.store.close();
  }

  #opened(): Promise<OpenedStore> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<OpenedStore> {
    const { disk, client, diskCache, observers, onError } = this.#options;
    const { data } = await client().get(clusterPaths.store);
    const node = decodeNode<StoreNode>(clusterPaths.store, data);
    if (node.kind === 'folder' && (await disk.list(node.directory)).length === 0) {
      throw new EngineError(
        'NOT_FOUND',
        `server: the deep store ${node.directory} is not on this machine or is empty; ` +
          'mount it at the same path as on the controller',
      );
    }
    const store = await openStore(node, this.#options);
    const isLocal = node.kind === 'folder';
    if (isLocal || diskCache === undefined) return { store, cache: null, isLocal };
    const peers = (holders: readonly string[]) => this.#peers(holders);
    const metrics = observers?.metrics;
    const parts = { disk, store, peers, metrics, onError };
    const cache = await SegmentCache.start({ ...diskCache, ...parts });
    return { store, cache, isLocal };
  }

  /** Those of some servers that are alive, a few of them in random order. */
  async #peers(holders: readonly string[]): Promise<readonly SegmentSupplier[]> {
    const { id, network, random } = this.#options;
    const others = holders.filter((holder) => holder !== id);
    const peers: SegmentSupplier[] = [];
    for (const other of shuffled(others, random)) {
      if (peers.length === SEGMENT_FETCH_PEERS_MAX) break;
      const node = await this.#live(other);
      if (node !== null) peers.push(peerSupplier(network, other, node));
    }
    return peers;
  }

  /** Without a coordinator there are no peers; the deep store is still there. */
  async #live(id: string): Promise<LiveNode | null> {
    const path = childPath(clusterPaths.liveServers, id);
    try {
      const { data } = await this.#options.client().get(path);
      return decodeNode<LiveNode>(path, data);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return null;
    }
  }
}

interface OpenedStore {
  readonly store: OpenStore;
  readonly cache: SegmentCache | null;
  /** Whether it is a folder. */
  readonly isLocal: boolean;
}
