import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { indexName } from '../base/index-config.ts';
import { SPANNING_GROUPS_MIN } from '../base/limits.ts';
import { didYouMean } from '../base/nearest-name.ts';
import type { ExecutionContext } from '../exec/context.ts';
import type { LeafResult, LeafService, LeafStats } from '../exec/leaf-service.ts';
import { runLeafTask, type SegmentOutcome, type TaskResult } from '../exec/leaf-task.ts';
import { mergePartials } from '../exec/merge.ts';
import { answerFromMetadata } from '../exec/metadata-answer.ts';
import type { AggregatePartial } from '../exec/partial.ts';
import { mayMatch } from '../exec/prune.ts';
import { type PinnedBuffers, type SegmentView, segmentView } from '../exec/segment-view.ts';
import { comparedTexts, isSpanningWorthIt } from '../exec/spanning.ts';
import { ordinalDictionaries, type TaskOrdinals, withOrdinals } from '../exec/task-ordinals.ts';
import { threadContexts } from '../exec/thread-contexts.ts';
import type { Clock } from '../io/clock.ts';
import type { Tasks } from '../io/tasks.ts';
import { createArenaMemory, planArenas } from '../kernels/arena.ts';
import { bloomHash, bloomMayHave } from '../segment/indexes/bloom.ts';
import type { ColumnMetadata, SegmentIndex, SegmentMetadata } from '../segment/metadata.ts';
import { filterIndexes } from '../sql/index-use.ts';
import type { LeafPlan } from '../sql/plan.ts';
import { ArenaPlacement } from './arena-placement.ts';
import {
  type BufferAddresses,
  type BufferGroup,
  ColumnCache,
  columnGroup,
  indexGroup,
  type PinRequest,
} from './column-cache.ts';
import { LeafThreads, type ThreadSegment } from './leaf-threads.ts';
import { OrdinalMaps } from './ordinal-maps.ts';
import type { SegmentSource } from './segment-source.ts';

/** What an engine needs. */
export interface EngineOptions {
  /** The kernels, of the shared or the unshared build. */
  readonly kernelModule: WebAssembly.Module;
  /** Which of the two: threads need the shared one. */
  readonly sharedMemory: boolean;
  /** Null without threads. */
  readonly tasks: Tasks | null;
  /** Worker threads; 0 runs everything on the caller's thread. */
  readonly threadCount: number;
  /** Memory for columns and working memory together. */
  readonly memoryBytes: number;
  readonly clock: Clock;
  /** Groups from which on they are gathered over several segments at once (default: the limit). */
  readonly spanningGroupsMin?: number | undefined;
}

interface Segment {
  readonly id: number;
  readonly arena: number;
  readonly metadata: SegmentMetadata;
  readonly source: SegmentSource;
}

/** Segments that were ruled out before anything of them was loaded. */
interface Pruned {
  readonly count: number;
  /** Names of the indexes that did. */
  readonly by: readonly string[];
}

const NOT_PRUNED: Pruned = { count: 0, by: [] };
/** A segment whose columns are in memory: for this thread as a view, for others by its addresses. */
interface PlacedSegment extends ThreadSegment {
  readonly view: SegmentView;
}

/** A plan that is ready to run. */
interface Job {
  readonly plan: LeafPlan;
  readonly segments: readonly PlacedSegment[];
  readonly isSpanning: boolean;
  readonly ordinals: readonly TaskOrdinals[];
}

/** Runs leaf plans on segments: pins their columns, spreads the batches over threads, combines. */
export class Engine implements LeafService {
  readonly #clock: Clock;
  readonly #spanningGroupsMin: number;
  readonly #contexts: readonly ExecutionContext[];
  readonly #threads: LeafThreads | null;
  readonly #cache: ColumnCache;
  readonly #ordinals: OrdinalMaps;
  readonly #placement: ArenaPlacement;
  readonly #segments = new Map<string, Segment>();
  #nextSegment = 0;

  /**
   * Takes memory and starts the threads.
   *
   * @throws EngineError MEMORY_LIMIT when the budget is too small or the system has not as much.
   */
  static async start(options: EngineOptions): Promise<Engine> {
    return new Engine(options);
  }

  private constructor(options: EngineOptions) {
    const { kernelModule, tasks, threadCount, memoryBytes, clock } = options;
    assert(threadCount === 0 || options.sharedMemory, 'threads share their memory');
    const layouts = planArenas(memoryBytes, threadCount + 1);
    const memories = layouts.map((layout) => createArenaMemory(layout, options.sharedMemory));
    this.#clock = clock;
    this.#spanningGroupsMin = options.spanningGroupsMin ?? SPANNING_GROUPS_MIN;
    this.#contexts = threadContexts(kernelModule, memories, layouts, 0);
    this.#cache = new ColumnCache(memories, layouts);
    this.#ordinals = new OrdinalMaps(this.#cache, this.#contexts);
    this.#placement = new ArenaPlacement(this.#cache.capacities);
    this.#threads =
      tasks === null || threadCount === 0
        ? null
        : new LeafThreads(tasks, threadCount, kernelModule, memories, layouts);
  }

  /** The main thread's context in the first arena, for the reduce part of embedded queries. */
  get mainContext(): ExecutionContext {
    return this.#contexts[0]!;
  }

  /** Bytes of columns in memory. */
  get cachedBytes(): number {
    return this.#cache.usedBytes;
  }

  /**
   * Makes a segment known; its columns are read on first use through `source`. Replaces one of the
   * same table and name.
   */
  addSegment(metadata: SegmentMetadata, source: SegmentSource): void {
    this.removeSegment(metadata.table, metadata.name);
    const id = this.#nextSegment++;
    const arena = this.#placement.place(metadata);
    this.#segments.set(keyOf(metadata.table, metadata.name), { id, arena, metadata, source });
  }

  /** Forgets a segment; queries that already run on it finish. */
  removeSegment(table: string, name: string): void {
    const segment = this.#segments.get(keyOf(table, name));
    if (segment === undefined) return;
    this.#segments.delete(keyOf(table, name));
    this.#placement.remove(segment.arena, segment.metadata);
    this.#threads?.forget(segment.id);
    this.#cache.drop(segment.id);
  }

  /** Runs a leaf plan over named segments of its table; their columns stay pinned until `release`. */
  async execute(
    plan: LeafPlan,
    segments: readonly string[],
    timeoutMs: number,
  ): Promise<LeafResult> {
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    const found = segments.map((name) => this.#segment(plan.table, name));
    const known = this.#answerWithoutRows(plan, found);
    if (known !== null) return known;
    const { open, ...pruned } = await this.#prune(plan, found);
    const needs = open.map((segment) => segmentNeeds(plan, segment));
    const requests = needs.flatMap((need) => [...need.columns, ...need.indexes]);
    const addresses = await this.#cache.pin(requests);
    const ordinals: TaskOrdinals[] = [];
    const release = (): void => {
      this.#ordinals.unpin(ordinals);
      this.#cache.unpin(requests);
    };
    try {
      const placed = placedSegments(open, pinnedBuffers(needs, addresses));
      const isSpanning = isSpanningWorthIt(
        plan,
        open.map(({ metadata }) => metadata),
        this.#spanningGroupsMin,
      );
      if (plan.kind === 'aggregate' && isSpanning) {
        ordinals.push(...this.#ordinals.pin(comparedTexts(plan), placed));
      }
      const job = { plan, segments: placed, isSpanning, ordinals };
      const results = await this.#run(job, deadlineMs, timeoutMs);
      const partials = results.flatMap(({ partial }) => (partial === null ? [] : [partial]));
      const partial = mergePartials(plan, partials, this.mainContext);
      return { partial, stats: statistics(plan, found, results, pruned), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#threads?.close();
  }

  /** The result when the segments' metadata say it, or null. */
  #answerWithoutRows(plan: LeafPlan, segments: readonly Segment[]): LeafResult | null {
    const partials: AggregatePartial[] = [];
    for (const { metadata } of segments) {
      const partial = answerFromMetadata(plan, metadata);
      if (partial === null) return null;
      partials.push(partial);
    }
    const outcomes = segments.map(({ metadata }, segment) => ({
      segment,
      isPruned: false,
      docsScanned: metadata.rowCount,
      entriesScannedInFilter: 0,
      indexesUsed: [],
    }));
    const stats = statistics(
      { ...plan, columns: [] },
      segments,
      [{ partial: null, outcomes }],
      NOT_PRUNED,
    );
    const partial = mergePartials(plan, partials, this.mainContext);
    return { partial, stats, release: () => {} };
  }

  /** The segments that may have rows for a plan: others are never loaded. */
  async #prune(
    plan: LeafPlan,
    segments: readonly Segment[],
  ): Promise<Pruned & { readonly open: readonly Segment[] }> {
    const open = segments.filter(({ metadata }) => mayMatch(plan.filter, metadata));
    const count = segments.length - open.length;
    const probes = open.flatMap((segment) => bloomProbes(plan, segment));
    if (probes.length === 0) return { open, count, by: [] };
    const requests = probes.map(({ request }) => request);
    const addresses = await this.#cache.pin(requests);
    try {
      const blooms = new Map(probes.map((probe, at) => [probe, addresses[at]!.blocks!] as const));
      const by = new Set<string>();
      const left = open.filter(({ id, arena, metadata }) =>
        mayMatch(plan.filter, metadata, ({ name, type }, value) => {
          const probe = probes.find(
            ({ request, index }) => request.segment === id && index.columns[0] === name,
          );
          if (probe === undefined) return true;
          const start = blooms.get(probe)!;
          const { lengthBytes } = probe.index.buffers[0]!;
          const blocks = this.#contexts[arena]!.kernels.u8.subarray(start, start + lengthBytes);
          if (bloomMayHave(blocks, bloomHash(type, value))) return true;
          by.add(indexName(probe.index));
          return false;
        }),
      );
      return { open: left, count: segments.length - left.length, by: [...by] };
    } finally {
      this.#cache.unpin(requests);
    }
  }

  #segment(table: string, name: string): Segment {
    const segment = this.#segments.get(keyOf(table, name));
    if (segment === undefined) {
      throw new EngineError(
        'SEGMENT_UNAVAILABLE',
        `engine: this server does not hold segment ${name} of table ${table}`,
      );
    }
    return segment;
  }

  async #run(job: Job, deadlineMs: number, timeoutMs: number): Promise<TaskResult[]> {
    const { plan, segments, ordinals } = job;
    const dictionaries = ordinalDictionaries(ordinals, segments, this.#contexts);
    const isOver = (): boolean => this.#clock.monotonicMs() >= deadlineMs;
    // A plan that reads no column costs less than telling the threads about it.
    if (this.#threads === null || plan.columns.length === 0) {
      const numbered = withOrdinals(segments, ordinals, dictionaries);
      const cursors = new Int32Array(segments.length + 1);
      const task = { ...job, segments: numbered, cursors, firstSegment: 0 };
      const result = runLeafTask(task, this.#contexts, isOver);
      if (isOver()) throw tooSlow(timeoutMs);
      return [result];
    }
    const cursors = new Int32Array(new SharedArrayBuffer((segments.length + 1) * 4));
    let hasTimedOut = false;
    const timer = this.#clock.schedule(deadlineMs - this.#clock.monotonicMs(), () => {
      hasTimedOut = true;
      Atomics.store(cursors, segments.length, 1);
    });
    try {
      const results = await this.#threads.run({ ...job, cursors, dictionaries });
      if (hasTimedOut) throw tooSlow(timeoutMs);
      return results;
    } finally {
      timer.cancel();
    }
  }
}

function tooSlow(timeoutMs: number): EngineError {
  return new EngineError('TIMEOUT', `engine: the query took longer than ${timeoutMs} ms`);
}

function keyOf(table: string, name: string): string {
  return `${table}/${name}`;
}

/** The Bloom filters of a segment that may rule it out. */
function bloomProbes(
  plan: LeafPlan,
  { id, arena, metadata, source }: Segment,
): { readonly index: SegmentIndex; readonly request: PinRequest }[] {
  return filterIndexes(plan, metadata.indexes)
    .filter(({ kind }) => kind === 'bloom')
    .map((index) => {
      return { index, request: { segment: id, arena, group: indexGroup(index), source } };
    });
}

/** What one segment needs in memory for a plan. */
interface SegmentNeeds {
  readonly columns: readonly PinRequest[];
  readonly columnNames: readonly string[];
  readonly indexes: readonly PinRequest[];
  /** The places of `indexes` in the metadata; those without buffers come last. */
  readonly indexPlaces: readonly number[];
}

function segmentNeeds(plan: LeafPlan, { id, arena, metadata, source }: Segment): SegmentNeeds {
  const request = (group: BufferGroup): PinRequest => ({ segment: id, arena, group, source });
  const columns = plan.columns.map((name) => request(columnGroup(columnOf(metadata, name))));
  const usable = filterIndexes(plan, metadata.indexes)
    .filter(({ kind }) => kind !== 'bloom')
    .toSorted((left, right) => right.buffers.length - left.buffers.length);
  const stored = usable.filter(({ buffers }) => buffers.length > 0);
  return {
    columns,
    columnNames: plan.columns,
    indexes: stored.map((index) => request(indexGroup(index))),
    indexPlaces: usable.map((index) => metadata.indexes.indexOf(index)),
  };
}

function columnOf(metadata: SegmentMetadata, name: string): ColumnMetadata {
  const column = metadata.columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const known = metadata.columns.map((candidate) => candidate.name);
  throw new EngineError(
    'UNKNOWN_COLUMN',
    `engine: segment ${metadata.name} has no column ${name}${didYouMean(name, known)}`,
  );
}

/** Addresses, which are in the order of the requests, for each segment. */
function pinnedBuffers(
  needs: readonly SegmentNeeds[],
  addresses: readonly BufferAddresses[],
): PinnedBuffers[] {
  let next = 0;
  return needs.map(({ columnNames, indexes, indexPlaces }) => {
    const columns = columnNames.map((name) => [name, addresses[next++]!] as const);
    const found = indexPlaces.map((place, at) => {
      return [place, at < indexes.length ? addresses[next++]! : {}] as const;
    });
    return { columns: Object.fromEntries(columns), indexes: Object.fromEntries(found) };
  });
}

/** Segments with the addresses of their buffers. */
function placedSegments(
  segments: readonly Segment[],
  buffers: readonly PinnedBuffers[],
): PlacedSegment[] {
  return segments.map(({ id, arena, metadata }, index) => {
    const own = buffers[index]!;
    return { id, arena, metadata, buffers: own, view: segmentView(metadata, own) };
  });
}

function statistics(
  plan: LeafPlan,
  segments: readonly Segment[],
  results: readonly TaskResult[],
  pruned: Pruned,
): LeafStats {
  const outcomes = results.flatMap((result) => result.outcomes);
  const count = (test: (outcome: SegmentOutcome) => boolean): number =>
    new Set(outcomes.filter(test).map(({ segment }) => segment)).size;
  const docsScanned = outcomes.reduce((sum, outcome) => sum + outcome.docsScanned, 0);
  const segmentsPruned = pruned.count + count(({ isPruned }) => isPruned);
  return {
    segmentsQueried: segments.length,
    segmentsProcessed: segments.length - segmentsPruned,
    segmentsMatched: count((outcome) => outcome.docsScanned > 0),
    segmentsPruned,
    docsScanned,
    totalDocs: segments.reduce((sum, { metadata }) => sum + metadata.rowCount, 0),
    entriesScannedInFilter: outcomes.reduce((sum, { entriesScannedInFilter: n }) => sum + n, 0),
    entriesScannedPostFilter: docsScanned * plan.columns.length,
    indexesUsed: [...new Set([...pruned.by, ...outcomes.flatMap((o) => o.indexesUsed)])].sort(),
  };
}
