import { BLOCK_VALUES, DECIMAL_EXPONENT_MAX, DECIMAL_NONE } from '../../../assembly/layout.ts';
import type { IntegerPacker } from './integers.ts';

/*
 * A chunk of floats is a sequence of blocks of 1024 values, the last one shorter:
 *
 *   | exponent u8 | exceptions u16 | their rows u16… | their values… | block of 64-bit integers |
 *
 * Value i is integer i / 10^exponent, rounded to the floats' width; exceptions then replace some. With
 * exponent 255 a block of integers as wide as the floats follows at once: their bits. After Afroozeh,
 * Kuffo and Boncz, "ALP: Adaptive Lossless floating-Point Compression" (SIGMOD 2023), with a division
 * in place of two multiplications: it rounds once, so that every decimal comes back from its digits.
 */

/** Values of a block that are looked at to choose its exponent. */
const SAMPLE_VALUES = 32;
/** Coprime to whatever periods data have, or they would hide from the sample. */
const SAMPLE_STRIDE = 389;
const EXACT_MAX = 2 ** 53;
const POWERS = Float64Array.from({ length: DECIMAL_EXPONENT_MAX + 1 }, (_, power) => 10 ** power);

/** Writes blocks of floats. Holds working memory, so one serves many blocks. */
export class DecimalPacker {
  readonly #integers: IntegerPacker;
  readonly #words = new Int32Array(2 * BLOCK_VALUES);
  readonly #exceptions = new Uint16Array(BLOCK_VALUES);
  readonly #trial = new Uint8Array(20 * BLOCK_VALUES);

  constructor(integers: IntegerPacker) {
    this.#integers = integers;
  }

  /**
   * Writes a chunk.
   *
   * @param out must have room for the values and, for each block, one byte and what one of integers can
   *   take beside its values.
   * @returns the offset after the last block.
   */
  packChunk(values: Float32Array | Float64Array, out: Uint8Array, start: number): number {
    let end = start;
    for (let index = 0; index < values.length; index += BLOCK_VALUES) {
      const block = values.subarray(index, Math.min(values.length, index + BLOCK_VALUES));
      const bits = this.#packBits(block, out, end);
      const decimalBytes = this.#packDecimals(block, bits - end);
      if (decimalBytes > 0) {
        out.set(this.#trial.subarray(0, decimalBytes), end);
        end += decimalBytes;
      } else {
        end = bits;
      }
    }
    return end;
  }

  #packBits(values: Float32Array | Float64Array, out: Uint8Array, start: number): number {
    out[start] = DECIMAL_NONE;
    const words = new Int32Array(values.buffer, values.byteOffset, values.byteLength / 4);
    return values instanceof Float64Array
      ? this.#integers.packWide(words, out, start + 1)
      : this.#integers.packChunk(words, out, start + 1);
  }

  /** Writes a block of decimals into `#trial`; returns its length, or 0 when it has `bytesMax` or more. */
  #packDecimals(values: Float32Array | Float64Array, bytesMax: number): number {
    const exponent = chooseExponent(values);
    if (exponent < 0) return 0;
    const exceptionCount = this.#split(values, exponent);
    const widthBytes = values.BYTES_PER_ELEMENT;
    const valuesStart = 3 + 2 * exceptionCount;
    let end = valuesStart + widthBytes * exceptionCount;
    if (end >= bytesMax) return 0;
    const out = this.#trial;
    out[0] = exponent;
    out[1] = exceptionCount & 255;
    out[2] = exceptionCount >> 8;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let index = 0; index < exceptionCount; index++) {
      const row = this.#exceptions[index]!;
      out[3 + 2 * index] = row & 255;
      out[4 + 2 * index] = row >> 8;
      const start = widthBytes * row;
      out.set(bytes.subarray(start, start + widthBytes), valuesStart + widthBytes * index);
    }
    end = this.#integers.packWide(this.#words.subarray(0, 2 * values.length), out, end);
    return end < bytesMax ? end : 0;
  }

  /** Splits values into integers and exceptions, whose integers repeat the one before. */
  #split(values: Float32Array | Float64Array, exponent: number): number {
    const words = this.#words;
    const power = POWERS[exponent]!;
    const isSingle = values instanceof Float32Array;
    let exceptionCount = 0;
    let last = firstInteger(values, exponent);
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!;
      const integer = Math.round(value * power);
      if (isDecimal(value, integer, power, isSingle)) last = integer;
      else this.#exceptions[exceptionCount++] = row;
      words[2 * row] = last;
      words[2 * row + 1] = Math.floor(last / 2 ** 32);
    }
    return exceptionCount;
  }
}

/** True when the integer gives the value back, in all its bits. */
function isDecimal(value: number, integer: number, power: number, isSingle: boolean): boolean {
  if (!(Math.abs(integer) <= EXACT_MAX)) return false;
  const decimal = integer / power;
  if ((isSingle ? Math.fround(decimal) : decimal) !== value) return false;
  return value !== 0 || !Object.is(value, -0);
}

function firstInteger(values: Float32Array | Float64Array, exponent: number): number {
  const power = POWERS[exponent]!;
  const isSingle = values instanceof Float32Array;
  for (const value of values) {
    const integer = Math.round(value * power);
    if (isDecimal(value, integer, power, isSingle)) return integer;
  }
  return 0;
}

/** The exponent that seems to take the least space, or −1 when most values are no short decimals. */
function chooseExponent(values: Float32Array | Float64Array): number {
  const isSingle = values instanceof Float32Array;
  const count = Math.min(values.length, SAMPLE_VALUES);
  const sample = Float64Array.from(
    { length: count },
    (_, index) => values[(index * SAMPLE_STRIDE) % values.length]!,
  );
  const candidates = new Set<number>();
  for (const value of sample) candidates.add(leastExponent(value, isSingle));
  candidates.delete(-1);
  let best = -1;
  let leastBits = 4 * values.BYTES_PER_ELEMENT * count;
  for (const exponent of candidates) {
    const bits = sampleBits(sample, exponent, isSingle, 8 * values.BYTES_PER_ELEMENT + 16);
    if (bits < leastBits) {
      best = exponent;
      leastBits = bits;
    }
  }
  return best;
}

/** The least exponent with which a value is a decimal, or −1. */
function leastExponent(value: number, isSingle: boolean): number {
  for (let exponent = 0; exponent <= DECIMAL_EXPONENT_MAX; exponent++) {
    const power = POWERS[exponent]!;
    const integer = Math.round(value * power);
    if (!(Math.abs(integer) <= EXACT_MAX)) return -1;
    if (isDecimal(value, integer, power, isSingle)) return exponent;
  }
  return -1;
}

function sampleBits(
  sample: Float64Array,
  exponent: number,
  isSingle: boolean,
  exceptionBits: number,
): number {
  const power = POWERS[exponent]!;
  let exceptionCount = 0;
  let min = Infinity;
  let max = -Infinity;
  for (const value of sample) {
    const integer = Math.round(value * power);
    if (isDecimal(value, integer, power, isSingle)) {
      min = Math.min(min, integer);
      max = Math.max(max, integer);
    } else {
      exceptionCount++;
    }
  }
  return exceptionCount * exceptionBits + sample.length * Math.log2(Math.max(1, max - min + 1));
}
