import { assert } from '../base/assert.ts';
import { parseDecimal } from '../base/decimal.ts';
import { EngineError } from '../base/errors.ts';
import { SEGMENT_FOOTER_BYTES_MAX } from '../base/limits.ts';
import type { PlainJsonRecord } from '../base/plain-json.ts';
import {
  type DataType,
  type DecimalType,
  decimalShape,
  INTEGER_BITS,
  isDecimal,
  isInteger,
  physicalType,
  type Value,
} from '../base/types.ts';
import type { ColumnMetadata, SegmentMetadata } from './metadata.ts';

/** What a segment's name looks like: it is part of paths and znode names. */
export const SEGMENT_NAME = /^[A-Za-z0-9_-]+$/;

/**
 * The footer as UTF-8 JSON: `SegmentMetadata` field by field, with two replacements because JSON has
 * no such values. A bigint is its decimal digits in a string, and so are the float statistics that
 * JSON cannot hold: `"Infinity"`, `"-Infinity"`, `"-0"`.
 *
 * @throws EngineError NOT_SUPPORTED when it is longer than `SEGMENT_FOOTER_BYTES_MAX`.
 */
export function encodeFooter(metadata: SegmentMetadata): Uint8Array {
  assert(SEGMENT_NAME.test(metadata.name), () => `segment: ${metadata.name} is not a segment name`);
  const json = JSON.stringify({ ...metadata, columns: metadata.columns.map(columnToJson) });
  const bytes = new TextEncoder().encode(json);
  if (bytes.length > SEGMENT_FOOTER_BYTES_MAX) {
    throw new EngineError(
      'NOT_SUPPORTED',
      `segment: a footer of at most ${SEGMENT_FOOTER_BYTES_MAX} bytes was expected, found ` +
        `${bytes.length}; the table has too many columns or too long strings`,
    );
  }
  return bytes;
}

/** The JSON form of one value of a column's statistics; the reverse is `statisticFromJson`. */
export function statisticToJson(value: Value): boolean | number | string | null {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'number') return value;
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}

/**
 * The value that its JSON form stands for.
 *
 * @returns undefined when the JSON does not stand for a value of this type.
 */
export function statisticFromJson(type: DataType, json: unknown): Value | undefined {
  if (json === null) return null;
  switch (physicalType(type)) {
    case 'flag':
      return typeof json === 'boolean' ? json : undefined;
    case 'text':
      return typeof json === 'string' ? json : undefined;
    case 'i32': {
      const unused = 32 - (isInteger(type) ? INTEGER_BITS[type] : 32);
      const fits = typeof json === 'number' && (json << unused) >> unused === json;
      return fits ? json : undefined;
    }
    case 'i64':
      return isDecimal(type) ? decimalFromJson(type, json) : int64FromJson(json);
    case 'f32':
    case 'f64':
      if (typeof json === 'number') return json;
      return json === '-0' || json === 'Infinity' || json === '-Infinity'
        ? Number(json)
        : undefined;
  }
}

/** A 64-bit signed integer from its decimal digits; undefined when it is not one. */
export function int64FromJson(json: unknown): bigint | undefined {
  if (typeof json !== 'string' || !/^-?\d{1,19}$/.test(json)) return undefined;
  const value = BigInt(json);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function decimalFromJson(type: DecimalType, json: unknown): bigint | undefined {
  if (typeof json !== 'string') return undefined;
  return parseDecimal(json, decimalShape(type).precision, 0) ?? undefined;
}

/** The JSON form of what a footer says of a column's values. */
export function columnFactsToJson(
  column: Pick<ColumnMetadata, 'encoding' | 'nullCount' | 'min' | 'max'>,
): PlainJsonRecord {
  const { encoding, nullCount, min, max } = column;
  return {
    encoding:
      encoding.kind === 'affine'
        ? { ...encoding, base: encoding.base.toString(), scale: encoding.scale.toString() }
        : { ...encoding },
    nullCount,
    min: statisticToJson(min),
    max: statisticToJson(max),
  };
}

function columnToJson({ name, type, buffers, elements, ...facts }: ColumnMetadata): object {
  const ofElements = elements === undefined ? {} : { elements: columnToJson(elements) };
  return { name, type, ...columnFactsToJson(facts), buffers, ...ofElements };
}
