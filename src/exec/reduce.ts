import { assert } from '../base/assert.ts';
import { BATCH_ROWS } from '../base/limits.ts';
import type { Expression } from '../sql/expression.ts';
import { GROUPING_SET, type OutputColumn, type QueryPlan, type ReducePlan } from '../sql/plan.ts';
import { onHeap } from './code-function.ts';
import type { ExecutionContext } from './context.ts';
import { type EvaluationInput, evaluate } from './evaluate.ts';
import { finalizeAggregates } from './finalize.ts';
import { combineKeys } from './group-keys.ts';
import { mergePartials, regroup } from './merge.ts';
import type { Partial } from './partial.ts';
import { allRows } from './row-set.ts';
import { firstSortedRows } from './sort.ts';
import { factsOfVectors } from './value-facts.ts';
import { compileValueKey } from './value-keys.ts';
import type { Vector } from './vector.ts';
import { concatVectors, gatherVector, sliceVector, withOwnText } from './vector-build.ts';

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
  const { state, batch } = context;
  const marks = { state: state.mark(), batch: batch.mark() };
  try {
    return runSteps(plan, partials, context);
  } finally {
    state.release(marks.state);
    batch.release(marks.batch);
  }
}

function runSteps(
  plan: QueryPlan,
  partials: readonly Partial[],
  context: ExecutionContext,
): Answer {
  const { reduce: steps } = plan;
  let input = mergedInput(plan, partials, context);
  if (steps.having !== null) input = keepTrue(steps.having, input, context);
  let outputs = steps.outputs.map((output) => evaluateOnHeap(output, input, context));
  let { rowCount } = input;
  if (steps.distinct) {
    const rows = distinctRows(outputs, rowCount, context);
    outputs = outputs.map((vector) => gatherVector(vector, rows));
    rowCount = rows.length;
  }
  const visible = outputs.slice(0, steps.columns.length);
  const rows = orderedRows(steps, outputs, rowCount);
  const wanted = rows === null ? visible : visible.map((vector) => gatherVector(vector, rows));
  return {
    columns: steps.columns,
    vectors: wanted.map((vector) => (vector.kind === 'text' ? withOwnText(vector) : vector)),
    rowCount: rows === null ? rowCount : rows.length,
  };
}

function mergedInput(
  plan: QueryPlan,
  partials: readonly Partial[],
  context: ExecutionContext,
): EvaluationInput {
  const { leaf } = plan;
  if (leaf === null) return namedInput(1, new Map());
  const merged = mergePartials(leaf, partials, context);
  const columns = new Map<string, Vector>();
  if (merged.kind === 'select') {
    merged.columns.forEach((vector, index) => {
      columns.set(`$${index}`, vector);
    });
    return namedInput(merged.rowCount, columns);
  }
  assert(leaf.kind === 'aggregate', 'groups come from an aggregate');
  const sets = plan.reduce.groupingSets;
  const groups = sets === null ? merged : regroup(leaf, merged, sets, context);
  groups.keys.forEach((vector, index) => {
    columns.set(index < leaf.keys.length ? `$key${index}` : GROUPING_SET, vector);
  });
  finalizeAggregates(leaf, groups, context).forEach((vector, index) => {
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
function evaluateOnHeap(
  expression: Expression,
  input: EvaluationInput,
  context: ExecutionContext,
): Vector {
  if (expression.kind === 'column') return input.column(expression.name);
  const { kernels, batch } = context;
  const pieces: Vector[] = [];
  let start = 0;
  do {
    const end = Math.min(start + BATCH_ROWS, input.rowCount);
    const mark = batch.mark();
    const piece = evaluate(expression, inputSlice(input, start, end), { kernels, scratch: batch });
    pieces.push(onHeap(piece, context));
    batch.release(mark);
    start = end;
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

function keepTrue(
  predicate: Expression,
  input: EvaluationInput,
  context: ExecutionContext,
): EvaluationInput {
  const truth = evaluateOnHeap(predicate, input, context);
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
function distinctRows(
  outputs: readonly Vector[],
  rowCount: number,
  context: ExecutionContext,
): Uint32Array {
  const { kernels, state, batch } = context;
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
  for (let start = 0; start < rowCount; start += BATCH_ROWS) {
    const end = Math.min(start + BATCH_ROWS, rowCount);
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
  }
  state.release(stateMark);
  return Uint32Array.from(rows);
}

/** The rows of the answer in order, or null for all of them as they are. */
function orderedRows(
  { order, offset, limit }: ReducePlan,
  outputs: readonly Vector[],
  rowCount: number,
): Uint32Array | null {
  const end = limit === null ? rowCount : Math.min(rowCount, offset + limit);
  if (order.length === 0 && offset === 0 && end === rowCount) return null;
  return firstSortedRows(outputs, order, rowCount, end).slice(Math.min(offset, end));
}
