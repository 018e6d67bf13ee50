import { compareFloats } from '../../base/float-order.ts';
import { isArray } from '../../base/types.ts';
import type { IndexBuilder } from './index-builder.ts';
import { isNullRow, sourceCodes, sourceColumn, sourceValues } from './index-source.ts';

/*
 * The sorted index has no buffers: its presence says that the column's NULLs come first and all other
 * rows after them, ascending. A predicate is then a range of rows, found by binary search.
 */

/** Finds out whether a column is sorted; no index when it is not, or has one value only. */
export const buildSorted: IndexBuilder = ({ columns: [name] }, source) => {
  const column = sourceColumn(source, name!);
  if (isArray(column.metadata.type)) return null;
  const { nullCount } = column.metadata;
  if (nullCount > 0 && !isNullRow(column, nullCount - 1)) return null;
  const coded = sourceCodes(column);
  const values = coded?.codes ?? sourceValues(column)!;
  if (coded?.codeCount === 1 || nullCount >= source.rowCount - 1) return null;
  for (let row = 0; row < nullCount; row++) if (!isNullRow(column, row)) return null;
  return ascends(values, nullCount) ? { parameters: {}, buffers: [] } : null;
};

function ascends(values: ArrayLike<number> | BigInt64Array, start: number): boolean {
  if (values instanceof BigInt64Array) {
    for (let row = start + 1; row < values.length; row++) {
      if (values[row - 1]! > values[row]!) return false;
    }
    return true;
  }
  for (let row = start + 1; row < values.length; row++) {
    if (compareFloats(values[row - 1]!, values[row]!) > 0) return false;
  }
  return true;
}
