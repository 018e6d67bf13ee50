import { compareFloats } from '../base/float-order.ts';
import { groupRows } from './indexes/bitmaps.ts';
import { isNullRow, type SourceColumn, sourceCodes, sourceValues } from './indexes/index-source.ts';

/** Code spaces up to this many times the rows are sorted by counting. */
const COUNTED_CODES_PER_ROW_MAX = 4;

/** The rows in ascending order of a column, NULLs first; equal ones stay in their order. */
export function sortedOrder(column: SourceColumn, rowCount: number): Uint32Array {
  const coded = sourceCodes(column);
  if (coded !== null && coded.codeCount <= COUNTED_CODES_PER_ROW_MAX * rowCount) {
    const places = Uint32Array.from(coded.codes, (code, row) =>
      isNullRow(column, row) ? 0 : code + 1,
    );
    return groupRows(places, coded.codeCount + 1).rows;
  }
  const values = coded?.codes ?? sourceValues(column)!;
  const compare =
    values instanceof BigInt64Array
      ? (left: number, right: number): number => {
          return values[left]! < values[right]! ? -1 : values[left]! > values[right]! ? 1 : 0;
        }
      : (left: number, right: number): number => compareFloats(values[left]!, values[right]!);
  const nulls: number[] = [];
  const others: number[] = [];
  for (let row = 0; row < rowCount; row++) (isNullRow(column, row) ? nulls : others).push(row);
  return Uint32Array.from([...nulls, ...others.sort(compare)]);
}
