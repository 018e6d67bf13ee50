import { assert } from '../base/assert.ts';
import { compareText } from '../base/text-order.ts';
import type { State } from './accumulator.ts';
import { placesByOwner } from './group-pairs.ts';
import { selectElement, selectElementSteps } from './order-statistic.ts';
import { sortRowsSteps } from './sort.ts';
import { inBlocks, type Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { gatherVector, newFlatData, vectorFromValues } from './vector-build.ts';

/** How often values occur in groups. */
export type Frequencies = Extract<State, { kind: 'frequencies' }>;

/** The values of one group in ascending order, NaN last, by their row in the state. */
export interface SortedGroup {
  readonly rows: Uint32Array;
  /** Occurrences of each row's value, by row. */
  readonly counts: Float64Array;
  /** All occurrences in the group. */
  readonly count: number;
}

/** The value that occurs most often in each group, the least of several; NULL for none. */
export function* modeSteps(state: State, groupCount: number): Steps<Vector> {
  const frequencies = frequenciesOf(state);
  const compare = comparator(frequencies.values);
  return yield* pick(frequencies, groupCount, function* ({ rows, counts }) {
    let best = { row: rows[0]!, count: 0 };
    let run = best;
    yield* inBlocks(rows.length, (start, end) => {
      for (let index = start; index < end; index++) {
        const row = rows[index]!;
        // A value may stand several times.
        const isSame = compare(run.row, row) === 0;
        run = { row: isSame ? run.row : row, count: counts[row]! + (isSame ? run.count : 0) };
        if (run.count > best.count) best = run;
      }
    });
    return best.row;
  });
}

/** The least value that at least `fraction` of a group's occurrences do not exceed. */
export function discreteQuantileSteps(
  state: State,
  groupCount: number,
  fraction: number,
): Steps<Vector> {
  return pick(frequenciesOf(state), groupCount, (group) =>
    rowAt(group, discreteIndex(group.count, fraction)),
  );
}

/** The value at `fraction` of the way from the first to the last of a group, in between by line. */
export function continuousQuantileSteps(
  state: State,
  groupCount: number,
  fraction: number,
): Steps<Vector> {
  return interpolate(frequenciesOf(state), groupCount, (count) =>
    continuousPosition(count, fraction),
  );
}

/** Place of a discrete quantile among so many values in order. */
export function discreteIndex(count: number, fraction: number): number {
  return Math.max(0, Math.ceil(count * fraction) - 1);
}

/** Place of a continuous quantile among so many values in order; it may lie between two. */
export function continuousPosition(count: number, fraction: number): number {
  return fraction * (count - 1);
}

/** Place of Pinot's PERCENTILE among so many values in order. */
export function percentileIndex(count: number, percent: number): number {
  return Math.min(Math.floor((count * percent) / 100), count - 1);
}

/** What lies at a share of the way from one value to the next. */
export function betweenValues(low: number, high: number, share: number): number {
  if (share === 0 || low === high) return low;
  // Between a number and an infinity there is only the infinity.
  return Number.isFinite(low) && Number.isFinite(high)
    ? low + (high - low) * share
    : low * (1 - share) + high * share;
}

/** Pinot's PERCENTILE: the value at `percent` × count, rounded down. */
export function percentileSteps(state: State, groupCount: number, percent: number): Steps<Vector> {
  return interpolate(frequenciesOf(state), groupCount, (count) => percentileIndex(count, percent));
}

/** How often the bins 1 to `binCount` occur, as text of a JSON array; the last has all beyond it. */
export function* histogramSteps(state: State, groupCount: number, binCount: number): Steps<Vector> {
  const { groups, values, counts } = frequenciesOf(state);
  assert(values.kind === 'flat', 'bins are numbers');
  const { data } = values;
  const bins = Array.from({ length: groupCount }, () => new Float64Array(binCount));
  yield* inBlocks(groups.length, (start, end) => {
    for (let row = start; row < end; row++) {
      const bin = Math.min(Number(data[row]), binCount) - 1;
      bins[groups[row]!]![bin]! += counts[row]!;
    }
  });
  return vectorFromValues(
    'STRING',
    bins.map((own) => `[${own.join(',')}]`),
  );
}

/** A state that tells how often values occur. */
export function frequenciesOf(state: State): Frequencies {
  assert(state.kind === 'frequencies', 'expected how often values occur');
  return state;
}

/** @param choose the row of a group's result, in steps where it goes over all of its rows. */
function* pick(
  frequencies: Frequencies,
  groupCount: number,
  choose: (group: SortedGroup) => number | Steps<number>,
): Steps<Vector> {
  const rows = new Uint32Array(groupCount);
  const nulls = new Uint8Array(groupCount).fill(1);
  yield* eachGroupSteps(frequencies, groupCount, function* (group, sorted) {
    const row = choose(sorted);
    rows[group] = typeof row === 'number' ? row : yield* row;
    nulls[group] = 0;
  });
  const hasNulls = nulls.includes(1);
  if (frequencies.groups.length === 0) return noValues(frequencies.values, groupCount);
  return { ...gatherVector(frequencies.values, rows), nulls: hasNulls ? nulls : null };
}

function noValues(values: Vector, groupCount: number): Vector {
  const nulls = new Uint8Array(groupCount).fill(1);
  if (values.kind === 'text') {
    return { ...values, codes: new Uint32Array(groupCount), dictionary: [''], nulls };
  }
  return { ...values, data: newFlatData(values.type, groupCount), nulls };
}

/** @param positionOf the place in a group's order, by the number of its occurrences; it may lie between two. */
function* interpolate(
  frequencies: Frequencies,
  groupCount: number,
  positionOf: (count: number) => number,
): Steps<Vector> {
  const { groups, values, counts } = frequencies;
  assert(values.kind === 'flat', 'only numbers are interpolated');
  const data = new Float64Array(groupCount);
  const nulls = new Uint8Array(groupCount).fill(1);
  const take = (group: number, low: number, high: number, position: number): void => {
    data[group] = betweenValues(low, high, position - Math.floor(position));
    nulls[group] = 0;
  };
  if (values.data instanceof Float64Array && (yield* isPlainList(values.data, counts))) {
    yield* interpolateLists({ groups, values: values.data, groupCount }, positionOf, take);
  } else {
    yield* eachGroupSteps(frequencies, groupCount, (group, sorted) => {
      const position = positionOf(sorted.count);
      const at = (place: number): number => Number(values.data[rowAt(sorted, place)]);
      take(group, at(Math.floor(position)), at(Math.ceil(position)), position);
    });
  }
  return { kind: 'flat', type: 'DOUBLE', data, nulls: nulls.includes(1) ? nulls : null };
}

/** One value a row, and none that is no number: then nothing has to be sorted. */
function* isPlainList(values: Float64Array, counts: Float64Array): Steps<boolean> {
  let isPlain = true;
  yield* inBlocks(values.length, (start, end) => {
    for (let row = start; row < end && isPlain; row++) {
      if (counts[row] !== 1 || Number.isNaN(values[row])) isPlain = false;
    }
  });
  return isPlain;
}

/** Numbers of groups, one a row. */
interface NumberLists {
  readonly groups: Uint32Array;
  readonly values: Float64Array;
  readonly groupCount: number;
}

function* interpolateLists(
  { groups, values, groupCount }: NumberLists,
  positionOf: (count: number) => number,
  take: (group: number, low: number, high: number, position: number) => void,
): Steps<void> {
  const { starts, places } = yield* placesByOwner(groups, groupCount);
  const bucketed = new Float64Array(values.length);
  yield* inBlocks(values.length, (start, end) => {
    for (let row = start; row < end; row++) bucketed[places[row]!] = values[row]!;
  });
  let passed = 0;
  for (let group = 0; group < groupCount; group++) {
    const own = bucketed.subarray(starts[group], starts[group + 1]);
    if (own.length === 0) continue;
    const position = positionOf(own.length);
    const [low, high] = [Math.floor(position), Math.ceil(position)];
    if (own.length > STEP_ROWS) {
      const value = yield* selectElementSteps(own, low);
      take(group, value, yield* selectElementSteps(own, high), position);
      continue;
    }
    take(group, selectElement(own, low), selectElement(own, high), position);
    passed += own.length;
    if (passed < STEP_ROWS) continue;
    passed = 0;
    yield;
  }
}

/** Rows whose groups one step looks at: some milliseconds. */
const STEP_ROWS = 32_768;

/** Goes through the groups that have values. @param take may do so in steps, too. */
export function* eachGroupSteps(
  { groups, values, counts }: Frequencies,
  groupCount: number,
  take: (group: number, sorted: SortedGroup) => Steps<void> | void,
): Steps<void> {
  const { starts, places } = yield* placesByOwner(groups, groupCount);
  const order = new Uint32Array(groups.length);
  yield* inBlocks(groups.length, (start, end) => {
    for (let row = start; row < end; row++) order[places[row]!] = row;
  });
  const compare = comparator(values);
  let passed = 0;
  for (let group = 0; group < groupCount; group++) {
    const rows = order.subarray(starts[group], starts[group + 1]);
    yield* sortRowsSteps(rows, compare);
    let count = 0;
    for (const row of rows) count += counts[row]!;
    const rest = count > 0 ? take(group, { rows, counts, count }) : undefined;
    if (rest !== undefined) yield* rest;
    passed += rows.length;
    if (passed < STEP_ROWS) continue;
    passed = 0;
    yield;
  }
}

/** The row of the occurrence with this number, from 0. */
function rowAt({ rows, counts }: SortedGroup, occurrence: number): number {
  let passed = 0;
  for (const row of rows) {
    passed += counts[row]!;
    if (passed > occurrence) return row;
  }
  return rows.at(-1)!;
}

function comparator(values: Vector): (left: number, right: number) => number {
  if (values.kind === 'text') {
    const { codes, dictionary } = values;
    return (left, right) =>
      compareText(dictionary.at(codes[left]!)!, dictionary.at(codes[right]!)!);
  }
  const { data } = values;
  return (left, right) => {
    const [a, b] = [data[left]!, data[right]!];
    if (a < b) return -1;
    if (a > b) return 1;
    return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  };
}
