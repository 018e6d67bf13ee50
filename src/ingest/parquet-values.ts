import type { DecodedArray } from 'hyparquet';
import { parseFloat16 } from 'hyparquet/src/convert.js';
import { byteString } from '../base/byte-string.ts';
import { wideKey } from '../base/decimal.ts';
import { EngineError } from '../base/errors.ts';
import { floorDivide } from '../base/floor-divide.ts';
import { isWideDecimal, physicalType } from '../base/types.ts';
import type { ParquetColumn } from './parquet-schema.ts';

/** Values of a page without its NULLs. For STRING: indexes into the texts collected so far. */
export type DenseValues =
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint32Array;

/** Days from the Julian epoch to 1970-01-01, as INT96 timestamps count them. */
const JULIAN_DAYS_TO_1970 = 2_440_588n;
const MICROS_PER_DAY = 86_400_000_000n;

/**
 * Makes our values of stored ones.
 *
 * @param values as hyparquet reads them: typed arrays for numbers, byte arrays for the rest.
 * @param texts STRING values are appended here.
 * @throws EngineError SCHEMA_MISMATCH when a value has no counterpart: text that is not UTF-8, an
 *   integer or a time that does not fit 64 bits.
 */
export function convertValues(
  column: ParquetColumn,
  values: DecodedArray,
  texts: string[],
): DenseValues {
  if (values.length === 0) return emptyValues(column);
  switch (column.conversion) {
    case 'none':
      return values as Int32Array | BigInt64Array | Float32Array | Float64Array;
    case 'boolean':
      return Uint8Array.from(values as readonly boolean[], Number);
    case 'text':
      return appendTexts(column, decodeTexts(column, values as readonly Uint8Array[]), texts);
    case 'bytes':
      return appendTexts(column, (values as readonly Uint8Array[]).map(byteString), texts);
    case 'uuid':
      return appendTexts(column, (values as readonly Uint8Array[]).map(uuidText), texts);
    case 'unsigned32':
      return BigInt64Array.from(values as Int32Array, (value) => BigInt(value >>> 0));
    case 'decimal':
      return decimals(column, values, texts);
    case 'float16':
      return Float32Array.from(
        values as readonly Uint8Array[],
        (bytes) => parseFloat16(bytes) ?? 0,
      );
    default:
      return BigInt64Array.from(values as BigInt64Array, (value) => int64(column, value));
  }
}

/** An output column of `rowCount` values of the kind that `convertValues` makes. */
export function emptyValues(column: ParquetColumn, rowCount = 0): DenseValues {
  if (isWideDecimal(column.type)) return new Uint32Array(rowCount);
  switch (physicalType(column.type)) {
    case 'flag':
      return new Uint8Array(rowCount);
    case 'i32':
      return new Int32Array(rowCount);
    case 'i64':
      return new BigInt64Array(rowCount);
    case 'f32':
      return new Float32Array(rowCount);
    case 'f64':
      return new Float64Array(rowCount);
    case 'text':
      return new Uint32Array(rowCount);
  }
}

function int64(column: ParquetColumn, stored: bigint): bigint {
  let value = stored;
  if (column.conversion === 'unsigned64') value = BigInt.asUintN(64, stored);
  if (column.conversion === 'milliseconds') value = stored * 1000n;
  if (column.conversion === 'nanoseconds') value = floorDivide(stored, 1000n);
  if (column.conversion === 'int96') {
    const days = BigInt.asIntN(32, stored >> 64n) - JULIAN_DAYS_TO_1970;
    value = days * MICROS_PER_DAY + floorDivide(BigInt.asUintN(64, stored), 1000n);
  }
  if (BigInt.asIntN(64, value) === value) return value;
  throw mismatch(column, `a ${column.type} of 64 bits`, String(value));
}

/** Unscaled integers; those of a DECIMAL of many digits as wide keys. */
function decimals(column: ParquetColumn, values: DecodedArray, texts: string[]): DenseValues {
  const units = Array.from(values as ArrayLike<unknown>, (value) =>
    value instanceof Uint8Array ? bigEndian(value) : BigInt(value as number | bigint),
  );
  if (isWideDecimal(column.type)) return appendTexts(column, units.map(wideKey), texts);
  return BigInt64Array.from(units);
}

/** A two's-complement integer, high byte first. */
function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}

function appendTexts(
  column: ParquetColumn,
  added: readonly string[],
  texts: string[],
): Uint32Array {
  const start = texts.length;
  if (start + added.length > 2 ** 32) throw mismatch(column, 'fewer texts', String(added.length));
  for (const text of added) texts.push(text);
  return Uint32Array.from(added, (_, index) => start + index);
}

/** One decoder call for all texts when they are ASCII, else one for each. */
function decodeTexts(column: ParquetColumn, values: readonly Uint8Array[]): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const joined = new Uint8Array(values.reduce((sum, bytes) => sum + bytes.length, 0));
  let start = 0;
  for (const bytes of values) {
    joined.set(bytes, start);
    start += bytes.length;
  }
  try {
    const text = decoder.decode(joined);
    if (text.length !== joined.length) return values.map((bytes) => decoder.decode(bytes));
    let offset = 0;
    return values.map((bytes) => {
      const from = offset;
      offset += bytes.length;
      return text.slice(from, offset);
    });
  } catch (cause) {
    throw new EngineError(
      'SCHEMA_MISMATCH',
      mismatch(column, 'UTF-8 text', 'other bytes').message,
      {
        cause,
      },
    );
  }
}

function uuidText(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function mismatch(column: ParquetColumn, expected: string, found: string): EngineError {
  return new EngineError(
    'SCHEMA_MISMATCH',
    `parquet: ${column.path}: column ${column.name}: expected ${expected}, found ${found}`,
  );
}
