import { FUNCTIONS } from './functions.ts';

/** A function for people who look it up. */
export interface FunctionEntry {
  /** Lower_snake; case and underscores do not matter in SQL. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Parameter and result types, such as `(STRING, BIGINT[, STRING]) → STRING`. */
  readonly types: string;
  /** One sentence. */
  readonly summary: string;
}

/** Every scalar function and aggregate, each once, by name in code-unit order. */
export function listFunctions(): readonly FunctionEntry[] {
  const entries: FunctionEntry[] = [...FUNCTIONS.values(), ...AGGREGATES];
  return entries.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** The aggregates; `aggregates.ts` has their types. */
const AGGREGATES: readonly FunctionEntry[] = [
  aggregate('count', 'How many rows, or how many values that are not NULL.', '(* or ANY) → BIGINT'),
  aggregate('distinct_count', 'How many different values, without NULL.', '(ANY) → BIGINT', [
    'count_distinct',
  ]),
  aggregate('sum', 'The sum of the values.', '(BIGINT) → BIGINT; (DOUBLE) → DOUBLE'),
  aggregate('min', 'The least value.', '(ANY) → ANY'),
  aggregate('max', 'The greatest value.', '(ANY) → ANY'),
  aggregate('avg', 'The mean of the values.', '(DOUBLE) → DOUBLE'),
];

function aggregate(
  name: string,
  summary: string,
  types: string,
  aliases: readonly string[] = [],
): FunctionEntry {
  return { name, aliases, types, summary };
}
