/** Integers as `base + code × scale`. */
export interface AffineCodes {
  readonly base: bigint;
  readonly scale: bigint;
  /** One code a row; 0 for NULL rows. */
  readonly codes: Uint32Array;
  /** One more than the largest code; fits 32 bits. */
  readonly codeCount: number;
}

/** Largest code, so that `codeCount` fits 32 bits and 2³² − 1 can stand for "no code" in zones. */
const CODE_MAX = 2 ** 32 - 2;
const EXACT_MAX = BigInt(Number.MAX_SAFE_INTEGER);
/** A scale is a signed 64-bit integer in the file and in the kernels. */
const SCALE_MAX = 2n ** 63n - 1n;
const WORD = 2 ** 32;

/**
 * Finds the base (the least value) and the scale (greatest common divisor of the distances from it)
 * of a column, and its codes.
 *
 * @param values one a row.
 * @param nulls one byte a row, or null.
 * @param min least value that is not NULL.
 * @param max greatest value that is not NULL.
 * @returns null when the codes would not fit 32 bits, or the scale 63: two values can be that far apart.
 */
export function encodeAffine(
  values: BigInt64Array,
  nulls: Uint8Array | null,
  min: bigint,
  max: bigint,
): AffineCodes | null {
  // Doubles are several times faster than BigInt, and exact below 2^53.
  const exact = min >= -EXACT_MAX && max <= EXACT_MAX && max - min <= EXACT_MAX;
  return exact
    ? encodeExact(values, nulls, Number(min), Number(max))
    : encodeBig(values, nulls, min, max);
}

function encodeExact(
  values: BigInt64Array,
  nulls: Uint8Array | null,
  min: number,
  max: number,
): AffineCodes | null {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const scale = exactScale(words, nulls, min, max);
  const codeMax = (max - min) / scale;
  if (codeMax > CODE_MAX) return null;
  const codes = new Uint32Array(values.length);
  for (let row = 0; row < codes.length; row++) {
    const distance = words[2 * row + 1]! * WORD + (words[2 * row]! >>> 0) - min;
    codes[row] = nulls !== null && nulls[row] !== 0 ? 0 : distance / scale;
  }
  return { base: BigInt(min), scale: BigInt(scale), codes, codeCount: codeMax + 1 };
}

/** The scale, or any divisor chain's current value once it is clear that codes cannot fit. */
function exactScale(words: Int32Array, nulls: Uint8Array | null, min: number, max: number): number {
  const range = max - min;
  if (range === 0) return 1;
  let scale = range;
  for (let row = 0; 2 * row < words.length; row++) {
    if (nulls !== null && nulls[row] !== 0) continue;
    const distance = words[2 * row + 1]! * WORD + (words[2 * row]! >>> 0) - min;
    // A multiple divides without remainder, and then the product is exact too.
    if (Math.floor(distance / scale) * scale !== distance) {
      scale = greatestCommonDivisor(scale, distance);
      if (scale === 1 || range / scale > CODE_MAX) return scale;
    }
  }
  return scale;
}

function greatestCommonDivisor(left: number, right: number): number {
  let larger = left;
  let smaller = right;
  while (smaller !== 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

function encodeBig(
  values: BigInt64Array,
  nulls: Uint8Array | null,
  min: bigint,
  max: bigint,
): AffineCodes | null {
  const range = max - min;
  const fits = (scale: bigint): boolean => range / scale <= BigInt(CODE_MAX);
  let scale = range === 0n ? 1n : range;
  for (let row = 0; row < values.length; row++) {
    if (nulls !== null && nulls[row] !== 0) continue;
    let rest = (values[row]! - min) % scale;
    while (rest !== 0n) [scale, rest] = [rest, scale % rest];
    if (!fits(scale)) return null;
  }
  if (scale > SCALE_MAX) return null;
  const codes = new Uint32Array(values.length);
  for (let row = 0; row < codes.length; row++) {
    if (nulls === null || nulls[row] === 0) codes[row] = Number((values[row]! - min) / scale);
  }
  return { base: min, scale, codes, codeCount: Number(range / scale) + 1 };
}
