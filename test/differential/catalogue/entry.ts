import type { DataType } from '../../../src/base/types.ts';
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
  /** True where DuckDB takes FLOAT as it is; elsewhere it is made DOUBLE, as Nyala does. */
  readonly keepsFloat?: boolean;
}

/** The numeric types. */
export const NUMBERS: readonly DataType[] = ['INT', 'BIGINT', 'FLOAT', 'DOUBLE'];

/** The integer types. */
export const INTEGERS: readonly DataType[] = ['INT', 'BIGINT'];

/** The types of points in time. */
export const MOMENTS: readonly DataType[] = ['DATE', 'TIMESTAMP'];

/** All types that the generator has columns of. */
export const TYPES: readonly DataType[] = ['BOOLEAN', ...NUMBERS, 'STRING', ...MOMENTS];

/** Integers of more bits than this may overflow when they are added or averaged. */
export const INTEGER_BITS_MAX = 60;

/** An entry of the catalogue. */
export function entry(
  name: string,
  parameters: readonly ParameterSpec[],
  result: DataType,
  template: string,
  options: EntryOptions = {},
): Operator {
  const specified = parameters.map((spec) => (typeof spec === 'string' ? any(spec) : spec));
  const spelled = specified.reduce(
    (text, { type }, at) =>
      type === 'FLOAT' && !options.keepsFloat
        ? text.replaceAll(`$${at + 1}`, `CAST($${at + 1} AS DOUBLE)`)
        : text,
    options.duckdb ?? template,
  );
  // DuckDB has more types of integers, on whose bits some functions depend.
  const isInteger = INTEGERS.includes(result) && !options.keepsFloat;
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

/** One of some texts. */
export function oneOf(type: DataType, ...texts: readonly string[]): Parameter {
  return { type, texts, bitsMax: Infinity };
}

/** Whatever is known of a type without its arguments: small counts for integers, nothing else. */
export function boundsOfType(type: DataType): Bounds {
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

/** The type that numbers of two types are calculated in. */
export function numberType(left: DataType, right: DataType): DataType {
  return INTEGERS.includes(left) && INTEGERS.includes(right) ? 'BIGINT' : 'DOUBLE';
}
