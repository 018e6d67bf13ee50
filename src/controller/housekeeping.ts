import { ORPHAN_SWEEP_MS } from '../base/limits.ts';
import { childPath, clusterPaths } from '../coord/cluster/paths.ts';
import { isReplaced } from '../coord/cluster/visibility.ts';
import { objectNamedAtMs, parseSegmentKey, segmentKey } from '../store/segment-store.ts';
import type { CatalogWork } from './catalog-work.ts';
import { FirstSeen } from './first-seen.ts';
import { recordsOf } from './load-plan.ts';
import { editRecords } from './page-edits.ts';
import { finishRemovals, removeObjects } from './remove-objects.ts';
import { removePages } from './table-changes.ts';
import { abortLoad, statePath } from './table-loads.ts';

/**
 * What a leading controller does from time to time: it finishes what loads and drops have left, its own
 * and those of controllers before it. Everything that is to be removed is left for a grace time in which
 * running queries end, counted from when this controller has first seen it; files go last.
 *
 * Caller must: run one piece of it, or of other work in the tree, at a time.
 */
export class Housekeeping {
  readonly #graceMs: number;
  readonly #orphanGraceMs: number;
  readonly #replaced = new FirstSeen();
  readonly #doomed = new FirstSeen();
  /** Objects without a record whose names do not say when they were made. */
  readonly #ageless = new FirstSeen();
  /** Files that were a segment's. By their keys, with their tables. */
  readonly #files = new Map<string, string>();
  #sweptAtMs: number | null = null;

  /**
   * @param graceMs see `SEGMENT_GRACE_MS`.
   * @param orphanGraceMs see `ORPHAN_GRACE_MS`.
   */
  constructor(graceMs: number, orphanGraceMs: number) {
    this.#graceMs = graceMs;
    this.#orphanGraceMs = orphanGraceMs;
  }

  /** Files of a table that are nobody's any more, but of queries that read them. */
  doom(table: string, files: Iterable<string>): void {
    for (const file of files) this.#files.set(file, table);
  }

  /**
   * Takes back the loads that a controller has begun and will not end.
   *
   * @param owned ids of loads that are under way here.
   */
  async abortAbandoned(work: CatalogWork, owned: ReadonlySet<string>): Promise<void> {
    for (const [table, { state }] of [...work.state.segments]) {
      for (const [load, { kind }] of Object.entries(state?.pending ?? {})) {
        if (kind !== 'load' || owned.has(load)) continue;
        // Its files stay for a while: the client may try again with what it has sent.
        await abortLoad(work, table, load);
      }
    }
  }

  /** Removes what has been left for long enough. */
  async remove(work: CatalogWork): Promise<void> {
    await finishRemovals(work);
    await this.#removeReplaced(work);
    await this.#finishDrops(work);
    await this.#removeDoomed(work);
    await this.#removeOrphans(work);
  }

  async #removeReplaced(work: CatalogWork): Promise<void> {
    const replaced = new Map<string, string>();
    for (const [table, { state }] of work.state.segments) {
      for (const [id, record] of recordsOf(work.state, table)) {
        if (isReplaced(record, state?.pending ?? {})) replaced.set(`${table}/${id}`, table);
      }
    }
    const due = new Set(
      this.#replaced.due(replaced.keys(), work.clock.monotonicMs(), this.#graceMs),
    );
    for (const table of new Set([...due].map((key) => replaced.get(key)!))) {
      const isDue = (id: string) => due.has(`${table}/${id}`);
      const records = [...recordsOf(work.state, table)];
      const used = new Set(records.flatMap(([id, { file }]) => (isDue(id) ? [] : [file])));
      await editRecords(work, table, (record, id) => (isDue(id) ? null : record));
      const unused = records.filter(([id, { file }]) => isDue(id) && !used.has(file));
      await removeObjects(work, table, objectsOf(unused.map(([, { file }]) => file)));
    }
  }

  /** Of a table that was dropped nothing but its state stays, until its files are gone. */
  async #finishDrops(work: CatalogWork): Promise<void> {
    for (const [table, { pages }] of [...work.state.segments]) {
      if (work.state.tables.has(table) || pages.size === 0) continue;
      this.doom(table, await removePages(work, table));
    }
    for (const [root, nodes] of [
      [clusterPaths.rebalances, work.state.rebalances],
      [clusterPaths.instancePartitions, work.state.instancePartitions],
    ] as const) {
      const dropped = [...nodes.keys()].filter((table) => !work.state.tables.has(table));
      for (const table of dropped) await work.term.remove(childPath(root, table));
    }
  }

  async #removeDoomed(work: CatalogWork): Promise<void> {
    const due = this.#doomed.due(this.#files.keys(), work.clock.monotonicMs(), this.#graceMs);
    for (const table of new Set(due.map((file) => this.#files.get(file)!))) {
      const used = filesOf(work, table);
      const files = due.filter((file) => this.#files.get(file) === table);
      await removeObjects(work, table, objectsOf(files.filter((file) => !used.has(file))));
      for (const file of files) this.#files.delete(file);
    }
  }

  /** Removes objects without a record: what failed loads and stopped controllers have left. */
  async #removeOrphans(work: CatalogWork): Promise<void> {
    const { state, store, clock, term } = work;
    const nowMs = clock.monotonicMs();
    const sweepMs = Math.min(ORPHAN_SWEEP_MS, this.#orphanGraceMs);
    if (this.#sweptAtMs !== null && nowMs - this.#sweptAtMs < sweepMs) return;
    this.#sweptAtMs = nowMs;
    const ageless = new Map<string, string>();
    for (const table of [...state.segments.keys()]) {
      const used = filesOf(work, table);
      const objects = await store.list(table);
      const due: string[] = [];
      for (const object of objects) {
        const key = segmentKey(table, object);
        const namedAtMs = objectNamedAtMs(object);
        if (used.has(key)) continue;
        if (namedAtMs === null) ageless.set(key, table);
        else if (clock.nowMs() - namedAtMs >= this.#orphanGraceMs) due.push(object);
      }
      await removeObjects(work, table, due);
      const isDropped = !state.tables.has(table) && objects.length === 0;
      if (isDropped) await term.remove(statePath(table));
    }
    for (const key of this.#ageless.due(ageless.keys(), nowMs, this.#orphanGraceMs)) {
      await removeObjects(work, ageless.get(key)!, objectsOf([key]));
    }
  }
}

function filesOf({ state }: CatalogWork, table: string): Set<string> {
  return new Set([...recordsOf(state, table)].map(([, { file }]) => file));
}

function objectsOf(files: readonly string[]): string[] {
  return files.map((file) => parseSegmentKey(file).object);
}
