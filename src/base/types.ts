import { DECIMAL_DIGITS_MAX } from './decimal.ts';

/** The SQL types a column can have. Each of them also has NULL. */
export type DataType = FlatType | TextType;

/** Types whose values have a fixed width in memory. */
export type FlatType =
  | 'BOOLEAN'
  | 'TINYINT' // 8-bit signed
  | 'SMALLINT' // 16-bit signed
  | 'INT' // 32-bit signed
  | 'BIGINT' // 64-bit signed
  | 'FLOAT' // IEEE 754 single
  | 'DOUBLE' // IEEE 754 double
  | DecimalType // exact, see decimal.ts; `flat` only where values fit 64 bits
  | 'TIMESTAMP' // microseconds since 1970-01-01T00:00:00 without a zone, 64-bit signed
  | 'DATE'; // days since 1970-01-01, 32-bit signed

/** DECIMAL(precision, scale): so many digits, so many of them behind the point. */
export type DecimalType = `DECIMAL(${number},${number})`;

/** Types whose values are character strings in memory, in the order of code points. */
export type TextType =
  | 'STRING' // Unicode text
  | 'JSON' // a text that is JSON
  | 'BYTES' // bytes, see byte-string.ts
  | ArrayType; // several values, see array-text.ts

/** What an array can hold: anything but arrays. An element is never NULL. */
export type ElementType = FlatType | Exclude<TextType, ArrayType>;

/** A column of several values a row, Pinot's multi-value column. */
export type ArrayType = `ARRAY<${string}>`;

/** All data types but DECIMAL and arrays, in the order in which errors list them. */
export const DATA_TYPES: readonly Exclude<DataType, ArrayType>[] = [
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'STRING',
  'BYTES',
  'JSON',
  'TIMESTAMP',
  'DATE',
];

/**
 * How values of a type lie in memory and in segments. Everything that only moves, compares or hashes
 * values asks for this and not for the type: `flag` is one byte of 0 or 1, `f32` is single precision
 * in segments and widened to `f64` in vectors.
 */
export type PhysicalType = FlatPhysicalType | 'text';
type FlatPhysicalType = 'flag' | 'i32' | 'i64' | 'f32' | 'f64';

/** The physical type of a type. */
export function physicalType(type: FlatType): FlatPhysicalType;
export function physicalType(type: DataType): PhysicalType;
export function physicalType(type: DataType): PhysicalType {
  switch (type) {
    case 'BOOLEAN':
      return 'flag';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'DATE':
      return 'i32';
    case 'BIGINT':
    case 'TIMESTAMP':
      return 'i64';
    case 'FLOAT':
      return 'f32';
    case 'DOUBLE':
      return 'f64';
    case 'STRING':
    case 'JSON':
    case 'BYTES':
      return 'text';
    default:
      return type.startsWith('ARRAY') ? 'text' : 'i64';
  }
}

/**
 * One value as JavaScript holds it: BOOLEAN boolean; TINYINT, SMALLINT, INT, FLOAT, DOUBLE and DATE
 * (days) number; BIGINT, TIMESTAMP (microseconds) and DECIMAL (units of
 * its scale) bigint; STRING and JSON
 * string; BYTES a byte string; an array its text, see array-text.ts; NULL null.
 */
export type Value = boolean | number | bigint | string | null;

/** One column of a table. */
export interface ColumnSchema {
  readonly name: string;
  readonly type: DataType;
  /**
   * What rows read of segments that do not have the column, as `columnDefaultText` writes it; null for NULL.
   * Only columns have it that were added to a table with its segments as they are.
   */
  readonly absent?: string | null;
}

/** A table's columns in their declared order. Names are unique without regard to case. */
export interface TableSchema {
  readonly name: string;
  readonly columns: readonly ColumnSchema[];
}

/** The types as errors list them. */
export const TYPE_LIST = [...DATA_TYPES, 'DECIMAL(precision,scale)', 'ARRAY<type>'].join(', ');

/** True for the name of a data type. */
export function isDataType(name: unknown): name is DataType {
  if (DATA_TYPES.some((type) => type === name)) return true;
  if (typeof name !== 'string') return false;
  const [, element] = ARRAY_NAME.exec(name) ?? [];
  if (element !== undefined) return !ARRAY_NAME.test(element) && isDataType(element);
  if (!DECIMAL_NAME.test(name)) return false;
  const { precision, scale } = decimalShape(name as DecimalType);
  return name === decimalType(precision, scale) && isDecimalShape(precision, scale);
}

const ARRAY_NAME = /^ARRAY<(.*)>$/;
const DECIMAL_NAME = /^DECIMAL\((\d{1,2}),(\d{1,2})\)$/;

/** True for a DECIMAL. */
export function isDecimal(type: DataType): type is DecimalType {
  return type.startsWith('DECIMAL');
}

/** True for an array. */
export function isArray(type: DataType): type is ArrayType {
  return type.startsWith('ARRAY');
}

/** The array of a type. */
export function arrayOf(element: ElementType): ArrayType {
  return `ARRAY<${element}>`;
}

/** The type of an array's elements. */
export function elementType(type: ArrayType): ElementType {
  return type.slice('ARRAY<'.length, -1) as ElementType;
}

/** A DECIMAL's number of digits, and how many of them are behind the point. */
export interface DecimalShape {
  readonly precision: number;
  readonly scale: number;
}

/** The shape of a DECIMAL. */
export function decimalShape(type: DecimalType): DecimalShape {
  let shape = shapes.get(type);
  if (shape === undefined) {
    const [, precision, scale] = DECIMAL_NAME.exec(type)!;
    shape = { precision: Number(precision), scale: Number(scale) };
    shapes.set(type, shape);
  }
  return shape;
}

/** There are a few hundred DECIMAL types. */
const shapes = new Map<DecimalType, DecimalShape>();

/** True when there is a DECIMAL of this shape. */
export function isDecimalShape(precision: number, scale: number): boolean {
  return precision >= 1 && precision <= DECIMAL_DIGITS_MAX && scale >= 0 && scale <= precision;
}

/** The DECIMAL of a shape. */
export function decimalType(precision: number, scale: number): DecimalType {
  return `DECIMAL(${precision},${scale})`;
}

/** What stands for Pinot's type without a fixed scale. */
export const BIG_DECIMAL: DecimalType = 'DECIMAL(38,10)';

/** True for a DECIMAL of more digits than 64 bits always hold. */
export function isWideDecimal(type: DataType): type is DecimalType {
  return isDecimal(type) && decimalShape(type).precision > 18;
}

/** The integer types from narrow to wide. */
export const INTEGER_TYPES = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT'] as const;

/** One of the integer types. */
export type IntegerType = (typeof INTEGER_TYPES)[number];

/** Bits of an integer of the type. */
export const INTEGER_BITS: Readonly<Record<IntegerType, 8 | 16 | 32 | 64>> = {
  TINYINT: 8,
  SMALLINT: 16,
  INT: 32,
  BIGINT: 64,
};

/** True for the integer types. */
export function isInteger(type: DataType): type is IntegerType {
  return Object.hasOwn(INTEGER_BITS, type);
}

/** True for FLOAT and DOUBLE. */
export function isFloat(type: DataType): type is 'FLOAT' | 'DOUBLE' {
  return type === 'FLOAT' || type === 'DOUBLE';
}

/** True for types that arithmetic accepts. */
export function isNumeric(type: DataType): boolean {
  return isInteger(type) || isFloat(type) || isDecimal(type);
}

/** True for types whose values are character strings in memory. */
export function isText(type: DataType): type is TextType {
  return physicalType(type) === 'text';
}
