import { EngineError } from '../base/errors.ts';
import { Slots } from '../base/slots.ts';
import { SEGMENT_DIRECT_READ_BYTES_MAX, SEGMENT_FETCHES_MAX } from '../base/store-limits.ts';
import type { Disk } from '../io/disk.ts';
import { type Counter, type Metrics, noMetrics } from '../io/metrics.ts';
import { parseSegmentKey, type SegmentStore, type StoredSegment } from '../store/segment-store.ts';
import { verifySegment } from '../store/stored-bytes.ts';
import { CachedFiles, writtenSegment } from './cached-files.ts';
import { copySegment, type SegmentSupplier, takeFromFirst } from './segment-fetch.ts';

/** What a cache of segments works with. */
export interface SegmentCacheOptions {
  readonly disk: Disk;
  /** The cache's own folder. */
  readonly directory: string;
  /** Disk space that its files may take. */
  readonly budgetBytes: number;
  /** The deep store. */
  readonly store: Pick<SegmentStore, 'open'>;
  /** Who of a segment's holders may have its file, best first. */
  readonly peers: (holders: readonly string[]) => Promise<readonly SegmentSupplier[]>;
  /** Nobody's by default. */
  readonly metrics?: Metrics | undefined;
  /** Told of damaged files, and of a disk that takes none. */
  readonly onError: (error: unknown) => void;
}

/** What a cache has done so far, and how full it is. */
export interface SegmentCacheStatus {
  readonly budgetBytes: number;
  readonly usedBytes: number;
  readonly files: number;
  /** Reads from a file on the disk. */
  readonly localReads: number;
  /** Reads from the deep store itself. */
  readonly directReads: number;
  readonly filesFromPeers: number;
  readonly filesFromStore: number;
  readonly fetchedBytes: number;
  /** Damaged copies, fetched or of before, that were thrown away. */
  readonly discarded: number;
  readonly evicted: number;
}

/**
 * Segments of a deep store that is not a folder: each file is fetched from a peer, else from the deep
 * store, checked with all its column data, and kept on the disk within a budget. A segment that was
 * open stays readable when its file had to go: what is read next fetches it again, or is read from the
 * deep store where the file does not fit or is not worth it.
 */
export class SegmentCache implements Pick<SegmentStore, 'open'> {
  readonly #options: SegmentCacheOptions;
  readonly #files: CachedFiles;
  readonly #fetches = new Slots(SEGMENT_FETCHES_MAX);
  readonly #fetching = new Map<string, Promise<boolean>>();
  readonly #counts = {
    ...{ localReads: 0, directReads: 0, filesFromPeers: 0, filesFromStore: 0 },
    ...{ fetchedBytes: 0, discarded: 0 },
  };
  readonly #events: Counter;
  readonly #fetchedBytes: Counter;

  private constructor(options: SegmentCacheOptions, files: CachedFiles) {
    const { metrics = noMetrics } = options;
    this.#options = options;
    this.#files = files;
    this.#events = metrics.counter({
      name: 'nyala_server_segment_cache_events_total',
      help: 'reads from the disk and from the bucket, files fetched and thrown away',
      labelNames: ['event'],
    });
    this.#fetchedBytes = metrics.counter({
      name: 'nyala_server_segment_fetched_bytes_total',
      help: 'bytes of segment files that were fetched',
    });
    metrics.gauge(
      {
        name: 'nyala_server_segment_cache_bytes',
        help: 'disk space of segment files',
        labelNames: ['of'],
      },
      () => [
        { labels: { of: 'used' }, value: files.usedBytes },
        { labels: { of: 'budget' }, value: files.budgetBytes },
      ],
    );
  }

  /** Takes over what is in the folder from before. */
  static async start(options: SegmentCacheOptions): Promise<SegmentCache> {
    const { disk, directory, budgetBytes } = options;
    return new SegmentCache(options, await CachedFiles.open(disk, directory, budgetBytes));
  }

  /** What it has done so far. */
  get status(): SegmentCacheStatus {
    const { budgetBytes, usedBytes, count, evictionCount } = this.#files;
    return { budgetBytes, usedBytes, files: count, ...this.#counts, evicted: evictionCount };
  }

  /**
   * Opens a segment, and fetches its file if there is free room for it.
   *
   * @throws EngineError NOT_FOUND, CORRUPT_DATA or IO, with what each source said.
   */
  async open(key: string, holders: readonly string[] = []): Promise<StoredSegment> {
    parseSegmentKey(key);
    this.#files.hold(key);
    try {
      if (this.#files.lengthBytes(key) === null) await this.#fetch(key, holders, false);
      const lengthBytes = this.#files.lengthBytes(key) ?? (await this.#remoteLength(key));
      return this.#opened(key, holders, lengthBytes);
    } catch (error) {
      this.#files.release(key);
      throw error;
    }
  }

  /** Opens the file that is on this disk, or null when it is not. */
  openLocal(key: string): StoredSegment | null {
    const lengthBytes = this.#files.lengthBytes(key);
    if (lengthBytes === null) return null;
    return {
      lengthBytes,
      read: async (into, offsetBytes) => {
        if (await this.#files.read(key, into, offsetBytes)) return;
        throw new EngineError('NOT_FOUND', `server: the file of ${key} was removed meanwhile`);
      },
      close: async () => {},
    };
  }

  #opened(key: string, holders: readonly string[], lengthBytes: number): StoredSegment {
    let direct: Promise<StoredSegment> | null = null;
    let isOpen = true;
    const openDirect = (): Promise<StoredSegment> =>
      this.#options.store.open(key).catch((error: unknown) => {
        direct = null;
        throw error;
      });
    return {
      lengthBytes,
      read: async (into, offsetBytes) => {
        if (await this.#readLocally(key, holders, into, offsetBytes)) {
          this.#count('localReads');
          return;
        }
        this.#count('directReads');
        direct ??= openDirect();
        await (await direct).read(into, offsetBytes);
      },
      discardCopy: async () => {
        if (this.#files.lengthBytes(key) === null) return;
        this.#count('discarded');
        this.#options.onError(
          new EngineError('CORRUPT_DATA', `server: the cached file of ${key} is damaged; removed`),
        );
        await this.#files.drop(key);
      },
      close: async () => {
        if (isOpen) this.#files.release(key);
        isOpen = false;
        await (await direct)?.close();
      },
    };
  }

  #count(event: 'localReads' | 'directReads' | 'filesFromPeers' | 'filesFromStore' | 'discarded') {
    this.#counts[event]++;
    this.#events.add(1, { event });
  }

  async #readLocally(
    key: string,
    holders: readonly string[],
    into: Uint8Array,
    offsetBytes: number,
  ): Promise<boolean> {
    if (await this.#files.read(key, into, offsetBytes)) return true;
    if (into.length <= SEGMENT_DIRECT_READ_BYTES_MAX) return false;
    return (await this.#fetch(key, holders, true)) && this.#files.read(key, into, offsetBytes);
  }

  async #remoteLength(key: string): Promise<number> {
    const stored = await this.#options.store.open(key);
    await stored.close();
    return stored.lengthBytes;
  }

  /** Fetches a file once, whoever waits for it; false when there is no room or no disk for it. */
  #fetch(key: string, holders: readonly string[], mayEvict: boolean): Promise<boolean> {
    let fetching = this.#fetching.get(key);
    if (fetching === undefined) {
      fetching = this.#fetches
        .take(() => this.#fetchNow(key, holders, mayEvict))
        .finally(() => this.#fetching.delete(key));
      this.#fetching.set(key, fetching);
    }
    return fetching;
  }

  async #fetchNow(key: string, holders: readonly string[], mayEvict: boolean): Promise<boolean> {
    if (this.#files.lengthBytes(key) !== null) return true;
    const { store } = this.#options;
    const peers = await this.#options.peers(holders);
    const deepStore = { name: 'deep store', open: (name: string) => store.open(name) };
    return takeFromFirst(
      key,
      [...peers, deepStore],
      async (stored, supplier) => {
        const isThere = await this.#download(key, stored, mayEvict);
        if (isThere) {
          this.#counts.fetchedBytes += stored.lengthBytes;
          this.#fetchedBytes.add(stored.lengthBytes);
          this.#count(supplier === deepStore ? 'filesFromStore' : 'filesFromPeers');
        }
        return isThere;
      },
      (error) => {
        if (error.code !== 'CORRUPT_DATA') return;
        this.#count('discarded');
        this.#options.onError(error);
      },
    );
  }

  /** What this machine's disk refuses is no fault of the supplier: the file is read over there then. */
  async #download(key: string, stored: StoredSegment, mayEvict: boolean): Promise<boolean> {
    let sourceError: unknown = null;
    const source: StoredSegment = {
      ...stored,
      read: async (into, offsetBytes) => {
        try {
          await stored.read(into, offsetBytes);
        } catch (error) {
          sourceError = error;
          throw error;
        }
      },
    };
    try {
      return await this.#files.add(key, stored.lengthBytes, mayEvict, async (file) => {
        await copySegment(source, file);
        await verifySegment(key, writtenSegment(file, stored.lengthBytes));
      });
    } catch (error) {
      const isDamaged = error instanceof EngineError && error.code === 'CORRUPT_DATA';
      if (sourceError !== null || isDamaged) throw error;
      this.#options.onError(error);
      return false;
    }
  }
}
