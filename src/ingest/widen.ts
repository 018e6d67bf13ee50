import { isSameText } from '../base/array-text.ts';
import { assert } from '../base/assert.ts';
import { isTimestampInRange, MICROS_PER_DAY } from '../base/datetime.ts';
import { formatDecimal, rescale, wideValue } from '../base/decimal.ts';
import { EngineError } from '../base/errors.ts';
import {
  type DataType,
  type DecimalType,
  decimalShape,
  isArray,
  isDecimal,
  isInteger,
} from '../base/types.ts';
import { type ColumnChunk, decimalChunk } from '../segment/column-chunk.ts';
import { commonDecimal } from '../sql/decimal-types.ts';

/** Types into which a file's type turns without losing anything; DECIMAL also turns into DOUBLE. */
const WIDER: Readonly<Partial<Record<DataType, readonly DataType[]>>> = {
  TINYINT: ['SMALLINT', 'INT', 'BIGINT', 'DOUBLE'],
  SMALLINT: ['INT', 'BIGINT', 'DOUBLE'],
  INT: ['BIGINT', 'DOUBLE'],
  FLOAT: ['DOUBLE'],
  DATE: ['TIMESTAMP'],
  JSON: ['STRING'],
};

/** True when every value of `from` is also a value of `to`. */
export function isWidening(from: DataType, to: DataType): boolean {
  if (isDecimal(from)) return to === 'DOUBLE' || (isDecimal(to) && commonDecimal(from, to) === to);
  if (isArray(from) && isArray(to)) return from === to || isSameText(from, to);
  return from === to || (WIDER[from]?.includes(to) ?? false);
}

/**
 * A chunk of type `from` as one of type `to`; the pair must be a widening.
 *
 * @throws EngineError SCHEMA_MISMATCH for a DATE some 290,000 years away, which no TIMESTAMP can hold.
 */
export function widenChunk(chunk: ColumnChunk, from: DataType, to: DataType): ColumnChunk {
  assert(isWidening(from, to), () => `${to} holds every ${from}`);
  if (from === to) return chunk;
  if (isDecimal(from)) return widenDecimals(chunk, from, to);
  if (chunk.kind !== 'integers' || isInteger(to)) return chunk;
  const { values, nulls } = chunk;
  if (to === 'DOUBLE') return { kind: 'floats', values: Float64Array.from(values, Number), nulls };
  const micros = new BigInt64Array(values.length);
  for (let row = 0; row < micros.length; row++) {
    if (nulls === null || nulls[row] === 0) micros[row] = startOfDay(values[row]!);
  }
  return { kind: 'integers', values: micros, nulls };
}

function widenDecimals(chunk: ColumnChunk, from: DecimalType, to: DataType): ColumnChunk {
  const { scale } = decimalShape(from);
  const { nulls } = chunk;
  const units = unitsOf(chunk);
  if (isDecimal(to)) {
    const { scale: wanted } = decimalShape(to);
    return decimalChunk(
      units.map((value) => rescale(value, scale, wanted)),
      nulls,
    );
  }
  const values = Float64Array.from(units, (value) => Number(formatDecimal(value, scale)));
  return { kind: 'floats', values, nulls };
}

function unitsOf(chunk: ColumnChunk): bigint[] {
  if (chunk.kind === 'texts') return chunk.values.map(wideValue);
  if (chunk.kind === 'encodedTexts') {
    const entries = chunk.dictionary.map(wideValue);
    return Array.from(chunk.codes, (code) => entries[code] ?? 0n);
  }
  return Array.from(chunk.values, BigInt);
}

function startOfDay(days: number | bigint): bigint {
  const micros = BigInt(days) * BigInt(MICROS_PER_DAY);
  if (isTimestampInRange(micros)) return micros;
  throw new EngineError(
    'SCHEMA_MISMATCH',
    `ingest: expected a DATE that a TIMESTAMP can hold, found day ${days} since 1970`,
  );
}
