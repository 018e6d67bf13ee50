import { AGGREGATES } from './aggregates.ts';
import { ARRAY_AGGREGATES } from './array-aggregates.ts';
import { CHANCE_FUNCTIONS } from './bind-chance.ts';
import { MOMENT_FUNCTIONS } from './bind-moment.ts';
import { DERIVED_AGGREGATES } from './derived-aggregates.ts';
import { FUNCTIONS } from './functions.ts';
import { GAPFILL } from './gapfill-call.ts';
import { SPECIAL_AGGREGATES } from './special-aggregates.ts';
import { WINDOW_FUNCTIONS } from './window-functions.ts';

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

/** Every scalar function, aggregate and window function, each once, by name in code-unit order. */
export function listFunctions(): readonly FunctionEntry[] {
  const entries: FunctionEntry[] = [
    ...FUNCTIONS.values(),
    ...MOMENT_FUNCTIONS,
    ...CHANCE_FUNCTIONS,
    ...AGGREGATES,
    ...DERIVED_AGGREGATES,
    ...SPECIAL_AGGREGATES,
    ...ARRAY_AGGREGATES,
    ...WINDOW_FUNCTIONS,
    GAPFILL,
  ];
  return entries.sort((left, right) => (left.name < right.name ? -1 : 1));
}
