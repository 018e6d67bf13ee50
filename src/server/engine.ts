import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { indexName } from '../base/index-config.ts';
import {
  BATCH_ROWS,
  CALLER_ROWS_MAX,
  SPANNING_GROUPS_MIN,
  SPILL_SLACK_BYTES,
} from '../base/limits.ts';
import { type ExecutionContext, releasingSteps } from '../exec/context.ts';
import { decodeBuffers, type StoredBuffers } from '../exec/decode-buffers.ts';
import { heldBytes } from '../exec/held-bytes.ts';
import type { LeafOptions, LeafResult, LeafService } from '../exec/leaf-service.ts';
import { runLeafTask, type WholeResult } from '../exec/leaf-task.ts';
import { mergePartials, mergeSteps } from '../exec/merge.ts';
import { answerFromMetadata, answerFromOrdinals } from '../exec/metadata-answer.ts';
import type { OrdinalDictionary } from '../exec/ordinals.ts';
import { type AggregatePartial, type Partial, partialRows } from '../exec/partial.ts';
import { emptyLeafProfile, type LeafProfile, Profiler } from '../exec/profile.ts';
import { addScanSpans, describeLeaf } from '../exec/profile-spans.ts';
import { mayMatch } from '../exec/prune.ts';
import { localWork } from '../exec/query-control.ts';
import { QueryStop } from '../exec/query-stop.ts';
import { isRuledOut } from '../exec/segment-plan.ts';
import { comparedTexts } from '../exec/spanning.ts';
import { SpillFile } from '../exec/spill-file.ts';
import { mergeSpilled } from '../exec/spill-merge.ts';
import { runInSlices, Turns } from '../exec/steps.ts';
import { TaskCells } from '../exec/task-cells.ts';
import { ordinalDictionaries, type TaskOrdinals, withOrdinals } from '../exec/task-ordinals.ts';
import { threadContexts } from '../exec/thread-contexts.ts';
import type { Clock } from '../io/clock.ts';
import type { SpillArea } from '../io/disk.ts';
import type { Tasks } from '../io/tasks.ts';
import { noSpan, type Span, spanned } from '../io/tracing.ts';
import { createArenaMemory, planArenas } from '../kernels/arena.ts';
import { bloomHash, bloomMayHave } from '../segment/indexes/bloom.ts';
import { withTimestampColumns } from '../segment/indexes/timestamp.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import type { GroupFinish, LeafPlan } from '../sql/plan.ts';
import { DEFAULT_QUERY_LIMITS, type QueryLimits } from '../sql/query-limits.ts';
import { ArenaPlacement } from './arena-placement.ts';
import { type BufferAddresses, ColumnCache, type PinRequest } from './column-cache.ts';
import { profileOf, statistics, unreadResult, withIndexesUsed } from './leaf-findings.ts';
import { LeafThreads } from './leaf-threads.ts';
import { OrdinalMaps } from './ordinal-maps.ts';
import {
  type PlacedSegment,
  PlanNeeds,
  type PreparedPlan,
  PreparedPlans,
  type Pruned,
} from './prepared-plan.ts';
import { bloomProbes, type EngineSegment, partitionTest, timestampPlan } from './segment-needs.ts';
import type { SegmentSource } from './segment-source.ts';
import { SegmentUses } from './segment-uses.ts';

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
  /** Where queries put what does not fit into their memory (default null: nowhere, they fail). */
  readonly spill?: SpillArea | null | undefined;
  /** What `$hostName` says of rows that this engine reads (default `localhost`). */
  readonly hostName?: string;
  /** Groups from which on they are gathered over several segments at once (default: the limit). */
  readonly spanningGroupsMin?: number | undefined;
  /** Rows up to which the caller's thread works alone (default: the limit). */
  readonly callerRowsMax?: number | undefined;
  /** Rows that operators take at once (default `BATCH_ROWS`): tests want small ones, too. */
  readonly batchRows?: number;
}

/** A leaf plan while it runs. */
interface LeafQuery {
  readonly plan: LeafPlan;
  readonly limits: QueryLimits;
  readonly stop: QueryStop;
  readonly isProfiled: boolean;
  readonly finish: GroupFinish | null;
  /** What reads segments: it goes on after a query that has to stop. */
  readonly reads: Promise<unknown>[];
  readonly span: Span;
}

/** Decoding so much takes a fraction of a millisecond, as telling a thread does. */
const THREAD_DECODE_BYTES_MIN = 128 * 1024;

const NOT_PRUNED: Pruned = { byName: 0, byValues: 0, byBloom: 0, indexes: [] };

/** A plan that is ready to run. */
interface Job {
  readonly plan: LeafPlan;
  readonly segments: readonly PlacedSegment[];
  /** At a guess. */
  readonly rowCount: number;
  readonly isSpanning: boolean;
  readonly ordinals: readonly TaskOrdinals[];
}

/** What a job has while it runs. */
interface Running {
  /** Names it among those of the engine. */
  readonly query: number;
  /** Whether this thread does it all. */
  readonly isLocal: boolean;
  readonly cells: TaskCells;
  readonly dictionaries: readonly OrdinalDictionary[];
  /** Whether texts of results may be numbered apart. */
  readonly byText: boolean;
  /** What this thread puts on the disk; null when there is no place for it. */
  readonly spill: SpillFile | null;
}

/** Runs leaf plans on segments: pins their columns, spreads the batches over threads, combines. */
export class Engine implements LeafService {
  readonly #clock: Clock;
  readonly #hostName: string;
  readonly #spanningGroupsMin: number;
  readonly #callerRowsMax: number;
  readonly #contexts: readonly ExecutionContext[];
  readonly #threads: LeafThreads | null;
  readonly #cache: ColumnCache;
  readonly #ordinals: OrdinalMaps;
  readonly #placement: ArenaPlacement;
  readonly #spill: SpillArea | null;
  readonly #segments = new Map<string, EngineSegment>();
  readonly #uses = new SegmentUses<EngineSegment>();
  readonly #prepared = new PreparedPlans();
  /** Merges of results, which pause while they hold the main thread's working memory. */
  readonly #merges = new Turns();
  #nextSegment = 0;
  #nextQuery = 0;

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
    const { batchRows = BATCH_ROWS, spill = null } = options;
    assert(threadCount === 0 || options.sharedMemory, 'threads share their memory');
    const layouts = planArenas(memoryBytes, threadCount + 1);
    const memories = layouts.map((layout) => createArenaMemory(layout, options.sharedMemory));
    this.#clock = clock;
    this.#spill = spill;
    this.#hostName = options.hostName ?? 'localhost';
    this.#spanningGroupsMin = options.spanningGroupsMin ?? SPANNING_GROUPS_MIN;
    this.#callerRowsMax = options.callerRowsMax ?? CALLER_ROWS_MAX;
    this.#contexts = threadContexts(kernelModule, memories, layouts, 0, batchRows);
    this.#cache = new ColumnCache(this.#contexts, layouts, (buffers, arena) =>
      this.#decode(buffers, arena),
    );
    this.#ordinals = new OrdinalMaps(this.#cache, this.#contexts, clock);
    this.#placement = new ArenaPlacement(this.#cache.capacities);
    const shared = [kernelModule, memories, layouts, batchRows, spill?.folder ?? null] as const;
    this.#threads =
      tasks === null || threadCount === 0
        ? null
        : new LeafThreads(tasks, clock, threadCount, ...shared);
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
   * Makes a segment known; its columns are read on first use through `source`. Takes the place of one
   * of the same table and name.
   *
   * @param name what plans call it, when that is not its own name.
   * @returns resolves when no query reads the source of the one before any more.
   */
  addSegment(stored: SegmentMetadata, source: SegmentSource, name = stored.name): Promise<void> {
    const metadata = withTimestampColumns(stored);
    const unused = this.removeSegment(metadata.table, name);
    const id = this.#nextSegment++;
    const arena = this.#placement.place(metadata);
    this.#segments.set(keyOf(metadata.table, name), { id, arena, metadata, source });
    this.#prepared.clear();
    return unused;
  }

  /**
   * Forgets a segment; queries that already run on it finish.
   *
   * @returns resolves when none of them reads its source any more.
   */
  removeSegment(table: string, name: string): Promise<void> {
    const segment = this.#segments.get(keyOf(table, name));
    if (segment === undefined) return Promise.resolve();
    this.#segments.delete(keyOf(table, name));
    this.#prepared.clear();
    this.#placement.remove(segment.arena, segment.metadata);
    this.#threads?.forget(segment.id);
    this.#cache.drop(segment.id);
    return this.#uses.unused(segment);
  }

  /** Runs a leaf plan over named segments of its table; their columns stay pinned until `release`. */
  async execute(
    plan: LeafPlan,
    segments: readonly string[],
    timeoutMs: number,
    options: LeafOptions = {},
  ): Promise<LeafResult> {
    const { parent = noSpan } = options;
    return spanned(parent.begin('leaf'), async (span) => {
      const result = await this.#answer(plan, segments, timeoutMs, options, span);
      if (!span.isRecording) return result;
      describeLeaf(span, plan, result.stats);
      return options.isProfiled ? result : { ...result, profile: null };
    });
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#threads?.close();
  }

  async #answer(
    plan: LeafPlan,
    segments: readonly string[],
    timeoutMs: number,
    options: LeafOptions,
    span: Span,
  ): Promise<LeafResult> {
    const { limits = DEFAULT_QUERY_LIMITS, signal, finish = null } = options;
    const isProfiled = options.isProfiled === true || span.isRecording;
    const stop = new QueryStop(this.#clock, timeoutMs, signal);
    const reads: Promise<unknown>[] = [];
    let endUse = (): void => {};
    try {
      const prepared = this.#prepare(plan, segments, finish !== null);
      endUse = this.#uses.begin(prepared.asked);
      const query = { plan: prepared.plan, limits, stop, isProfiled, finish, reads, span };
      const result = await this.#execute(query, prepared);
      // Its columns are in memory: nothing is read any more.
      endUse();
      return withIndexesUsed(result, prepared.timestampIndexes);
    } catch (error) {
      void Promise.allSettled(reads).then(endUse);
      throw error;
    } finally {
      stop.dispose();
    }
  }

  #prepare(plan: LeafPlan, names: readonly string[], isFinished: boolean): PreparedPlan {
    const known = this.#prepared.find(plan, names, isFinished);
    if (known !== null) return known;
    const asked = this.#held(plan.table, names);
    const { plan: own, indexes } = timestampPlan(plan, asked, this.#hostName);
    const rest = { timestampIndexes: indexes, mayBeKnown: true, needs: null };
    return this.#prepared.keep(plan, { names, isFinished, asked, plan: own, ...rest });
  }

  async #execute(query: LeafQuery, prepared: PreparedPlan): Promise<LeafResult> {
    const { plan, span } = query;
    const { asked } = prepared;
    const known = prepared.mayBeKnown ? this.#answerWithoutRows(query, asked) : null;
    if (known !== null) return known;
    prepared.mayBeKnown = false;
    const needs =
      prepared.needs ?? (await spanned(span.begin('prune'), () => this.#prune(query, prepared)));
    const { requests, pruned, isSpanning } = needs;
    const addresses =
      this.#cache.pinLoaded(requests) ??
      (await spanned(span.begin('load'), () => this.#pin(requests, query)));
    const ordinals: TaskOrdinals[] = [];
    const release = (): void => {
      this.#ordinals.unpin(ordinals);
      this.#cache.unpin(requests);
    };
    try {
      const placed = needs.place(addresses);
      if (isSpanning) {
        const check = (): void => query.stop.check();
        ordinals.push(...(await this.#ordinals.pin(comparedTexts(plan), placed, check)));
      }
      const { rowCount } = needs;
      const job = { plan, segments: placed, rowCount, isSpanning, ordinals };
      const running = this.#begin(query, job);
      try {
        const { results, profile } = await spanned(span.begin('scan'), async (scan) => {
          const found = await this.#run(query, job, running);
          const measured = query.isProfiled ? profileOf(found, pruned) : null;
          if (measured !== null) addScanSpans(scan, measured, plan.kind, found.length);
          return { results: found, profile: measured };
        });
        needs.learn(results);
        const partial = await spanned(span.begin('merge'), () =>
          this.#merge(query, running, results, profile),
        );
        const { spilledBytes } = running.cells;
        if (profile !== null)
          profile.merge.spilledBytes = spilledBytes - profile.operator.spilledBytes;
        const stats = { ...statistics(plan, asked, results, pruned), spilledBytes };
        return { partial, stats, profile, release };
      } finally {
        this.#end(running);
      }
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Pins columns and indexes; a query that has to stop does not wait for others to let go of theirs. */
  async #pin(
    requests: readonly PinRequest[],
    { stop, reads }: LeafQuery,
  ): Promise<BufferAddresses[]> {
    const pinning = this.#cache.pin(requests);
    reads.push(pinning);
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
    { plan, limits, stop, finish }: LeafQuery,
    { cells, byText, spill }: Running,
    results: readonly WholeResult[],
    profile: LeafProfile | null,
  ): Promise<Partial> {
    return this.#merges.take(async () => {
      const { control } = this.mainContext;
      const slackBytes = spill === null ? 0 : SPILL_SLACK_BYTES;
      const end = control.begin(localWork(limits, stop.reason, slackBytes));
      try {
        const partials = results.flatMap(({ partial }) => (partial === null ? [] : [partial]));
        const spilled = results.flatMap((result) => result.spilled ?? []);
        if (spill !== null) checkAnswers(partials, control);
        else control.heapBytes = heldBytes(partials);
        control.checkpoint();
        const startMs = this.#clock.monotonicMs();
        const work = spill === null ? null : { plan, finish, byText, cells, file: spill };
        const steps =
          work === null
            ? mergeSteps(plan, partials, this.mainContext)
            : mergeSpilled(work, partials, spilled, this.mainContext);
        const partial = await runInSlices(releasingSteps(steps, this.mainContext), this.#clock);
        // Groups that were merged in parts have never been counted together.
        if (partial.kind === 'aggregate') control.checkGroups(partial.groupCount);
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
    { plan, isProfiled, finish }: LeafQuery,
    segments: readonly EngineSegment[],
  ): LeafResult | null {
    const partials: AggregatePartial[] = [];
    const isWhole = finish !== null && segments.length === 1;
    for (const { metadata } of segments) {
      const partial = answerFromMetadata(plan, metadata, isWhole);
      if (partial === null) return null;
      partials.push(partial);
    }
    const results = [unreadResult(null, segments)];
    const stats = statistics({ ...plan, columns: [] }, segments, results, NOT_PRUNED);
    const partial = mergePartials(plan, partials, this.mainContext);
    const release = (): void => {};
    if (!isProfiled) return { partial, stats, profile: null, release };
    const profile = { ...emptyLeafProfile(), segmentsFromMetadata: segments.length };
    profile.operator.rowsOut = profile.merge.rowsIn = segments.length;
    profile.merge.rowsOut = partialRows(partial);
    return { partial, stats, profile, release };
  }

  /** The segments that may have rows for a plan: others are never loaded. */
  async #prune(query: LeafQuery, prepared: PreparedPlan): Promise<PlanNeeds> {
    const { plan } = query;
    const segments = prepared.asked;
    const here = segments.filter(({ metadata }) => !isRuledOut(plan, metadata, this.#hostName));
    const within = here.filter((segment) =>
      mayMatch(plan.filter, segment.metadata, partitionTest(plan, segment)),
    );
    const byName = segments.length - here.length;
    const byValues = here.length - within.length;
    const probes = within.flatMap((segment) => bloomProbes(plan, segment));
    const needs = (open: readonly EngineSegment[], pruned: Pruned): PlanNeeds =>
      new PlanNeeds(plan, open, pruned, this.#hostName, this.#spanningGroupsMin);
    if (probes.length === 0) {
      prepared.needs = needs(within, { ...NOT_PRUNED, byName, byValues });
      return prepared.needs;
    }
    const requests = probes.map(({ request }) => request);
    const addresses = await this.#pin(requests, query);
    try {
      const indexes = new Set<string>();
      const open = within.filter(({ id, arena, metadata }) =>
        mayMatch(plan.filter, metadata, ({ name, type }, value) => {
          const at = probes.findIndex(
            ({ request, index }) => request.segment === id && index.columns[0] === name,
          );
          if (at < 0) return true;
          const { index } = probes[at]!;
          const start = addresses[at]!.blocks!;
          const { lengthBytes } = index.buffers[0]!;
          const blocks = this.#contexts[arena]!.kernels.u8.subarray(start, start + lengthBytes);
          if (bloomMayHave(blocks, bloomHash(type, value))) return true;
          indexes.add(indexName(index));
          return false;
        }),
      );
      const byBloom = within.length - open.length;
      return needs(open, { byName, byValues, byBloom, indexes: [...indexes] });
    } finally {
      this.#cache.unpin(requests);
    }
  }

  /** Small buffers are decoded before a thread would have been told of them. */
  async #decode(stored: StoredBuffers, arena: number): Promise<void> {
    const lengthBytes = stored.buffers.reduce((sum, buffer) => sum + buffer.lengthBytes, 0);
    if (this.#threads !== null && lengthBytes >= THREAD_DECODE_BYTES_MIN) {
      await this.#threads.decode(stored, arena);
    } else {
      decodeBuffers(stored, this.#contexts[arena]!);
    }
  }

  #held(table: string, names: readonly string[]): EngineSegment[] {
    const held = names.map((name) => this.#segments.get(keyOf(table, name)));
    const missing = names.filter((_, at) => held[at] === undefined);
    if (missing.length > 0) {
      throw new EngineError(
        'SEGMENT_UNAVAILABLE',
        `engine: this server does not hold segment ${missing[0]} of table ${table}`,
        { segments: missing },
      );
    }
    return held as EngineSegment[];
  }

  #begin({ plan, limits }: LeafQuery, { segments, rowCount, ordinals }: Job): Running {
    // A plan that reads no column, or few rows, costs less than telling the threads about it.
    const isShort = plan.columns.length === 0 || rowCount <= this.#callerRowsMax;
    const isLocal = this.#threads === null || isShort;
    const cells = TaskCells.create(segments.length, isLocal ? 0 : this.#threads!.count);
    const dictionaries = ordinalDictionaries(ordinals, segments, this.#contexts);
    const byText = new Set(segments.map(({ arena }) => arena)).size > 1;
    const area = this.#spill;
    const spill =
      area === null ? null : new SpillFile(area, cells, limits.spillBytesMax, dictionaries);
    return { query: this.#nextQuery++, isLocal, cells, dictionaries, byText, spill };
  }

  /** What the query has put on the disk goes. */
  #end({ query, cells, spill }: Running): void {
    spill?.close();
    if (cells.spilledBytes > 0) this.#threads?.end(query);
  }

  async #run(query: LeafQuery, job: Job, running: Running): Promise<WholeResult[]> {
    const { limits, stop, isProfiled, finish } = query;
    const { plan, segments, ordinals } = job;
    const { cells, dictionaries, byText, spill } = running;
    const metadata = segments.map((segment) => segment.metadata);
    const known = finish === null ? null : answerFromOrdinals(plan, metadata, ordinals);
    if (known !== null) return [unreadResult(known, segments)];
    const hostName = this.#hostName;
    const partitionedGroupsMin = byText ? null : PARTITIONED_SHARE * this.#spanningGroupsMin;
    const rest = { limits, hostName, partitionedGroupsMin, finish, byText, cells };
    if (this.#threads === null || running.isLocal) {
      const numbered = withOrdinals(segments, ordinals, dictionaries);
      const profiler = isProfiled ? new Profiler(this.#clock) : null;
      const share = { ...rest, segments: numbered, profiler, spill, firstSegment: 0 };
      const task = { ...job, ...share, isSplit: false };
      return [runLeafTask(task, this.#contexts, stop.reason)];
    }
    stop.onStop(() => cells.stop());
    const { query: number } = running;
    const shared = { ...rest, query: number, isProfiled, dictionaries, isSplit: !byText };
    try {
      return await this.#threads.run({ ...job, ...shared });
    } catch (error) {
      // Threads that were stopped do not know why.
      throw stop.reason() ?? error;
    }
  }
}

/** Rows and finished groups are what the query hands on; groups with their states are merged yet. */
function checkAnswers(partials: readonly Partial[], control: ExecutionContext['control']): void {
  control.checkAnswer(heldBytes(partials.filter(({ kind }) => kind === 'select')));
  control.heapBytes = heldBytes(partials.filter(({ kind }) => kind === 'aggregate'));
}

/** Groups of which so many times as many are expected as make rows go by value may go in partitions. */
const PARTITIONED_SHARE = 4;

function keyOf(table: string, name: string): string {
  return `${table}/${name}`;
}
