import { assert } from '../base/assert.ts';
import type { Expression } from '../sql/expression.ts';
import { GROUPING_SET, type OutputColumn, type QueryPlan, type ReducePlan } from '../sql/plan.ts';
import type { ExecutionContext } from './context.ts';
import { type EvaluationInput, evaluate } from './evaluate.ts';
import { finalizeSteps } from './finalize.ts';
import { combineKeys } from './group-keys.ts';
import { heldBytes } from './held-bytes.ts';
import { mergeSteps, regroupSteps } from './merge.ts';
import { type Partial, partialRows } from './partial.ts';
import type { ReduceProfile, ReduceStage } from './reduce-profile.ts';
import { allRows } from './row-set.ts';
import { gatherSteps } from './select.ts';
import { firstSortedSteps } from './sort.ts';
import { checkedSteps, runSteps, type Steps } from './steps.ts';
import { factsOfVectors } from './value-facts.ts';
import { compileValueKey } from './value-keys.ts';
import type { Vector } from './vector.ts';
import { concatVectors, gatherVector, onHeap, sliceVector, withOwnText } from './vector-build.ts';

/** The answer to a query, on the JavaScript heap. */
export interface Answer {
  readonly columns: readonly OutputColumn[];
  /** One vector a column, `rowCount` long. */
  readonly vectors: readonly Vector[];
  readonly rowCount: number;
}

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
export function* reduceSteps(
  plan: QueryPlan,
  partials: readonly Partial[],
  context: ExecutionContext,
  profile: ReduceProfile | null = null,
): Steps<Answer> {
  const { state, batch } = context;
  const marks = { state: state.mark(), batch: batch.mark() };
  try {
    return yield* answerSteps(plan, partials, context, profile);
  } finally {
    state.release(marks.state);
    batch.release(marks.batch);
  }
}

function* answerSteps(
  plan: QueryPlan,
  partials: readonly Partial[],
  context: ExecutionContext,
  profile: ReduceProfile | null,
): Steps<Answer> {
  const { reduce: steps, leaf } = plan;
  const stage = <T>(name: ReduceStage, work: Steps<T>): Steps<T> =>
    profile === null ? work : profile.timed(name, work);
  let input = yield* stage('merge', mergedInput(plan, partials, context));
  if (leaf !== null) profile?.rows('merge', sumOf(partials.map(partialRows)), input.rowCount);
  if (steps.having !== null) {
    const kept = yield* stage('having', keepTrue(steps.having, input, context));
    profile?.rows('having', input.rowCount, kept.rowCount);
    input = kept;
  }
  let { rowCount } = input;
  let outputs = yield* stage('project', project(steps.outputs, input, context));
  profile?.rows('project', rowCount, rowCount);
  if (steps.distinct) {
    const rows = yield* stage('distinct', distinctRows(outputs, rowCount, context));
    profile?.rows('distinct', rowCount, rows.length);
    outputs = yield* gatherSteps(outputs, rows);
    rowCount = rows.length;
  }
  const visible = outputs.slice(0, steps.columns.length);
  const ordering = orderedRows(steps, outputs, rowCount);
  const checked = checkedSteps(ordering, () => context.control.checkpoint());
  const isSorted = steps.order.length > 0;
  const rows = yield* isSorted ? stage('sort', checked) : checked;
  if (isSorted) profile?.rows('sort', rowCount, rows?.length ?? rowCount);
  const wanted = rows === null ? visible : yield* gatherSteps(visible, rows);
  return {
    columns: steps.columns,
    vectors: wanted.map((vector) => (vector.kind === 'text' ? withOwnText(vector) : vector)),
    rowCount: rows === null ? rowCount : rows.length,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function* project(
  outputs: readonly Expression[],
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<Vector[]> {
  const vectors: Vector[] = [];
  for (const output of outputs) {
    const vector = yield* evaluateOnHeap(output, input, context);
    if (output.kind !== 'column') context.control.heapBytes += heldBytes(vector);
    vectors.push(vector);
  }
  return vectors;
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
  const columns = new Map<string, Vector>();
  if (merged.kind === 'select') {
    merged.columns.forEach((vector, index) => {
      columns.set(`$${index}`, vector);
    });
    return namedInput(merged.rowCount, columns);
  }
  assert(leaf.kind === 'aggregate', 'groups come from an aggregate');
  const sets = plan.reduce.groupingSets;
  const groups = sets === null ? merged : yield* regroupSteps(leaf, merged, sets, context);
  groups.keys.forEach((vector, index) => {
    columns.set(index < leaf.keys.length ? `$key${index}` : GROUPING_SET, vector);
  });
  (yield* finalizeSteps(leaf, groups, context)).forEach((vector, index) => {
    columns.set(`$aggregate${index}`, vector);
  });
  return namedInput(groups.groupCount, columns);
}

function namedInput(rowCount: number, columns: ReadonlyMap<string, Vector>): EvaluationInput {
  return {
    rowCount,
    column: (name) => {
      const vector = columns.get(name);
      assert(vector, () => `the reduce plan refers to ${name}`);
      return vector;
    },
  };
}

/** Evaluates batch by batch, because vectors on the way take working memory. */
function* evaluateOnHeap(
  expression: Expression,
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<Vector> {
  if (expression.kind === 'column') return input.column(expression.name);
  const { kernels, batch, batchRows, control } = context;
  const pieces: Vector[] = [];
  let start = 0;
  do {
    const end = Math.min(start + batchRows, input.rowCount);
    const mark = batch.mark();
    const piece = evaluate(expression, inputSlice(input, start, end), { kernels, scratch: batch });
    pieces.push(onHeap(piece, context));
    batch.release(mark);
    start = end;
    control.checkpoint();
    yield;
  } while (start < input.rowCount);
  return pieces.length === 1 ? pieces[0]! : concatVectors(pieces);
}

function inputSlice(input: EvaluationInput, start: number, end: number): EvaluationInput {
  if (start === 0 && end === input.rowCount) return input;
  return {
    rowCount: end - start,
    column: (name) => sliceVector(input.column(name), start, end),
  };
}

function* keepTrue(
  predicate: Expression,
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<EvaluationInput> {
  const truth = yield* evaluateOnHeap(predicate, input, context);
  assert(truth.kind === 'flat', 'a predicate is BOOLEAN');
  const kept: number[] = [];
  for (let row = 0; row < input.rowCount; row++) {
    if (truth.data[row] === 1 && truth.nulls?.[row] !== 1) kept.push(row);
  }
  const rows = Uint32Array.from(kept);
  return {
    rowCount: rows.length,
    column: (name) => gatherVector(input.column(name), rows),
  };
}

/** The first row of each distinct combination of values. */
function* distinctRows(
  outputs: readonly Vector[],
  rowCount: number,
  context: ExecutionContext,
): Steps<Uint32Array> {
  const { kernels, state, batch, batchRows, control } = context;
  const stateMark = state.mark();
  const keys = combineKeys(
    outputs.map((output, index) => {
      const column = { kind: 'column', name: `${index}`, type: output.type } as const;
      return compileValueKey(column, factsOfVectors([output]), context);
    }),
    { rowCount },
    context,
  );
  const seen = new Set<number>();
  const rows: number[] = [];
  for (let start = 0; start < rowCount; start += batchRows) {
    const end = Math.min(start + batchRows, rowCount);
    const mark = batch.mark();
    const slices = outputs.map((vector) => sliceVector(vector, start, end));
    const input = { rowCount: end - start, column: (name: string) => slices[Number(name)]! };
    const ids = keys.groupIds(allRows(0, end - start), input) / 4;
    for (let row = start; row < end; row++) {
      const id = kernels.u32[ids + row - start]!;
      if (seen.has(id)) continue;
      seen.add(id);
      rows.push(row);
    }
    batch.release(mark);
    control.checkGroups(rows.length);
    control.checkpoint();
    yield;
  }
  state.release(stateMark);
  return Uint32Array.from(rows);
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
