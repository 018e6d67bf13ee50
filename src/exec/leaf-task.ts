import { EngineError } from '../base/errors.ts';
import { BATCH_ROWS } from '../base/limits.ts';
import type { QueryLimits } from '../sql/query-limits.ts';
import type { ExecutionContext } from './context.ts';
import { heldBytes } from './held-bytes.ts';
import { type LeafOutcome, SegmentLeaf, type SegmentTask } from './leaf.ts';
import { mergePartials } from './merge.ts';
import type { Partial } from './partial.ts';
import type { LeafProfile } from './profile.ts';
import type { SegmentView } from './segment-view.ts';
import type { TaskCells } from './task-cells.ts';

/** A leaf plan over some segments, run by several threads at once, which pull batches. */
export interface LeafTask extends SegmentTask {
  readonly segments: readonly TaskSegment[];
  readonly cells: TaskCells;
  readonly limits: QueryLimits;
  /** Where this thread starts, so that threads begin with different segments. */
  readonly firstSegment: number;
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
  const end = control.begin({
    limits,
    stopReason: () => (cells.isStopped ? stoppedByOthers() : stopReason()),
    addKibibytes: (change) => cells.addKibibytes(change),
  });
  try {
    return runShare(task, contexts);
  } finally {
    end();
  }
}

/** Whoever has set the flag says why. */
function stoppedByOthers(): EngineError {
  return new EngineError('CANCELLED', 'execution: the task was stopped');
}

function runShare(task: LeafTask, contexts: readonly ExecutionContext[]): TaskResult {
  const { segments, cells } = task;
  const { control } = contexts[0]!;
  const partials: Partial[] = [];
  const outcomes: SegmentOutcome[] = [];
  for (let step = 0; step < segments.length; step++) {
    const segment = (task.firstSegment + step) % segments.length;
    const { view, arena } = segments[segment]!;
    const outcome = runSegment(task, view, contexts[arena]!, () => cells.takeBatch(segment));
    if (outcome === null) continue;
    const { partial, ...counts } = outcome;
    partials.push(partial);
    control.heapBytes += heldBytes(partial);
    outcomes.push({ segment, ...counts });
  }
  const partial = partials.length === 0 ? null : mergeShare(task, partials, contexts[0]!);
  return { partial, outcomes, profile: task.profiler?.profile ?? null };
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

/**
 * Runs the batches of one segment that `nextBatch` hands out, until it gives one past the end. Working memory is released: the outcome lies on the JavaScript heap.
 *
 * @returns null when there was no batch left.
 */
function runSegment(
  task: LeafTask,
  view: SegmentView,
  context: ExecutionContext,
  nextBatch: () => number,
): LeafOutcome | null {
  const { state, batch: scratch, control } = context;
  const marks = { state: state.mark(), batch: scratch.mark() };
  try {
    let leaf: SegmentLeaf | null = null;
    for (;;) {
      control.checkpoint();
      if (hasEnough(task)) break;
      const batch = nextBatch();
      if (batch * BATCH_ROWS >= view.metadata.rowCount) break;
      leaf ??= new SegmentLeaf(task, view, context);
      if (leaf.isComplete) break;
      const before = leaf.docsScanned;
      leaf.runBatch(batch);
      task.cells.addRows(leaf.docsScanned - before);
    }
    return leaf === null ? null : leaf.finish();
  } finally {
    state.release(marks.state);
    scratch.release(marks.batch);
  }
}
