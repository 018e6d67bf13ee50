import { type DataType, isDecimal, isNumeric } from '../base/types.ts';
import type { AggregateFunction } from './expression.ts';

/** What the binder knows about an aggregate that execution computes. */
export interface AggregateSignature {
  /** Lower_snake. */
  readonly name: string;
  readonly function: AggregateFunction;
  /** Other names for it, lower_snake. */
  readonly aliases: readonly string[];
  /** One sentence for people who look the aggregate up. */
  readonly summary: string;
  /** Types of the arguments and of the result, for the same people. */
  readonly types: string;
  /** How many columns it takes. */
  readonly columnCount: 1 | 2;
  /** What constants follow them. Those that may be left out come last. */
  readonly constants: readonly AggregateConstant[];
  /** The type that the columns are read as, and that of the result; null when one does not fit. */
  readonly resolve: (argument: DataType) => AggregateTypes | null;
}

/** A number that an aggregate takes beside its columns. */
export interface AggregateConstant {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
  /** What it is when it is left out; null when it must be given. */
  readonly default: number | null;
  /** What the number is divided by before execution sees it. */
  readonly divisor?: number;
  /** The number that a text stands for, or null; left out when only numbers are taken. */
  readonly read?: (text: string) => number | null;
}

/** Types of an aggregate's columns and of its result. */
export interface AggregateTypes {
  readonly argument: DataType;
  readonly result: DataType;
}

/** An aggregate of one DOUBLE unless the options say otherwise. */
export function aggregate(
  name: AggregateFunction,
  summary: string,
  options: Partial<Omit<AggregateSignature, 'function' | 'summary'>> = {},
): AggregateSignature {
  const defaults = { aliases: [], types: '(DOUBLE) → DOUBLE', columnCount: 1 } as const;
  return {
    ...{ name, function: name, summary, ...defaults, constants: [], resolve: doubles },
    ...options,
  };
}

/** Numbers as they are, but decimals as DOUBLE, to a DOUBLE. */
export function numberToDouble(argument: DataType): AggregateTypes | null {
  if (isDecimal(argument)) return doubles(argument);
  return isNumeric(argument) ? { argument, result: 'DOUBLE' } : null;
}

/** Numbers as DOUBLE, to a DOUBLE. */
export function doubles(argument: DataType): AggregateTypes | null {
  return isNumeric(argument) ? { argument: 'DOUBLE', result: 'DOUBLE' } : null;
}

/** Anything, to a count. */
export function anyToBigint(argument: DataType): AggregateTypes {
  return { argument, result: 'BIGINT' };
}
