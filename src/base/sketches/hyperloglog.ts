/*
 * A HyperLogLog sketch is either sparse or dense. Sparse (Heule, Nunkesser and Hall 2013, "HyperLogLog
 * in practice"): entries of 32 bits, each the first bits of a hash and its rank behind them, ascending,
 * with a 0 at the end where their number is odd. Dense: 2^log2m registers of a byte. A sketch becomes
 * dense when it has too many entries, however these came together.
 */

/** How a sketch is laid out. */
export interface HyperLogLogShape {
  /** The logarithm of how many registers there are: 4 to 16. */
  readonly log2m: number;
  /** Bits of a hash that tell entries apart: log2m to 25. */
  readonly entryBits: number;
  /** False for registers from the start. */
  readonly isSparse: boolean;
}

/** Entries of a sparse sketch: with all of them it is smaller than the registers. */
export function entriesMax({ log2m, isSparse }: HyperLogLogShape): number {
  return isSparse ? 2 ** log2m / 4 - 2 : 0;
}

/**
 * The sketch of entries and registers; null when there is neither.
 *
 * @param entries each once, in any order; sorted in place.
 * @param registers changed in place; null when a sparse sketch may do.
 */
export function sketchOfEntries(
  entries: Uint32Array,
  registers: Uint8Array | null,
  shape: HyperLogLogShape,
): Uint8Array | Uint32Array | null {
  if (registers === null && entries.length === 0) return null;
  if (registers === null && entries.length <= entriesMax(shape)) return entries.sort();
  const dense = registers ?? new Uint8Array(2 ** shape.log2m);
  const shift = shape.entryBits - shape.log2m;
  for (const entry of entries) {
    const bits = entry >>> 6;
    const register = bits >>> shift;
    const low = bits & (2 ** shift - 1);
    const rank = low === 0 ? shift + (entry & 63) : Math.clz32(low) - (32 - shift) + 1;
    if (rank > dense[register]!) dense[register] = rank;
  }
  return dense;
}

/** Entries that are set aside before those that came twice are taken out. */
const WAITING_ENTRIES = 2 ** 13;

/** The sketch of the values of all; of at least one, which may be it. */
export function uniteHyperLogLogs(
  sketches: readonly Uint8Array[],
  shape: HyperLogLogShape,
): Uint8Array | Uint32Array {
  if (sketches.length === 1) return sketches[0]!;
  const width = 2 ** shape.log2m;
  let registers: Uint8Array | null = null;
  const sparse = sketches.filter(({ length }) => length !== width);
  const entryCount = sparse.reduce((sum, { length }) => sum + length / 4, 0);
  const waiting = new Uint32Array(Math.min(entryCount, WAITING_ENTRIES + 2 * entriesMax(shape)));
  let count = 0;
  const settle = (): void => {
    const sorted = waiting.subarray(0, count).sort();
    const different = sorted.filter((entry, index) => index === 0 || entry !== sorted[index - 1]);
    count = 0;
    if (registers === null && different.length <= entriesMax(shape)) {
      waiting.set(different);
      count = different.length;
    } else registers = sketchOfEntries(different, registers, shape) as Uint8Array;
  };
  for (const sketch of sketches) {
    if (sketch.length === width) {
      if (registers === null) registers = sketch.slice();
      else mergeRegisters(registers, sketch);
      continue;
    }
    const entries = entriesOf(sketch);
    if (count + entries.length > waiting.length) settle();
    waiting.set(entries, count);
    count += entries.length;
  }
  settle();
  return registers ?? waiting.slice(0, count);
}

/** How many different values a sketch has seen, about. */
export function estimateDistinct(sketch: Uint8Array, shape: HyperLogLogShape): number {
  if (sketch.length === 2 ** shape.log2m) return estimateCardinality(sketch, shape.log2m);
  // Entries of the same bits and other ranks count once: linear counting of the bits.
  let different = 0;
  let last = -1;
  for (const entry of entriesOf(sketch)) {
    if (entry >>> 6 !== last) different++;
    last = entry >>> 6;
  }
  const m = 2 ** shape.entryBits;
  return Math.round(m * Math.log(m / (m - different)));
}

function entriesOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint32Array {
  const entries = new Uint32Array(buffer, byteOffset, byteLength / 4);
  return entries.at(-1) === 0 ? entries.subarray(0, -1) : entries;
}

/**
 * How many different values the registers speak for: the improved raw estimator of Ertl (2017, "New
 * cardinality estimation algorithms for HyperLogLog sketches", algorithm 6), which needs no tables of
 * corrections. The standard error is about 1.04 / √m for m registers.
 *
 * @param registers 2^log2m ranks, each 0 to 65 − log2m.
 */
function estimateCardinality(registers: Uint8Array, log2m: number): number {
  const m = registers.length;
  const rankMax = 64 - log2m;
  const counts = new Uint32Array(rankMax + 2);
  const words = wordsOf(registers);
  for (let word = 0; word < words.length; word++) {
    if (words[word] === 0) {
      counts[0]! += 4;
      continue;
    }
    for (let index = word * 4; index < word * 4 + 4; index++) counts[registers[index]!]!++;
  }
  let sum = m * tau(1 - counts[rankMax + 1]! / m);
  for (let rank = rankMax; rank >= 1; rank--) sum = 0.5 * (sum + counts[rank]!);
  sum += m * sigma(counts[0]! / m);
  return Math.round((m * m) / (2 * Math.LN2 * sum));
}

/**
 * Keeps the greater of each two registers, four at a time: no rank reaches the highest bit of its byte, so
 * that it tells where a difference is not negative. Most are 0 in most groups.
 *
 * @param target changed in place.
 */
function mergeRegisters(target: Uint8Array, other: Uint8Array): void {
  const [own, added] = [wordsOf(target), wordsOf(other)];
  for (let word = 0; word < added.length; word++) {
    const right = added[word]!;
    if (right === 0) continue;
    const left = own[word]!;
    const keeps = (((left | 0x8080_8080) - right) & 0x8080_8080) >>> 7;
    const mask = Math.imul(keeps, 0xff);
    own[word] = (left & mask) | (right & ~mask);
  }
}

/** Four registers at a time, because most are 0 in most groups. */
function wordsOf(registers: Uint8Array): Uint32Array {
  return new Uint32Array(registers.buffer, registers.byteOffset, registers.length / 4);
}

/** Corrects for registers that nothing has reached. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let [x, y, z] = [share, 1, share];
  for (let last = -1; last !== z; ) {
    x *= x;
    last = z;
    z += x * y;
    y += y;
  }
  return z;
}

/** Corrects for registers that cannot rise any more. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let [x, y, z] = [share, 1, 1 - share];
  for (let last = -1; last !== z; ) {
    x = Math.sqrt(x);
    last = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
