import { readTableConfig } from '../base/table-config.ts';
import type { TableNode } from '../coord/cluster/paths.ts';
import type { SegmentRecord } from '../coord/cluster/segment-nodes.ts';
import { segmentKey } from '../store/segment-store.ts';
import type { CatalogWork } from './catalog-work.ts';
import type { ClusterState } from './cluster-state.ts';
import { describeSegment, pruningFacts } from './describe-segment.ts';
import { editPage } from './page-edits.ts';
import { checkNotRemoved } from './remove-objects.ts';
import type { SegmentBuilds } from './segment-builds.ts';
import { existingTable } from './table-changes.ts';

/** What a reindexer works with. */
export interface ReindexerOptions {
  /** Runs a step when nothing else changes the tree, while this controller leads. */
  readonly run: <R>(step: (work: CatalogWork) => Promise<R>) => Promise<R>;
  readonly builds: SegmentBuilds;
  /** Told of each file that is nobody's any more. */
  readonly onReplaced: (table: string, file: string) => void;
}

/** A segment that has not the indexes of its table, as it was when that was seen. */
interface StaleSegment {
  readonly page: string;
  readonly id: string;
  readonly record: SegmentRecord;
}

/**
 * Gives segments the indexes that their tables are configured to have: each as another file, then in its
 * record. So it can be done again from where it ended. Files are built while other changes go on; what has
 * changed meanwhile is left to them, and looked at again.
 */
export class Reindexer {
  readonly #options: ReindexerOptions;
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;
  /** Tables that could not be reindexed, by their configuration's number: it would fail again. */
  readonly #failed = new Map<string, number>();

  constructor(options: ReindexerOptions) {
    this.#options = options;
  }

  /** True while there is something to do. */
  get isBusy(): boolean {
    return this.#pending > 0;
  }

  /** Resolves when nothing is done any more. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** Tables with segments that have not the indexes which they should have, and could get them. */
  staleTables(state: ClusterState): string[] {
    return [...state.tables.values()]
      .filter(({ schema: { name }, configRevision = 0 }) => {
        const isHopeless = this.#failed.get(name) === configRevision;
        return !isHopeless && staleSegments(state, name).next().done === false;
      })
      .map(({ schema }) => schema.name);
  }

  /**
   * Reindexes a table, after those that were asked for before.
   *
   * @throws EngineError UNKNOWN_TABLE, and what building an index throws: the segments that are left have
   *   their indexes as they were.
   */
  reindex(table: string): Promise<void> {
    this.#pending++;
    const result = this.#last
      .then(() => this.#reindex(table))
      .finally(() => {
        this.#pending--;
      });
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #reindex(table: string): Promise<void> {
    const { run } = this.#options;
    for (;;) {
      const stale = await run(async ({ state }) => {
        existingTable(state.tables, table);
        return [...staleSegments(state, table)];
      });
      if (stale.length === 0) {
        this.#failed.delete(table);
        return;
      }
      for (const segment of stale) await this.#replace(table, segment);
    }
  }

  async #replace(table: string, segment: StaleSegment): Promise<void> {
    const { run, builds, onReplaced } = this.#options;
    const begun = await run(async ({ state, term }) => {
      const node = state.tables.get(table);
      return node && isSame(state, table, segment) ? { node, signal: term.signal } : null;
    });
    if (!begun) return;
    const { node, signal } = begun;
    const { schema, config = {}, configRevision = 0 } = node;
    try {
      const { indexes } = readTableConfig(config, 'table config', schema).build;
      const job = { kind: 'reindex', table, from: segment.record.file, indexes } as const;
      const [object] = await builds.run(job, signal);
      const replaced = await run(async (work) => {
        checkNotRemoved(work.state, table, [object!]);
        const { file, metadata } = await describeSegment(work.store, segmentKey(table, object!));
        const next = { ...file, ...pruningFacts(metadata, node), configRevision };
        return exchange(work, table, segment, next);
      });
      onReplaced(table, replaced);
    } catch (error) {
      const isOurs = await run(async ({ state }) => isSame(state, table, segment, node));
      // What has gone meanwhile could not be read.
      if (!isOurs) return;
      this.#failed.set(table, configRevision);
      throw error;
    }
  }
}

function* staleSegments(state: ClusterState, table: string): Generator<StaleSegment> {
  const { configRevision = 0 } = state.tables.get(table)!;
  for (const [page, { segments }] of state.segments.get(table)?.pages ?? []) {
    for (const [id, record] of Object.entries(segments)) {
      if ((record.configRevision ?? 0) < configRevision) yield { page, id, record };
    }
  }
}

/** Whether a segment, and its table's configuration if that matters, is as it was. */
function isSame(
  state: ClusterState,
  table: string,
  { page, id, record }: StaleSegment,
  node?: TableNode,
): boolean {
  const current = state.segments.get(table)?.pages.get(page)?.segments[id];
  const isTable =
    node === undefined || state.tables.get(table)?.configRevision === node.configRevision;
  return isTable && current?.file === record.file;
}

/** Has a segment's record name another file; returns the one of both that is nobody's any more. */
async function exchange(
  { term }: CatalogWork,
  table: string,
  { page, id, record }: StaleSegment,
  next: Partial<SegmentRecord> & { readonly file: string },
): Promise<string> {
  let isDone = false;
  await editPage(term, table, page, (current, currentId) => {
    if (currentId !== id) return current;
    // After a lost answer it may have been done already.
    isDone ||= current.file === next.file || current.file === record.file;
    return current.file === record.file ? { ...current, ...next } : current;
  });
  return isDone ? record.file : next.file;
}
