import type { Prng } from '../../../src/base/prng.ts';
import type { Case } from '../harness.ts';
import { indexesBelow, summable } from '../values.ts';

type GroupMomentName = 'varianceByGroup' | 'momentsByGroup' | 'covarianceByGroup';
type MomentName = GroupMomentName | 'varianceOfAll' | 'covarianceOfAll';

/** Adds one value, or one pair, to the state of its group. */
type Update = (state: Float64Array, x: number, y: number) => void;

/** Few groups, so that they get several rows each. */
const GROUP_COUNTS = [1, 2, 5];

/**
 * Twins of the moments, step by step: their results depend on the order of every operation. That the
 * steps are right is shown against DuckDB.
 */
export function momentCases(): Record<MomentName, Case> {
  return {
    varianceByGroup: momentCase('varianceByGroup', 3, 1, addToVariance),
    momentsByGroup: momentCase('momentsByGroup', 5, 1, addToMoments),
    covarianceByGroup: momentCase('covarianceByGroup', 6, 2, addToCovariance),
    varianceOfAll,
    covarianceOfAll,
  };
}

function momentCase(
  name: GroupMomentName,
  width: number,
  columnCount: number,
  update: Update,
): Case {
  return (harness, count) => {
    const { random } = harness;
    const groups = random.pick(GROUP_COUNTS);
    const ids = indexesBelow(random, groups, count);
    const columns = Array.from({ length: columnCount }, () => summable(random, 'F64', count));
    const [xs, ys = xs] = columns as Float64Array[];
    const before = new Float64Array(groups * width);
    const after = before.slice();
    ids.forEach((id, row) => {
      update(after.subarray(id * width, (id + 1) * width), xs![row]!, ys![row]!);
    });
    const states = harness.become(before, after);
    const inputs = columns.map((column) => harness.put(column));
    harness.call(name, [states, harness.put(ids), ...inputs, count]);
  };
}

function addToVariance(state: Float64Array, x: number): void {
  const [rows, mean, second] = [...state] as [number, number, number];
  const delta = x - mean;
  const newMean = mean + delta / (rows + 1);
  state.set([rows + 1, newMean, second + delta * (x - newMean)]);
}

function addToMoments(state: Float64Array, x: number): void {
  const [before, mean, second, third, fourth] = [...state] as [
    number,
    number,
    number,
    number,
    number,
  ];
  const rows = before + 1;
  const delta = x - mean;
  const step = delta / rows;
  const square = step * step;
  const term = delta * step * before;
  state.set([
    rows,
    mean + step,
    second + term,
    third + term * step * (rows - 2) - 3 * step * second,
    fourth +
      (term * square * (rows * rows - 3 * rows + 3) + 6 * square * second) -
      4 * step * third,
  ]);
}

function addToCovariance(state: Float64Array, x: number, y: number): void {
  const [before, meanX, meanY, squaresX, squaresY, products] = [...state] as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const rows = before + 1;
  const newX = meanX + (x - meanX) / rows;
  const newY = meanY + (y - meanY) / rows;
  state.set([
    rows,
    newX,
    newY,
    squaresX + (x - meanX) * (x - newX),
    squaresY + (y - meanY) * (y - newY),
    products + (x - meanX) * (y - newY),
  ]);
}

/** Few rows of small whole numbers in one batch: then everything is exact in any order. */
function varianceOfAll(...[harness, count]: Parameters<Case>): void {
  const { xs, meanX } = exactColumns(harness.random, count);
  const after = count === 0 ? [0, 0, 0] : [count, meanX, products(xs, meanX, xs, meanX)];
  const state = harness.become(new Float64Array(3), Float64Array.from(after));
  harness.call('varianceOfAll', [state, harness.put(xs), count]);
}

function covarianceOfAll(...[harness, count]: Parameters<Case>): void {
  const { xs, meanX, ys, meanY } = exactColumns(harness.random, count);
  const after = [
    ...[count, meanX, meanY, products(xs, meanX, xs, meanX), products(ys, meanY, ys, meanY)],
    products(xs, meanX, ys, meanY),
  ];
  const expected = count === 0 ? new Float64Array(6) : Float64Array.from(after);
  const state = harness.become(new Float64Array(6), expected);
  harness.call('covarianceOfAll', [state, harness.put(xs), harness.put(ys), count]);
}

/** Whole numbers with a whole mean: each value has an opposite, the last of an odd count is the mean. */
function exactColumns(random: Prng, count: number) {
  const column = (): { values: Float64Array; mean: number } => {
    const mean = random.integer(-50, 50);
    const distances = Array.from({ length: count >> 1 }, () => random.integer(-99, 99));
    const all = [...distances, ...distances.map((distance) => -distance)];
    if (count % 2 === 1) all.push(0);
    return { values: Float64Array.from(all, (distance) => mean + distance), mean };
  };
  const [x, y] = [column(), column()];
  return { xs: x.values, meanX: x.mean, ys: y.values, meanY: y.mean };
}

function products(xs: Float64Array, meanX: number, ys: Float64Array, meanY: number): number {
  return xs.reduce((sum, x, row) => sum + (x - meanX) * (ys[row]! - meanY), 0);
}
