import { compareFloats } from '../base/float-order.ts';
import { compareText } from '../base/text-order.ts';
import type { OrderKey } from '../sql/expression.ts';
import { inBlocks, runSteps, type Steps } from './steps.ts';
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
  return runSteps(sortedSteps(columns, order, rowCount));
}

/** The same in steps. */
export function* sortedSteps(
  columns: readonly Vector[],
  order: readonly OrderKey[],
  rowCount: number,
): Steps<Uint32Array> {
  const rows = firstRows(rowCount);
  if (order.length === 0) return rows;
  return yield* mergeSortSteps(rows, yield* comparatorSteps(columns, order));
}

/**
 * The first rows of `sortedRows`. Fewer than all are found in one pass: most rows lose against the worst of the
 * best so far.
 */
export function firstSortedRows(
  columns: readonly Vector[],
  order: readonly OrderKey[],
  rowCount: number,
  limit: number,
): Uint32Array {
  return runSteps(firstSortedSteps(columns, order, rowCount, limit));
}

/** The same in steps. */
export function* firstSortedSteps(
  columns: readonly Vector[],
  order: readonly OrderKey[],
  rowCount: number,
  limit: number,
): Steps<Uint32Array> {
  if (order.length === 0 || limit === 0 || limit * 8 > rowCount) {
    return (yield* sortedSteps(columns, order, rowCount)).slice(0, limit);
  }
  const compare = yield* comparatorSteps(columns, order);
  const best = yield* mergeSortSteps(firstRows(limit), compare);
  return limit > INSERTED_MAX
    ? yield* mergeBetterSteps(best, rowCount, compare)
    : yield* insertBetterSteps(best, rowCount, compare);
}

/** With more rows than this, moving them for each better one takes longer than to sort some together. */
const INSERTED_MAX = 1024;

function* insertBetterSteps(
  best: Uint32Array,
  rowCount: number,
  compare: RowComparator,
): Steps<Uint32Array> {
  const limit = best.length;
  for (let row = limit; row < rowCount; row++) {
    if (row % STEP_ROWS === 0) yield;
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

/** Better rows wait until they are as many as the best: then both are sorted, and the best of them stay. */
function* mergeBetterSteps(
  first: Uint32Array,
  rowCount: number,
  compare: RowComparator,
): Steps<Uint32Array> {
  const limit = first.length;
  const both = new Uint32Array(2 * limit);
  both.set(first);
  let count = limit;
  for (let row = limit; row < rowCount; row++) {
    if (row % STEP_ROWS === 0) yield;
    if (compare(row, both[limit - 1]!) < 0) both[count++] = row;
    if (count < both.length) continue;
    both.set(yield* mergeSortSteps(both.slice(), compare));
    count = limit;
  }
  return (yield* mergeSortSteps(both.slice(0, count), compare)).slice(0, limit);
}

/**
 * Puts some rows in the order of a comparison, in place and in steps. Equal rows are taken in the order of
 * their numbers, which they must be in before.
 */
export function* sortRowsSteps(rows: Uint32Array, compare: RowComparator): Steps<void> {
  const count = rows.length;
  if (count > STEP_ROWS) {
    rows.set(yield* mergeSortSteps(rows.slice(), compare));
  } else if (count > INSERTION_ROWS_MAX) {
    rows.sort((a, b) => compare(a, b) || a - b);
  } else {
    for (let place = 1; place < count; place++) {
      const row = rows[place]!;
      let hole = place;
      for (; hole > 0 && compare(rows[hole - 1]!, row) > 0; hole--) rows[hole] = rows[hole - 1]!;
      rows[hole] = row;
    }
  }
}

/** With fewer rows a sort of its own costs more than what it saves. */
const INSERTION_ROWS_MAX = 24;

function firstRows(count: number): Uint32Array<ArrayBuffer> {
  const rows = new Uint32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}

/** Rows that one step sorts or merges: a few milliseconds. */
const STEP_ROWS = 32_768;

/** Sorts runs of one step each, then merges neighbours; equal rows keep their order. */
function* mergeSortSteps(
  rows: Uint32Array<ArrayBuffer>,
  compare: RowComparator,
): Steps<Uint32Array<ArrayBuffer>> {
  const count = rows.length;
  for (let start = 0; start < count; start += STEP_ROWS) {
    rows.subarray(start, start + STEP_ROWS).sort((a, b) => compare(a, b) || a - b);
    yield;
  }
  let from = rows;
  let to = new Uint32Array(count > STEP_ROWS ? count : 0);
  for (let length = STEP_ROWS; length < count; length *= 2) {
    for (let start = 0; start < count; start += 2 * length) {
      const middle = Math.min(start + length, count);
      yield* mergeRuns(from, to, start, middle, Math.min(start + 2 * length, count), compare);
    }
    [from, to] = [to, from];
  }
  return from;
}

function* mergeRuns(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  middle: number,
  end: number,
  compare: RowComparator,
): Steps<void> {
  let [left, right] = [start, middle];
  for (let place = start; place < end; place++) {
    if (place % STEP_ROWS === 0) yield;
    const takesLeft = right >= end || (left < middle && compare(from[left]!, from[right]!) <= 0);
    to[place] = from[takesLeft ? left++ : right++]!;
  }
}

/** Compares two rows of a batch by number. */
export function rowComparator(
  columns: readonly Vector[],
  order: readonly OrderKey[],
): RowComparator {
  return runSteps(comparatorSteps(columns, order));
}

function* comparatorSteps(
  columns: readonly Vector[],
  order: readonly OrderKey[],
): Steps<RowComparator> {
  const comparators: RowComparator[] = [];
  for (const key of order) comparators.push(yield* keyComparator(columns[key.column]!, key));
  if (comparators.length === 1) return comparators[0]!;
  return (left, right) => {
    for (const compare of comparators) {
      const result = compare(left, right);
      if (result !== 0) return result;
    }
    return 0;
  };
}

/** Less than 0 when the left row comes first, 0 when the order does not tell them apart. */
export type RowComparator = (left: number, right: number) => number;

function* keyComparator(vector: Vector, key: OrderKey): Steps<RowComparator> {
  const values = yield* valueComparator(vector);
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

function* valueComparator(vector: Vector): Steps<RowComparator> {
  if (vector.kind === 'text') {
    const ranks = yield* textRanks(vector);
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

/** The high half of numbers that a double holds: -2^53 … 2^53 - 1. */
const EXACT_HIGH_MAX = 2 ** 21;

/** The same values as doubles; null when some value would lose digits. They compare several times faster. */
export function asExactNumbers(data: BigInt64Array): Float64Array | null {
  const numbers = new Float64Array(data.length);
  // As halves: a BigInt would be made for each value otherwise.
  const high = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
  const low = new Uint32Array(data.buffer, data.byteOffset, data.length * 2);
  for (let row = 0; row < numbers.length; row++) {
    const upper = high[row * 2 + 1]!;
    if (upper >= EXACT_HIGH_MAX || upper < -EXACT_HIGH_MAX) return null;
    numbers[row] = upper * 2 ** 32 + low[row * 2]!;
  }
  return numbers;
}

/**
 * A number for each row that orders as its text does; equal texts share one. Only entries that occur
 * are looked at.
 */
function* textRanks({ codes, dictionary }: TextVector): Steps<Uint32Array> {
  if (dictionary.isSorted === true) return codes;
  const placeOf = new Map<number, number>();
  const texts: string[] = [];
  for (let row = 0; row < codes.length; row++) {
    if (row % STEP_ROWS === 0) yield;
    const code = codes[row]!;
    if (placeOf.has(code)) continue;
    placeOf.set(code, texts.length);
    texts.push(dictionary.at(code)!);
  }
  const entries = yield* mergeSortSteps(firstRows(texts.length), (left, right) =>
    compareText(texts[left]!, texts[right]!),
  );
  const ranks = new Uint32Array(texts.length);
  let rank = 0;
  yield* inBlocks(entries.length, (start, end) => {
    for (let index = start; index < end; index++) {
      const entry = entries[index]!;
      if (index > 0 && texts[entry] !== texts[entries[index - 1]!]) rank++;
      ranks[entry] = rank;
    }
  });
  const rankOfRow = new Uint32Array(codes.length);
  yield* inBlocks(codes.length, (start, end) => {
    for (let row = start; row < end; row++) rankOfRow[row] = ranks[placeOf.get(codes[row]!)!]!;
  });
  return rankOfRow;
}
