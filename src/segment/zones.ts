import { BATCH_ROWS } from '../base/limits.ts';
import { bytesOf, type EncodedBuffer } from './encoded-column.ts';

/** Zones of a segment: one for every 64 Ki rows, the last one shorter. */
export function zoneCount(rowCount: number): number {
  return Math.ceil(rowCount / BATCH_ROWS);
}

/** Least and greatest code of each zone; (2³² − 1, 0) where all rows are NULL. */
export function codeZones(codes: Uint32Array, nulls: Uint8Array | null): EncodedBuffer {
  const zones = new Uint32Array(2 * zoneCount(codes.length));
  forEachZone(codes.length, (zone, start, end) => {
    let min = 0xffff_ffff;
    let max = 0;
    for (let row = start; row < end; row++) {
      if (nulls !== null && nulls[row] !== 0) continue;
      const code = codes[row]!;
      if (code < min) min = code;
      if (code > max) max = code;
    }
    zones[2 * zone] = min;
    zones[2 * zone + 1] = max;
  });
  return { role: 'zones', bytes: bytesOf(zones) };
}

/** Least and greatest value of each zone; (greatest, least of the type) where all rows are NULL. */
export function integerZones(
  values: BigInt64Array,
  nulls: Uint8Array | null,
  widthBytes: 4 | 8,
): EncodedBuffer {
  const bits = 8 * widthBytes;
  const empty: IntegerRange = {
    min: BigInt.asIntN(bits, (1n << BigInt(bits - 1)) - 1n),
    max: BigInt.asIntN(bits, 1n << BigInt(bits - 1)),
  };
  const wide = new BigInt64Array(2 * zoneCount(values.length));
  forEachZone(values.length, (zone, start, end) => {
    const range = integerRange(values, nulls, start, end) ?? empty;
    wide[2 * zone] = range.min;
    wide[2 * zone + 1] = range.max;
  });
  const zones = widthBytes === 8 ? wide : Int32Array.from(wide, Number);
  return { role: 'zones', bytes: bytesOf(zones) };
}

/** Least and greatest value of each zone, with the special rules for NaN that metadata.ts states. */
export function floatZones<T extends Float32Array | Float64Array>(
  values: T,
  nulls: Uint8Array | null,
): EncodedBuffer {
  const wide = new Float64Array(2 * zoneCount(values.length));
  forEachZone(values.length, (zone, start, end) => {
    const range = floatRange(values, nulls, start, end);
    wide[2 * zone] = range.min;
    wide[2 * zone + 1] = range.hasNan ? Infinity : range.max;
  });
  const zones = values instanceof Float32Array ? Float32Array.from(wide) : wide;
  return { role: 'zones', bytes: bytesOf(zones) };
}

/** Least and greatest of some integers. */
export interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

/** The range of the rows [start, end) that are not NULL, or null when there are none. */
export function integerRange(
  values: BigInt64Array,
  nulls: Uint8Array | null,
  start: number,
  end: number,
): IntegerRange | null {
  // Compares 32-bit words: high ones signed, then low ones unsigned.
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  let first = start;
  if (nulls !== null) while (first < end && nulls[first] !== 0) first++;
  if (first === end) return null;
  let minLow = words[2 * first]! >>> 0;
  let minHigh = words[2 * first + 1]!;
  let maxLow = minLow;
  let maxHigh = minHigh;
  for (let row = first + 1; row < end; row++) {
    if (nulls !== null && nulls[row] !== 0) continue;
    const low = words[2 * row]! >>> 0;
    const high = words[2 * row + 1]!;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      minHigh = high;
      minLow = low;
    }
    if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      maxHigh = high;
      maxLow = low;
    }
  }
  return { min: joinWords(minLow, minHigh), max: joinWords(maxLow, maxHigh) };
}

/** Least and greatest of some floats that are numbers (+∞, −∞ when there are none). */
export interface FloatRange {
  readonly min: number;
  readonly max: number;
  readonly hasNan: boolean;
}

/** The range of the rows [start, end) that are not NULL. */
export function floatRange(
  values: Float32Array | Float64Array,
  nulls: Uint8Array | null,
  start: number,
  end: number,
): FloatRange {
  let min = Infinity;
  let max = -Infinity;
  let hasNan = false;
  for (let row = start; row < end; row++) {
    if (nulls !== null && nulls[row] !== 0) continue;
    const value = values[row]!;
    if (value < min) min = value;
    if (value > max) max = value;
    if (Number.isNaN(value)) hasNan = true;
  }
  return { min, max, hasNan };
}

function joinWords(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function forEachZone(
  rowCount: number,
  visit: (zone: number, start: number, end: number) => void,
): void {
  for (let zone = 0; zone < zoneCount(rowCount); zone++) {
    visit(zone, zone * BATCH_ROWS, Math.min(rowCount, (zone + 1) * BATCH_ROWS));
  }
}
