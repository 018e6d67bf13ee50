import { assert } from '../base/assert.ts';
import { SPANNING_STATE_BYTES_MAX } from '../base/limits.ts';
import { isText, isWideDecimal } from '../base/types.ts';
import type { PartitionLimit, SelectLeaf } from '../sql/plan.ts';
import { GroupedArray } from './accumulator.ts';
import { BatchInput, copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { type EvaluationInput, evaluate } from './evaluate.ts';
import type { GroupKeys } from './group-key.ts';
import { combineKeys } from './group-keys.ts';
import { heldBytes } from './held-bytes.ts';
import type { SelectPartial } from './partial.ts';
import { type RowSet, rowsAt } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { evaluateOutputs, mergeSelectionSteps } from './select.ts';
import type { SpanningOperator } from './spanning-operator.ts';
import { runSteps } from './steps.ts';
import { factsOfSegments } from './value-facts.ts';
import { compileValueKey } from './value-keys.ts';
import type { Vector } from './vector.ts';
import { gatherVector } from './vector-build.ts';
import { addressOf } from './vector-key.ts';

/** Rows that were kept, with the partition and the key of each, all on the JavaScript heap. */
interface Piece {
  readonly rowCount: number;
  readonly columns: readonly Vector[];
  readonly ids: Uint32Array;
  readonly keys: BigInt64Array;
}

/** Rows are cut back when there are twice as many as after the last time, and so many batches more. */
const CUT_BATCHES = 16;

/** With more of all rows left after that, partitions are too small to be worth it. */
const KEPT_SHARE_MAX = 0.9;

/** State memory that may be in use before more partitions are given up. */
const USED_SHARE_MAX = 1 / 3;

/** The last value of an i64: the key of a row whose NULL comes last, and a place that no row has. */
const LAST_KEY = 2n ** 63n - 1n;
const FIRST_KEY = -(2n ** 63n);

/**
 * Keeps the rows that may be among the first of their partition: for each partition there are the least keys
 * of its order so far, and a row behind all of them is left out. The key is the first one of the
 * order; where it does not decide, the row is kept, and whoever ranks the rows decides.
 */
export class PartitionTop implements SpanningOperator {
  readonly #plan: SelectLeaf;
  readonly #limit: PartitionLimit;
  readonly #partitions: GroupKeys;
  readonly #tops: GroupedArray;
  readonly #context: ExecutionContext;
  #segment: SegmentView | null = null;
  /** Partitions with room in `#tops`. */
  #reserved = 0;
  #pieces: Piece[] = [];
  #rowCount = 0;
  #cutCount = 0;
  #heldBytes = 0;
  #seenRows = 0;
  /** False once partitions are too many, or too small, to be worth it. */
  #isNarrowing = true;

  /** @returns null where the plan has no such limit, or its order begins with something else than a number. */
  static compile(
    plan: SelectLeaf,
    segments: readonly SegmentView[],
    context: ExecutionContext,
  ): PartitionTop | null {
    const { partitionLimit } = plan;
    if (partitionLimit === undefined) return null;
    const { type } = plan.outputs[partitionLimit.order[0]!.column]!;
    if (isText(type) || isWideDecimal(type)) return null;
    return new PartitionTop(plan, partitionLimit, segments, context);
  }

  private constructor(
    plan: SelectLeaf,
    limit: PartitionLimit,
    segments: readonly SegmentView[],
    context: ExecutionContext,
  ) {
    this.#plan = plan;
    this.#limit = limit;
    this.#context = context;
    const keys = limit.keys.map((key) => {
      const expression = plan.outputs[key]!;
      return compileValueKey(expression, factsOfSegments(expression, segments), context);
    });
    const rowCount = segments.reduce((sum, { metadata }) => sum + metadata.rowCount, 0);
    const stateBytes = 8 * limit.limit;
    const memory = { denseBytesMax: SPANNING_STATE_BYTES_MAX, denseRows: 32 };
    this.#partitions = combineKeys(keys, { rowCount, stateBytes, ...memory }, context);
    this.#tops = new GroupedArray(context, stateBytes, (start, end) =>
      context.kernels.run.splat64(start, LAST_KEY, (end - start) / 8),
    );
  }

  bind(segment: SegmentView): void {
    this.#segment = segment;
  }

  add(rows: RowSet): void {
    const { kernels, batch, batchRows, state } = this.#context;
    const { usedBytes, capacityBytes } = state;
    if (usedBytes > capacityBytes * USED_SHARE_MAX) this.#isNarrowing = false;
    const input = new BatchInput(this.#segment!, rows, kernels, batch);
    const ids = this.#isNarrowing ? this.#partitions.groupIds(rows, input) : 0;
    if (!this.#isNarrowing || !this.#reserve(this.#partitions.capacity)) {
      this.#isNarrowing = false;
      this.#keep(rows, new Uint32Array(), new BigInt64Array());
      return;
    }
    const { keys, hasTies } = this.#keysOf(input);
    const kept = batch.allocate(rows.count * 4);
    const { limit } = this.#limit;
    const { run } = kernels;
    const count = run.keepTopByGroup(
      kept,
      this.#tops.address,
      ids,
      keys,
      limit,
      hasTies ? 1 : 0,
      rows.count,
    );
    this.#seenRows += rows.count;
    if (count > 0) this.#keepSome(rows, kept, count, ids, keys);
    if (this.#rowCount <= 2 * this.#cutCount + CUT_BATCHES * batchRows) return;
    this.#cut();
    if (this.#rowCount > KEPT_SHARE_MAX * this.#seenRows) this.#isNarrowing = false;
  }

  finish(): SelectPartial {
    this.#cut();
    const pieces = this.#pieces.map(
      ({ rowCount, columns }): SelectPartial => ({ kind: 'select', rowCount, columns }),
    );
    this.#pieces = [];
    this.#hold(0);
    return runSteps(mergeSelectionSteps(this.#plan, pieces, this.#context));
  }

  /** False when there is no room for the keys of so many partitions. */
  #reserve(count: number): boolean {
    if (count <= this.#reserved) return true;
    const { freeBytes } = this.#context.state;
    if (2 * count * 8 * this.#limit.limit > freeBytes) return false;
    this.#tops.reserve(count);
    this.#reserved = count;
    return true;
  }

  /** The keys of rows, and whether rows of equal keys may come in an order of their own. */
  #keysOf(input: EvaluationInput): { readonly keys: number; readonly hasTies: boolean } {
    const { kernels, batch } = this.#context;
    const { run } = kernels;
    const { order, keepsTies } = this.#limit;
    const { column, descending, nullsFirst } = order[0]!;
    const vector = evaluate(this.#plan.outputs[column]!, input, { kernels, scratch: batch });
    const keys = batch.allocate(input.rowCount * 8);
    const isDescending = descending ? 1 : 0;
    assert(vector.kind === 'flat', 'the order begins with a number');
    const { data, nulls } = vector;
    const count = input.rowCount;
    const values = addressOf(data, this.#context);
    if (data instanceof Float64Array) run.orderKeysF64(keys, values, isDescending, count);
    else if (data instanceof BigInt64Array) run.orderKeysI64(keys, values, isDescending, count);
    else {
      const convert = data instanceof Int32Array ? 'convertI32ToI64' : 'convertU8ToI64';
      run[convert](keys, values, count);
      run.orderKeysI64(keys, keys, isDescending, count);
    }
    if (nulls !== null) {
      const mask = batch.allocate(Math.ceil(count / 64) * 8);
      run.flagsToBitmap(mask, copyToMemory(kernels, batch, nulls), count);
      run.replaceMasked64(keys, mask, nullsFirst ? FIRST_KEY : LAST_KEY, count);
    }
    // A NULL has the key of a value, which it does not equal.
    return { keys, hasTies: keepsTies || order.length > 1 || nulls !== null };
  }

  /** @param kept address of the places of so many rows among `rows`. */
  #keepSome(rows: RowSet, kept: number, count: number, ids: number, keys: number): void {
    const { kernels, batch } = this.#context;
    const own = this.#gather(kept, count, ids, keys);
    let positions = kept;
    if (rows.indexes !== 0) {
      positions = batch.allocate(count * 4);
      kernels.run.gather32(positions, rows.indexes, kept, count);
    }
    this.#keep({ ...rowsAt(positions, count, rows.span), start: rows.start }, own.ids, own.keys);
  }

  #keep(rows: RowSet, ids: Uint32Array, keys: BigInt64Array): void {
    if (rows.count === 0) return;
    const columns = evaluateOutputs(this.#plan, this.#segment!, rows, this.#context);
    const piece = { rowCount: rows.count, columns, ids, keys };
    this.#pieces.push(piece);
    this.#rowCount += rows.count;
    this.#hold(this.#heldBytes + heldBytes(piece));
  }

  /** Leaves out rows that later ones have pushed back. */
  #cut(): void {
    this.#pieces = this.#pieces.flatMap((piece) => this.#cutPiece(piece) ?? []);
    this.#rowCount = this.#pieces.reduce((sum, { rowCount }) => sum + rowCount, 0);
    this.#cutCount = this.#rowCount;
    this.#hold(heldBytes(this.#pieces));
  }

  #cutPiece(piece: Piece): Piece | null {
    const { ids, keys } = piece;
    // Kept without a look, when partitions had been given up.
    if (ids.length === 0) return piece;
    const { kernels, batch, control } = this.#context;
    control.checkpoint();
    const { run, u32 } = kernels;
    const mark = batch.mark();
    const places = copyToMemory(kernels, batch, ids);
    const words = copyToMemory(kernels, batch, keys);
    const kept = batch.allocate(ids.length * 4);
    const { limit } = this.#limit;
    const { address } = this.#tops;
    const count = run.withinTopByGroup(kept, address, places, words, limit, ids.length);
    const rows = u32.slice(kept / 4, kept / 4 + count);
    const own = this.#gather(kept, count, places, words);
    batch.release(mark);
    if (count === piece.rowCount) return piece;
    if (count === 0) return null;
    return {
      rowCount: count,
      columns: piece.columns.map((column) => gatherVector(column, rows)),
      ...own,
    };
  }

  /** Partitions and keys of some rows, by address. */
  #gather(kept: number, count: number, ids: number, keys: number): Pick<Piece, 'ids' | 'keys'> {
    const { kernels, batch } = this.#context;
    const { run, u32, i64 } = kernels;
    const ownIds = batch.allocate(count * 4);
    const ownKeys = batch.allocate(count * 8);
    run.gather32(ownIds, ids, kept, count);
    run.gather64(ownKeys, keys, kept, count);
    return {
      ids: u32.slice(ownIds / 4, ownIds / 4 + count),
      keys: i64.slice(ownKeys / 8, ownKeys / 8 + count),
    };
  }

  #hold(bytes: number): void {
    this.#context.control.heapBytes += bytes - this.#heldBytes;
    this.#heldBytes = bytes;
  }
}
