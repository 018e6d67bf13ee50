import { compareFloats } from '../base/float-order.ts';
import { compareText } from '../base/text-order.ts';
import type { OrderKey } from '../sql/expression.ts';
import type { TextVector, Vector } from './vector.ts';

/**
 * The rows of a batch in order, as row numbers. Equal rows keep their order. NaN is the greatest
 * number; text orders by code point.
 *
 * @param columns the batch; order keys name its columns by position.
 */
export function sortedRows(
  columns: readonly Vector[],
  order: readonly OrderKey[],
  rowCount: number,
): Uint32Array {
  const compare = order.length === 0 ? () => 0 : rowComparator(columns, order);
  return sortedPrefix(rowCount, compare);
}

/**
 * The first rows of `sortedRows`. Far fewer than all are found in one pass: most rows lose against the
 * worst of the best so far.
 */
export function firstSortedRows(
  columns: readonly Vector[],
  order: readonly OrderKey[],
  rowCount: number,
  limit: number,
): Uint32Array {
  if (order.length === 0 || limit === 0 || limit * 8 > rowCount) {
    return sortedRows(columns, order, rowCount).slice(0, limit);
  }
  const compare = rowComparator(columns, order);
  const best = sortedPrefix(limit, compare);
  for (let row = limit; row < rowCount; row++) {
    if (compare(row, best[limit - 1]!) >= 0) continue;
    let place = limit - 1;
    while (place > 0 && compare(row, best[place - 1]!) < 0) {
      best[place] = best[place - 1]!;
      place--;
    }
    best[place] = row;
  }
  return best;
}

function sortedPrefix(count: number, compare: RowComparator): Uint32Array {
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  return rows.sort((left, right) => compare(left, right) || left - right);
}

/** Compares two rows of a batch by number. */
export function rowComparator(
  columns: readonly Vector[],
  order: readonly OrderKey[],
): (left: number, right: number) => number {
  const comparators = order.map((key) => keyComparator(columns[key.column]!, key));
  if (comparators.length === 1) return comparators[0]!;
  return (left, right) => {
    for (const compare of comparators) {
      const result = compare(left, right);
      if (result !== 0) return result;
    }
    return 0;
  };
}

type RowComparator = (left: number, right: number) => number;

function keyComparator(vector: Vector, key: OrderKey): RowComparator {
  const values = valueComparator(vector);
  const ordered: RowComparator = key.descending ? (left, right) => values(right, left) : values;
  const { nulls } = vector;
  if (nulls === null) return ordered;
  const nullSign = key.nullsFirst ? -1 : 1;
  return (left, right) => {
    const leftNull = nulls[left]!;
    const rightNull = nulls[right]!;
    if (leftNull === 1 || rightNull === 1) return nullSign * (leftNull - rightNull);
    return ordered(left, right);
  };
}

function valueComparator(vector: Vector): RowComparator {
  if (vector.kind === 'text') {
    const ranks = textRanks(vector);
    return (left, right) => ranks[left]! - ranks[right]!;
  }
  const { data } = vector;
  if (data instanceof BigInt64Array) {
    const exact = asExactNumbers(data);
    if (exact !== null) return (left, right) => exact[left]! - exact[right]!;
    return (left, right) => {
      const [a, b] = [data[left]!, data[right]!];
      return a < b ? -1 : a > b ? 1 : 0;
    };
  }
  if (data instanceof Float64Array) {
    return (left, right) => compareFloats(data[left]!, data[right]!);
  }
  return (left, right) => data[left]! - data[right]!;
}

/** Doubles compare several times faster than BigInts; null when some value would lose digits. */
function asExactNumbers(data: BigInt64Array): Float64Array | null {
  const numbers = new Float64Array(data.length);
  for (let row = 0; row < data.length; row++) {
    const number = Number(data[row]);
    if (!Number.isSafeInteger(number)) return null;
    numbers[row] = number;
  }
  return numbers;
}

/**
 * A number for each row that orders as its text does; equal texts share one. Only entries that occur
 * are looked at.
 */
function textRanks({ codes, dictionary }: TextVector): Uint32Array {
  if (dictionary.isSorted === true) return codes;
  const placeOf = new Map<number, number>();
  for (const code of codes) if (!placeOf.has(code)) placeOf.set(code, placeOf.size);
  const texts = Array.from(placeOf.keys(), (code) => dictionary.at(code)!);
  const entries = Uint32Array.from(texts, (_, place) => place);
  entries.sort((left, right) => compareText(texts[left]!, texts[right]!));
  const ranks = new Uint32Array(texts.length);
  let rank = 0;
  entries.forEach((entry, index) => {
    if (index > 0 && texts[entry] !== texts[entries[index - 1]!]) rank++;
    ranks[entry] = rank;
  });
  return codes.map((code) => ranks[placeOf.get(code)!]!);
}
