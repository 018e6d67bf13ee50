import type { Case } from '../harness.ts';
import { indexesBelow, summable } from '../values.ts';

type MomentName = 'varianceByGroup' | 'momentsByGroup' | 'covarianceByGroup';

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
  };
}

function momentCase(name: MomentName, width: number, columnCount: number, update: Update): Case {
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
