/*
 * A theta sketch (Dasgupta, Lang, Rhodes and Thaler 2016, "A framework for estimating stream expression
 * cardinalities", arXiv 1510.01455) as a BigUint64Array: theta, then the hashes below it, ascending and
 * each once. It keeps the `k` least hashes, theta is the next one; so it is the same however the
 * values came together, and is the union that Apache DataSketches would give.
 */

/** Theta of a sketch that has left nothing out: the greatest signed 64-bit number. */
export const THETA_MAX = 2n ** 63n - 1n;

/** The range of hashes, for estimates. */
const HASH_RANGE = 2 ** 63;

/** DataSketches' compact layout: version 3, family 3; and the hash of the seed 9001. */
const SERIAL_VERSION = 3;
const COMPACT_FAMILY = 3;
const SEED_HASH = 0x93cc;
/** Flags: read-only, compact, ordered; and empty. */
const FLAGS = 2 | 8 | 16;
const FLAG_EMPTY = 4;

/**
 * The sketch of some hashes.
 *
 * @param hashes in any order, repeated or not; sorted in place.
 * @param theta of a sketch that some come from; hashes from it on are left out.
 * @param k how many are kept.
 */
export function thetaSketch(hashes: BigUint64Array, theta: bigint, k: number): BigUint64Array {
  hashes.sort();
  // Compared by halves, which needs no BigInt for each.
  const halves = new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length * 2);
  let count = 0;
  for (let index = 0; index < hashes.length; index++) {
    const [low, high] = [halves[index * 2]!, halves[index * 2 + 1]!];
    const isRepeated = count > 0 && halves[count * 2 - 2] === low && halves[count * 2 - 1] === high;
    if (isRepeated) continue;
    halves[count * 2] = low;
    halves[count * 2 + 1] = high;
    count++;
  }
  let end = Math.min(count, k + 1);
  while (end > 0 && hashes[end - 1]! >= theta) end--;
  const isCut = end > k;
  const sketch = new BigUint64Array(1 + Math.min(end, k));
  sketch[0] = isCut ? hashes[k]! : theta;
  sketch.set(hashes.subarray(0, sketch.length - 1), 1);
  return sketch;
}

/** The sketch of the values of both. */
export function mergeThetas(
  left: BigUint64Array,
  right: BigUint64Array,
  k: number,
): BigUint64Array {
  const hashes = new BigUint64Array(left.length + right.length - 2);
  hashes.set(left.subarray(1));
  hashes.set(right.subarray(1), left.length - 1);
  const isLeftLess = left[0]! < right[0]!;
  return thetaSketch(hashes, (isLeftLess ? left : right)[0]!, k);
}

/** How many different values a sketch has seen, about. */
export function estimateTheta(sketch: BigUint64Array): number {
  const kept = sketch.length - 1;
  return sketch[0] === THETA_MAX ? kept : Math.round(kept / (Number(sketch[0]) / HASH_RANGE));
}

/**
 * The sketch as Apache DataSketches' compact, ordered theta sketch: a preamble of 8, 16 or 24 bytes,
 * then the hashes.
 *
 * @param sketch null for that of no values.
 */
export function compactTheta(sketch: BigUint64Array | null): Uint8Array {
  const hashes = sketch?.subarray(1) ?? new BigUint64Array(0);
  const theta = sketch?.[0] ?? THETA_MAX;
  const isExact = theta === THETA_MAX;
  const preambleLongs = isExact ? (hashes.length <= 1 ? 1 : 2) : 3;
  const bytes = new Uint8Array((preambleLongs + hashes.length) * 8);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, preambleLongs);
  view.setUint8(1, SERIAL_VERSION);
  view.setUint8(2, COMPACT_FAMILY);
  view.setUint8(5, isExact && hashes.length === 0 ? FLAGS | FLAG_EMPTY : FLAGS);
  view.setUint16(6, SEED_HASH, true);
  if (preambleLongs > 1) view.setUint32(8, hashes.length, true);
  if (preambleLongs > 2) view.setBigUint64(16, theta, true);
  hashes.forEach((hash, index) => {
    view.setBigUint64((preambleLongs + index) * 8, hash, true);
  });
  return bytes;
}
