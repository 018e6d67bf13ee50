import type { DataType } from '../base/types.ts';
import type { AggregateFunction, Expression } from './expression.ts';

/** Adds an aggregate to the query; the result stands for its value. */
export type AddAggregate = (
  name: AggregateFunction,
  args: readonly Expression[],
  type: DataType,
  /** Counts or adds up only these rows, beside the FILTER of the whole. */
  condition?: Expression,
) => Expression;

/** An aggregate that is an expression over others. */
export interface DerivedAggregate {
  readonly name: string;
  readonly aliases: readonly string[];
  /** One sentence for people who look the aggregate up. */
  readonly summary: string;
  /** Types of the arguments and of the result, for the same people. */
  readonly types: string;
  readonly argCount: number;
  /** What it takes, for the error about something else. */
  readonly takes: string;
  /** Null when the arguments do not fit. */
  readonly build: (args: readonly Expression[], add: AddAggregate) => Expression | null;
}
