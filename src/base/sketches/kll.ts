import type { NumberSketch } from './number-sketch.ts';

/** How much smaller each level is than the one above it. */
const SHRINK = 2 / 3;

/** The lowest levels do not shrink below it. */
const LEVEL_LENGTH_MIN = 8;

/** Values of the levels, each ascending; one of level h stands for 2^h. */
type Levels = Float64Array[];

/**
 * The sketch of Karnin, Lang and Liberty (2016, "Optimal quantile approximation in streams", arXiv
 * 1603.05346): a level that is full passes every other of its values up. The error of any quantile in
 * ranks is about 2.3 / k^0.97 with a probability of 99 %. Which values go up is decided by a hash of
 * what the sketch holds, so that the same values in the same order give the same sketch.
 *
 * As doubles: the count of values, the least and the greatest, how many levels there are, the length of
 * each, then their values.
 *
 * @param k length of the highest level.
 */
export function kll(k: number): NumberSketch {
  return {
    build: (values) => {
      const { length: count } = values;
      const levels = compacted([values.slice()], k, count);
      return encode(levels, count, values[0]!, values[count - 1]!);
    },
    unite: (sketches) => {
      if (sketches.length === 1) return sketches[0]!;
      const parts = sketches.map(levelsOf);
      const height = Math.max(...parts.map(({ length }) => length));
      const levels = Array.from({ length: height }, (_, level) =>
        mergeSorted(parts.flatMap((part) => part[level] ?? [])),
      );
      const count = sumOf(sketches.map(([own]) => own!));
      const least = Math.min(...sketches.map((sketch) => sketch[1]!));
      const most = Math.max(...sketches.map((sketch) => sketch[2]!));
      return encode(compacted(levels, k, count), count, least, most);
    },
    quantile,
  };
}

/**
 * The sketch as Apache DataSketches' compact KLL sketch of doubles: a preamble of 8 or 20 bytes, where
 * each level begins among as many values as there may be, the least and the greatest, then the values.
 *
 * @param sketch null for that of no values.
 */
export function compactKll(sketch: Float64Array | null, k: number): Uint8Array {
  if (sketch === null || sketch[0] === 1) return smallKll(sketch?.[1] ?? null, k);
  const levels = levelsOf(sketch);
  const valuesStart = FULL_PREAMBLE_BYTES + 4 * levels.length;
  const bytes = new Uint8Array(valuesStart + 8 * (2 + lengthOf(levels)));
  const view = preamble(bytes, FULL_PREAMBLE_INTS, FULL_VERSION, FLAG_SORTED, k);
  view.setBigUint64(8, BigInt(sketch[0]!), true);
  view.setUint16(16, k, true);
  view.setUint8(18, levels.length);
  const capacities = levels.map((_, level) => capacityOf(k, levels.length, level));
  let start = sumOf(capacities) - lengthOf(levels);
  levels.forEach((values, level) => {
    view.setUint32(FULL_PREAMBLE_BYTES + 4 * level, start, true);
    start += values.length;
  });
  [sketch[1]!, sketch[2]!, ...levels.flatMap((values) => [...values])].forEach((value, index) => {
    view.setFloat64(valuesStart + 8 * index, value, true);
  });
  return bytes;
}

/** DataSketches' number of this family of sketches. */
const KLL_FAMILY = 15;
const SMALL_PREAMBLE_INTS = 2;
const FULL_PREAMBLE_INTS = 5;
const FULL_PREAMBLE_BYTES = 20;
const FULL_VERSION = 1;
const SINGLE_VERSION = 2;
const FLAG_EMPTY = 1;
const FLAG_SORTED = 2;
const FLAG_SINGLE = 4;

/** Of one value or none. */
function smallKll(value: number | null, k: number): Uint8Array {
  const isEmpty = value === null;
  const bytes = new Uint8Array(isEmpty ? 8 : 16);
  const version = isEmpty ? FULL_VERSION : SINGLE_VERSION;
  const flags = isEmpty ? FLAG_EMPTY : FLAG_SINGLE;
  const view = preamble(bytes, SMALL_PREAMBLE_INTS, version, flags, k);
  if (!isEmpty) view.setFloat64(8, value, true);
  return bytes;
}

function preamble(
  bytes: Uint8Array,
  ints: number,
  version: number,
  flags: number,
  k: number,
): DataView {
  const view = new DataView(bytes.buffer);
  bytes.set([ints, version, KLL_FAMILY, flags]);
  view.setUint16(4, k, true);
  view.setUint8(6, LEVEL_LENGTH_MIN);
  return view;
}

const NONE = new Float64Array(0);

/** Values that a level has room for. */
function capacityOf(k: number, levelCount: number, level: number): number {
  return Math.max(LEVEL_LENGTH_MIN, Math.round(k * SHRINK ** (levelCount - 1 - level)));
}

function lengthOf(levels: Levels): number {
  return levels.reduce((sum, values) => sum + values.length, 0);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Makes room level by level, the lowest full one first, until all fit. @param levels changed. */
function compacted(levels: Levels, k: number, count: number): Levels {
  for (let round = 0; ; round++) {
    const capacities = levels.map((_, level) => capacityOf(k, levels.length, level));
    if (lengthOf(levels) <= sumOf(capacities)) return levels;
    const level = levels.findIndex((values, index) => values.length >= capacities[index]!);
    const values = levels[level]!;
    const coin = coinOf(count, level, round);
    // Of an odd number one stays behind, so that no weight is lost.
    const isOdd = values.length % 2 === 1;
    const staying = isOdd ? ((coin & 2) / 2) * (values.length - 1) : -1;
    const from = staying === 0 ? 1 : 0;
    const promoted = new Float64Array(Math.floor(values.length / 2));
    for (let index = 0; index < promoted.length; index++) {
      promoted[index] = values[from + 2 * index + (coin & 1)]!;
    }
    levels[level] = isOdd ? values.slice(staying, staying + 1) : NONE;
    levels[level + 1] = mergeSorted([levels[level + 1] ?? NONE, promoted]);
  }
}

/** Two bits that look like chance: MurmurHash3's finisher of 32 bits. */
function coinOf(count: number, level: number, round: number): number {
  let hash = Math.imul(count, 0x9e3779b1) ^ Math.imul(level * 64 + round, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 3;
}

function mergeSorted(lists: readonly Float64Array[]): Float64Array {
  const merged = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let next = 0;
  for (const values of lists) {
    merged.set(values, next);
    next += values.length;
  }
  return merged.sort();
}

/** Count, least and greatest value, number of levels. */
const HEADER_LENGTH = 4;

function encode(levels: Levels, count: number, least: number, most: number): Float64Array {
  const lengths = levels.map((values) => values.length);
  const start = HEADER_LENGTH + levels.length;
  const sketch = new Float64Array(start + sumOf(lengths));
  sketch.set([count, least, most, levels.length, ...lengths]);
  let next = start;
  for (const values of levels) {
    sketch.set(values, next);
    next += values.length;
  }
  return sketch;
}

function levelsOf(sketch: Float64Array): Levels {
  const start = HEADER_LENGTH + sketch[3]!;
  let next = start;
  return Array.from(sketch.subarray(HEADER_LENGTH, start), (length) => {
    next += length;
    return sketch.subarray(next - length, next);
  });
}

/** The least value up to which there are enough. */
function quantile(sketch: Float64Array, fraction: number): number {
  const levels = levelsOf(sketch);
  const entries = levels.flatMap((values, level) =>
    Array.from(values, (value) => ({ value, weight: 2 ** level })),
  );
  // Subtraction would make NaN of two infinities.
  entries.sort(
    (left, right) => Number(left.value > right.value) - Number(left.value < right.value),
  );
  const target = Math.max(1, Math.ceil(fraction * sketch[0]!));
  let passed = 0;
  for (const { value, weight } of entries) {
    passed += weight;
    if (passed >= target) return value;
  }
  return entries.at(-1)?.value ?? Number.NaN;
}
