import { assert } from '../base/assert.ts';
import type { Expression } from '../sql/expression.ts';
import type { LeafPlan, QueryPlan, ReducePlan } from '../sql/plan.ts';
import { type Answer, distinctRows, keepTrue, namedInput, project } from './answer-steps.ts';
import { type ExecutionContext, releasingSteps } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import { gapfillSteps } from './gapfill.ts';
import { groupedInput } from './grouped-input.ts';
import { heldBytes } from './held-bytes.ts';
import { mergeSteps } from './merge.ts';
import { type Partial, partialRows } from './partial.ts';
import type { ReduceProfile, ReduceStage } from './reduce-profile.ts';
import { gatherSteps } from './select.ts';
import { firstSortedSteps } from './sort.ts';
import { stageInput } from './stage.ts';
import { checkedSteps, runSteps, type Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { ownTextSteps } from './vector-build.ts';
import { windowSteps } from './windows.ts';

/**
 * Merges what the servers returned and runs the broker's part of the plan on it. Working memory is as
 * before afterwards, whether it succeeds or not.
 */
export function reduce(
  plan: QueryPlan,
  partials: readonly Partial[],
  context: ExecutionContext,
): Answer {
  return runSteps(reduceSteps(plan, partials, context));
}

/** The same in steps, measured into `profile` if there is one; nobody else may use the working memory between them, but within one. */
export function reduceSteps(
  plan: QueryPlan,
  partials: readonly Partial[],
  context: ExecutionContext,
  profile: ReduceProfile | null = null,
): Steps<Answer> {
  return releasingSteps(answerSteps(plan, partials, context, profile), context);
}

function* answerSteps(
  plan: QueryPlan,
  partials: readonly Partial[],
  context: ExecutionContext,
  profile: ReduceProfile | null,
): Steps<Answer> {
  const { leaf } = plan;
  const merged = mergedInput(plan, partials, context);
  const input = yield* profile === null ? merged : profile.timed('merge', merged);
  if (leaf !== null) profile?.rows('merge', sumOf(partials.map(partialRows)), input.rowCount);
  const [only] = partials;
  const isSorted = partials.length === 1 && only?.kind === 'select' && only.isSorted === true;
  let answer = yield* finishSteps(plan.reduce, input, isSorted, context, profile);
  for (const stage of plan.stages ?? []) {
    const own = yield* stageInput(stage, answer, context);
    answer = yield* finishSteps(stage.reduce, own, false, context, profile);
  }
  return answer;
}

/** The steps of a reduce behind merging and groups. @param isSorted whether rows come in its order. */
function* finishSteps(
  steps: ReducePlan,
  merged: EvaluationInput,
  isSorted: boolean,
  context: ExecutionContext,
  profile: ReduceProfile | null,
): Steps<Answer> {
  const stage = <T>(name: ReduceStage, work: Steps<T>): Steps<T> =>
    profile === null ? work : profile.timed(name, work);
  function* keep(name: 'having' | 'qualify', predicate: Expression | null, all: EvaluationInput) {
    if (predicate === null) return all;
    const kept = yield* stage(name, keepTrue(predicate, all, context));
    profile?.rows(name, all.rowCount, kept.rowCount);
    return kept;
  }
  let input = yield* keep('having', steps.having, merged);
  if (steps.windows.length > 0) {
    input = yield* stage('windows', windowSteps(steps.windows, input, context));
    profile?.rows('windows', input.rowCount, input.rowCount);
    input = yield* keep('qualify', steps.qualify, input);
  }
  let { rowCount } = input;
  let outputs: readonly Vector[] = yield* stage('project', project(steps.outputs, input, context));
  profile?.rows('project', rowCount, rowCount);
  if (steps.distinct) {
    const rows = yield* stage('distinct', distinctRows(outputs, rowCount, context));
    profile?.rows('distinct', rowCount, rows.length);
    outputs = yield* gatherSteps(outputs, rows);
    rowCount = rows.length;
  }
  if (steps.gapfill !== null) {
    const filled = yield* stage('gapfill', gapfillSteps(steps.gapfill, outputs, rowCount, context));
    profile?.rows('gapfill', rowCount, filled.rowCount);
    outputs = filled.columns;
    rowCount = filled.rowCount;
  }
  const visible = outputs.slice(0, steps.columns.length);
  const keepsOrder = isSorted && steps.having === null && !steps.distinct && steps.gapfill === null;
  const ordering = orderedRows(keepsOrder ? { ...steps, order: [] } : steps, outputs, rowCount);
  const checked = checkedSteps(ordering, () => context.control.checkpoint());
  const hasOrder = steps.order.length > 0;
  const rows = yield* hasOrder ? stage('sort', checked) : checked;
  if (hasOrder) profile?.rows('sort', rowCount, rows?.length ?? rowCount);
  const wanted = rows === null ? visible : yield* gatherSteps(visible, rows);
  const vectors: Vector[] = [];
  for (const vector of wanted) {
    vectors.push(vector.kind === 'text' ? yield* ownTextSteps(vector) : vector);
  }
  return {
    columns: steps.columns,
    vectors,
    rowCount: rows === null ? rowCount : rows.length,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function* mergedInput(
  plan: QueryPlan,
  partials: readonly Partial[],
  context: ExecutionContext,
): Steps<EvaluationInput> {
  const { leaf } = plan;
  if (leaf === null) return namedInput(1, new Map());
  const { control } = context;
  control.heapBytes += heldBytes(partials);
  const merged = yield* mergeSteps(leaf, partials, context);
  if (partials.length !== 1) control.heapBytes += heldBytes(merged);
  control.checkpoint();
  if (merged.kind === 'select') {
    const columns = merged.columns.map(
      (vector, index) => [columnName(leaf, index), vector] as const,
    );
    return namedInput(merged.rowCount, new Map(columns));
  }
  assert(leaf.kind === 'aggregate', 'groups come from an aggregate');
  return yield* groupedInput(leaf, merged, plan.reduce.groupingSets, context);
}

/** The name of a column of rows: an output, or a key or aggregate of groups that came finished. */
function columnName(leaf: LeafPlan, index: number): string {
  if (leaf.kind === 'select') return `$${index}`;
  const keyCount = leaf.keys.length;
  return index < keyCount ? `$key${index}` : `$aggregate${index - keyCount}`;
}

/** The rows of the answer in order, or null for all of them as they are. */
function* orderedRows(
  { order, offset, limit }: ReducePlan,
  outputs: readonly Vector[],
  rowCount: number,
): Steps<Uint32Array | null> {
  const end = limit === null ? rowCount : Math.min(rowCount, offset + limit);
  if (order.length === 0 && offset === 0 && end === rowCount) return null;
  const rows = yield* firstSortedSteps(outputs, order, rowCount, end);
  return rows.slice(Math.min(offset, end));
}
