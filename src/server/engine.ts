import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { BATCH_ROWS, SPANNING_GROUPS_MIN } from '../base/limits.ts';
import { didYouMean } from '../base/nearest-name.ts';
import type { ExecutionContext } from '../exec/context.ts';
import { heldBytes } from '../exec/held-bytes.ts';
import type { LeafOptions, LeafResult, LeafService, LeafStats } from '../exec/leaf-service.ts';
import { runLeafTask, type SegmentOutcome, type WholeResult } from '../exec/leaf-task.ts';
import { segmentView } from '../exec/leaf-worker.ts';
import { mergePartials, mergeSteps } from '../exec/merge.ts';
import { answerFromMetadata } from '../exec/metadata-answer.ts';
import { type AggregatePartial, type Partial, partialRows } from '../exec/partial.ts';
import { addLeafProfile, emptyLeafProfile, type LeafProfile, Profiler } from '../exec/profile.ts';
import { localWork } from '../exec/query-control.ts';
import { QueryStop } from '../exec/query-stop.ts';
import { isRuledOut } from '../exec/segment-plan.ts';
import type { ColumnAddresses, SegmentView } from '../exec/segment-view.ts';
import { comparedTexts, isSpanningWorthIt } from '../exec/spanning.ts';
import { runInSlices, Turns } from '../exec/steps.ts';
import { TaskCells } from '../exec/task-cells.ts';
import { ordinalDictionaries, type TaskOrdinals, withOrdinals } from '../exec/task-ordinals.ts';
import { threadContexts } from '../exec/thread-contexts.ts';
import type { Clock } from '../io/clock.ts';
import type { Tasks } from '../io/tasks.ts';
import { createArenaMemory, planArenas } from '../kernels/arena.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import type { LeafPlan } from '../sql/plan.ts';
import { DEFAULT_QUERY_LIMITS, type QueryLimits } from '../sql/query-limits.ts';
import { findVirtualColumn } from '../sql/virtual-columns.ts';
import { ArenaPlacement } from './arena-placement.ts';
import { ColumnCache, type ColumnRequest } from './column-cache.ts';
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
  /** What `$hostName` says of rows that this engine reads (default `localhost`). */
  readonly hostName?: string;
  /** Groups from which on they are gathered over several segments at once (default: the limit). */
  readonly spanningGroupsMin?: number | undefined;
  /** Rows that operators take at once (default `BATCH_ROWS`): tests want small ones, too. */
  readonly batchRows?: number;
}

/** A leaf plan while it runs. */
interface LeafQuery {
  readonly plan: LeafPlan;
  readonly limits: QueryLimits;
  readonly stop: QueryStop;
  readonly isProfiled: boolean;
}

interface Segment {
  readonly id: number;
  readonly arena: number;
  readonly metadata: SegmentMetadata;
  readonly source: SegmentSource;
}

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
  readonly #hostName: string;
  readonly #spanningGroupsMin: number;
  readonly #contexts: readonly ExecutionContext[];
  readonly #threads: LeafThreads | null;
  readonly #cache: ColumnCache;
  readonly #ordinals: OrdinalMaps;
  readonly #placement: ArenaPlacement;
  readonly #segments = new Map<string, Segment>();
  /** Merges of results, which pause while they hold the main thread's working memory. */
  readonly #merges = new Turns();
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
    const { batchRows = BATCH_ROWS } = options;
    assert(threadCount === 0 || options.sharedMemory, 'threads share their memory');
    const layouts = planArenas(memoryBytes, threadCount + 1);
    const memories = layouts.map((layout) => createArenaMemory(layout, options.sharedMemory));
    this.#clock = clock;
    this.#hostName = options.hostName ?? 'localhost';
    this.#spanningGroupsMin = options.spanningGroupsMin ?? SPANNING_GROUPS_MIN;
    this.#contexts = threadContexts(kernelModule, memories, layouts, 0, batchRows);
    this.#cache = new ColumnCache(this.#contexts, layouts);
    this.#ordinals = new OrdinalMaps(this.#cache, this.#contexts);
    this.#placement = new ArenaPlacement(this.#cache.capacities);
    this.#threads =
      tasks === null || threadCount === 0
        ? null
        : new LeafThreads(tasks, threadCount, kernelModule, memories, layouts, batchRows);
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
    { limits = DEFAULT_QUERY_LIMITS, signal, isProfiled = false }: LeafOptions = {},
  ): Promise<LeafResult> {
    const stop = new QueryStop(this.#clock, timeoutMs, signal);
    try {
      return await this.#execute({ plan, limits, stop, isProfiled }, segments);
    } finally {
      stop.dispose();
    }
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#threads?.close();
  }

  async #execute(query: LeafQuery, segments: readonly string[]): Promise<LeafResult> {
    const { plan, stop } = query;
    const asked = segments.map((name) => this.#segment(plan.table, name));
    const known = this.#answerWithoutRows(query, asked);
    if (known !== null) return known;
    const found = asked.filter(({ metadata }) => !isRuledOut(plan, metadata, this.#hostName));
    const requests = found.flatMap((segment) => columnRequests(plan, segment));
    const addresses = await this.#pin(requests, stop);
    const ordinals: TaskOrdinals[] = [];
    const release = (): void => {
      this.#ordinals.unpin(ordinals);
      this.#cache.unpin(requests);
    };
    try {
      const placed = placedSegments(found, requests, addresses);
      const metadata = found.map((segment) => segment.metadata);
      // A virtual column is another one in every segment.
      const isSpanning =
        !plan.columns.some((name) => findVirtualColumn(name) !== undefined) &&
        isSpanningWorthIt(plan, metadata, this.#spanningGroupsMin);
      if (plan.kind === 'aggregate' && isSpanning) {
        ordinals.push(...this.#ordinals.pin(comparedTexts(plan), placed));
      }
      const results = await this.#run(query, { plan, segments: placed, isSpanning, ordinals });
      const profile = query.isProfiled ? profileOf(results, asked.length - found.length) : null;
      const partials = results.flatMap(({ partial }) => (partial === null ? [] : [partial]));
      const partial = await this.#merge(query, partials, profile);
      return { partial, stats: statistics(plan, asked, found.length, results), profile, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Pins columns; a query that has to stop does not wait for others to let go of theirs. */
  async #pin(requests: readonly ColumnRequest[], stop: QueryStop): Promise<ColumnAddresses[]> {
    const pinning = this.#cache.pin(requests);
    try {
      return await stop.race(pinning);
    } catch (error) {
      pinning.then(
        () => this.#cache.unpin(requests),
        () => undefined,
      );
      throw error;
    }
  }

  /** Merges what threads found, in slices: it can take long, and on this thread others wait. */
  #merge(
    { plan, limits, stop }: LeafQuery,
    partials: readonly Partial[],
    profile: LeafProfile | null,
  ): Promise<Partial> {
    return this.#merges.take(async () => {
      const { control } = this.mainContext;
      const end = control.begin(localWork(limits, stop.reason));
      try {
        control.heapBytes = heldBytes(partials);
        control.checkpoint();
        const startMs = this.#clock.monotonicMs();
        const steps = mergeSteps(plan, partials, this.mainContext);
        const partial = await runInSlices(steps, this.#clock);
        if (profile !== null) {
          const { merge, operator } = profile;
          merge.timeMs += this.#clock.monotonicMs() - startMs;
          merge.rowsIn = operator.rowsOut;
          merge.rowsOut = partialRows(partial);
        }
        return partial;
      } finally {
        end();
      }
    });
  }

  /** The result when the segments' metadata say it, or null. */
  #answerWithoutRows(
    { plan, isProfiled }: LeafQuery,
    segments: readonly Segment[],
  ): LeafResult | null {
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
    }));
    const stats = statistics({ ...plan, columns: [] }, segments, segments.length, [
      { partial: null, outcomes, profile: null },
    ]);
    const partial = mergePartials(plan, partials, this.mainContext);
    const release = (): void => {};
    if (!isProfiled) return { partial, stats, profile: null, release };
    const profile = { ...emptyLeafProfile(), segmentsFromMetadata: segments.length };
    profile.operator.rowsOut = profile.merge.rowsIn = segments.length;
    profile.merge.rowsOut = partialRows(partial);
    return { partial, stats, profile, release };
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

  async #run({ limits, stop, isProfiled }: LeafQuery, job: Job): Promise<WholeResult[]> {
    const { plan, segments, ordinals } = job;
    const hostName = this.#hostName;
    const dictionaries = ordinalDictionaries(ordinals, segments, this.#contexts);
    // A plan that reads no column costs less than telling the threads about it.
    if (this.#threads === null || plan.columns.length === 0) {
      const numbered = withOrdinals(segments, ordinals, dictionaries);
      const cells = TaskCells.create(segments.length, false);
      const profiler = isProfiled ? new Profiler(this.#clock) : null;
      const share = { segments: numbered, cells, limits, hostName, profiler, firstSegment: 0 };
      const task = { ...job, ...share, isSplit: false };
      return [runLeafTask(task, this.#contexts, stop.reason)];
    }
    const cells = TaskCells.create(segments.length, true);
    stop.onStop(() => cells.stop());
    const isSplit = new Set(segments.map(({ arena }) => arena)).size === 1;
    const shared = { cells, limits, hostName, isProfiled, dictionaries, isSplit };
    try {
      return await this.#threads.run({ ...job, ...shared });
    } catch (error) {
      // Threads that were stopped do not know why.
      throw stop.reason() ?? error;
    }
  }
}

/** The profile of all threads. A segment is pruned by values once, whoever finds it. */
function profileOf(results: readonly WholeResult[], ruledOutCount: number): LeafProfile {
  const whole = emptyLeafProfile();
  for (const { profile } of results) if (profile !== null) addLeafProfile(whole, profile);
  whole.segmentsPruned['name or host'] = ruledOutCount;
  whole.segmentsPruned.values = countSegments(results, ({ isPruned }) => isPruned);
  return whole;
}

function countSegments(
  results: readonly WholeResult[],
  test: (outcome: SegmentOutcome) => boolean,
): number {
  const outcomes = results.flatMap((result) => result.outcomes);
  return new Set(outcomes.filter(test).map(({ segment }) => segment)).size;
}

function keyOf(table: string, name: string): string {
  return `${table}/${name}`;
}

function columnRequests(plan: LeafPlan, segment: Segment): ColumnRequest[] {
  const { id, arena, metadata, source } = segment;
  return plan.columns.flatMap((name) => {
    const column = metadata.columns.find((candidate) => candidate.name === name);
    if (column === undefined) {
      if (findVirtualColumn(name) !== undefined) return [];
      const known = metadata.columns.map((candidate) => candidate.name);
      throw new EngineError(
        'UNKNOWN_COLUMN',
        `engine: segment ${metadata.name} has no column ${name}${didYouMean(name, known)}`,
      );
    }
    return { segment: id, arena, column, source };
  });
}

/** Segments with the addresses of their columns. */
function placedSegments(
  segments: readonly Segment[],
  requests: readonly ColumnRequest[],
  addresses: readonly ColumnAddresses[],
): PlacedSegment[] {
  const bySegment = new Map(
    segments.map(({ id }) => [id, {} as Record<string, ColumnAddresses>] as const),
  );
  requests.forEach(({ segment, column }, index) => {
    bySegment.get(segment)![column.name] = addresses[index]!;
  });
  return segments.map(({ id, arena, metadata }) => {
    const columns = bySegment.get(id)!;
    return { id, arena, metadata, columns, view: segmentView(metadata, columns) };
  });
}

function statistics(
  plan: LeafPlan,
  segments: readonly Segment[],
  runCount: number,
  results: readonly WholeResult[],
): LeafStats {
  const outcomes = results.flatMap((result) => result.outcomes);
  const docsScanned = outcomes.reduce((sum, outcome) => sum + outcome.docsScanned, 0);
  const segmentsPruned =
    segments.length - runCount + countSegments(results, ({ isPruned }) => isPruned);
  return {
    segmentsQueried: segments.length,
    segmentsProcessed: segments.length - segmentsPruned,
    segmentsMatched: countSegments(results, (outcome) => outcome.docsScanned > 0),
    segmentsPruned,
    docsScanned,
    totalDocs: segments.reduce((sum, { metadata }) => sum + metadata.rowCount, 0),
    entriesScannedInFilter: outcomes.reduce((sum, { entriesScannedInFilter: n }) => sum + n, 0),
    entriesScannedPostFilter: docsScanned * plan.columns.length,
  };
}
