import type { RankFunction } from './expression.ts';
import { foldFunctionName } from './function-name.ts';

/** What the binder knows about a window function that is no aggregate. */
export interface WindowFunction {
  /** Lower_snake. */
  readonly name: RankFunction;
  readonly aliases: readonly string[];
  /** One sentence for people who look the function up. */
  readonly summary: string;
  /** Types of the arguments and of the result, for the same people. */
  readonly types: string;
  readonly minArgs: number;
  readonly maxArgs: number;
}

/** Every one of them. */
export const WINDOW_FUNCTIONS: readonly WindowFunction[] = [
  ranking('row_number', 'The number of the row in its partition, from 1.'),
  ranking('rank', 'The number of the first row that the order does not tell apart from it.'),
  ranking('dense_rank', 'How many different keys of the order there are up to the row.'),
  ranking('percent_rank', 'The rank from 0 to 1: rank - 1 by rows - 1.', '() → DOUBLE'),
  ranking('cume_dist', 'The share of rows that do not come behind it.', '() → DOUBLE'),
  {
    ...{ name: 'ntile', aliases: [], minArgs: 1, maxArgs: 1 },
    summary: 'The number of the bucket, when rows are spread over so many evenly.',
    types: '(constant from 1) → BIGINT',
  },
  neighbour('lag', 'The value so many rows before, or a default.'),
  neighbour('lead', 'The value so many rows behind, or a default.'),
  ofFrame('first_value', 'The value of the first row of the frame.'),
  ofFrame('last_value', 'The value of the last row of the frame.'),
  {
    ...ofFrame('nth_value', 'The value of a row of the frame by its number, from 1.'),
    ...{ types: '(ANY, constant from 1) → ANY', minArgs: 2, maxArgs: 2 },
  },
];

const byFoldedName: ReadonlyMap<string, WindowFunction> = new Map(
  WINDOW_FUNCTIONS.map((one) => [foldFunctionName(one.name), one]),
);

/** Finds one by its name, without regard to case and underscores. */
export function findWindowFunction(name: string): WindowFunction | undefined {
  return byFoldedName.get(foldFunctionName(name));
}

function ranking(name: RankFunction, summary: string, types = '() → BIGINT'): WindowFunction {
  return { name, aliases: [], summary, types, minArgs: 0, maxArgs: 0 };
}

function neighbour(name: RankFunction, summary: string): WindowFunction {
  const types = '(ANY[, constant[, ANY]]) → ANY';
  return { name, aliases: [], summary, types, minArgs: 1, maxArgs: 3 };
}

function ofFrame(name: RankFunction, summary: string): WindowFunction {
  return { name, aliases: [], summary, types: '(ANY) → ANY', minArgs: 1, maxArgs: 1 };
}
