import { EngineError, errorMessage } from '../base/errors.ts';
import { SEGMENT_LOADS_MAX } from '../base/limits.ts';
import type { ServingNode } from '../coord/cluster/paths.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import { readSegmentMetadata } from '../store/segment-metadata.ts';
import { type SegmentStore, type StoredSegment, segmentKey } from '../store/segment-store.ts';

/** The part of the engine that hosting needs. */
export interface SegmentHost {
  addSegment(metadata: SegmentMetadata, source: StoredSegment): void;
  removeSegment(table: string, name: string): void;
}

/**
 * The segments that a server holds: opened in the deep store, checked, and known to its engine. Their
 * column data stays where it is until a query needs it.
 *
 * Caller must: not run `host` twice at the same time.
 */
export class HostedSegments {
  readonly #engine: SegmentHost;
  readonly #store: () => Promise<SegmentStore>;
  readonly #open = new Map<string, Map<string, StoredSegment>>();
  readonly #failed = new Map<string, Map<string, string>>();
  /** Which revision of a table's files is open. */
  readonly #revisions = new Map<string, number>();
  /** Files that were opened anew: queries may still read the old ones, until the next revision. */
  readonly #replaced: StoredSegment[] = [];

  constructor(engine: SegmentHost, store: () => Promise<SegmentStore>) {
    this.#engine = engine;
    this.#store = store;
  }

  /** Tables of which this server holds, or failed to open, a segment. */
  tables(): string[] {
    return [...new Set([...this.#open.keys(), ...this.#failed.keys()])];
  }

  /** What to publish about a table. */
  serving(table: string): ServingNode {
    return {
      segments: [...(this.#open.get(table)?.keys() ?? [])],
      failed: Object.fromEntries(this.#failed.get(table) ?? []),
    };
  }

  /**
   * Makes the held segments of a table exactly those that are wanted. One that cannot be opened is
   * kept as failed, with the reason, and tried again at the next call.
   *
   * @param revision of the table's files: when it has changed, all of them are opened anew.
   * @returns true when what is served has changed.
   */
  async host(table: string, wanted: ReadonlySet<string>, revision = 0): Promise<boolean> {
    const open = getOrCreate(this.#open, table);
    if (revision !== (this.#revisions.get(table) ?? revision)) await this.#reopen(table, open);
    this.#revisions.set(table, revision);
    const before = JSON.stringify(this.serving(table));
    for (const [segment, stored] of open) {
      if (wanted.has(segment)) continue;
      open.delete(segment);
      this.#engine.removeSegment(table, segment);
      await stored.close();
    }
    this.#failed.delete(table);
    const missing = [...wanted].filter((segment) => !open.has(segment));
    for (let start = 0; start < missing.length; start += SEGMENT_LOADS_MAX) {
      const group = missing.slice(start, start + SEGMENT_LOADS_MAX);
      await Promise.all(group.map((segment) => this.#load(table, segment, open)));
    }
    if (open.size === 0) this.#open.delete(table);
    return JSON.stringify(this.serving(table)) !== before;
  }

  /** Takes other files under the same names; one that cannot be opened stays as it is. */
  async #reopen(table: string, open: Map<string, StoredSegment>): Promise<void> {
    for (const stored of this.#replaced.splice(0)) await stored.close();
    for (const [segment, stored] of [...open]) {
      await this.#load(table, segment, open);
      if (open.get(segment) !== stored) this.#replaced.push(stored);
    }
  }

  /** Closes all files; the engine is to be closed by its owner. */
  async close(): Promise<void> {
    for (const open of this.#open.values()) {
      for (const stored of open.values()) await stored.close();
    }
    this.#open.clear();
    for (const stored of this.#replaced.splice(0)) await stored.close();
  }

  async #load(table: string, segment: string, open: Map<string, StoredSegment>): Promise<void> {
    try {
      const key = segmentKey(table, segment);
      const stored = await (await this.#store()).open(key);
      try {
        this.#engine.addSegment(await readSegmentMetadata(key, stored), stored);
      } catch (error) {
        await stored.close();
        throw error;
      }
      open.set(segment, stored);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      getOrCreate(this.#failed, table).set(segment, errorMessage(error));
    }
  }
}

function getOrCreate<K, V>(map: Map<string, Map<K, V>>, key: string): Map<K, V> {
  let inner = map.get(key);
  if (inner === undefined) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}
