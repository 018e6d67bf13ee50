import { compareFloats } from '../../base/float-order.ts';
import type { SourceCodes, SourceValues } from './index-source.ts';
import type { SketchArray, SketchFold } from './star-sketches.ts';

/** The codes of a dimension, one a record. */
export type Codes = SourceCodes['codes'];

/** What is gathered of a metric, one value a record: sums, or least or greatest codes or values. */
export type MetricValues = Codes | SourceValues;

/** How values of several records become one. */
export type Fold = 'sum' | 'min' | 'max';

/** Records as columns of the same length. */
export interface RecordColumns {
  readonly dimensions: readonly { readonly codes: Codes; readonly codeCount: number }[];
  readonly metrics: readonly { readonly fold: Fold; readonly values: MetricValues }[];
  readonly sketches: readonly SketchColumn[];
}

/** A sketch of each record; null where the records are rows, whose sketches nobody needs. */
export interface SketchColumn {
  readonly fold: SketchFold;
  readonly values: (SketchArray | null)[] | null;
}

/** Sorting by digits clears this many counters a digit: fewer records are sorted by comparing. */
const DIGIT_CODES = 2 ** 16;

/** The records of a star-tree while it is built. */
export class StarRecords implements RecordColumns {
  readonly dimensions: { codes: Codes; readonly codeCount: number }[];
  readonly metrics: { readonly fold: Fold; values: MetricValues }[];
  readonly sketches: readonly {
    readonly fold: SketchFold;
    readonly values: (SketchArray | null)[];
  }[];
  #count = 0;
  #capacity = 0;

  /** No records yet, in columns like these. */
  constructor(like: RecordColumns) {
    this.dimensions = like.dimensions.map(({ codes, codeCount }) => {
      return { codes: codes.slice(0, 0), codeCount };
    });
    this.metrics = like.metrics.map(({ fold, values }) => ({ fold, values: values.slice(0, 0) }));
    this.sketches = like.sketches.map(({ fold }) => ({ fold, values: [] }));
  }

  /** Records so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Appends one record for each combination of codes in the dimensions from `from` on, in their order.
   * Those before `zeroFrom` are the same in all the records; those between are aggregated over: their code
   * is 0, and nobody reads it.
   *
   * @param source may be these records.
   * @param rows which of its records.
   */
  aggregate(source: RecordColumns, rows: Uint32Array, zeroFrom: number, from: number): void {
    const order = sortedByCodes(source.dimensions.slice(from), rows);
    const starts = groupStarts(source.dimensions.slice(from), order);
    const groupCount = starts.length - 1;
    const first = this.#count;
    this.#reserve(first + groupCount);
    this.#count += groupCount;
    this.dimensions.forEach(({ codes }, dimension) => {
      if (dimension >= zeroFrom && dimension < from) return;
      const { codes: given } = source.dimensions[dimension]!;
      for (let group = 0; group < groupCount; group++) {
        codes[first + group] = given[order[starts[group]!]!]!;
      }
    });
    this.metrics.forEach(({ fold, values }, metric) => {
      const target = values.subarray(first, first + groupCount);
      foldGroups(fold, target, source.metrics[metric]!.values, order, starts);
    });
    this.sketches.forEach(({ fold, values }, sketch) => {
      const given = source.sketches[sketch]!.values;
      for (let group = 0; group < groupCount; group++) {
        const own = order.subarray(starts[group]!, starts[group + 1]!);
        values.push(given === null ? fold.ofRows(own) : mergedSketch(fold, given, own));
      }
    });
  }

  #reserve(count: number): void {
    if (count <= this.#capacity) return;
    this.#capacity = Math.max(count, 2 * this.#capacity);
    for (const dimension of this.dimensions) {
      dimension.codes = grown(dimension.codes, this.#capacity);
    }
    for (const metric of this.metrics) metric.values = grown(metric.values, this.#capacity);
  }
}

/** The numbers from `start` to before `end`. */
export function rowsBetween(start: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, row) => start + row);
}

function grown<Values extends MetricValues>(values: Values, length: number): Values {
  const larger = new (values.constructor as new (length: number) => Values)(length);
  larger.set(values as never);
  return larger;
}

/** Rows by their codes in all of the dimensions, the first of which counts most. */
function sortedByCodes(dimensions: RecordColumns['dimensions'], rows: Uint32Array): Uint32Array {
  if (dimensions.length === 0 || rows.length < 2) return rows;
  const most = Math.max(...dimensions.map(({ codeCount }) => Math.min(codeCount, DIGIT_CODES)));
  if (rows.length < most) {
    return rows.slice().sort((left, right) => {
      for (const { codes } of dimensions) {
        if (codes[left] !== codes[right]) return codes[left]! - codes[right]!;
      }
      return left - right;
    });
  }
  let order = rows;
  for (const { codes, codeCount } of dimensions.toReversed()) {
    for (let digit = 1; digit < codeCount; digit *= DIGIT_CODES) {
      order = sortedByDigit(codes, digit, Math.min(codeCount, DIGIT_CODES), order);
    }
  }
  return order;
}

/** A stable counting sort by one digit. */
function sortedByDigit(
  codes: Codes,
  digit: number,
  digitCount: number,
  order: Uint32Array,
): Uint32Array {
  const shift = digit === 1 ? 0 : 16;
  const places = new Uint32Array(digitCount);
  for (const row of order) places[(codes[row]! >>> shift) & 0xffff]!++;
  let next = 0;
  for (let value = 0; value < digitCount; value++) {
    const count = places[value]!;
    places[value] = next;
    next += count;
  }
  const sorted = new Uint32Array(order.length);
  for (const row of order) sorted[places[(codes[row]! >>> shift) & 0xffff]!++] = row;
  return sorted;
}

/** Where runs of rows with the same codes start, and the end of the last. */
function groupStarts(dimensions: RecordColumns['dimensions'], order: Uint32Array): Uint32Array {
  const isStart = new Uint8Array(order.length);
  isStart[0] = 1;
  for (const { codes } of dimensions) {
    for (let at = 1; at < order.length; at++) {
      if (codes[order[at]!] !== codes[order[at - 1]!]) isStart[at] = 1;
    }
  }
  let groupCount = 0;
  for (const flag of isStart) groupCount += flag;
  const starts = new Uint32Array(groupCount + 1);
  let group = 0;
  for (let at = 0; at < order.length; at++) if (isStart[at] === 1) starts[group++] = at;
  starts[groupCount] = order.length;
  return starts;
}

function mergedSketch(
  fold: SketchFold,
  given: readonly (SketchArray | null)[],
  records: Uint32Array,
): SketchArray | null {
  const sketches: SketchArray[] = [];
  for (const record of records) {
    const sketch = given[record];
    if (sketch !== null && sketch !== undefined) sketches.push(sketch);
  }
  return sketches.length === 0 ? null : fold.unite(sketches);
}

/** Puts what the values of each group fold to into the target. */
function foldGroups(
  fold: Fold,
  target: MetricValues,
  values: MetricValues,
  order: Uint32Array,
  starts: Uint32Array,
): void {
  if (target instanceof BigInt64Array || values instanceof BigInt64Array) {
    foldWide(fold, target as BigInt64Array, values as BigInt64Array, order, starts);
    return;
  }
  const sign = fold === 'min' ? 1 : -1;
  for (let group = 0; group < target.length; group++) {
    const end = starts[group + 1]!;
    let result = values[order[starts[group]!]!]!;
    for (let at = starts[group]! + 1; at < end; at++) {
      const value = values[order[at]!]!;
      if (fold === 'sum') result += value;
      else if (sign * compareFloats(value, result) < 0) result = value;
    }
    target[group] = result;
  }
}

function foldWide(
  fold: Fold,
  target: BigInt64Array,
  values: BigInt64Array,
  order: Uint32Array,
  starts: Uint32Array,
): void {
  for (let group = 0; group < target.length; group++) {
    const end = starts[group + 1]!;
    let result = values[order[starts[group]!]!]!;
    for (let at = starts[group]! + 1; at < end; at++) {
      const value = values[order[at]!]!;
      if (fold === 'sum') result += value;
      else if (fold === 'min' ? value < result : value > result) result = value;
    }
    target[group] = result;
  }
}
