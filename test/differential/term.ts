import type { DataType } from '../../src/base/types.ts';

/** The two that are compared; they spell some things differently. */
export type Dialect = 'nyala' | 'duckdb';

/** An expression of a random query. */
export type Term = Leaf | Call;

/** A column, a literal, or the result of an aggregate. */
export interface Leaf {
  readonly kind: 'leaf';
  readonly type: DataType;
  readonly text: Readonly<Record<Dialect, string>>;
  readonly bounds: Bounds;
}

/** An operator or function with its arguments. */
export interface Call {
  readonly kind: 'call';
  readonly operator: Operator;
  readonly args: readonly Term[];
}

/** What is known of the numbers that a term gives. */
export interface Bounds {
  /** Their absolute values are below two to the power of this; Infinity where NaN and ∞ may be. */
  readonly bits: number;
  /** True when they add up without rounding, in any order. */
  readonly summable: boolean;
}

/** Nothing is known, or there are no numbers. */
export const UNBOUNDED: Bounds = { bits: Infinity, summable: false };

/** An operator or function on arguments of certain types: one entry of what is to be covered. */
export interface Operator {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly result: DataType;
  /** `$1`, `$2`, … are the arguments. */
  readonly template: Readonly<Record<Dialect, string>>;
  /** True when the last digits may differ: such a result is shown, and nothing is made from it. */
  readonly inexact: boolean;
  readonly bounds: (args: readonly Bounds[]) => Bounds;
}

/** What an argument may be. */
export interface Parameter {
  readonly type: DataType;
  /** Texts of which one is the argument, the same in both dialects. */
  readonly texts: readonly string[] | null;
  /** Bits that the argument's numbers have at most. */
  readonly bitsMax: number;
}

/** The type of a term. */
export function typeOf(term: Term): DataType {
  return term.kind === 'leaf' ? term.type : term.operator.result;
}

/** What is known of a term's numbers. */
export function boundsOf(term: Term): Bounds {
  if (term.kind === 'leaf') return term.bounds;
  return term.operator.bounds(term.args.map(boundsOf));
}

/** The SQL of a term. */
export function termText(term: Term, dialect: Dialect): string {
  if (term.kind === 'leaf') return term.text[dialect];
  const args = term.args.map((arg) => termText(arg, dialect));
  return term.operator.template[dialect].replace(/\$(\d)/g, (_, at: string) => args[+at - 1]!);
}

/** How an entry of the catalogue is called in counts: `substr(STRING, BIGINT)`. */
export function operatorKey({ name, parameters }: Pick<Operator, 'name' | 'parameters'>): string {
  return `${name}(${parameters.map(({ type }) => type).join(', ')})`;
}

/** Every operator in a term, those of arguments included. */
export function operatorsIn(term: Term): Operator[] {
  if (term.kind === 'leaf') return [];
  return [term.operator, ...term.args.flatMap(operatorsIn)];
}
