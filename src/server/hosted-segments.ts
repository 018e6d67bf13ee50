import { EngineError, errorMessage } from '../base/errors.ts';
import { LOAD_FAILURE_CHARACTERS_MAX, SEGMENT_LOADS_MAX } from '../base/limits.ts';
import type { SegmentRecord, ServingNode } from '../coord/cluster/segment-nodes.ts';
import type { Clock, Timer } from '../io/clock.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import { readSegmentFooter } from '../store/segment-metadata.ts';
import type { StoredSegment } from '../store/segment-store.ts';

/** The part of the engine that hosting needs. */
export interface SegmentHost {
  /** Takes the place of the segment of that name; resolves when nobody reads that one's file. */
  addSegment(metadata: SegmentMetadata, source: StoredSegment, name: string): Promise<void>;
  /** Resolves when nobody reads its file. */
  removeSegment(table: string, name: string): Promise<void>;
}

/** The part of a deep store that hosting needs. */
export interface SegmentOpener {
  /** @param holders ids of servers that may have the file, too. */
  open(key: string, holders: readonly string[]): Promise<StoredSegment>;
}

/** What hosting runs on. */
export interface HostedSegmentsOptions {
  readonly engine: SegmentHost;
  /** The deep store, once it is known. */
  readonly store: () => Promise<SegmentOpener>;
  readonly clock: Clock;
  /** For how long a segment that is not wanted any more is kept. */
  readonly graceMs: number;
  /** Told when a file cannot be closed. */
  readonly onError: (error: unknown) => void;
}

/** A segment that the engine has. */
interface Held {
  readonly file: string;
  readonly crc: number;
  readonly stored: StoredSegment;
}

/** A segment that is not served any more and still held, for queries that are on their way. */
interface Leaving {
  readonly held: Held;
  readonly timer: Timer;
}

/** The segments of one page of a table. */
interface HostedPage {
  readonly held: Map<string, Held>;
  readonly failed: Map<string, string>;
}

/**
 * The segments that a server holds: opened in the deep store, checked, and known to its engine under
 * their ids. Their column data stays where it is until a query needs it.
 *
 * Caller must: not run `host` of one page twice at the same time.
 */
export class HostedSegments {
  readonly #options: HostedSegmentsOptions;
  /** By table, then page. */
  readonly #tables = new Map<string, Map<string, HostedPage>>();
  /** By `<table>/<id>`. */
  readonly #leaving = new Map<string, Leaving>();
  #isClosed = false;

  constructor(options: HostedSegmentsOptions) {
    this.#options = options;
  }

  /** Segments that are served, by table. */
  served(): Record<string, string[]> {
    const pages = (table: Map<string, HostedPage>) => [...table.values()];
    return Object.fromEntries(
      [...this.#tables].map(([table, byPage]) => [
        table,
        pages(byPage).flatMap(({ held }) => [...held.keys()]),
      ]),
    );
  }

  /** The key of the file that queries on a segment read; null when it is not served. */
  fileOf(table: string, id: string): string | null {
    for (const { held } of this.#tables.get(table)?.values() ?? []) {
      const file = held.get(id)?.file;
      if (file !== undefined) return file;
    }
    return null;
  }

  /** What to publish about a page; null when there is nothing to say. */
  serving(table: string, page: string): ServingNode | null {
    const hosted = this.#tables.get(table)?.get(page);
    if (hosted === undefined) return null;
    const segments = [...hosted.held].map(([id, { crc }]) => [id, crc] as const);
    return { segments: Object.fromEntries(segments), failed: Object.fromEntries(hosted.failed) };
  }

  /**
   * Makes the served segments of a page exactly those that are wanted. One that cannot be opened is
   * kept as failed, with the reason, and tried again at the next call; one whose file is to be another
   * stays as it was until that one is open. What is not wanted any more is held for the grace time.
   *
   * @param wanted records by segment id.
   * @returns true when what is served has changed.
   */
  async host(
    table: string,
    page: string,
    wanted: ReadonlyMap<string, SegmentRecord>,
  ): Promise<boolean> {
    const before = JSON.stringify(this.serving(table, page));
    const hosted = this.#pageOf(table, page);
    for (const [id, held] of hosted.held) {
      if (wanted.has(id)) continue;
      hosted.held.delete(id);
      this.#leave(table, id, held);
    }
    hosted.failed.clear();
    const missing = [...wanted].filter(([id, { file }]) => hosted.held.get(id)?.file !== file);
    for (let start = 0; start < missing.length; start += SEGMENT_LOADS_MAX) {
      const group = missing.slice(start, start + SEGMENT_LOADS_MAX);
      await Promise.all(group.map(([id, record]) => this.#load(table, id, record, hosted)));
    }
    if (hosted.held.size === 0 && hosted.failed.size === 0) this.#forgetPage(table, page);
    return JSON.stringify(this.serving(table, page)) !== before;
  }

  /** Closes all files; the engine is to be closed by its owner. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { held, timer } of this.#leaving.values()) {
      timer.cancel();
      await held.stored.close();
    }
    this.#leaving.clear();
    for (const pages of this.#tables.values()) {
      for (const { held } of pages.values()) {
        for (const { stored } of held.values()) await stored.close();
      }
    }
    this.#tables.clear();
  }

  async #load(
    table: string,
    id: string,
    record: SegmentRecord,
    { held, failed }: HostedPage,
  ): Promise<void> {
    if (this.#stay(table, id, record, held)) return;
    try {
      const store = await this.#options.store();
      const stored = await store.open(record.file, record.servers);
      const metadata = await readFooterOf(stored, record);
      if (this.#isClosed) {
        await stored.close();
        return;
      }
      const last = held.get(id) ?? this.#take(table, id);
      const unused = this.#options.engine.addSegment(metadata, stored, id);
      held.set(id, { file: record.file, crc: record.crc, stored });
      if (last !== null) this.#closeLater(last, unused);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      failed.set(id, errorMessage(error).slice(0, LOAD_FAILURE_CHARACTERS_MAX));
    }
  }

  /** Keeps a segment that was to leave, when it is wanted as it is. */
  #stay(table: string, id: string, record: SegmentRecord, held: Map<string, Held>): boolean {
    if (this.#leaving.get(`${table}/${id}`)?.held.file !== record.file) return false;
    const last = this.#take(table, id);
    if (last === null) return false;
    held.set(id, last);
    return true;
  }

  /** A segment that was to leave, which it will not do any more. */
  #take(table: string, id: string): Held | null {
    const leaving = this.#leaving.get(`${table}/${id}`);
    if (leaving === undefined) return null;
    leaving.timer.cancel();
    this.#leaving.delete(`${table}/${id}`);
    return leaving.held;
  }

  #leave(table: string, id: string, held: Held): void {
    const { clock, graceMs, engine } = this.#options;
    const timer = clock.schedule(graceMs, () => {
      this.#leaving.delete(`${table}/${id}`);
      this.#closeLater(held, engine.removeSegment(table, id));
    });
    this.#leaving.set(`${table}/${id}`, { held, timer });
  }

  #closeLater({ stored }: Held, unused: Promise<void>): void {
    unused.then(() => stored.close()).catch(this.#options.onError);
  }

  #pageOf(table: string, page: string): HostedPage {
    let pages = this.#tables.get(table);
    if (pages === undefined) {
      pages = new Map();
      this.#tables.set(table, pages);
    }
    let hosted = pages.get(page);
    if (hosted === undefined) {
      hosted = { held: new Map(), failed: new Map() };
      pages.set(page, hosted);
    }
    return hosted;
  }

  #forgetPage(table: string, page: string): void {
    const pages = this.#tables.get(table);
    pages?.delete(page);
    if (pages?.size === 0) this.#tables.delete(table);
  }
}

/** Reads and checks a file's footer; closes the file when it is not the record's. */
async function readFooterOf(
  stored: StoredSegment,
  { file, crc }: SegmentRecord,
): Promise<SegmentMetadata> {
  try {
    const footer = await readSegmentFooter(file, stored);
    if (footer.crc === crc) return footer.metadata;
    await stored.discardCopy?.();
    throw new EngineError(
      'CORRUPT_DATA',
      `store: ${file} should have the CRC-32C ${crc}, found ${footer.crc}; restore the file`,
    );
  } catch (error) {
    await stored.close();
    throw error;
  }
}
