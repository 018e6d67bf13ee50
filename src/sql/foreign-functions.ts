import { foldFunctionName } from './function-name.ts';

/*
 * Functions that people know from Pinot, Impala or DuckDB and that this engine does not have. Calling
 * one is answered with "not supported" instead of "unknown".
 */

/** Families with many members: percentile95, distinctCountHLL, jsonExtractScalar … */
const PREFIXES: readonly string[] = [
  ...['distinctcount', 'frequent', 'funnel', 'json', 'percentile', 'quantile'],
  ...['regexp', 'st_', 'timeseries'],
];

const NAMES: ReadonlySet<string> = new Set([
  // Aggregates.
  ...['first', 'fourthmoment'],
  ...['idset', 'last', 'product', 'stunion', 'sumprecision'],
  // Functions of types that do not exist here, and words of GAPFILL.
  ...['fill', 'gapfill', 'timeserieson'],
  ...['groovy', 'lookup', 'vectorsimilarity'],
  // Of arrays.
  ...['filtermv', 'intersectindices', 'mvfilter', 'unnest'],
  ...['generateintarray', 'generatelongarray', 'generatefloatarray', 'generatedoublearray'],
  ...['sumarraydouble', 'sumarraylong'],
]);

/** True when a name, in any spelling, is a function of those systems and not of this one. */
export function isForeignFunction(name: string): boolean {
  const lower = name.toLowerCase();
  const folded = foldFunctionName(name);
  return (
    NAMES.has(folded) ||
    PREFIXES.some((prefix) => lower.startsWith(prefix) || folded.startsWith(prefix))
  );
}
