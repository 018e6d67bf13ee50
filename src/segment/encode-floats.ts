import { DistinctWords } from './distinct.ts';
import { NUMBER_DICTIONARY_MAX } from './encode-integers.ts';
import {
  bytesOf,
  codesBuffer,
  codeWidthBytes,
  countNulls,
  type EncodedColumn,
  nullsBuffers,
} from './encoded-column.ts';
import { codeZones, floatRange, floatZones } from './zones.ts';

/**
 * Encodes FLOAT or DOUBLE: a dictionary when there are at most 65,536 distinct values and a quarter
 * of the rows, else raw. Dictionaries ascend; −0 comes before 0 as an entry of its own, and NaN comes
 * last, as one entry. A column without a value has a dictionary of the one entry 0, so that the
 * codes of its NULL rows are valid.
 *
 * @param values one a row, FLOAT already rounded to single precision; NULL rows hold anything. The
 *   function takes the array over and changes it.
 * @param nulls one byte a row, or null when no row is NULL.
 * @param raw true for raw values in any case.
 */
export function encodeFloats(
  type: 'FLOAT' | 'DOUBLE',
  values: Float64Array,
  nulls: Uint8Array | null,
  raw = false,
): EncodedColumn {
  normalize(values, nulls);
  const { min, max } = floatRange(values, nulls, 0, values.length);
  const statistics = {
    nullCount: countNulls(nulls),
    min: min > max ? null : min,
    max: min > max ? null : max,
  };
  const narrow = (wide: Float64Array): Float32Array | Float64Array =>
    type === 'FLOAT' ? Float32Array.from(wide) : wide;
  const dictionary = raw ? null : sortedDictionary(values, nulls);
  if (dictionary === null) {
    const stored = narrow(values);
    return {
      ...statistics,
      encoding: { kind: 'raw' },
      buffers: [
        { role: 'values', bytes: bytesOf(stored) },
        ...nullsBuffers(nulls),
        floatZones(stored, nulls),
      ],
    };
  }
  const { entries, codes } = dictionary;
  const codeBytes = codeWidthBytes(entries.length);
  return {
    ...statistics,
    encoding: { kind: 'dictionary', codeBytes, cardinality: entries.length },
    buffers: [
      codesBuffer(codes, codeBytes),
      ...nullsBuffers(nulls),
      { role: 'dictionaryValues', bytes: bytesOf(narrow(entries)) },
      codeZones(codes, nulls),
    ],
  };
}

/** Gives NULL rows the value 0, and every NaN the same bits. */
function normalize(values: Float64Array, nulls: Uint8Array | null): void {
  for (let row = 0; row < values.length; row++) {
    if (nulls !== null && nulls[row] !== 0) values[row] = 0;
    else if (Number.isNaN(values[row])) values[row] = Number.NaN;
  }
}

function sortedDictionary(
  values: Float64Array,
  nulls: Uint8Array | null,
): { entries: Float64Array; codes: Uint32Array } | null {
  const countMax = Math.min(NUMBER_DICTIONARY_MAX, Math.floor(values.length / 4));
  const distinct = new DistinctWords(countMax);
  const ids = distinct.addAll(
    new Int32Array(values.buffer, values.byteOffset, 2 * values.length),
    nulls,
  );
  if (ids === null) return null;
  if (distinct.count === 0) return { entries: new Float64Array(1), codes: ids };
  // Without a comparator a Float64Array sorts −0 before 0 and NaN last (ECMA-262, %TypedArray%.sort).
  const entries = new Float64Array(distinct.entries.slice().buffer).sort();
  const words = new Int32Array(entries.buffer);
  const ranks = new Uint32Array(distinct.count + 1);
  for (let rank = 0; rank < entries.length; rank++) {
    ranks[distinct.idOf(words[2 * rank]!, words[2 * rank + 1]!)] = rank;
  }
  return { entries, codes: ids.map((id) => ranks[id]!) };
}
