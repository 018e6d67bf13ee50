import { compileLike } from '../exec/functions/like.ts';
import { vectorFromValues } from '../exec/vector-build.ts';
import { listFunctions } from '../sql/function-list.ts';
import type { OutputColumn } from '../sql/plan.ts';
import type { ResultTable } from './response.ts';

const COLUMNS: readonly OutputColumn[] = ['name', 'aliases', 'signature', 'summary'].map(
  (name) => ({ name, type: 'STRING' }),
);

/**
 * What SHOW FUNCTIONS answers: one row a function, by name.
 *
 * @param pattern LIKE's `%` and `_`, or Impala's `*`, without regard to case; it has to fit the name
 *   or an alias. Null for all functions.
 */
export function functionsTable(pattern: string | null): ResultTable {
  const fits = pattern === null ? () => true : matcherOf(pattern);
  const entries = listFunctions().filter(({ name, aliases }) => [name, ...aliases].some(fits));
  const rows = entries.map(({ name, aliases, types, summary }) => [
    name,
    aliases.join(', '),
    types,
    summary,
  ]);
  return {
    columns: COLUMNS,
    vectors: COLUMNS.map((_, column) =>
      vectorFromValues(
        'STRING',
        rows.map((row) => row[column]!),
      ),
    ),
    rowCount: rows.length,
  };
}

function matcherOf(pattern: string): (name: string) => boolean {
  const call = { kind: 'call', function: 'like', args: [], type: 'BOOLEAN' } as const;
  return compileLike(pattern.toLowerCase().replaceAll('*', '%'), '', call);
}
