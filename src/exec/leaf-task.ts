import { BATCH_ROWS } from '../base/limits.ts';
import type { LeafPlan } from '../sql/plan.ts';
import { Aggregation } from './aggregate.ts';
import type { ExecutionContext } from './context.ts';
import { type LeafOutcome, SegmentLeaf } from './leaf.ts';
import { mergePartials } from './merge.ts';
import type { Partial } from './partial.ts';
import type { SegmentView } from './segment-view.ts';

/**
 * A leaf plan over some segments, run by several threads at once. Threads pull batches: `cursors[i]`
 * is the next batch of segment i that nobody has taken, and the last element is set to stop early.
 */
export interface LeafTask {
  readonly plan: LeafPlan;
  readonly segments: readonly TaskSegment[];
  /** One element a segment, then the stop flag. Shared memory when threads share the task. */
  readonly cursors: Int32Array;
  /** Where this thread starts, so that threads begin with different segments. */
  readonly firstSegment: number;
  /** Whether groups are gathered over all segments of an arena; only for aggregates. */
  readonly isSpanning: boolean;
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
export interface TaskResult {
  /** Null when the thread found nothing left to do. */
  readonly partial: Partial | null;
  readonly outcomes: readonly SegmentOutcome[];
}

/**
 * Runs a thread's share of a task.
 *
 * @param contexts this thread's context in each arena; their scratch is as before afterwards.
 * @param isOver asked before each batch; true ends the work early, for deadlines without threads.
 */
export function runLeafTask(
  task: LeafTask,
  contexts: readonly ExecutionContext[],
  isOver: () => boolean = () => false,
): TaskResult {
  const marks = contexts.map(({ state }) => state.mark());
  try {
    return runSegments(task, contexts, isOver);
  } finally {
    contexts.forEach(({ state }, arena) => {
      state.release(marks[arena]!);
    });
  }
}

function runSegments(
  task: LeafTask,
  contexts: readonly ExecutionContext[],
  isOver: () => boolean,
): TaskResult {
  const { plan, segments, cursors } = task;
  const spanning = contexts.map((context, arena) => spanningAggregation(task, arena, context));
  const partials: Partial[] = [];
  const outcomes: SegmentOutcome[] = [];
  const stopFlag = segments.length;
  const isStopped = (): boolean => Atomics.load(cursors, stopFlag) !== 0 || isOver();
  for (let step = 0; step < segments.length; step++) {
    const segment = (task.firstSegment + step) % segments.length;
    const { view, arena } = segments[segment]!;
    const nextBatch = (): number => (isStopped() ? -1 : Atomics.add(cursors, segment, 1));
    const outcome = runSegment(plan, view, contexts[arena]!, spanning[arena]!, nextBatch);
    if (outcome === null) continue;
    const { partial, ...counts } = outcome;
    if (partial !== null) partials.push(partial);
    outcomes.push({ segment, ...counts });
  }
  for (const aggregation of spanning) if (aggregation?.isBound) partials.push(aggregation.finish());
  const partial = partials.length === 0 ? null : mergePartials(plan, partials, contexts[0]!);
  return { partial, outcomes };
}

/** What gathers the groups of all segments of an arena, if the task wants that and there are some. */
function spanningAggregation(
  { plan, segments, isSpanning }: LeafTask,
  arena: number,
  context: ExecutionContext,
): Aggregation | null {
  if (!isSpanning || plan.kind !== 'aggregate') return null;
  const views = segments.filter((segment) => segment.arena === arena).map(({ view }) => view);
  return views.length === 0 ? null : Aggregation.ofSegments(plan, views, context);
}

/**
 * Runs the batches of one segment that `nextBatch` hands out, until it gives a negative number or one
 * past the end. Working memory is released: the outcome lies on the JavaScript heap.
 *
 * @returns null when there was no batch left.
 */
function runSegment(
  plan: LeafPlan,
  view: SegmentView,
  context: ExecutionContext,
  spanning: Aggregation | null,
  nextBatch: () => number,
): LeafOutcome | null {
  const { state, batch: scratch } = context;
  const marks = { state: state.mark(), batch: scratch.mark() };
  try {
    let leaf: SegmentLeaf | null = null;
    for (;;) {
      const batch = nextBatch();
      if (batch < 0 || batch * BATCH_ROWS >= view.metadata.rowCount) break;
      leaf ??= new SegmentLeaf(plan, view, context, spanning);
      if (leaf.isComplete) break;
      leaf.runBatch(batch);
    }
    return leaf === null ? null : leaf.finish();
  } finally {
    // A spanning aggregation keeps its groups there until the task is done.
    if (spanning === null) state.release(marks.state);
    scratch.release(marks.batch);
  }
}
