import type { NumberSketch } from './number-sketch.ts';

/** The least and the greatest value; then all means, then all weights. */
const HEADER_LENGTH = 2;

/**
 * The merging t-digest of Dunning and Ertl (2019, "Computing extremely accurate quantiles using
 * t-digests", arXiv 1902.04023) with the scale function k₁: centroids are small near both ends, so that
 * the error of a quantile q in ranks is about π/compression × √(q(1 − q)) where values lie evenly.
 *
 * On the scale asin(2q − 1) a centroid is h = 2π/compression wide at most. Whatever the values, a quantile
 * of a sketch that was built at once is within 2h on that scale: say A(v) is the share of values in
 * centroids of means up to v, and F(v) the true one; only the centroid around v sets them apart, by h,
 * and the wanted rank lies in one of the two centroids between whose means v is found. Each merge adds h
 * at most. For A of both together is the weighted mean of theirs, and a shift by c on that scale,
 * q ↦ (1 + sin(asin(2q − 1) + c)) / 2, is concave in q, so that by Jensen's inequality the mean is off by no
 * more than its parts; then only the new centroid around v sets A apart from what it was. Values that
 * span many powers of ten, merged many times one after another, come near to that; t-digests have no
 * bound without the number of merges (Cormode, Mishra, Ross and Veselý 2021, arXiv 2102.09299).
 *
 * @param compression about twice as many as centroids, which take 16 bytes each.
 */
export function tDigest(compression: number): NumberSketch {
  return {
    build: (values) => compress(values, null, values[0]!, values.at(-1)!, compression),
    unite: (sketches) => unitedInPairs(sketches, compression),
    quantile,
  };
}

/** Two at a time: each value goes through as many merges, which add to its error, as their number has bits. */
function unitedInPairs(sketches: readonly Float64Array[], compression: number): Float64Array {
  let rest = sketches;
  while (rest.length > 1) {
    const merged: Float64Array[] = [];
    for (let at = 0; at < rest.length; at += 2) {
      const [left, right] = [rest[at]!, rest[at + 1]];
      merged.push(right === undefined ? left : mergeTwo(left, right, compression));
    }
    rest = merged;
  }
  return rest[0]!;
}

function mergeTwo(left: Float64Array, right: Float64Array, compression: number): Float64Array {
  const { means, weights } = interleave(left, right);
  const [least, most] = [Math.min(left[0]!, right[0]!), Math.max(left[1]!, right[1]!)];
  return compress(means, weights, least, most, compression);
}

/**
 * The sketch as Dunning's library writes it at full length, which Pinot does: big-endian; the number of
 * this form, the least and the greatest value, the compression, how many centroids there are, then for
 * each its weight and its mean.
 *
 * @param sketch null for that of no values.
 */
export function verboseTDigest(sketch: Float64Array | null, compression: number): Uint8Array {
  const { count, means, weights } = centroidsOf(sketch ?? NO_VALUES);
  const [least, most] = sketch ?? NO_VALUES;
  const bytes = new Uint8Array(32 + 16 * count);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, VERBOSE);
  view.setFloat64(4, least!);
  view.setFloat64(12, most!);
  view.setFloat64(20, compression);
  view.setInt32(28, count);
  for (let index = 0; index < count; index++) {
    view.setFloat64(32 + 16 * index, weights[index]!);
    view.setFloat64(40 + 16 * index, means[index]!);
  }
  return bytes;
}

const VERBOSE = 1;
const NO_VALUES = Float64Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

/** @param weights null when each is 1. */
function compress(
  means: Float64Array,
  weights: Float64Array | null,
  least: number,
  most: number,
  compression: number,
): Float64Array {
  const total = weights === null ? means.length : weights.reduce((sum, weight) => sum + weight, 0);
  const outMeans: number[] = [];
  const outWeights: number[] = [];
  let mean = means[0]!;
  let weight = weights === null ? 1 : weights[0]!;
  let passed = 0;
  let limit = total * endOfCentroid(0, compression);
  for (let index = 1; index < means.length; index++) {
    const value = means[index]!;
    const added = weights === null ? 1 : weights[index]!;
    if (passed + weight + added <= limit && canMix(mean, value)) {
      weight += added;
      if (value !== mean) mean = mixed(mean, value, added / weight);
      continue;
    }
    outMeans.push(mean);
    outWeights.push(weight);
    passed += weight;
    limit = total * endOfCentroid(passed / total, compression);
    mean = value;
    weight = added;
  }
  return Float64Array.from([least, most, ...outMeans, mean, ...outWeights, weight]);
}

/** The fraction at which a centroid must end that begins at a fraction: k₁ rises by 1 up to there. */
function endOfCentroid(start: number, compression: number): number {
  const angle = Math.asin(Math.min(1, 2 * start - 1)) + (2 * Math.PI) / compression;
  return angle >= Math.PI / 2 ? 1 : (Math.sin(angle) + 1) / 2;
}

/** An infinity has no mean with anything else. */
function canMix(left: number, right: number): boolean {
  return left === right || (Number.isFinite(left) && Number.isFinite(right));
}

function mixed(mean: number, value: number, share: number): number {
  const distance = value - mean;
  return Number.isFinite(distance) ? mean + distance * share : mean * (1 - share) + value * share;
}

/** The centroids of both in one order. */
function interleave(
  left: Float64Array,
  right: Float64Array,
): { readonly means: Float64Array; readonly weights: Float64Array } {
  const sides = [centroidsOf(left), centroidsOf(right)] as const;
  const count = sides[0].count + sides[1].count;
  const means = new Float64Array(count);
  const weights = new Float64Array(count);
  const next = [0, 0];
  for (let index = 0; index < count; index++) {
    const [first, second] = sides;
    const isLeft =
      next[1]! >= second.count ||
      (next[0]! < first.count && first.means[next[0]!]! <= second.means[next[1]!]!);
    const side = isLeft ? 0 : 1;
    means[index] = sides[side].means[next[side]!]!;
    weights[index] = sides[side].weights[next[side]!++]!;
  }
  return { means, weights };
}

function centroidsOf(sketch: Float64Array): {
  readonly count: number;
  readonly means: Float64Array;
  readonly weights: Float64Array;
} {
  const count = (sketch.length - HEADER_LENGTH) / 2;
  const means = sketch.subarray(HEADER_LENGTH, HEADER_LENGTH + count);
  return { count, means, weights: sketch.subarray(HEADER_LENGTH + count) };
}

/** By lines from the least value through the middle of each centroid to the greatest. */
function quantile(sketch: Float64Array, fraction: number): number {
  const { count, means, weights } = centroidsOf(sketch);
  const [least, most] = [sketch[0]!, sketch[1]!];
  const target = fraction * weights.reduce((sum, weight) => sum + weight, 0);
  let passed = 0;
  let [rank, value] = [0.5, least];
  for (let index = 0; index < count; index++) {
    const middle = passed + weights[index]! / 2;
    if (target < middle) return onLine(target, rank, value, middle, means[index]!);
    [rank, value] = [middle, means[index]!];
    passed += weights[index]!;
  }
  return onLine(target, rank, value, passed - 0.5, most);
}

function onLine(
  rank: number,
  rank0: number,
  value0: number,
  rank1: number,
  value1: number,
): number {
  if (rank <= rank0 || value0 === value1) return value0;
  if (rank >= rank1) return value1;
  const share = (rank - rank0) / (rank1 - rank0);
  if (!canMix(value0, value1)) return share < 0.5 ? value0 : value1;
  return mixed(value0, value1, share);
}
