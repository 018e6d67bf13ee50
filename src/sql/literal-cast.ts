import { isSameText } from '../base/array-text.ts';
import { parseHex } from '../base/byte-string.ts';
import { parseDate, parseTimestamp, splitMicros } from '../base/datetime.ts';
import {
  decimalLimit,
  formatDecimal,
  notationShape,
  parseDecimal,
  rescale,
} from '../base/decimal.ts';
import { parseJson } from '../base/json.ts';
import { parseBoolean, parseDouble } from '../base/number-text.ts';
import {
  type ArrayType,
  type DataType,
  decimalShape,
  decimalType,
  INTEGER_BITS,
  type IntegerType,
  isArray,
  isDecimal,
  isInteger,
  type Value,
} from '../base/types.ts';
import { shapeOf } from './decimal-types.ts';
import type { Literal } from './expression.ts';
import { literal } from './expression-tools.ts';

/** Why a literal has no counterpart in another type. */
export type CastFailure =
  | 'not a value of that type' // the text does not parse
  | 'left to run time'; // a conversion that may lose something: the CAST function decides

/**
 * The literal in another type, when the conversion loses nothing: widening of numbers, DATE to
 * TIMESTAMP, and text that spells a value in its plain form. A literal NULL is NULL in every type.
 * What it converts it converts as the CAST function does; that function accepts more forms of text.
 */
export function castLiteral(from: Literal, type: DataType): Literal | CastFailure {
  if (from.type === type) return from;
  if (from.value === null) return literal(type, null);
  if (isArray(type)) {
    const isKept = isArray(from.type) && isSameText(from.type, type);
    return isKept ? literal(type, from.value) : 'not a value of that type';
  }
  if (from.type === 'STRING') {
    const value = parseValue(from.value as string, type);
    return value === null ? 'not a value of that type' : literal(type, value);
  }
  const value = widen(from, type);
  return value === null ? 'left to run time' : literal(type, value);
}

/** A number literal as the DECIMAL that its plain notation spells; null when it has none. */
export function decimalLiteral(from: Literal): Literal | null {
  if (from.value === null || isDecimal(from.type)) return from;
  const text = String(from.value);
  const shape = notationShape(text);
  if (shape === null) return null;
  const { precision, scale } = shape;
  return literal(decimalType(precision, scale), parseDecimal(text, precision, scale));
}

/** A number literal as FLOAT, rounded to the nearest; null when it is beyond FLOAT's range. */
export function floatLiteral(from: Literal): Literal | null {
  if (from.value === null) return literal('FLOAT', null);
  const value = Math.fround(Number(from.value));
  return Number.isFinite(value) ? literal('FLOAT', value) : null;
}

/** The value that text spells in a type, or null. */
function parseValue(text: string, type: Exclude<DataType, ArrayType>): Value {
  const trimmed = text.trim();
  if (isDecimal(type)) {
    const { precision, scale } = decimalShape(type);
    return parseDecimal(trimmed, precision, scale);
  }
  switch (type) {
    case 'STRING':
      return text;
    case 'JSON':
      return parseJson(text) === undefined ? null : text;
    case 'BYTES':
      return parseHex(text);
    case 'BOOLEAN':
      return parseBoolean(text);
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return parseInteger(trimmed, type);
    case 'FLOAT':
    case 'DOUBLE':
      return parseNumber(trimmed, type);
    case 'DATE':
      return parseDate(trimmed) ?? parseMidnight(trimmed);
    case 'TIMESTAMP':
      return parseTimestamp(trimmed);
  }
}

/** The day of a timestamp without a time of day. */
function parseMidnight(text: string): number | null {
  const micros = parseTimestamp(text);
  if (micros === null) return null;
  const { days, microsOfDay } = splitMicros(micros);
  return microsOfDay === 0 ? days : null;
}

function parseInteger(text: string, type: IntegerType): number | bigint | null {
  if (!/^[+-]?\d{1,19}$/.test(text)) return null;
  return integerOf(BigInt(text.startsWith('+') ? text.slice(1) : text), type);
}

/** An integer as a type holds it; null when it does not fit. */
function integerOf(value: bigint, type: IntegerType): number | bigint | null {
  if (BigInt.asIntN(INTEGER_BITS[type], value) !== value) return null;
  return type === 'BIGINT' ? value : Number(value);
}

function parseNumber(text: string, type: 'FLOAT' | 'DOUBLE'): number | null {
  const value = parseDouble(text);
  return value === null || type === 'DOUBLE' ? value : Math.fround(value);
}

function widen({ type: from, value }: Literal, to: DataType): Value {
  if (isDecimal(from) || isDecimal(to)) return widenDecimal(from, value, to);
  if (isInteger(from) && isInteger(to)) return integerOf(BigInt(value as number | bigint), to);
  if (isInteger(from) && to === 'DOUBLE') return Number(value);
  if (from === 'FLOAT' && to === 'DOUBLE') return value;
  if (from === 'DATE' && to === 'TIMESTAMP') return dateToTimestamp(value as number);
  if (from === 'TIMESTAMP' && to === 'DATE') {
    const { days, microsOfDay } = splitMicros(value as bigint);
    return microsOfDay === 0 ? days : null;
  }
  return null;
}

/** Exact conversions of decimals; those that round are left to run time. */
function widenDecimal(from: DataType, value: Value, to: DataType): Value {
  const exact = shapeOf(from);
  if (exact === null) return null;
  const units = BigInt(value as number | bigint);
  if (to === 'DOUBLE') return Number(formatDecimal(units, exact.scale));
  if (!isDecimal(to)) return null;
  const { precision, scale } = decimalShape(to);
  const rescaled = rescale(units, exact.scale, scale);
  const isExact = rescale(rescaled, scale, exact.scale) === units;
  const limit = decimalLimit(precision);
  return isExact && rescaled > -limit && rescaled < limit ? rescaled : null;
}

function dateToTimestamp(days: number): bigint | null {
  const micros = BigInt(days) * 86_400_000_000n;
  return BigInt.asIntN(64, micros) === micros ? micros : null;
}
