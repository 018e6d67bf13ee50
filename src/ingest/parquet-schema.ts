import type { FileMetaData, ParquetType, SchemaElement } from 'hyparquet';
import { EngineError } from '../base/errors.ts';
import {
  arrayOf,
  type DataType,
  decimalType,
  type ElementType,
  isDecimalShape,
} from '../base/types.ts';

/** What must happen to a Parquet column's stored values before they are ours. */
export type ParquetConversion =
  | 'none'
  | 'boolean'
  | 'text' // UTF-8 bytes
  | 'bytes' // bytes as they are
  | 'uuid' // 16 bytes, to 8-4-4-4-12 hexadecimal digits
  | 'unsigned32' // i32 whose sign bit is a value bit
  | 'unsigned64'
  | 'milliseconds' // to microseconds
  | 'nanoseconds' // to microseconds, rounded down
  | 'int96' // Julian day and nanoseconds of the day, to microseconds
  | 'decimal' // unscaled integer of any width
  | 'float16';

/** How to decode one column; plain data, so that it can cross to a worker thread. */
export interface ParquetColumn {
  /** The file, for errors. */
  readonly path: string;
  readonly name: string;
  readonly type: ElementType;
  readonly physicalType: ParquetType;
  readonly conversion: ParquetConversion;
  readonly isOptional: boolean;
  /** Of a list of values; null for one value a row. Type and all others are those of the values then. */
  readonly list: ParquetList | null;
  /** Length of a FIXED_LEN_BYTE_ARRAY, else 0. */
  readonly fixedLengthBytes: number;
}

/** How the levels of a list say what is there. */
export interface ParquetList {
  /** Definition level of an empty list; below it the row is NULL. */
  readonly emptyLevel: number;
  /** Definition level of a value. One between them is a value that is NULL. */
  readonly valueLevel: number;
}

/** The type of a column's rows. */
export function rowType({ type, list }: ParquetColumn): DataType {
  return list === null ? type : arrayOf(type);
}

/**
 * The columns of a Parquet file of values and lists of values, by the format's logical types
 * (https://github.com/apache/parquet-format/blob/master/LogicalTypes.md).
 *
 * @throws EngineError NOT_SUPPORTED naming the column for nested columns and types without a
 *   counterpart.
 */
export function parquetColumns(metadata: FileMetaData, path: string): ParquetColumn[] {
  const columns: ParquetColumn[] = [];
  const { schema } = metadata;
  for (let at = 1; at < schema.length; at++) {
    const element = schema[at]!;
    const children = element.num_children ?? 0;
    if (children === 0 && element.repetition_type !== 'REPEATED') {
      columns.push(columnOf(element, path));
      continue;
    }
    const list = listOf(schema, at);
    if (list === null) throw unsupported(path, element, 'a nested or repeated column');
    columns.push({ ...columnOf(list.value, path), name: element.name, list: list.levels });
    at += list.elementCount;
  }
  return columns;
}

/**
 * A list of values: `optional group x (LIST) { repeated group list { optional T element; } }`, or as older
 * writers have it, `optional group x (LIST) { repeated T element; }`.
 *
 * @param at the place of the group in the schema.
 * @returns the values and how many schema elements lie below the group; null for anything else.
 */
function listOf(
  schema: readonly SchemaElement[],
  at: number,
): {
  readonly value: SchemaElement;
  readonly levels: ParquetList;
  readonly elementCount: number;
} | null {
  const group = schema[at]!;
  const isList = group.logical_type?.type === 'LIST' || group.converted_type === 'LIST';
  const repeated = schema[at + 1];
  if (!isList || group.num_children !== 1 || repeated?.repetition_type !== 'REPEATED') return null;
  const emptyLevel = group.repetition_type === 'OPTIONAL' ? 1 : 0;
  const depth = repeated.num_children ?? 0;
  if (depth === 0) {
    const levels = { emptyLevel, valueLevel: emptyLevel + 1 };
    return { value: repeated, levels, elementCount: 1 };
  }
  const value = schema[at + 2];
  if (depth > 1 || value === undefined || (value.num_children ?? 0) > 0) return null;
  if (value.repetition_type === 'REPEATED') return null;
  const isOptional = value.repetition_type === 'OPTIONAL';
  const levels = { emptyLevel, valueLevel: emptyLevel + (isOptional ? 2 : 1) };
  return { value, levels, elementCount: 2 };
}

function columnOf(element: SchemaElement, path: string): ParquetColumn {
  const physicalType = element.type;
  if (physicalType === undefined) throw unsupported(path, element, 'a column without a type');
  const [type, conversion] = typeOf(element, physicalType) ?? [];
  if (type === undefined || conversion === undefined) {
    const logical = element.logical_type?.type ?? element.converted_type;
    throw unsupported(path, element, logical ? `${logical} (${physicalType})` : physicalType);
  }
  return {
    path,
    name: element.name,
    type,
    physicalType,
    conversion,
    isOptional: element.repetition_type !== 'REQUIRED',
    list: null,
    fixedLengthBytes: element.type_length ?? 0,
  };
}

type Mapping = readonly [ElementType, ParquetConversion] | null;

function typeOf(element: SchemaElement, physicalType: ParquetType): Mapping {
  const logical = element.logical_type?.type;
  const converted = element.converted_type;
  if (logical === 'DECIMAL' || converted === 'DECIMAL') return decimalMapping(element);
  switch (physicalType) {
    case 'BOOLEAN':
      return ['BOOLEAN', 'boolean'];
    case 'INT32':
      return int32Type(element);
    case 'INT64':
      return int64Type(element);
    case 'INT96':
      return ['TIMESTAMP', 'int96'];
    case 'FLOAT':
      return ['FLOAT', 'none'];
    case 'DOUBLE':
      return ['DOUBLE', 'none'];
    case 'BYTE_ARRAY':
      // Without an annotation too: older writers left it out, and bytes that are not text are refused.
      if (logical === 'JSON' || converted === 'JSON') return ['JSON', 'text'];
      return (logical ?? 'STRING') === 'STRING' || logical === 'ENUM' || converted === 'UTF8'
        ? converted === 'BSON'
          ? null
          : ['STRING', 'text']
        : null;
    case 'FIXED_LEN_BYTE_ARRAY':
      if (logical === 'UUID') return ['STRING', 'uuid'];
      if (logical === 'FLOAT16') return ['FLOAT', 'float16'];
      return logical === undefined && converted === undefined ? ['BYTES', 'bytes'] : null;
  }
}

function decimalMapping(element: SchemaElement): Mapping {
  const { logical_type: logical } = element;
  const stated = logical?.type === 'DECIMAL' ? logical : null;
  const precision = stated?.precision ?? element.precision ?? 0;
  const scale = stated?.scale ?? element.scale ?? 0;
  return isDecimalShape(precision, scale) ? [decimalType(precision, scale), 'decimal'] : null;
}

function int32Type(element: SchemaElement): Mapping {
  const { logical_type: logical, converted_type: converted } = element;
  if (logical?.type === 'DATE' || converted === 'DATE') return ['DATE', 'none'];
  if (logical?.type === 'TIME' || converted === 'TIME_MILLIS') return null;
  const unsigned = logical?.type === 'INTEGER' && !logical.isSigned && logical.bitWidth === 32;
  if (unsigned || converted === 'UINT_32') return ['BIGINT', 'unsigned32'];
  // An unsigned integer needs the next wider type.
  const bits = logical?.type === 'INTEGER' ? logical.bitWidth * (logical.isSigned ? 1 : 2) : 32;
  if (bits === 8 || converted === 'INT_8') return ['TINYINT', 'none'];
  return bits === 16 || converted === 'INT_16' ? ['SMALLINT', 'none'] : ['INT', 'none'];
}

function int64Type(element: SchemaElement): Mapping {
  const { logical_type: logical, converted_type: converted } = element;
  if (logical?.type === 'TIME' || converted === 'TIME_MICROS') return null;
  if (logical?.type === 'TIMESTAMP') {
    if (logical.unit === 'MICROS') return ['TIMESTAMP', 'none'];
    return ['TIMESTAMP', logical.unit === 'MILLIS' ? 'milliseconds' : 'nanoseconds'];
  }
  if (converted === 'TIMESTAMP_MICROS') return ['TIMESTAMP', 'none'];
  if (converted === 'TIMESTAMP_MILLIS') return ['TIMESTAMP', 'milliseconds'];
  const unsigned = logical?.type === 'INTEGER' && !logical.isSigned;
  return unsigned || converted === 'UINT_64' ? ['BIGINT', 'unsigned64'] : ['BIGINT', 'none'];
}

function unsupported(path: string, element: SchemaElement, found: string): EngineError {
  return new EngineError(
    'NOT_SUPPORTED',
    `parquet: ${path}: column ${element.name}: expected a flat column of numbers, text, dates or ` +
      `timestamps, found ${found}; write the file without it`,
  );
}
