import { parseDate, parseTimestamp, splitMicros } from '../base/datetime.ts';
import { parseBoolean, parseDouble } from '../base/number-text.ts';
import type { DataType, Value } from '../base/types.ts';
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
  if (from.type === 'STRING') {
    const value = parseValue(from.value as string, type);
    return value === null ? 'not a value of that type' : literal(type, value);
  }
  const value = widen(from, type);
  return value === null ? 'left to run time' : literal(type, value);
}

/** A number literal as FLOAT, rounded to the nearest; null when it is beyond FLOAT's range. */
export function floatLiteral(from: Literal): Literal | null {
  if (from.value === null) return literal('FLOAT', null);
  const value = Math.fround(Number(from.value));
  return Number.isFinite(value) ? literal('FLOAT', value) : null;
}

/** The value that text spells in a type, or null. */
function parseValue(text: string, type: DataType): Value {
  const trimmed = text.trim();
  switch (type) {
    case 'STRING':
      return text;
    case 'BOOLEAN':
      return parseBoolean(text);
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

function parseInteger(text: string, type: 'INT' | 'BIGINT'): number | bigint | null {
  if (!/^[+-]?\d{1,19}$/.test(text)) return null;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  if (BigInt.asIntN(type === 'INT' ? 32 : 64, value) !== value) return null;
  return type === 'INT' ? Number(value) : value;
}

function parseNumber(text: string, type: 'FLOAT' | 'DOUBLE'): number | null {
  const value = parseDouble(text);
  return value === null || type === 'DOUBLE' ? value : Math.fround(value);
}

function widen({ type: from, value }: Literal, to: DataType): Value {
  if (from === 'INT' && to === 'BIGINT') return BigInt(value as number);
  if ((from === 'INT' || from === 'FLOAT') && to === 'DOUBLE') return value;
  if (from === 'BIGINT' && to === 'INT') {
    const narrow = BigInt.asIntN(32, value as bigint);
    return narrow === value ? Number(narrow) : null;
  }
  if (from === 'BIGINT' && to === 'DOUBLE') return Number(value);
  if (from === 'DATE' && to === 'TIMESTAMP') return dateToTimestamp(value as number);
  if (from === 'TIMESTAMP' && to === 'DATE') {
    const { days, microsOfDay } = splitMicros(value as bigint);
    return microsOfDay === 0 ? days : null;
  }
  return null;
}

function dateToTimestamp(days: number): bigint | null {
  const micros = BigInt(days) * 86_400_000_000n;
  return BigInt.asIntN(64, micros) === micros ? micros : null;
}
