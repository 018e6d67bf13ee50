import { assert } from '../base/assert.ts';
import { sequence } from '../base/sequence.ts';
import { ELEMENT } from '../sql/element.ts';
import type { Expression } from '../sql/expression.ts';
import { type ArrayVector, byRow, withElements } from './array-dictionary.ts';
import { BatchInput, copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { elementRows, elementsSegment } from './element-rows.ts';
import { type EvaluationInput, elementInput, evaluate, evaluationOf } from './evaluate.ts';
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
  let exploded = rows;
  const keys = new Map<string, KeyElements>();
  for (const [key, array] of arrays) {
    const { elements, owners } = keyElements(array, exploded, segment, context);
    for (const [name, others] of keys) keys.set(name, repeatElements(others, owners, context));
    keys.set(unnestedColumn(key), elements);
    exploded = repeated(exploded, owners, context);
  }
  return { rows: exploded, input: new KeysInput(exploded, keys, segment, context), ids: 0 };
}

/** The elements of a key, one a row: values, or rows of the elements' segment. */
type KeyElements =
  | { readonly kind: 'values'; readonly vector: Vector }
  | { readonly kind: 'rows'; readonly segment: SegmentView; readonly rows: RowSet };

/** The elements of an array in rows, and of each the row that it is from. */
function keyElements(
  array: Expression,
  rows: RowSet,
  segment: SegmentView,
  context: ExecutionContext,
): { readonly elements: KeyElements; readonly owners: Uint32Array } {
  const { kernels, batch } = context;
  const view = array.kind === 'column' ? segment.columns.get(array.name) : undefined;
  if (view?.elements === undefined) {
    const input = new BatchInput(segment, rows, kernels, batch);
    const { elements, owners } = elementsOf(array, input, context);
    return { elements: { kind: 'values', vector: elements }, owners };
  }
  const found = elementRows(kernels, batch, view, rows);
  const inside = elementsSegment(segment.metadata, view);
  const elements = { kind: 'rows', segment: inside, rows: found.rows } as const;
  return { elements, owners: ownersOfRows(found.offsets, context) };
}

function repeatElements(
  elements: KeyElements,
  places: Uint32Array,
  context: ExecutionContext,
): KeyElements {
  return elements.kind === 'values'
    ? { kind: 'values', vector: gatherVector(elements.vector, places) }
    : { ...elements, rows: repeated(elements.rows, places, context) };
}

/** What exploded rows read: the segment's columns, and the elements of keys. */
class KeysInput implements EvaluationInput {
  readonly rowCount: number;
  readonly #input: BatchInput;
  readonly #keys: ReadonlyMap<string, KeyElements>;
  readonly #context: ExecutionContext;

  constructor(
    rows: RowSet,
    keys: ReadonlyMap<string, KeyElements>,
    segment: SegmentView,
    context: ExecutionContext,
  ) {
    this.rowCount = rows.count;
    this.#input = new BatchInput(segment, rows, context.kernels, context.batch);
    this.#keys = keys;
    this.#context = context;
  }

  column(name: string): Vector {
    const key = this.#keys.get(name);
    if (key === undefined) return this.#input.column(name);
    if (key.kind === 'values') return key.vector;
    const { kernels, batch } = this.#context;
    return new BatchInput(key.segment, key.rows, kernels, batch).column(ELEMENT);
  }

  /** The rows of a key's elements in their segment. */
  elementRows(name: string): RowSet {
    const key = this.#keys.get(name);
    assert(key?.kind === 'rows', 'only arrays of the segment have elements there');
    return key.rows;
  }
}

/** The elements of a key that is an array column of the segment, as rows of the elements' segment. */
export function elementRowsOf(input: EvaluationInput, key: number): RowSet {
  assert(input instanceof KeysInput, 'keys of elements are read from exploded rows');
  return input.elementRows(unnestedColumn(key));
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
  context: ExecutionContext,
): { readonly elements: Vector; readonly owners: Uint32Array } {
  const vector = withElements(evaluate(array, input, evaluationOf(context)));
  const { dictionary } = isByRow(vector) ? vector : byRow(vector);
  const { offsets, elements } = dictionary;
  return { elements, owners: ownersOfRows(offsets, context) };
}

/** Of each element the row that it is from, in scratch. */
function ownersOfRows(offsets: Uint32Array, { kernels, batch }: ExecutionContext): Uint32Array {
  const count = offsets.at(-1)!;
  const owners = batch.allocate(count * 4);
  const own = copyToMemory(kernels, batch, offsets);
  kernels.run.arrayRows(owners, own, offsets.length - 1);
  return new Uint32Array(kernels.memory.buffer, owners, count);
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
