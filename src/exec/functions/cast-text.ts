import { parseHex } from '../../base/byte-string.ts';
import { parseDate, parseTimestamp, splitMicros } from '../../base/datetime.ts';
import { parseDecimal } from '../../base/decimal.ts';
import { parseJson } from '../../base/json.ts';
import { parseBoolean, parseDouble, parseInteger } from '../../base/number-text.ts';
import { type DataType, decimalShape, INTEGER_BITS, isDecimal } from '../../base/types.ts';
import type { Call } from '../../sql/expression.ts';
import { callError } from './implementation.ts';
import type { ScalarResult } from './text-apply.ts';

/**
 * The function that reads text as the type of a CAST.
 *
 * @returns a function that throws EngineError BAD_CAST for a text that is no such value.
 */
export function parseTextTo(call: Call): (text: string) => ScalarResult {
  const parse = parserOf(call.type);
  return (text) => {
    const value = parse(text);
    if (value !== null) return value;
    throw callError(
      call,
      'BAD_CAST',
      `expected a text that reads as ${call.type}${FORMS[call.type] ?? ''}, found '${text}'`,
    );
  };
}

const FORMS: Readonly<Partial<Record<DataType, string>>> = {
  BOOLEAN: ' (true or false)',
  BYTES: ' (hexadecimal digits)',
  DATE: ' (yyyy-MM-dd)',
  TIMESTAMP: ' (yyyy-MM-dd HH:mm:ss)',
};

/** Reads text as a type; null for a text that is no such value. */
export function parserOf(type: DataType): (text: string) => ScalarResult {
  if (isDecimal(type)) {
    const { precision, scale } = decimalShape(type);
    return (text) => parseDecimal(text, precision, scale);
  }
  switch (type) {
    case 'BOOLEAN':
      return parseBoolean;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return (text) => integerWithin(text, INTEGER_BITS[type]);
    case 'FLOAT':
      return (text) => {
        const value = parseDouble(text);
        return value === null ? null : Math.fround(value);
      };
    case 'DOUBLE':
      return parseDouble;
    case 'DATE':
      return dayOf;
    case 'TIMESTAMP':
      return parseTimestamp;
    case 'STRING':
      return (text) => text;
    case 'JSON':
      return (text) => (parseJson(text) === undefined ? null : text);
    case 'BYTES':
      return parseHex;
    default:
      throw new Error(`canCast knows no cast to ${type}`);
  }
}

function integerWithin(text: string, bits: number): bigint | null {
  const value = parseInteger(text);
  return value !== null && BigInt.asIntN(bits, value) === value ? value : null;
}

/** A time of day after the date is cut off, as in DuckDB. */
function dayOf(text: string): number | null {
  const days = parseDate(text);
  if (days !== null) return days;
  const micros = parseTimestamp(text);
  return micros === null ? null : splitMicros(micros).days;
}
