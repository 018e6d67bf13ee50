import { assert } from '../base/assert.ts';
import type { Expression } from '../sql/expression.ts';
import type { OutputColumn } from '../sql/plan.ts';
import type { ExecutionContext } from './context.ts';
import { type EvaluationInput, evaluate, evaluationOf } from './evaluate.ts';
import type { GroupKey } from './group-key.ts';
import { combineKeys } from './group-keys.ts';
import { heldBytes } from './held-bytes.ts';
import { allRows } from './row-set.ts';
import type { Steps } from './steps.ts';
import { factsOfVectorsSteps } from './value-facts.ts';
import { compileValueKey } from './value-keys.ts';
import type { Vector } from './vector.ts';
import { concatSteps, gatherVector, onHeap, sliceVector } from './vector-build.ts';

/*
 * Steps over whole columns on the JavaScript heap, as a broker takes them: batch by batch, because
 * vectors on the way take working memory.
 */

/** The answer to a query, on the JavaScript heap. */
export interface Answer {
  readonly columns: readonly OutputColumn[];
  /** One vector a column, `rowCount` long. */
  readonly vectors: readonly Vector[];
  readonly rowCount: number;
}

/** Columns under their names. */
export function namedInput(
  rowCount: number,
  columns: ReadonlyMap<string, Vector>,
): EvaluationInput {
  return {
    rowCount,
    column: (name) => {
      const vector = columns.get(name);
      assert(vector, () => `the plan refers to ${name}`);
      return vector;
    },
  };
}

/** Columns `$0`, `$1`, … */
export function numberedInput(rowCount: number, columns: readonly Vector[]): EvaluationInput {
  return namedInput(rowCount, new Map(columns.map((vector, index) => [`$${index}`, vector])));
}

/** The values of expressions, one vector each. */
export function* project(
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

/** The values of an expression. */
export function* evaluateOnHeap(
  expression: Expression,
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<Vector> {
  if (expression.kind === 'column') return input.column(expression.name);
  const { batch, batchRows, control } = context;
  const pieces: Vector[] = [];
  let start = 0;
  do {
    const end = Math.min(start + batchRows, input.rowCount);
    const mark = batch.mark();
    const piece = evaluate(expression, inputSlice(input, start, end), evaluationOf(context));
    pieces.push(onHeap(piece, context));
    batch.release(mark);
    start = end;
    control.checkpoint();
    yield;
  } while (start < input.rowCount);
  return pieces.length === 1 ? pieces[0]! : yield* concatSteps(pieces);
}

/** Rows from `start` to before `end`. */
export function inputSlice(input: EvaluationInput, start: number, end: number): EvaluationInput {
  if (start === 0 && end === input.rowCount) return input;
  return {
    rowCount: end - start,
    column: (name) => sliceVector(input.column(name), start, end),
  };
}

/** The rows for which a predicate is true. */
export function* keepTrue(
  predicate: Expression,
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<EvaluationInput> {
  const truth = yield* evaluateOnHeap(predicate, input, context);
  const rows = trueRows(truth);
  yield;
  return {
    rowCount: rows.length,
    column: (name) => gatherVector(input.column(name), rows),
  };
}

/** The rows where a predicate is true. */
export function trueRows(truth: Vector): Uint32Array {
  assert(truth.kind === 'flat', 'a predicate is BOOLEAN');
  const { data, nulls } = truth;
  const rows = new Uint32Array(data.length);
  let count = 0;
  for (let row = 0; row < data.length; row++) {
    if (data[row] === 1 && nulls?.[row] !== 1) rows[count++] = row;
  }
  return rows.slice(0, count);
}

/** The first row of each distinct combination of values. */
export function* distinctRows(
  outputs: readonly Vector[],
  rowCount: number,
  context: ExecutionContext,
): Steps<Uint32Array> {
  const rows: number[] = [];
  const seen = new Set<number>();
  yield* rowNumbers(outputs, rowCount, context, (row, number) => {
    if (seen.has(number)) return;
    seen.add(number);
    context.control.checkGroups(rows.push(row));
  });
  return Uint32Array.from(rows);
}

/** Numbers rows so that those with equal values, and only they, have the same number. */
export function* rowNumbers(
  columns: readonly Vector[],
  rowCount: number,
  context: ExecutionContext,
  take: (row: number, number: number) => void,
): Steps<void> {
  const { kernels, state, batch, batchRows, control } = context;
  const stateMark = state.mark();
  const own: GroupKey[] = [];
  for (const [index, output] of columns.entries()) {
    const column = { kind: 'column', name: `${index}`, type: output.type } as const;
    own.push(compileValueKey(column, yield* factsOfVectorsSteps([output]), context));
  }
  const keys = combineKeys(own, { rowCount }, context);
  for (let start = 0; start < rowCount; start += batchRows) {
    const end = Math.min(start + batchRows, rowCount);
    const mark = batch.mark();
    const slices = columns.map((vector) => sliceVector(vector, start, end));
    const input = { rowCount: end - start, column: (name: string) => slices[Number(name)]! };
    const ids = keys.groupIds(allRows(0, end - start), input) / 4;
    for (let row = start; row < end; row++) take(row, kernels.u32[ids + row - start]!);
    batch.release(mark);
    control.checkpoint();
    yield;
  }
  state.release(stateMark);
}
