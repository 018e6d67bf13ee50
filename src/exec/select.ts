import { assert } from '../base/assert.ts';
import type { SelectLeaf } from '../sql/plan.ts';
import { BatchInput } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { evaluate, evaluationOf } from './evaluate.ts';
import { heldBytes } from './held-bytes.ts';
import type { SelectPartial } from './partial.ts';
import { allRows, type RowSet, rowsAt } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { firstSortedSteps } from './sort.ts';
import { checkedSteps, runSteps, type Steps } from './steps.ts';
import { TopCodes } from './top-codes.ts';
import type { Vector } from './vector.ts';
import {
  concatSteps,
  gatherVector,
  onHeap,
  sliceVector,
  vectorFromValues,
} from './vector-build.ts';

/** Collects rows of a select leaf from one segment. */
export interface Selection {
  /** True when more rows cannot change the result. */
  readonly isComplete: boolean;
  /** Adds selected rows; their vectors live in batch scratch, which the caller releases. */
  add(rows: RowSet): void;
  finish(): SelectPartial;
}

/** Picks the cheapest way to keep the rows that the plan needs from a segment. */
export function compileSelection(
  plan: SelectLeaf,
  segment: SegmentView,
  context: ExecutionContext,
): Selection {
  const codes = TopCodes.compile(plan, segment, context);
  if (codes !== null) return new CodeOrderedSelection(plan, segment, codes, context);
  return new RowSelection(plan, segment, context);
}

/** Every selected row is evaluated; an order with a limit cuts back now and then. */
class RowSelection implements Selection {
  readonly #plan: SelectLeaf;
  readonly #segment: SegmentView;
  readonly #context: ExecutionContext;
  #pieces: SelectPartial[] = [];
  #rowCount = 0;
  #heldBytes = 0;

  constructor(plan: SelectLeaf, segment: SegmentView, context: ExecutionContext) {
    this.#plan = plan;
    this.#segment = segment;
    this.#context = context;
  }

  get isComplete(): boolean {
    const { limit, order } = this.#plan;
    return limit !== null && order.length === 0 && this.#rowCount >= limit;
  }

  add(rows: RowSet): void {
    const { limit, order } = this.#plan;
    let wanted = rows;
    if (limit !== null && order.length === 0) {
      const room = limit - this.#rowCount;
      if (room < rows.count) wanted = firstRows(rows, room);
    }
    if (wanted.count === 0) return;
    const columns = evaluateOutputs(this.#plan, this.#segment, wanted, this.#context);
    this.#pieces.push({ kind: 'select', rowCount: wanted.count, columns });
    this.#hold(this.#heldBytes + heldBytes(columns));
    this.#rowCount += wanted.count;
    if (limit !== null && this.#rowCount > Math.max(this.#context.batchRows, 4 * limit)) {
      this.#cut();
    }
  }

  finish(): SelectPartial {
    this.#cut();
    this.#hold(0);
    return this.#pieces[0]!;
  }

  #cut(): void {
    const whole = runSteps(mergeSelectionSteps(this.#plan, this.#pieces, this.#context));
    this.#pieces = [whole];
    this.#rowCount = whole.rowCount;
    this.#hold(heldBytes(whole));
  }

  #hold(bytes: number): void {
    this.#context.control.heapBytes += bytes - this.#heldBytes;
    this.#heldBytes = bytes;
  }
}

/** Positions are kept by the code of the first order key; outputs are read for the survivors only. */
class CodeOrderedSelection implements Selection {
  readonly isComplete = false;
  readonly #plan: SelectLeaf;
  readonly #segment: SegmentView;
  readonly #codes: TopCodes;
  readonly #context: ExecutionContext;

  constructor(plan: SelectLeaf, segment: SegmentView, codes: TopCodes, context: ExecutionContext) {
    this.#plan = plan;
    this.#segment = segment;
    this.#codes = codes;
    this.#context = context;
  }

  add(rows: RowSet): void {
    this.#codes.add(rows);
  }

  finish(): SelectPartial {
    const { kernels, batch, batchRows } = this.#context;
    const positions = this.#codes.finish();
    const { rowCount } = this.#segment.metadata;
    const pieces: SelectPartial[] = [];
    for (let start = 0; start < positions.length; start += batchRows) {
      const mark = batch.mark();
      const piece = positions.subarray(start, start + batchRows);
      const indexes = batch.allocate(piece.byteLength);
      kernels.u32.set(piece, indexes / 4);
      const rows = rowsAt(indexes, piece.length, rowCount);
      const columns = evaluateOutputs(this.#plan, this.#segment, rows, this.#context);
      pieces.push({ kind: 'select', rowCount: piece.length, columns });
      batch.release(mark);
    }
    return runSteps(mergeSelectionSteps(this.#plan, pieces, this.#context));
  }
}

function firstRows(rows: RowSet, count: number): RowSet {
  if (rows.indexes === 0) return allRows(rows.start, count);
  const { start, span, indexes } = rows;
  return { start, span, count, mask: 0, indexes };
}

/** The outputs of some rows, on the JavaScript heap. */
export function evaluateOutputs(
  plan: SelectLeaf,
  segment: SegmentView,
  rows: RowSet,
  context: ExecutionContext,
): Vector[] {
  const { kernels, batch, control } = context;
  const input = new BatchInput(segment, rows, kernels, batch);
  return plan.outputs.map((output) => {
    control.checkpoint();
    return onHeap(evaluate(output, input, evaluationOf(context)), context);
  });
}

/** The first rows of several partials of one plan, as `topRowSteps` has them. */
export function* mergeSelectionSteps(
  plan: SelectLeaf,
  pieces: readonly SelectPartial[],
  context: ExecutionContext,
): Steps<SelectPartial> {
  const whole = pieces.length === 1 ? pieces[0]! : yield* concatPieces(plan, pieces, context);
  return yield* topRowSteps(plan, whole, context);
}

function* concatPieces(
  plan: SelectLeaf,
  pieces: readonly SelectPartial[],
  { control }: ExecutionContext,
): Steps<SelectPartial> {
  const columns: Vector[] = [];
  for (const [column, { type }] of plan.outputs.entries()) {
    const vectors = pieces.map((piece) => piece.columns[column]!);
    const joining = checkedSteps(concatSteps(vectors), () => control.checkpoint());
    columns.push(vectors.length === 0 ? vectorFromValues(type, []) : yield* joining);
  }
  return {
    kind: 'select',
    rowCount: pieces.reduce((sum, piece) => sum + piece.rowCount, 0),
    columns,
  };
}

/** The first rows in the plan's order, up to its limit; all rows in any order without a limit. */
function* topRowSteps(
  plan: SelectLeaf,
  all: SelectPartial,
  { control }: ExecutionContext,
): Steps<SelectPartial> {
  const { limit, order } = plan;
  if (limit === null || all.rowCount <= limit) return all;
  assert(limit >= 0, 'limits are not negative');
  if (order.length === 0) {
    const columns = all.columns.map((column) => sliceVector(column, 0, limit));
    return { kind: 'select', rowCount: limit, columns };
  }
  const sorting = firstSortedSteps(all.columns, order, all.rowCount, limit);
  const rows = yield* checkedSteps(sorting, () => control.checkpoint());
  return { kind: 'select', rowCount: limit, columns: yield* gatherSteps(all.columns, rows) };
}

/** The same rows of several columns, one column a step. */
export function* gatherSteps(columns: readonly Vector[], rows: Uint32Array): Steps<Vector[]> {
  const gathered: Vector[] = [];
  for (const column of columns) {
    gathered.push(gatherVector(column, rows));
    yield;
  }
  return gathered;
}
