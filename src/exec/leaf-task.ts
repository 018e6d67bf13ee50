import { assert } from '../base/assert.ts';
import { EngineError, isMemoryLimit } from '../base/errors.ts';
import { FILTERED_BATCHES_MAX, SPILL_SLACK_BYTES } from '../base/limits.ts';
import type { GroupFinish } from '../sql/plan.ts';
import type { QueryLimits } from '../sql/query-limits.ts';
import type { ExecutionContext } from './context.ts';
import { heldBytes } from './held-bytes.ts';
import { type LeafOutcome, SegmentLeaf, type SegmentTask } from './leaf.ts';
import { mergePartials } from './merge.ts';
import { type AggregatePartial, type Partial, partialRows } from './partial.ts';
import {
  areJoinable,
  areSplittable,
  PARTITION_GROUPS_MIN,
  PARTITIONS,
  splitGroupsSteps,
} from './partition.ts';
import { aggregatePartitions } from './partition-groups.ts';
import { PartitionTop } from './partition-top.ts';
import type { LeafProfile } from './profile.ts';
import type { SegmentView } from './segment-view.ts';
import { SpanningAggregation } from './spanning-aggregation.ts';
import type { SpanningOperator } from './spanning-operator.ts';
import type { SpillFile } from './spill-file.ts';
import type { TaskCells } from './task-cells.ts';
import { type Spilled, TaskSpill } from './task-spill.ts';

/** A leaf plan over some segments, run by several threads at once, which pull batches. */
export interface LeafTask extends SegmentTask {
  /** Whether texts of results may be numbered apart. */
  readonly byText: boolean;
  readonly segments: readonly TaskSegment[];
  readonly cells: TaskCells;
  readonly limits: QueryLimits;
  /** Where this thread starts, so that threads begin with different segments. */
  readonly firstSegment: number;
  /** Whether groups, or the first rows of partitions, are gathered over all segments of an arena. */
  readonly isSpanning: boolean;
  /** Whether somebody merges parts of results: then many groups come in parts. */
  readonly isSplit: boolean;
  /** Groups from which on rows may go by partition to whoever aggregates it; null: they may not. */
  readonly partitionedGroupsMin: number | null;
  /** What may be done to groups all of whose rows the task has; null: their states are wanted. */
  readonly finish: GroupFinish | null;
  /** Where this thread puts what does not fit into memory; null: nowhere. Stays its owner's. */
  readonly spill: SpillFile | null;
}

/** A segment of a task, with the index of the arena that holds its columns. */
export interface TaskSegment {
  readonly view: SegmentView;
  readonly arena: number;
}

/** What one thread did for one segment, without the result itself. */
export interface SegmentOutcome extends Omit<LeafOutcome, 'partial'> {
  /** Index in the task's segments. */
  readonly segment: number;
}

/** What one thread did for a task. */
export interface TaskResult extends WholeResult {
  /** Many groups in `PARTITIONS` parts, each of which is to be merged by itself; null for others. */
  readonly parts: readonly (readonly AggregatePartial[])[] | null;
}

/** The same as one result. */
export interface WholeResult {
  /** Null when the thread found nothing left to do, or its groups come in parts or lie on the disk. */
  readonly partial: Partial | null;
  /** All that the thread has found, if memory was short; null: it lies in memory. */
  readonly spilled: Spilled | null;
  /** Whether other threads have no group in common with it. */
  readonly isDisjoint: boolean;
  readonly outcomes: readonly SegmentOutcome[];
  /** Null when nothing is measured. */
  readonly profile: LeafProfile | null;
}

/**
 * Runs a thread's share of a task.
 *
 * @param contexts this thread's context in each arena; their scratch is as before afterwards.
 * @param stopReason asked at every step, for deadlines without threads.
 * @throws EngineError CANCELLED when another thread or the engine has stopped the task, or what
 *   `stopReason` gives; GROUP_LIMIT or MEMORY_LIMIT past a limit of the task.
 */
export function runLeafTask(
  task: LeafTask,
  contexts: readonly ExecutionContext[],
  stopReason: () => EngineError | null = () => null,
): TaskResult {
  const { cells, limits } = task;
  const { control } = contexts[0]!;
  const marks = contexts.map(({ state, batch }) => ({ state: state.mark(), batch: batch.mark() }));
  const end = control.begin({
    limits,
    stopReason: () => (cells.isStopped ? stoppedByOthers() : stopReason()),
    addKibibytes: (change) => cells.addKibibytes(change),
    slackBytes: task.spill === null ? 0 : SPILL_SLACK_BYTES * cells.threadCount,
  });
  let isRead = false;
  try {
    return runShare(task, contexts, () => {
      isRead = true;
    });
  } finally {
    cells.end(isRead);
    contexts.forEach(({ state, batch }, arena) => {
      state.release(marks[arena]!.state);
      batch.release(marks[arena]!.batch);
    });
    end();
  }
}

/** Whoever has set the flag says why. */
export function stoppedByOthers(): EngineError {
  return new EngineError('CANCELLED', 'execution: the task was stopped');
}

/** @param onRead called when others begin to read what this thread has stored. */
function runShare(
  task: LeafTask,
  contexts: readonly ExecutionContext[],
  onRead: () => void,
): TaskResult {
  const { cells, profiler } = task;
  const findings = new Findings(task, contexts);
  const outcomes = scan(task, contexts, findings);
  const { spanning, partials } = findings;
  findings.takeTables(true);
  const rest = { outcomes, profile: profiler?.profile ?? null, isDisjoint: false };
  const rows = spanning.find(hasPartitions) ?? null;
  if (rows !== null && cells.arrive()) {
    onRead();
    const groups = measured(task, () =>
      aggregateRows(task, rows, contexts[spanning.indexOf(rows)]!),
    );
    const isDisjoint = cells.grouping === 'keys';
    if (isDisjoint) return { ...rest, partial: groups, parts: null, spilled: null, isDisjoint };
    if (groups !== null) partials.push(groups);
  }
  let spilled = findings.spillRest();
  if (spilled !== null) return { ...rest, partial: null, parts: null, spilled };
  if (task.isSplit && areMany(partials))
    return { partial: null, parts: splitAll(partials, contexts[0]!), spilled, ...rest };
  let partial: Partial | null = null;
  try {
    partial = partials.length === 0 ? null : mergeShare(task, partials, contexts[0]!);
  } catch (error) {
    if (!isMemoryLimit(error)) throw error;
    spilled = findings.spillAll();
    if (spilled === null) throw error;
  }
  return { partial, parts: null, spilled, ...rest };
}

/** Runs batches of all segments as long as there are some that no thread has taken. */
function scan(
  task: LeafTask,
  contexts: readonly ExecutionContext[],
  findings: Findings,
): SegmentOutcome[] {
  const { segments, cells } = task;
  const outcomes: SegmentOutcome[] = [];
  const batchesAtOnce = countBatchesAtOnce(task, contexts[0]!.batchRows);
  for (let step = 0; step < segments.length; step++) {
    const segment = (task.firstSegment + step) % segments.length;
    const { view, arena } = segments[segment]!;
    const nextBatch = (): number => cells.takeBatches(segment, batchesAtOnce);
    const share = { nextBatch, batchesAtOnce };
    let isCut = true;
    while (isCut) {
      const found = runSegment(task, view, contexts[arena]!, findings, arena, share);
      if (found === null) break;
      isCut = found.isCut;
      const { partial, ...counts } = found.outcome;
      findings.add(partial, arena);
      outcomes.push({ segment, ...counts });
    }
  }
  return outcomes;
}

/** What a thread has found so far, and the memory that it takes. */
class Findings {
  /** What gathers groups of all segments, by arena. */
  readonly spanning: (SpanningOperator | null)[];
  /** What is finished, on the JavaScript heap. */
  readonly partials: Partial[] = [];
  readonly #task: LeafTask;
  readonly #contexts: readonly ExecutionContext[];
  readonly #marks: readonly number[];
  readonly #spill: TaskSpill | null;
  readonly #startBytes: number;
  #partialBytes = 0;
  /** What operators take before their first row. */
  #fixedBytes = 0;

  constructor(task: LeafTask, contexts: readonly ExecutionContext[]) {
    this.#task = task;
    this.#contexts = contexts;
    this.#marks = contexts.map(({ state }) => state.mark());
    this.spanning = contexts.map((context, arena) => spanningOperator(task, arena, context));
    const [context] = contexts;
    this.#startBytes = context!.control.heldBytes;
    this.#spill = task.spill === null ? null : new TaskSpill(task, task.spill, context!);
  }

  /** Makes an operator, whose first memory does not count for what rows take. */
  operator<T>(make: () => T): T {
    const { control } = this.#contexts[0]!;
    const before = control.heldBytes;
    const operator = make();
    this.#fixedBytes += control.heldBytes - before;
    return operator;
  }

  /** Whether rows have taken so much memory that what there is should be finished. */
  isShort({ state }: ExecutionContext): boolean {
    // Rows in partitions stay where they are; they have been found to fit.
    if (this.spanning.some((one) => hasPartitions(one) && one.stored !== null)) return false;
    const bytes = this.#rowBytes;
    return bytes > this.#spillBytesMin || bytes - this.#partialBytes > state.capacityBytes / 3;
  }

  /** Takes what the operator on a segment gave, all of whose memory but for tables is free again. */
  add(partial: Partial | null, arena: number): void {
    const { control, state } = this.#contexts[arena]!;
    if (partial !== null) this.#push(partial);
    if (this.spanning[arena] === null) {
      control.heapBytes = this.#partialBytes;
      this.#fixedBytes = 0;
    }
    // A table of groups doubles when it grows, beside what it leaves behind.
    if (!this.isShort(this.#contexts[arena]!) && state.usedBytes <= state.capacityBytes / 3) return;
    this.takeTables(false);
    if (this.#spill === null || this.#rowBytes <= this.#spillBytesMin) return;
    this.#write(this.#spill);
    this.#partialBytes = 0;
    control.heapBytes = 0;
  }

  /** Finishes the tables of all segments. @param isLast whether no further rows come. */
  takeTables(isLast: boolean): void {
    this.#contexts.forEach((context, arena) => {
      const groups = finishTable(this.#task, this.spanning[arena] ?? null);
      if (groups === null) return;
      this.#push(groups);
      context.state.release(this.#marks[arena]!);
      context.control.heapBytes = this.#partialBytes;
      this.#fixedBytes = 0;
      if (!isLast) this.spanning[arena] = spanningOperator(this.#task, arena, context);
    });
  }

  /** Puts the rest behind what was put on the disk; null when nothing was. */
  spillRest(): Spilled | null {
    return this.#spill?.spilled ? this.spillAll() : null;
  }

  /** Puts everything on the disk; null where that cannot be. */
  spillAll(): Spilled | null {
    if (this.#spill === null) return null;
    this.#write(this.#spill);
    return this.#spill.spilled;
  }

  #write(spill: TaskSpill): void {
    spill.write(this.partials);
    const { profiler } = this.#task;
    if (profiler === null) return;
    const { operator } = profiler.profile;
    operator.spilledBytes = spill.writtenBytes;
    operator.spilledRuns = spill.spilled?.runCount ?? 0;
  }

  #push(partial: Partial): void {
    const { control } = this.#contexts[0]!;
    this.partials.push(partial);
    const bytes = heldBytes(partial);
    this.#partialBytes += bytes;
    control.heapBytes += bytes;
  }

  get #rowBytes(): number {
    const { control } = this.#contexts[0]!;
    return control.heldBytes - this.#startBytes - this.#fixedBytes;
  }

  get #spillBytesMin(): number {
    return this.#spill?.bytesMax(this.#task.cells.threadCount) ?? Infinity;
  }
}

/**
 * Batches that a thread takes at once: several where a filter may leave few rows of each, yet so few that
 * the threads of a machine end at about the same time.
 */
function countBatchesAtOnce({ plan, segments }: LeafTask, batchRows: number): number {
  if (plan.kind !== 'aggregate' || plan.filter === null) return 1;
  const rowCount = segments.reduce((sum, { view }) => sum + view.metadata.rowCount, 0);
  const count = Math.floor(rowCount / batchRows / SHARES_MIN);
  return Math.max(1, Math.min(FILTERED_BATCHES_MAX, count));
}

/** Shares of a task at least: the last one to run is then a small part of the whole. */
const SHARES_MIN = 12;

function areMany(partials: readonly Partial[]): partials is readonly AggregatePartial[] {
  if (!areSplittable(partials)) return false;
  return partials.reduce((sum, { groupCount }) => sum + groupCount, 0) >= PARTITION_GROUPS_MIN;
}

/** The parts of several results. */
function splitAll(
  partials: readonly AggregatePartial[],
  { control }: ExecutionContext,
): AggregatePartial[][] {
  const split = partials.map((partial) => control.run(splitGroupsSteps(partial)));
  return Array.from({ length: PARTITIONS }, (_, part) => split.map((pieces) => pieces[part]!));
}

/** Partitions of the rows that all threads have stored. */
function aggregateRows(
  { plan, cells, finish, profiler, spill }: LeafTask,
  { stored, partitionCount }: SpanningAggregation,
  context: ExecutionContext,
): Partial | null {
  assert(plan.kind === 'aggregate' && stored !== null, 'rows are stored to be grouped');
  const profile = profiler?.profile ?? null;
  const answersApart = spill !== null;
  const work = { plan, stored, partitionCount, cells, finish, answersApart, profile };
  return aggregatePartitions(work, context);
}

function hasPartitions(operator: SpanningOperator | null): operator is SpanningAggregation {
  return operator instanceof SpanningAggregation && operator.hasPartitions;
}

function finishTable(task: LeafTask, aggregation: SpanningOperator | null): Partial | null {
  return aggregation === null ? null : measured(task, () => aggregation.finish());
}

/** Does the last work of the operator. */
function measured({ profiler }: LeafTask, work: () => Partial | null): Partial | null {
  if (profiler === null) return work();
  const { operator } = profiler.profile;
  const partial = profiler.measure(operator, work);
  if (partial !== null) operator.rowsOut += partialRows(partial);
  return partial;
}

/** True when a LIMIT without an order has its rows, whoever has found them. */
function hasEnough({ plan, cells }: LeafTask): boolean {
  if (plan.kind !== 'select' || plan.order.length > 0 || plan.limit === null) return false;
  return plan.limit < LIMIT_COUNTED_MAX && cells.rowCount >= plan.limit;
}

/** Greater limits end by each thread's own count. */
const LIMIT_COUNTED_MAX = 2 ** 30;

function mergeShare(
  { plan, profiler }: LeafTask,
  partials: readonly Partial[],
  context: ExecutionContext,
): Partial {
  if (profiler === null) return mergePartials(plan, partials, context);
  const { merge } = profiler.profile;
  return profiler.measure(merge, () => mergePartials(plan, partials, context));
}

/** What gathers the groups or rows of all segments of an arena, if the task wants that and there are some. */
function spanningOperator(
  { plan, segments, isSpanning, cells, partitionedGroupsMin, finish }: LeafTask,
  arena: number,
  context: ExecutionContext,
): SpanningOperator | null {
  if (!isSpanning) return null;
  const views = segments.filter((segment) => segment.arena === arena).map(({ view }) => view);
  if (views.length === 0) return null;
  if (plan.kind === 'select') return PartitionTop.compile(plan, views, context);
  const byValues = finish !== null;
  const ways = { byKeys: byValues || areJoinable(plan), byValues };
  const options =
    partitionedGroupsMin === null ? null : { groupsMin: partitionedGroupsMin, ...ways };
  return new SpanningAggregation(plan, views, cells, options, context);
}

/** How a thread gets its share of a segment. */
interface Share {
  /** The first of the next batches that nobody has taken; may be past the last one. */
  readonly nextBatch: () => number;
  readonly batchesAtOnce: number;
}

/**
 * Runs the batches of one segment that `nextBatch` hands out, until it gives one past the end or memory is
 * short. Working memory is released: the outcome lies on the JavaScript heap.
 *
 * @returns null when there was no batch left; whether there may be more.
 */
function runSegment(
  task: LeafTask,
  view: SegmentView,
  context: ExecutionContext,
  findings: Findings,
  arena: number,
  { nextBatch, batchesAtOnce }: Share,
): { readonly outcome: LeafOutcome; readonly isCut: boolean } | null {
  const { state, batch: scratch, batchRows, control } = context;
  const marks = { state: state.mark(), batch: scratch.mark() };
  const spanning = findings.spanning[arena] ?? null;
  try {
    let leaf: SegmentLeaf | null = null;
    let isCut = false;
    if (view.starTree !== undefined) return runRecords(task, view, context, nextBatch);
    while (!isCut) {
      control.checkpoint();
      if (hasEnough(task)) break;
      const batch = nextBatch();
      if (batch * batchRows >= view.metadata.rowCount) break;
      leaf ??= findings.operator(() => new SegmentLeaf(task, view, context, spanning));
      if (leaf.isComplete) break;
      const before = leaf.docsScanned;
      leaf.runBatches(batch, batchesAtOnce);
      task.cells.addRows(leaf.docsScanned - before);
      isCut = findings.isShort(context);
    }
    return leaf === null ? null : { outcome: leaf.finish(), isCut };
  } finally {
    // A spanning aggregation keeps its groups there until the task is done.
    if (spanning === null) state.release(marks.state);
    scratch.release(marks.batch);
  }
}

/** Which records of a star-tree are read turns out at the beginning: whoever comes first takes them all. */
function runRecords(
  task: LeafTask,
  view: SegmentView,
  context: ExecutionContext,
  nextBatch: () => number,
): { readonly outcome: LeafOutcome; readonly isCut: boolean } | null {
  if (nextBatch() > 0) return null;
  const leaf = new SegmentLeaf(task, view, context, null);
  for (let batch = 0; batch < leaf.batchCount && !leaf.isComplete; batch++) {
    context.control.checkpoint();
    leaf.runBatches(batch, 1);
  }
  return { outcome: leaf.finish(), isCut: false };
}
