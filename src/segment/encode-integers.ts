import { type FlatType, physicalType, type Value } from '../base/types.ts';
import { encodeAffine } from './affine.ts';
import { DistinctWords } from './distinct.ts';
import {
  bytesOf,
  codesBuffer,
  codeWidthBytes,
  countNulls,
  type EncodedColumn,
  nullsBuffers,
} from './encoded-column.ts';
import { codeZones, integerRange, integerZones } from './zones.ts';

/** Entries of a dictionary of numbers at most: with more of them, two-byte codes no longer do. */
export const NUMBER_DICTIONARY_MAX = 65_536;

/**
 * Encodes BOOLEAN and the types of physical type `i32` or `i64`. The smallest of affine codes, a dictionary and the
 * raw values wins; affine wins a tie, because kernels add its codes up without a lookup.
 *
 * - BOOLEAN is always affine with base 0 and scale 1, so that its codes are its values.
 * - A column without a value (all NULL, or no rows) is affine with base 0 and one code.
 *
 * @param values one a row, widened to 64 bits; NULL rows hold anything.
 * @param nulls one byte a row, or null when no row is NULL.
 * @param raw true for raw values in any case, but for BOOLEAN.
 */
export function encodeIntegers(
  type: FlatType,
  values: BigInt64Array,
  nulls: Uint8Array | null,
  raw = false,
): EncodedColumn {
  const range = integerRange(values, nulls, 0, values.length);
  const statistics = {
    nullCount: countNulls(nulls),
    min: range === null ? null : integerValue(type, range.min),
    max: range === null ? null : integerValue(type, range.max),
  };
  const rawBytes = physicalType(type) === 'i64' ? 8 : 4;
  if (raw && type !== 'BOOLEAN') {
    return { ...statistics, ...encodeRaw(values, nulls, rawBytes) };
  }
  const { min, max } = type === 'BOOLEAN' ? { min: 0n, max: 1n } : (range ?? { min: 0n, max: 0n });
  const affine = encodeAffine(values, nulls, min, max);
  const widthBytes = affine === null ? rawBytes : codeWidthBytes(affine.codeCount);
  const dictionary = encodeDictionary(values, nulls, rawBytes, widthBytes);
  if (dictionary !== null) return { ...statistics, ...dictionary };
  if (affine === null) return { ...statistics, ...encodeRaw(values, nulls, rawBytes) };
  const { base, scale, codes, codeCount } = affine;
  const codeBytes = codeWidthBytes(codeCount);
  return {
    ...statistics,
    encoding: { kind: 'affine', codeBytes, base, scale, codeCount },
    buffers: [codesBuffer(codes, codeBytes), ...nullsBuffers(nulls), codeZones(codes, nulls)],
  };
}

/** An integer of a column as `Value` holds it. */
export function integerValue(type: FlatType, value: bigint): Value {
  if (type === 'BOOLEAN') return value !== 0n;
  return physicalType(type) === 'i64' ? value : Number(value);
}

type EncodedBuffers = Pick<EncodedColumn, 'encoding' | 'buffers'>;

/** Null unless a dictionary takes less space than `widthBytes` a row. */
function encodeDictionary(
  values: BigInt64Array,
  nulls: Uint8Array | null,
  entryBytes: 4 | 8,
  widthBytes: number,
): EncodedBuffers | null {
  if (widthBytes === 1) return null;
  const rowCount = values.length;
  const countMax = Math.min(
    widthBytes === 2 ? 256 : NUMBER_DICTIONARY_MAX,
    Math.floor((rowCount * (widthBytes - 1)) / entryBytes),
  );
  const distinct = new DistinctWords(countMax);
  const ids = distinct.addAll(
    new Int32Array(values.buffer, values.byteOffset, 2 * rowCount),
    nulls,
  );
  if (ids === null) return null;
  const codeBytes = codeWidthBytes(distinct.count);
  if (distinct.count * entryBytes + rowCount * codeBytes >= rowCount * widthBytes) return null;

  const sorted = new BigInt64Array(distinct.entries.slice().buffer).sort();
  const words = new Int32Array(sorted.buffer);
  const ranks = new Uint32Array(distinct.count + 1);
  for (let rank = 0; rank < sorted.length; rank++) {
    ranks[distinct.idOf(words[2 * rank]!, words[2 * rank + 1]!)] = rank;
  }
  const codes = ids.map((id) => ranks[id]!);
  const entries = entryBytes === 8 ? sorted : Int32Array.from(sorted, Number);
  return {
    encoding: { kind: 'dictionary', codeBytes, cardinality: distinct.count },
    buffers: [
      codesBuffer(codes, codeBytes),
      ...nullsBuffers(nulls),
      { role: 'dictionaryValues', bytes: bytesOf(entries) },
      codeZones(codes, nulls),
    ],
  };
}

function encodeRaw(
  values: BigInt64Array,
  nulls: Uint8Array | null,
  widthBytes: 4 | 8,
): EncodedBuffers {
  const clean = values.slice();
  if (nulls !== null) for (let row = 0; row < nulls.length; row++) if (nulls[row]) clean[row] = 0n;
  const stored = widthBytes === 8 ? clean : Int32Array.from(clean, Number);
  return {
    encoding: { kind: 'raw' },
    buffers: [
      { role: 'values', bytes: bytesOf(stored) },
      ...nullsBuffers(nulls),
      integerZones(values, nulls, widthBytes),
    ],
  };
}
