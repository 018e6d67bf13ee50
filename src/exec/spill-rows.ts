import { assert } from '../base/assert.ts';
import { compareFloats } from '../base/float-order.ts';
import { compareText } from '../base/text-order.ts';
import { type DataType, isDecimal } from '../base/types.ts';
import type { OrderKey } from '../sql/expression.ts';
import type { SelectLeaf } from '../sql/plan.ts';
import type { ExecutionContext } from './context.ts';
import { decimalReader } from './decimal-vector.ts';
import { heldBytes } from './held-bytes.ts';
import type { SelectPartial } from './partial.ts';
import type { SpilledBlock, SpillFile } from './spill-file.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { gatherVector, VectorBuilder, withOwnText } from './vector-build.ts';

/** A sorted run of rows: blocks one after the other, in memory or on the disk. */
export type Run = readonly (SelectPartial | SpilledBlock)[];

/** What a merge of runs needs. */
export interface SpilledRows {
  readonly plan: SelectLeaf;
  /** The order of the runs; empty for none. */
  readonly order: readonly OrderKey[];
  readonly file: SpillFile;
}

/** Runs that are merged at once at least; more where the memory of the query allows. */
const RUNS_AT_ONCE_MIN = 16;

/** Memory for one block of a run that is being merged: texts are larger there than on the disk. */
const BLOCK_MEMORY_BYTES = 1_048_576;

/** Memory of a query that blocks of runs may take. */
const BLOCKS_SHARE = 1 / 4;

/** Rows that are put together at once. */
const PIECE_ROWS = 8_192;

/**
 * The rows of all runs in one, in their order, up to the plan's limit. Where there are too many to have a block
 * of each in memory, some are merged into longer ones on the disk first.
 *
 * @throws EngineError MEMORY_LIMIT when the rows are more than the query may hand on.
 */
export function* mergeRuns(
  work: SpilledRows,
  runs: readonly Run[],
  context: ExecutionContext,
): Steps<SelectPartial> {
  const { plan, order, file } = work;
  const { control } = context;
  const { limit } = plan;
  const memory = (control.memoryBytesMax * BLOCKS_SHARE) / BLOCK_MEMORY_BYTES;
  const runsMax = Math.max(RUNS_AT_ONCE_MIN, Math.floor(memory));
  const waiting = [...runs];
  while (order.length > 0 && waiting.length > runsMax) {
    const merged: SpilledBlock[] = [];
    const rows = mergedRows(work, waiting.splice(0, runsMax), limit ?? Infinity, context);
    for (const piece of rows) {
      if (piece !== null) merged.push(file.write(piece));
      yield;
    }
    waiting.push(merged);
  }
  const rowCount = Math.min(limit ?? Infinity, sumOf(waiting.flat().map(rowCountOf)));
  const builders = plan.outputs.map(({ type }) => new VectorBuilder(type, rowCount));
  let answerBytes = 0;
  for (const piece of mergedRows(work, waiting, rowCount, context)) {
    if (piece !== null) {
      answerBytes += heldBytes(piece.columns);
      control.checkAnswer(answerBytes);
      builders.forEach((builder, column) => {
        builder.append(piece.columns[column]!);
      });
    }
    yield;
  }
  const columns = builders.map((builder) => builder.finish());
  return { kind: 'select', rowCount, columns, isSorted: order.length > 0 };
}

function rowCountOf(block: SelectPartial | SpilledBlock): number {
  return block.rowCount;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** The first rows of runs in pieces; null where a step ends without one. */
function* mergedRows(
  { plan, order, file }: SpilledRows,
  runs: readonly Run[],
  rowsMax: number,
  { control }: ExecutionContext,
): Generator<SelectPartial | null, void, undefined> {
  const types = plan.outputs.map(({ type }) => type);
  const heap = new CursorHeap(
    runs.map((run) => new RunCursor(run, order, file)),
    order,
  );
  const { heapBytes } = control;
  let left = Math.min(rowsMax, sumOf(runs.flat().map(rowCountOf)));
  while (left > 0) {
    control.heapBytes = heapBytes + heap.heldBytes;
    control.checkpoint();
    const rowCount = Math.min(left, PIECE_ROWS);
    yield heap.take(types, rowCount);
    left -= rowCount;
  }
  control.heapBytes = heapBytes;
}

/** Where a merge stands in one run. */
class RunCursor {
  readonly #blocks: Run;
  readonly #order: readonly OrderKey[];
  readonly #file: SpillFile;
  #next = 0;
  #columns: readonly Vector[] = [];
  #rowCount = 0;
  /** The keys of the order, to be compared. */
  keys: readonly SortKey[] = [];
  row = 0;
  heldBytes = 0;
  /** First row of the block that is not taken, and where those that are have their place in the piece. */
  #taken = 0;
  #places: number[] = [];

  constructor(blocks: Run, order: readonly OrderKey[], file: SpillFile) {
    this.#blocks = blocks;
    this.#order = order;
    this.#file = file;
  }

  /** Goes on to the next block that has rows; false at the end. */
  load(): boolean {
    for (;;) {
      const block = this.#blocks[this.#next++];
      if (block === undefined) return false;
      if (block.rowCount === 0) continue;
      const { columns, rowCount } = (
        'file' in block ? this.#file.read(block) : block
      ) as SelectPartial;
      this.#columns = columns;
      this.#rowCount = rowCount;
      this.keys = this.#order.map((key) => sortKey(columns[key.column]!, key));
      this.heldBytes = heldBytes(columns);
      this.row = 0;
      this.#taken = 0;
      return true;
    }
  }

  /** Takes the row, to a place in the piece; false when the block has no further one. */
  take(place: number): boolean {
    this.#places.push(place);
    this.row++;
    return this.row < this.#rowCount;
  }

  /** Puts the rows that were taken where they belong. */
  flush(builders: readonly VectorBuilder[]): void {
    if (this.#places.length === 0) return;
    const rows = Uint32Array.from(this.#places, (_, index) => this.#taken + index);
    const places = Uint32Array.from(this.#places);
    builders.forEach((builder, column) => {
      builder.scatter(gatherVector(this.#columns[column]!, rows), places);
    });
    this.#taken = this.row;
    this.#places = [];
  }
}

/** Cursors as a binary heap: the one with the first row is on top. */
class CursorHeap {
  readonly #cursors: RunCursor[];
  readonly #isBefore: (left: RunCursor, right: RunCursor) => boolean;

  constructor(cursors: readonly RunCursor[], order: readonly OrderKey[]) {
    this.#cursors = cursors.filter((cursor) => cursor.load());
    // Without an order one run follows the other, each to its end.
    this.#isBefore = order.length === 0 ? () => false : isBefore;
    for (let at = this.#cursors.length >>> 1; at-- > 0; ) this.#sink(at);
  }

  get heldBytes(): number {
    return sumOf(this.#cursors.map((cursor) => cursor.heldBytes));
  }

  /** The next rows; there must be so many. */
  take(types: readonly DataType[], rowCount: number): SelectPartial {
    const builders = types.map((type) => new VectorBuilder(type, rowCount));
    for (let place = 0; place < rowCount; place++) {
      const [top] = this.#cursors;
      assert(top, 'runs have as many rows as their blocks say');
      if (!top.take(place)) {
        top.flush(builders);
        if (!top.load()) this.#removeTop();
      }
      this.#sink(0);
    }
    for (const cursor of this.#cursors) cursor.flush(builders);
    return { kind: 'select', rowCount, columns: builders.map((builder) => builder.finish()) };
  }

  #removeTop(): void {
    const last = this.#cursors.pop()!;
    if (this.#cursors.length > 0) this.#cursors[0] = last;
  }

  #sink(from: number): void {
    const cursors = this.#cursors;
    let at = from;
    for (;;) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < cursors.length && this.#isBefore(cursors[child]!, cursors[first]!))
          first = child;
      }
      if (first === at) return;
      [cursors[at], cursors[first]] = [cursors[first]!, cursors[at]!];
      at = first;
    }
  }
}

function isBefore(left: RunCursor, right: RunCursor): boolean {
  for (let key = 0; key < left.keys.length; key++) {
    const order = compareKeys(left.keys[key]!, left.row, right.keys[key]!, right.row);
    if (order !== 0) return order < 0;
  }
  return false;
}

/** One key of a block's rows. */
interface SortKey {
  readonly nulls: Uint8Array | null;
  readonly nullSign: 1 | -1;
  readonly sign: 1 | -1;
  readonly values:
    | { readonly kind: 'text'; readonly at: (row: number) => string }
    | { readonly kind: 'whole'; readonly at: (row: number) => bigint }
    | { readonly kind: 'number'; readonly data: Exclude<Vector, { kind: 'text' }>['data'] };
}

function sortKey(vector: Vector, { descending, nullsFirst }: OrderKey): SortKey {
  const { nulls } = vector;
  const rest = { nulls, nullSign: nullsFirst ? -1 : 1, sign: descending ? -1 : 1 } as const;
  if (isDecimal(vector.type))
    return { ...rest, values: { kind: 'whole', at: decimalReader(vector) } };
  if (vector.kind === 'text') {
    const { codes, dictionary } = withOwnText(vector);
    return { ...rest, values: { kind: 'text', at: (row) => dictionary[codes[row]!]! } };
  }
  const { data } = vector;
  if (!(data instanceof BigInt64Array)) return { ...rest, values: { kind: 'number', data } };
  return { ...rest, values: { kind: 'whole', at: (row) => data[row]! } };
}

function compareKeys(left: SortKey, leftRow: number, right: SortKey, rightRow: number): number {
  const leftNull = left.nulls?.[leftRow] ?? 0;
  const rightNull = right.nulls?.[rightRow] ?? 0;
  if (leftNull === 1 || rightNull === 1) return left.nullSign * (leftNull - rightNull);
  const [a, b] = [left.values, right.values];
  if (a.kind === 'number' && b.kind === 'number') {
    return left.sign * compareFloats(Number(a.data[leftRow]), Number(b.data[rightRow]));
  }
  if (a.kind === 'text' && b.kind === 'text') {
    return left.sign * compareText(a.at(leftRow), b.at(rightRow));
  }
  assert(a.kind === 'whole' && b.kind === 'whole', 'keys of all runs have one type');
  const [one, other] = [a.at(leftRow), b.at(rightRow)];
  return one < other ? -left.sign : one > other ? left.sign : 0;
}
