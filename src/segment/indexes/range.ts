import { compareFloats } from '../../base/float-order.ts';
import { bytesOf } from '../encoded-column.ts';
import { bitmapBuffers, groupRows } from './bitmaps.ts';
import type { IndexBuilder } from './index-builder.ts';
import { isNullRow, type SourceValues, sourceColumn, sourceValues } from './index-source.ts';

/** Buckets of a segment at most: a range then leaves two of them, under 1 % of the rows, to compare. */
const BUCKETS_MAX = 256;
/** Rows of a bucket at least: smaller ones cost more to find than their rows to compare. */
const BUCKET_ROWS_MIN = 64;

/*
 * Range index of a raw column, after Pinot's first version: the rows in the order of their values are
 * cut into buckets of about equally many, where equal values share a bucket. NULL rows are in none.
 *
 *   bounds  │ least and greatest value of each bucket, in the column's raw type; ascending
 *   offsets │ u32 × (buckets + 1) into `bitmaps`
 *   bitmaps │ one Roaring bitmap a bucket
 *
 * Values order as in SQL: NaN is greater than every number, and −0 equals 0.
 */

/** Builds a range index; none for coded columns, whose codes are in order already. */
export const buildRange: IndexBuilder = ({ columns: [name] }, source) => {
  const column = sourceColumn(source, name!);
  const values = sourceValues(column);
  if (values === null) return null;
  const isNull = (row: number): boolean => isNullRow(column, row);
  const sorted = (
    column.metadata.nullCount === 0 ? values.slice() : withoutNulls(values, isNull)
  ).sort();
  if (sorted.length === 0) return null;
  const starts = bucketStarts(sorted);
  const width = sorted.BYTES_PER_ELEMENT;
  const ordered = bytesOf(sorted);
  const bounds = new Uint8Array(2 * starts.length * width);
  starts.forEach((start, bucket) => {
    const last = (starts[bucket + 1] ?? sorted.length) - 1;
    [start, last].forEach((row, end) => {
      bounds.set(ordered.subarray(row * width, (row + 1) * width), (2 * bucket + end) * width);
    });
  });
  const lows = starts.map((start) => sorted[start]!);
  const groupOf = new Uint16Array(values.length);
  for (let row = 0; row < values.length; row++) {
    groupOf[row] = isNull(row) ? starts.length : bucketOf(lows, values[row]!);
  }
  const grouped = groupRows(groupOf, starts.length);
  const buffers = [{ role: 'bounds', bytes: bounds }, ...bitmapBuffers(grouped)];
  return { parameters: {}, buffers };
};

function withoutNulls<T extends SourceValues>(values: T, isNull: (row: number) => boolean): T {
  const kept = values.slice() as T;
  let count = 0;
  for (let row = 0; row < values.length; row++) {
    if (!isNull(row)) kept[count++] = values[row]!;
  }
  return kept.subarray(0, count) as T;
}

/** Where each bucket starts among the sorted values. A value of many rows has a bucket of its own. */
function bucketStarts(sorted: SourceValues): number[] {
  const wanted = Math.min(BUCKETS_MAX, Math.ceil(sorted.length / BUCKET_ROWS_MIN));
  const starts = [0];
  const add = (start: number): void => {
    if (start > starts.at(-1)! && start < sorted.length) starts.push(start);
  };
  for (let bucket = 1; bucket < wanted; bucket++) {
    const cut = Math.floor((bucket * sorted.length) / wanted);
    const value = sorted[cut]!;
    const isInside = compare(sorted[cut - 1]!, value) === 0;
    add(isInside ? firstWhere(sorted, (other) => compare(other, value) >= 0) : cut);
    if (isInside) add(firstWhere(sorted, (other) => compare(other, value) > 0));
  }
  return starts;
}

/** The first place whose value passes a test that all later ones pass too; the length if none does. */
function firstWhere(sorted: SourceValues, passes: (value: number | bigint) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The last bucket whose least value is not above the value. */
function bucketOf(lows: readonly (number | bigint)[], value: number | bigint): number {
  let low = 0;
  let high = lows.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (compare(lows[middle]!, value) <= 0) low = middle;
    else high = middle;
  }
  return low;
}

function compare(left: number | bigint, right: number | bigint): number {
  if (typeof left === 'number') return compareFloats(left, Number(right));
  return left < right ? -1 : left > right ? 1 : 0;
}
