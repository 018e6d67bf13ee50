import { assert } from '../base/assert.ts';
import { compareFloats } from '../base/float-order.ts';
import type { WindowFrame, WindowOrder } from '../sql/expression.ts';
import { asExactNumbers } from './sort.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { STEP_PLACES, type WindowRows } from './window-order.ts';

/**
 * The frame of each place, as places: from `starts` to before `ends`, which is never less. Within a
 * partition neither of the two ever goes back.
 */
export interface Frames {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/**
 * Finds the frame of every place.
 *
 * @param order one key of a number where the unit is `range` and a distance is neither 0 nor infinite.
 */
export function* frameSteps(
  frame: WindowFrame,
  order: readonly WindowOrder[],
  window: WindowRows,
): Steps<Frames> {
  const starts = yield* boundSteps(frame.unit, frame.start, false, order, window);
  const ends = yield* boundSteps(frame.unit, frame.end, true, order, window);
  for (let place = 0; place < ends.length; place++) {
    if (ends[place]! < starts[place]!) ends[place] = starts[place]!;
  }
  yield;
  return { starts, ends };
}

/**
 * One end of all frames.
 *
 * @param isEnd true for the place behind the last row of the frame.
 */
function* boundSteps(
  unit: WindowFrame['unit'],
  distance: number,
  isEnd: boolean,
  order: readonly WindowOrder[],
  window: WindowRows,
): Steps<Uint32Array> {
  const { rows, partitions } = window;
  const bounds = new Uint32Array(rows.length);
  const byValue = unit === 'range' && distance !== 0 && Number.isFinite(distance);
  const reach = byValue ? valueReach(window.keys[0]!, order[0]!) : null;
  for (let index = 0; index + 1 < partitions.length; index++) {
    const [start, end] = [partitions[index]!, partitions[index + 1]!];
    if (reach !== null) {
      yield* valueBounds(bounds, { start, end, distance, isEnd }, reach, window);
      continue;
    }
    const bound = unit === 'rows' ? rowBound : peerBound;
    for (let place = start; place < end; place++) {
      if (place % STEP_PLACES === 0) yield;
      bounds[place] = Math.min(end, Math.max(start, bound(place, distance, isEnd, window)));
    }
  }
  return bounds;
}

function rowBound(place: number, distance: number, isEnd: boolean): number {
  return place + distance + (isEnd ? 1 : 0);
}

function peerBound(
  place: number,
  distance: number,
  isEnd: boolean,
  { peersOf, peers }: WindowRows,
): number {
  const group = peersOf[place]! + distance + (isEnd ? 1 : 0);
  if (group < 0) return 0;
  return group < peers.length ? peers[group]! : Infinity;
}

/** What of a partition is looked for. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly distance: number;
  readonly isEnd: boolean;
}

/** Less than 0 where a row comes before the value of another one, moved by a distance in the order. */
type Reach = (row: number, current: number, distance: number) => number;

/** Rows whose key is NULL are peers, and in nobody else's reach. */
function* valueBounds(
  bounds: Uint32Array,
  { start, end, distance, isEnd }: Range,
  reach: Reach,
  window: WindowRows,
): Steps<void> {
  const { rows } = window;
  const { nulls } = window.keys[0]!;
  const isNull = (place: number): boolean => nulls?.[rows[place]!] === 1;
  let [first, last] = [start, end];
  while (first < last && isNull(first)) first++;
  while (first < last && isNull(last - 1)) last--;
  let bound = first;
  for (let place = start; place < end; place++) {
    if (place % STEP_PLACES === 0) yield;
    if (isNull(place)) {
      bounds[place] = peerBound(place, 0, isEnd, window);
      continue;
    }
    const row = rows[place]!;
    const least = isEnd ? 1 : 0;
    while (bound < last && reach(rows[bound]!, row, distance) < least) bound++;
    bounds[place] = bound;
  }
}

function valueReach(key: Vector, { descending }: WindowOrder): Reach {
  const ascending = ascendingReach(key);
  if (!descending) return ascending;
  return (row, current, distance) => -ascending(row, current, -distance);
}

function ascendingReach(key: Vector): Reach {
  assert(key.kind === 'flat', 'distances are between numbers');
  const { data } = key;
  const numbers = data instanceof BigInt64Array ? asExactNumbers(data) : data;
  if (numbers !== null) {
    return (row, current, distance) => compareFloats(numbers[row]!, numbers[current]! + distance);
  }
  const integers = data as BigInt64Array;
  return (row, current, distance) => {
    const [value, target] = [integers[row]!, integers[current]! + BigInt(distance)];
    return value < target ? -1 : value > target ? 1 : 0;
  };
}
