import {
  type DataType,
  type DecimalType,
  decimalShape,
  INTEGER_TYPES,
  isDecimal,
} from '../../../src/base/types.ts';
import { type Bounds, type Operator, type Parameter, UNBOUNDED } from '../term.ts';

/** A parameter in short: a type, or a type with what limits the argument. */
export type ParameterSpec = DataType | Parameter;

/** What an entry has beside its name and types. */
export interface EntryOptions {
  /** DuckDB's spelling of the template, where it is another one. */
  readonly duckdb?: string;
  /** True when the last digits may differ. */
  readonly inexact?: boolean;
  readonly bounds?: Operator['bounds'];
  /**
   * True where DuckDB takes FLOAT and the narrow integers as they are; elsewhere they are made DOUBLE
   * and INT, because Nyala has no functions of narrow numbers.
   */
  readonly keepsTypes?: boolean;
}

/** The integer types. */
export const INTEGERS: readonly DataType[] = INTEGER_TYPES;

/** The binary floating-point types. */
export const FLOATS: readonly DataType[] = ['FLOAT', 'DOUBLE'];

/** The numeric types but DECIMAL. */
export const NUMBERS: readonly DataType[] = [...INTEGERS, ...FLOATS];

/** Decimals of 32 and 64 bits, and one that does not fit 64 bits. */
export const DECIMALS: readonly DecimalType[] = ['DECIMAL(9,2)', 'DECIMAL(18,4)', 'DECIMAL(30,6)'];

/** The types of points in time. */
export const MOMENTS: readonly DataType[] = ['DATE', 'TIMESTAMP'];

/** All types that the generator has columns of. */
export const TYPES: readonly DataType[] = [
  ...['BOOLEAN' as const, ...NUMBERS, ...DECIMALS],
  ...['STRING' as const, 'BYTES' as const, 'JSON' as const, ...MOMENTS],
];

/** Integers of more bits than this may overflow when they are added or averaged. */
const INTEGER_BITS_MAX = 60;

/** Bits that numbers of a type have at most: with more, one of a few operations may overflow. */
export function typeBitsMax(type: DataType): number {
  if (isDecimal(type)) {
    const { precision, scale } = decimalShape(type);
    return Math.floor((precision - scale) * Math.log2(10));
  }
  return INTEGERS.includes(type) ? INTEGER_BITS_MAX : Infinity;
}

/** True for all types of numbers. */
export function isNumber(type: DataType): boolean {
  return NUMBERS.includes(type) || isDecimal(type);
}

/** The name of a type in DuckDB; JSON is text there, so that it stays as it is written. */
export function duckDbName(type: DataType): string {
  if (type === 'STRING' || type === 'JSON') return 'VARCHAR';
  return type === 'BYTES' ? 'BLOB' : type;
}

/** The name of a type in Nyala. */
export function nyalaName(type: DataType): string {
  return type === 'STRING' ? 'VARCHAR' : type;
}

/** An entry of the catalogue. */
export function entry(
  name: string,
  parameters: readonly ParameterSpec[],
  result: DataType,
  template: string,
  options: EntryOptions = {},
): Operator {
  const specified = parameters.map((spec) => (typeof spec === 'string' ? any(spec) : spec));
  const spelled = specified.reduce((text, { type }, at) => {
    const wider = options.keepsTypes ? undefined : WIDENED[type];
    if (wider === undefined) return text;
    return text.replaceAll(`$${at + 1}`, `CAST($${at + 1} AS ${wider})`);
  }, options.duckdb ?? template);
  // DuckDB has more types of integers, on whose bits some functions depend.
  const isInteger = INTEGERS.includes(result) && !options.keepsTypes;
  const duckdb = isInteger ? `CAST(${spelled} AS ${result})` : spelled;
  return {
    name,
    parameters: specified,
    result,
    template: { nyala: template, duckdb },
    inexact: options.inexact ?? false,
    bounds: options.bounds ?? (() => boundsOfType(result)),
  };
}

const WIDENED: Readonly<Partial<Record<DataType, DataType>>> = {
  TINYINT: 'INT',
  SMALLINT: 'INT',
  FLOAT: 'DOUBLE',
};

/** A function called by its name. */
export function fn(
  name: string,
  parameters: readonly ParameterSpec[],
  result: DataType,
  options: EntryOptions = {},
): Operator {
  const list = parameters.map((_, at) => `$${at + 1}`).join(', ');
  return entry(name, parameters, result, `${name}(${list})`, options);
}

/** Any argument of a type. */
export function any(type: DataType): Parameter {
  return { type, texts: null, bitsMax: Infinity };
}

/** Numbers of a few digits, such as positions and counts. */
export function small(type: DataType): Parameter {
  return { type, texts: null, bitsMax: 12 };
}

/** Numbers without NaN and infinities. */
export function finite(type: DataType, bitsMax = 60): Parameter {
  return { type, texts: null, bitsMax };
}

/** Numbers that a DOUBLE holds exactly, whose conversion is then the same everywhere. */
export function exactAsDouble(type: DataType): Parameter {
  if (!isDecimal(type)) return any(type);
  const { precision, scale } = decimalShape(type);
  return precision <= 15 ? any(type) : finite(type, Math.floor(53 - scale * Math.log2(10)));
}

/** One of some texts. */
export function oneOf(type: DataType, ...texts: readonly string[]): Parameter {
  return { type, texts, bitsMax: Infinity };
}

/** Whatever is known of a type without its arguments: small counts for integers, nothing else. */
export function boundsOfType(type: DataType): Bounds {
  if (type === 'TINYINT') return { bits: 8, summable: true };
  if (type === 'SMALLINT') return { bits: 16, summable: true };
  return INTEGERS.includes(type) ? { bits: 32, summable: true } : UNBOUNDED;
}

/** Of a sum or difference. */
export function sumBounds(args: readonly Bounds[]): Bounds {
  return { ...widest(args), bits: Math.max(...args.map(({ bits }) => bits)) + 1 };
}

/** Of a product. */
export function productBounds(args: readonly Bounds[]): Bounds {
  return { bits: args.reduce((sum, { bits }) => sum + bits, 0), summable: false };
}

/** Of a function that gives back one of its arguments, or one of about their size. */
export function widest(args: readonly Bounds[]): Bounds {
  return {
    bits: Math.max(...args.map(({ bits }) => bits)),
    summable: args.every(({ summable }) => summable),
  };
}

/** Every pair of two lists. */
export function pairs<T, U>(left: readonly T[], right: readonly U[]): [T, U][] {
  return left.flatMap((one) => right.map((other): [T, U] => [one, other]));
}

/** The type that numbers of two types, no DECIMAL among them, are calculated in. */
export function numberType(left: DataType, right: DataType): DataType {
  return INTEGERS.includes(left) && INTEGERS.includes(right) ? 'BIGINT' : 'DOUBLE';
}
