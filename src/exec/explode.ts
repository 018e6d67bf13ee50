import { sequence } from '../base/sequence.ts';
import type { Expression } from '../sql/expression.ts';
import { type ArrayVector, byRow, withElements } from './array-dictionary.ts';
import { BatchInput, copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { type EvaluationInput, elementInput, evaluate } from './evaluate.ts';
import { allRows, type RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import type { Vector } from './vector.ts';
import { gatherVector } from './vector-build.ts';
import { addressOf } from './vector-key.ts';

/** Rows that come more than once, and what their expressions read. */
export interface ExplodedRows {
  readonly rows: RowSet;
  readonly input: EvaluationInput;
  /** Address of the rows' group ids; 0 when there are none. */
  readonly ids: number;
}

/** The column of the elements of a key of GROUP BY. */
export function unnestedColumn(key: number): string {
  return `$unnest${key}`;
}

/**
 * One row for each element of the arrays in a row; for several arrays one for each combination. A row with an
 * array that is NULL or empty gives none.
 *
 * @param arrays by the number of the key whose elements they have: see `unnestedColumn`.
 */
export function explodeKeys(
  rows: RowSet,
  arrays: ReadonlyMap<number, Expression>,
  segment: SegmentView,
  context: ExecutionContext,
): ExplodedRows {
  const { kernels, batch } = context;
  let exploded = rows;
  const elements = new Map<string, Vector>();
  for (const [key, array] of arrays) {
    const input = new BatchInput(segment, exploded, kernels, batch);
    const found = elementsOf(array, input, context);
    for (const [name, vector] of elements) elements.set(name, gatherVector(vector, found.owners));
    elements.set(unnestedColumn(key), found.elements);
    exploded = repeated(exploded, found.owners, context);
  }
  const input = new BatchInput(segment, exploded, kernels, batch);
  const column = (name: string): Vector => elements.get(name) ?? input.column(name);
  return { rows: exploded, input: { rowCount: exploded.count, column }, ids: 0 };
}

/** The elements of an array, in the column `ELEMENT`, with the group ids of their rows. */
export function explodeArgument(
  array: Expression,
  { input, ids }: Pick<ExplodedRows, 'input' | 'ids'>,
  context: ExecutionContext,
): ExplodedRows {
  const { kernels, batch } = context;
  const { elements, owners } = elementsOf(array, input, context);
  const count = owners.length;
  let ownIds = 0;
  if (ids !== 0) {
    ownIds = batch.allocate(count * 4);
    kernels.run.gather32(ownIds, ids, addressOf(owners, context), count);
  }
  return { rows: allRows(0, count), input: elementInput(input, elements, owners), ids: ownIds };
}

/** The elements of all rows one after another, and of each the row that it is from. */
function elementsOf(
  array: Expression,
  input: EvaluationInput,
  { kernels, batch }: ExecutionContext,
): { readonly elements: Vector; readonly owners: Uint32Array } {
  const vector = withElements(evaluate(array, input, { kernels, scratch: batch }));
  const { dictionary } = isByRow(vector) ? vector : byRow(vector);
  const { offsets, elements } = dictionary;
  const count = offsets.at(-1)!;
  const owners = batch.allocate(count * 4);
  const own = copyToMemory(kernels, batch, offsets);
  kernels.run.arrayRows(owners, own, dictionary.length);
  return { elements, owners: new Uint32Array(kernels.memory.buffer, owners, count) };
}

/** True when each row has its own entry, in order, and no elements of a NULL. */
function isByRow({ codes, dictionary, nulls }: ArrayVector): boolean {
  const { length, offsets } = dictionary;
  return (
    length === codes.length &&
    codes.every((code, row) => code === row) &&
    (nulls === null || nulls.every((isNull, row) => !isNull || offsets[row] === offsets[row + 1]))
  );
}

/** The rows at places in a row set, which may repeat. */
function repeated(rows: RowSet, places: Uint32Array, context: ExecutionContext): RowSet {
  const { kernels, batch } = context;
  const { start, span, indexes } = rows;
  const own = addressOf(places, context);
  let positions = own;
  if (indexes !== 0) {
    positions = batch.allocate(places.length * 4);
    kernels.run.gather32(positions, indexes, own, places.length);
  }
  return { start, span, count: places.length, mask: 0, indexes: positions };
}

/** Rows whose elements are looked at together, at first. */
const ROWS_AT_ONCE = 4096;

/**
 * Explodes rows piece by piece, so that what there are of them at once does not depend on the length of
 * arrays, and hands each piece on. Its vectors live until the next.
 *
 * @param explode makes what is handed on of some of the rows: those at places from the number on.
 */
export function explodeInPieces(
  rows: RowSet,
  explode: (piece: RowSet, from: number) => ExplodedRows,
  use: (exploded: ExplodedRows) => void,
  context: ExecutionContext,
): void {
  const { batch, batchRows, control } = context;
  const indexes =
    rows.indexes === 0 ? copyToMemory(context.kernels, batch, sequence(rows.count)) : rows.indexes;
  let most = ROWS_AT_ONCE;
  for (let from = 0; from < rows.count; ) {
    const mark = batch.mark();
    const count = Math.min(most, rows.count - from);
    const { start, span } = rows;
    const piece = { start, span, count, mask: 0, indexes: indexes + from * 4 };
    const exploded = explode(piece, from);
    if (exploded.rows.count > batchRows && count > 1) {
      most = Math.ceil(count / 2);
    } else {
      if (exploded.rows.count > 0) use(exploded);
      from += count;
    }
    batch.release(mark);
    control.checkpoint();
  }
}
