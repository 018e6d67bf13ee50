import { arrayText, type Element } from '../base/array-text.ts';
import { parseHex } from '../base/byte-string.ts';
import { parseDate, parseTimestamp } from '../base/datetime.ts';
import { parseDecimal } from '../base/decimal.ts';
import { parseJson } from '../base/json.ts';
import { STRING_BYTES_MAX } from '../base/limits.ts';
import {
  type ArrayType,
  type DataType,
  decimalShape,
  type ElementType,
  elementType,
  INTEGER_BITS,
  isArray,
  isDecimal,
} from '../base/types.ts';
import { parseJsonArray, type Scalar } from './json-line.ts';
import { quickDate, quickInteger, quickTimestamp } from './quick-parse.ts';

export type { Scalar } from './json-line.ts';

const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const SPECIAL_FLOAT = /^(?:([+-]?)inf(?:inity)?|nan)$/i;
/** A time of day, then an offset from UTC. */
const OFFSET = /^(.{10}[ T].*:\d\d(?:\.\d+)?) ?([+-])(\d\d):?(\d\d)?$/i;
const MICROS_PER_MINUTE = 60_000_000n;

/**
 * A field as a value of a type.
 *
 * - BOOLEAN: `true` and `false` in any case, 1 and 0. Integers: decimal digits, and numbers without
 *   a fraction. FLOAT and DOUBLE: decimal notation, `NaN`, `Infinity`.
 * - DATE: what `parseDate` reads. TIMESTAMP: what `parseTimestamp` reads, with an offset from UTC
 *   (`+02:00`) taken off; or milliseconds since 1970 as a number, as Pinot takes them.
 * - DECIMAL: decimal notation, further digits rounded.
 * - STRING: text as it is; numbers and booleans as JSON writes them. JSON: the same, when it is JSON.
 *   BYTES: hexadecimal digits, as Pinot takes them.
 * - Arrays: the text of a JSON array of such fields, of which null is left out; or one such field, which
 *   is an array of one value, as in Pinot.
 *
 * @returns BOOLEAN as 0 or 1; TINYINT, SMALLINT, INT, DATE, FLOAT, DOUBLE as number; BIGINT and TIMESTAMP as an integral
 *   number or bigint; STRING, JSON and BYTES as string; null when the field does not fit the type.
 */
export function scalarTo(
  type: DataType,
  value: NonNullable<Scalar>,
): string | number | bigint | null {
  if (isDecimal(type)) {
    if (typeof value === 'boolean') return null;
    const { precision, scale } = decimalShape(type);
    return parseDecimal(String(value), precision, scale);
  }
  if (isArray(type)) return toArray(type, value);
  switch (type) {
    case 'BOOLEAN':
      return toBoolean(value);
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return toInt(value, INTEGER_BITS[type]);
    case 'BIGINT':
      return toBigint(value);
    case 'FLOAT':
    case 'DOUBLE':
      return toDouble(value);
    case 'DATE':
      return typeof value === 'string' ? toDate(value) : null;
    case 'TIMESTAMP':
      return toTimestamp(value);
    case 'STRING':
      return toText(value);
    case 'JSON': {
      const text = toText(value);
      return text === null || parseJson(text) === undefined ? null : text;
    }
    case 'BYTES':
      return typeof value === 'string' ? parseHex(value) : null;
  }
}

/**
 * The narrowest type that fits all sample values: BOOLEAN, BIGINT, DOUBLE, DATE, TIMESTAMP, else
 * STRING. INT is never inferred: a later row may be larger. Digits with a leading zero are text
 * (postal codes), and so is a column without a single value.
 */
export function inferType(values: Iterable<Scalar>): DataType {
  let candidates: readonly DataType[] = ['BOOLEAN', 'BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP'];
  let seen = false;
  for (const value of values) {
    if (value === null) continue;
    seen = true;
    candidates = candidates.filter((type) => suggests(value, type));
    if (candidates.length === 0) return 'STRING';
  }
  return seen ? candidates[0]! : 'STRING';
}

/** Whether a value speaks for a type: stricter than what the type accepts. */
function suggests(value: NonNullable<Scalar>, type: DataType): boolean {
  if (typeof value === 'boolean') return type === 'BOOLEAN';
  if (typeof value !== 'string') {
    return type === 'DOUBLE' || (type === 'BIGINT' && toBigint(value) !== null);
  }
  if (type === 'BOOLEAN') return /^(?:true|false)$/i.test(value);
  if (type === 'TIMESTAMP') return quickTimestamp(value) !== null || parseMoment(value) !== null;
  if (type === 'BIGINT' || type === 'DOUBLE') {
    return !/^[+-]?0\d/.test(value) && scalarTo(type, value) !== null;
  }
  return scalarTo(type, value) !== null;
}

function toArray(type: ArrayType, value: NonNullable<Scalar>): string | null {
  const isList = typeof value === 'string' && value.startsWith('[');
  const fields = (isList ? parseJsonArray(value) : null) ?? [value];
  const element = elementType(type);
  const elements: Element[] = [];
  for (const field of fields) {
    if (field === null) continue;
    const parsed = scalarTo(element, field);
    if (parsed === null) return null;
    elements.push(elementOf(element, parsed));
  }
  const text = arrayText(elements);
  return elements.length === 0 ? text : toText(text);
}

/** A value of `scalarTo` as an element. */
function elementOf(type: ElementType, value: string | number | bigint): Element {
  if (type === 'BOOLEAN') return value === 1;
  if (type === 'FLOAT') return Math.fround(Number(value));
  return value;
}

function toBoolean(value: NonNullable<Scalar>): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  const text = String(value).toLowerCase();
  if (text === 'true' || text === '1') return 1;
  return text === 'false' || text === '0' ? 0 : null;
}

function toInt(value: NonNullable<Scalar>, bits: number): number | null {
  if (typeof value === 'boolean' || (typeof value === 'string' && !INTEGER.test(value)))
    return null;
  const number = Number(value);
  const bound = 2 ** (bits - 1);
  return Number.isInteger(number) && number >= -bound && number < bound ? number : null;
}

function toBigint(value: NonNullable<Scalar>): number | bigint | null {
  if (typeof value === 'boolean') return null;
  if (typeof value === 'string') {
    const quick = quickInteger(value);
    if (quick !== null) return quick;
    if (!INTEGER.test(value)) return null;
    // BigInt does not take a plus sign.
    return int64(BigInt(value.startsWith('+') ? value.slice(1) : value));
  }
  if (typeof value === 'bigint') return int64(value);
  return Number.isSafeInteger(value) ? value : null;
}

function int64(value: bigint): bigint | null {
  return BigInt.asIntN(64, value) === value ? value : null;
}

function toDouble(value: NonNullable<Scalar>): number | null {
  if (typeof value === 'boolean') return null;
  if (typeof value !== 'string' || DECIMAL.test(value)) return Number(value);
  const special = SPECIAL_FLOAT.exec(value);
  if (special === null) return null;
  if (special[1] === undefined) return Number.NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

function toTimestamp(value: NonNullable<Scalar>): number | bigint | null {
  if (typeof value === 'string') {
    const quick = quickTimestamp(value);
    if (quick !== null) return quick;
    if (!INTEGER.test(value)) return parseMoment(value);
  }
  const milliseconds = toBigint(value);
  return milliseconds === null ? null : int64(BigInt(milliseconds) * 1000n);
}

function toDate(text: string): number | null {
  return (text.length === 10 ? quickDate(text) : null) ?? parseDate(text);
}

function parseMoment(text: string): bigint | null {
  const match = OFFSET.exec(text);
  if (match === null) return parseTimestamp(text);
  const local = parseTimestamp(match[1]!);
  if (local === null) return null;
  const minutes = BigInt(Number(match[3]) * 60 + Number(match[4] ?? 0));
  return int64(local - (match[2] === '-' ? -minutes : minutes) * MICROS_PER_MINUTE);
}

function toText(value: NonNullable<Scalar>): string | null {
  const text = String(value);
  // Three bytes for each UTF-16 unit are the most that UTF-8 takes; only longer text needs a count.
  if (3 * text.length <= STRING_BYTES_MAX) return text;
  return new TextEncoder().encode(text).length <= STRING_BYTES_MAX ? text : null;
}
