import { assert } from '../base/assert.ts';
import { compareText } from '../base/text-order.ts';
import type { State } from './accumulator.ts';
import { selectElement } from './order-statistic.ts';
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
export function mode(state: State, groupCount: number): Vector {
  const frequencies = frequenciesOf(state);
  const compare = comparator(frequencies.values);
  return pick(frequencies, groupCount, ({ rows, counts }) => {
    let best = { row: rows[0]!, count: 0 };
    let run = best;
    for (const row of rows) {
      // A value may stand several times.
      const isSame = compare(run.row, row) === 0;
      run = { row: isSame ? run.row : row, count: counts[row]! + (isSame ? run.count : 0) };
      if (run.count > best.count) best = run;
    }
    return best.row;
  });
}

/** The least value that at least `fraction` of a group's occurrences do not exceed. */
export function discreteQuantile(state: State, groupCount: number, fraction: number): Vector {
  return pick(frequenciesOf(state), groupCount, (group) =>
    rowAt(group, Math.max(0, Math.ceil(group.count * fraction) - 1)),
  );
}

/** The value at `fraction` of the way from the first to the last of a group, in between by line. */
export function continuousQuantile(state: State, groupCount: number, fraction: number): Vector {
  return interpolate(frequenciesOf(state), groupCount, (count, at) => {
    const position = fraction * (count - 1);
    const low = at(Math.floor(position));
    const high = at(Math.ceil(position));
    const share = position - Math.floor(position);
    if (share === 0 || low === high) return low;
    // Between a number and an infinity there is only the infinity.
    return Number.isFinite(low) && Number.isFinite(high)
      ? low + (high - low) * share
      : low * (1 - share) + high * share;
  });
}

/** Pinot's PERCENTILE: the value at `percent` × count, rounded down. */
export function percentile(state: State, groupCount: number, percent: number): Vector {
  return interpolate(frequenciesOf(state), groupCount, (count, at) =>
    at(Math.min(Math.floor((count * percent) / 100), count - 1)),
  );
}

/** How often the bins 1 to `binCount` occur, as text of a JSON array; the last has all beyond it. */
export function histogram(state: State, groupCount: number, binCount: number): Vector {
  const { groups, values, counts } = frequenciesOf(state);
  assert(values.kind === 'flat', 'bins are numbers');
  const bins = Array.from({ length: groupCount }, () => new Float64Array(binCount));
  groups.forEach((group, row) => {
    const bin = Math.min(Number(values.data[row]), binCount) - 1;
    bins[group]![bin]! += counts[row]!;
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

function pick(
  frequencies: Frequencies,
  groupCount: number,
  choose: (group: SortedGroup) => number,
): Vector {
  const rows = new Uint32Array(groupCount);
  const nulls = new Uint8Array(groupCount).fill(1);
  eachGroup(frequencies, groupCount, (group, sorted) => {
    rows[group] = choose(sorted);
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

function interpolate(
  frequencies: Frequencies,
  groupCount: number,
  compute: (count: number, at: (occurrence: number) => number) => number,
): Vector {
  const { values, counts } = frequencies;
  assert(values.kind === 'flat', 'only numbers are interpolated');
  const data = new Float64Array(groupCount);
  const nulls = new Uint8Array(groupCount).fill(1);
  const take = (group: number, count: number, at: (occurrence: number) => number): void => {
    data[group] = compute(count, at);
    nulls[group] = 0;
  };
  if (values.data instanceof Float64Array && isPlainList(values.data, counts)) {
    eachList(frequencies.groups, values.data, groupCount, take);
  } else {
    const read = (row: number): number => Number(values.data[row]);
    eachGroup(frequencies, groupCount, (group, sorted) => {
      take(group, sorted.count, (occurrence) => read(rowAt(sorted, occurrence)));
    });
  }
  return { kind: 'flat', type: 'DOUBLE', data, nulls: nulls.includes(1) ? nulls : null };
}

/** One value a row, and none that is no number: then nothing has to be sorted. */
function isPlainList(values: Float64Array, counts: Float64Array): boolean {
  for (let row = 0; row < values.length; row++) {
    if (counts[row] !== 1 || Number.isNaN(values[row])) return false;
  }
  return true;
}

/** Goes through the groups of a plain list; `at` finds the value with a number in the group's order. */
function eachList(
  groups: Uint32Array,
  values: Float64Array,
  groupCount: number,
  take: (group: number, count: number, at: (occurrence: number) => number) => void,
): void {
  const starts = groupStarts(groups, groupCount);
  const next = starts.slice();
  const bucketed = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) bucketed[next[groups[row]!]!++] = values[row]!;
  for (let group = 0; group < groupCount; group++) {
    const own = bucketed.subarray(starts[group], starts[group + 1]);
    if (own.length > 0) take(group, own.length, (occurrence) => selectElement(own, occurrence));
  }
}

function groupStarts(groups: Uint32Array, groupCount: number): Uint32Array {
  const starts = new Uint32Array(groupCount + 1);
  for (const group of groups) starts[group + 1]!++;
  for (let group = 0; group < groupCount; group++) starts[group + 1]! += starts[group]!;
  return starts;
}

/** Goes through the groups that have values. */
export function eachGroup(
  { groups, values, counts }: Frequencies,
  groupCount: number,
  take: (group: number, sorted: SortedGroup) => void,
): void {
  const starts = groupStarts(groups, groupCount);
  const next = starts.slice();
  const order = new Uint32Array(groups.length);
  groups.forEach((group, row) => {
    order[next[group]!++] = row;
  });
  const compare = comparator(values);
  for (let group = 0; group < groupCount; group++) {
    const rows = order.subarray(starts[group], starts[group + 1]).sort(compare);
    let count = 0;
    for (const row of rows) count += counts[row]!;
    if (count > 0) take(group, { rows, counts, count });
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
