import { assert } from '../base/assert.ts';
import type { KernelInstance } from '../kernels/instance.ts';
import type { Scratch } from '../kernels/scratch.ts';
import type { ColumnMetadata, SegmentMetadata } from '../segment/metadata.ts';
import { ELEMENT } from '../sql/element.ts';
import { allRows, type RowSet } from './row-set.ts';
import { bufferAddress, type ColumnView, type SegmentView } from './segment-view.ts';

/** By the elements' view. Asked for once a batch. */
const segments = new WeakMap<ColumnView, SegmentView>();

/** A segment whose rows are the elements of an array column, all in one column, `ELEMENT`. */
export function elementsSegment(metadata: SegmentMetadata, array: ColumnView): SegmentView {
  const { elements } = array;
  const { encoding } = array.metadata;
  assert(elements !== undefined && encoding.kind === 'array', 'only arrays have elements');
  let segment = segments.get(elements);
  if (segment === undefined) {
    const column = elementColumn(elements.metadata);
    segment = {
      metadata: { ...metadata, rowCount: encoding.valueCount, columns: [column], indexes: [] },
      columns: new Map([[ELEMENT, { ...elements, metadata: column }]]),
      indexes: [],
    };
    segments.set(elements, segment);
  }
  return segment;
}

/** One for each column, by which what is known of its dictionary is found again by the next query. */
const elementColumns = new WeakMap<ColumnMetadata, ColumnMetadata>();

function elementColumn(elements: ColumnMetadata): ColumnMetadata {
  let column = elementColumns.get(elements);
  if (column === undefined) {
    column = { ...elements, name: ELEMENT };
    elementColumns.set(elements, column);
  }
  return column;
}

/** The elements of a row set's rows, as rows of the elements' segment. */
export interface ElementRows {
  /** Where each row's elements start among these, and the end of the last. On the JavaScript heap. */
  readonly offsets: Uint32Array;
  readonly rows: RowSet;
}

/** Finds the elements of rows, one row after the other. Addresses live in the scratch. */
export function elementRows(
  kernels: KernelInstance,
  scratch: Scratch,
  array: ColumnView,
  { start, count, indexes }: RowSet,
): ElementRows {
  const stored = bufferAddress(array, 'offsets') + start * 4;
  const { buffer } = kernels.memory;
  if (indexes === 0) {
    const offsets = new Uint32Array(buffer, stored, count + 1).slice();
    const first = offsets[0]!;
    const valueCount = offsets[count]! - first;
    for (let row = 0; row <= count; row++) offsets[row]! -= first;
    return { offsets, rows: allRows(first, valueCount) };
  }
  const own = scratch.allocate((count + 1) * 4);
  const valueCount = kernels.run.arrayOffsets(own, stored, indexes, count);
  const positions = scratch.allocate(valueCount * 4);
  kernels.run.arrayPositions(positions, stored, indexes, count);
  return {
    offsets: new Uint32Array(buffer, own, count + 1).slice(),
    // Row sets of no rows have no positions to go by.
    rows:
      valueCount === 0
        ? allRows(0, 0)
        : { start: 0, span: valueCount, count: valueCount, mask: 0, indexes: positions },
  };
}
