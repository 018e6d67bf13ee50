import {
  BLOCK_DELTA,
  BLOCK_FRAME,
  BLOCK_RUNS,
  BLOCK_VALUES,
  RUN_LENGTH_BITS,
} from '../../../assembly/layout.ts';

/*
 * A chunk of integers is a sequence of blocks of 1024 values, the last one shorter. All arithmetic is
 * modulo the values' width of 8, 16, 32 or 64 bits. A block, little-endian:
 *
 *   | mode u8 | bits u8 | base: one value |  then, by mode:
 *
 *   frame     | packed values |                     value i = base + packed i
 *   delta     | start: one value | packed values |  value i = value i−1 + base + packed i, and
 *                                                   value −1 = start
 *   runs      | count u16 | packed lengths − 1, 10 bits each | packed values |
 *                                                   each run's value = base + packed
 *
 * Packed numbers follow each other without a gap, `bits` bits each (0 to 57, or 64), least significant
 * bit first; the last byte is filled up with zeros. Frame of reference and delta coding of integer
 * columns are after Lemire and Boytsov, "Decoding billions of integers per second" (2015).
 */

/** What a block can take at most beside its values as they are: mode, bits and base. */
const BLOCK_OVERHEAD_BYTES = 10;

/** What a chunk of `count` integers can take at most. */
export function packedBytesMax(count: number, widthBytes: number): number {
  return count * widthBytes + Math.ceil(count / BLOCK_VALUES) * BLOCK_OVERHEAD_BYTES;
}

/** Bits from which on numbers are stored in 64: a load of 64 bits has room for 57 after a part byte. */
const BITS_MAX = 57;

/** Writes blocks of integers. Holds working memory, so one serves many blocks. */
export class IntegerPacker {
  readonly #low = new Int32Array(BLOCK_VALUES);
  readonly #high = new Int32Array(BLOCK_VALUES);
  readonly #words = new Uint32Array(2 * BLOCK_VALUES + 2);
  readonly #runLengths = new Int32Array(BLOCK_VALUES);
  readonly #shape = new BlockShape();

  /**
   * Writes a chunk.
   *
   * @param out must have room for `packedBytesMax`.
   * @returns the offset after the last block.
   */
  packChunk(values: IntegerArray, out: Uint8Array, start: number): number {
    let end = start;
    for (let index = 0; index < values.length; index += BLOCK_VALUES) {
      const count = Math.min(BLOCK_VALUES, values.length - index);
      if (values instanceof BigInt64Array) {
        const words = new Int32Array(values.buffer, values.byteOffset + 8 * index, 2 * count);
        end = this.packWide(words, out, end);
      } else {
        end = this.#packNarrow(values.subarray(index, index + count), out, end);
      }
    }
    return end;
  }

  /**
   * Writes one block of 64-bit integers.
   *
   * @param words two for each of at most `BLOCK_VALUES` values: low, high.
   * @returns the offset after the block.
   */
  packWide(words: Int32Array, out: Uint8Array, start: number): number {
    const count = words.length / 2;
    const [low, high] = [this.#low, this.#high];
    for (let index = 0; index < count; index++) {
      low[index] = words[2 * index]!;
      high[index] = words[2 * index + 1]!;
    }
    this.#shape.measureWide(low, high, count);
    return this.#write(out, start, count, 8);
  }

  #packNarrow(values: NarrowArray, out: Uint8Array, start: number): number {
    const count = values.length;
    this.#low.set(values);
    this.#shape.measureNarrow(this.#low, count);
    return this.#write(out, start, count, values.BYTES_PER_ELEMENT);
  }

  /** Writes the values in `#low` and `#high` in the mode that takes the least space. */
  #write(out: Uint8Array, start: number, count: number, widthBytes: number): number {
    const { frameBits, deltaBits, runCount } = this.#shape;
    const frameBytes = packedBytes(count, frameBits);
    const deltaBytes = widthBytes + packedBytes(count, deltaBits);
    const runsBytes = 2 + packedBytes(runCount, RUN_LENGTH_BITS) + packedBytes(runCount, frameBits);
    if (runsBytes < frameBytes && runsBytes < deltaBytes) {
      return this.#writeRuns(out, start, count, widthBytes);
    }
    return deltaBytes < frameBytes
      ? this.#writeDelta(out, start, count, widthBytes)
      : this.#writeFrame(out, start, count, widthBytes);
  }

  #writeFrame(out: Uint8Array, start: number, count: number, widthBytes: number): number {
    const { minLow, minHigh, frameBits } = this.#shape;
    const at = writeHeader(out, start, BLOCK_FRAME, frameBits, minLow, minHigh, widthBytes);
    this.#subtract(count, minLow, minHigh, widthBytes);
    return this.#writePacked(out, at, count, frameBits);
  }

  #writeDelta(out: Uint8Array, start: number, count: number, widthBytes: number): number {
    const { minDeltaLow, minDeltaHigh, deltaBits } = this.#shape;
    const [low, high] = [this.#low, this.#high];
    let at = writeHeader(out, start, BLOCK_DELTA, deltaBits, minDeltaLow, minDeltaHigh, widthBytes);
    // The value before the first one: a distance of exactly the base from it.
    const [firstLow, firstHigh] = [low[0]!, high[0]!];
    const borrow = firstLow >>> 0 < minDeltaLow >>> 0 ? 1 : 0;
    at = writeWords(out, at, firstLow - minDeltaLow, firstHigh - minDeltaHigh - borrow, widthBytes);
    for (let index = count - 1; index > 0; index--) {
      if (widthBytes === 8) {
        const borrow = low[index]! >>> 0 < low[index - 1]! >>> 0 ? 1 : 0;
        high[index] = high[index]! - high[index - 1]! - borrow;
      }
      low[index] = low[index]! - low[index - 1]!;
    }
    low[0] = minDeltaLow;
    high[0] = minDeltaHigh;
    this.#subtract(count, minDeltaLow, minDeltaHigh, widthBytes);
    return this.#writePacked(out, at, count, deltaBits);
  }

  #writeRuns(out: Uint8Array, start: number, count: number, widthBytes: number): number {
    const { minLow, minHigh, frameBits, runCount } = this.#shape;
    const [low, high, lengths] = [this.#low, this.#high, this.#runLengths];
    let run = -1;
    for (let index = 0; index < count; index++) {
      const isNew =
        run < 0 || low[index] !== low[run] || (widthBytes === 8 && high[index] !== high[run]);
      if (isNew) {
        // Runs never overtake the rows that they are made of.
        run++;
        low[run] = low[index]!;
        high[run] = high[index]!;
        lengths[run] = 0;
      } else {
        lengths[run]!++;
      }
    }
    let at = writeHeader(out, start, BLOCK_RUNS, frameBits, minLow, minHigh, widthBytes);
    at = writeWords(out, at, runCount, 0, 2);
    packNarrow(this.#words, lengths, runCount, RUN_LENGTH_BITS);
    at = this.#copyWords(out, at, packedBytes(runCount, RUN_LENGTH_BITS));
    this.#subtract(runCount, minLow, minHigh, widthBytes);
    return this.#writePacked(out, at, runCount, frameBits);
  }

  /** Makes distances of the values. */
  #subtract(count: number, baseLow: number, baseHigh: number, widthBytes: number): void {
    const [low, high] = [this.#low, this.#high];
    for (let index = 0; index < count; index++) {
      const value = low[index]!;
      if (widthBytes === 8) {
        high[index] = high[index]! - baseHigh - (value >>> 0 < baseLow >>> 0 ? 1 : 0);
      }
      low[index] = value - baseLow;
    }
  }

  #writePacked(out: Uint8Array, at: number, count: number, bits: number): number {
    if (bits <= 32) packNarrow(this.#words, this.#low, count, bits);
    else packWide(this.#words, this.#low, this.#high, count, bits);
    return this.#copyWords(out, at, packedBytes(count, bits));
  }

  #copyWords(out: Uint8Array, at: number, lengthBytes: number): number {
    out.set(new Uint8Array(this.#words.buffer, 0, lengthBytes), at);
    return at + lengthBytes;
  }
}

/** Integers that a packer takes; unsigned and signed ones of a width are stored alike. */
export type IntegerArray = NarrowArray | BigInt64Array;

type NarrowArray = Uint8Array | Uint16Array | Int32Array;

/** What decides how a block is written. Bases are of the signed values and differences. */
class BlockShape {
  minLow = 0;
  minHigh = 0;
  minDeltaLow = 0;
  minDeltaHigh = 0;
  frameBits = 0;
  deltaBits = 0;
  runCount = 0;

  measureNarrow(low: Int32Array, count: number): void {
    let previous = low[0]!;
    let min = previous;
    let max = previous;
    let minDelta = count > 1 ? 0x7fff_ffff : 0;
    let maxDelta = count > 1 ? -0x8000_0000 : 0;
    let runCount = 1;
    for (let index = 1; index < count; index++) {
      const value = low[index]!;
      const delta = (value - previous) | 0;
      if (value < min) min = value;
      if (value > max) max = value;
      if (delta < minDelta) minDelta = delta;
      if (delta > maxDelta) maxDelta = delta;
      if (delta !== 0) runCount++;
      previous = value;
    }
    this.minLow = min;
    this.minDeltaLow = minDelta;
    this.frameBits = 32 - Math.clz32(max - min);
    this.deltaBits = 32 - Math.clz32(maxDelta - minDelta);
    this.runCount = runCount;
  }

  measureWide(low: Int32Array, high: Int32Array, count: number): void {
    const values = new WideRange(low[0]!, high[0]!);
    const deltas = new WideRange(0, 0);
    let runCount = 1;
    for (let index = 1; index < count; index++) {
      const borrow = low[index]! >>> 0 < low[index - 1]! >>> 0 ? 1 : 0;
      const deltaLow = (low[index]! - low[index - 1]!) | 0;
      const deltaHigh = (high[index]! - high[index - 1]! - borrow) | 0;
      if (index === 1) deltas.restart(deltaLow, deltaHigh);
      else deltas.include(deltaLow, deltaHigh);
      values.include(low[index]!, high[index]!);
      if (deltaLow !== 0 || deltaHigh !== 0) runCount++;
    }
    this.minLow = values.minLow;
    this.minHigh = values.minHigh;
    this.minDeltaLow = deltas.minLow;
    this.minDeltaHigh = deltas.minHigh;
    this.frameBits = values.bits;
    this.deltaBits = deltas.bits;
    this.runCount = runCount;
  }
}

/** Least and greatest of signed 64-bit integers in two words. */
class WideRange {
  minLow = 0;
  minHigh = 0;
  #maxLow = 0;
  #maxHigh = 0;

  constructor(low: number, high: number) {
    this.restart(low, high);
  }

  restart(low: number, high: number): void {
    this.minLow = low;
    this.minHigh = high;
    this.#maxLow = low;
    this.#maxHigh = high;
  }

  include(low: number, high: number): void {
    const { minHigh } = this;
    const maxHigh = this.#maxHigh;
    if (high < minHigh || (high === minHigh && low >>> 0 < this.minLow >>> 0)) {
      this.minLow = low;
      this.minHigh = high;
    }
    if (high > maxHigh || (high === maxHigh && low >>> 0 > this.#maxLow >>> 0)) {
      this.#maxLow = low;
      this.#maxHigh = high;
    }
  }

  /** Bits of the distance between them, as they are stored. */
  get bits(): number {
    const borrow = this.#maxLow >>> 0 < this.minLow >>> 0 ? 1 : 0;
    const high = (this.#maxHigh - this.minHigh - borrow) | 0;
    if (high === 0) return 32 - Math.clz32(this.#maxLow - this.minLow);
    const bits = 64 - Math.clz32(high);
    return bits <= BITS_MAX ? bits : 64;
  }
}

function packedBytes(count: number, bits: number): number {
  return Math.ceil((count * bits) / 8);
}

function writeHeader(
  out: Uint8Array,
  at: number,
  mode: number,
  bits: number,
  baseLow: number,
  baseHigh: number,
  widthBytes: number,
): number {
  out[at] = mode;
  out[at + 1] = bits;
  return writeWords(out, at + 2, baseLow, baseHigh, widthBytes);
}

/** Writes the lowest `widthBytes` bytes of a 64-bit integer. */
function writeWords(
  out: Uint8Array,
  at: number,
  low: number,
  high: number,
  widthBytes: number,
): number {
  for (let byte = 0; byte < widthBytes; byte++) {
    out[at + byte] = (byte < 4 ? low >> (8 * byte) : high >> (8 * (byte - 4))) & 255;
  }
  return at + widthBytes;
}

/** Packs numbers of at most 32 bits. */
function packNarrow(words: Uint32Array, low: Int32Array, count: number, bits: number): void {
  let word = 0;
  let pending = 0;
  let filled = 0;
  for (let index = 0; index < count; index++) {
    const value = low[index]!;
    pending |= value << filled;
    filled += bits;
    if (filled >= 32) {
      words[word++] = pending;
      filled -= 32;
      // What of the value is left: nothing when it ended with the word.
      pending = filled === 0 ? 0 : value >>> (bits - filled);
    }
  }
  words[word] = pending;
}

/** Packs numbers of 33 to 64 bits: the words of each follow each other. */
function packWide(
  words: Uint32Array,
  low: Int32Array,
  high: Int32Array,
  count: number,
  bits: number,
): void {
  let word = 0;
  let pending = 0;
  let filled = 0;
  for (let index = 0; index < count; index++) {
    const value = low[index]!;
    words[word++] = pending | (value << filled);
    pending = filled === 0 ? 0 : value >>> (32 - filled);
    const rest = high[index]!;
    const restBits = bits - 32;
    pending |= rest << filled;
    filled += restBits;
    if (filled >= 32) {
      words[word++] = pending;
      filled -= 32;
      pending = filled === 0 ? 0 : rest >>> (restBits - filled);
    }
  }
  words[word] = pending;
}
