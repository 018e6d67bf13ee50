import type { IndexConfig } from '../../base/index-config.ts';
import { STAR_TREE_CARDINALITY_MAX } from '../../base/limits.ts';
import { isFloat, isNumeric } from '../../base/types.ts';
import { type ColumnMetadata, isCoded } from '../metadata.ts';

/** What is known of a column before it has a place in a file. */
type ColumnFacts = Omit<ColumnMetadata, 'buffers'>;

/**
 * Configurations in which Pinot's default star-tree, one without dimensions, has got those of a segment:
 * its columns of few values, but floats, those of the most first; with the sums of all numbers. Pinot asks
 * the schema which columns are metrics; here a number of few values is a dimension as well.
 */
export function withDefaultStarTree(
  configs: readonly IndexConfig[],
  columns: readonly ColumnFacts[],
): readonly IndexConfig[] {
  return configs.flatMap((config) => {
    if (config.kind !== 'startree' || config.columns.length > 0) return [config];
    const dimensions = columns
      .filter((column) => !isFloat(column.type) && valueCount(column) <= STAR_TREE_CARDINALITY_MAX)
      .sort((left, right) => valueCount(right) - valueCount(left))
      .map(({ name }) => name);
    if (dimensions.length === 0) return [];
    const numbers = columns.filter(({ type }) => isNumeric(type));
    const functionColumnPairs = ['COUNT__*', ...numbers.map(({ name }) => `SUM__${name}`)];
    return [{ ...config, columns: dimensions, parameters: { functionColumnPairs } }];
  });
}

/** How many different values a column has, or may have by its codes; Infinity for one without codes. */
function valueCount({ encoding }: ColumnFacts): number {
  if (!isCoded(encoding)) return Number.POSITIVE_INFINITY;
  return encoding.kind === 'dictionary' ? encoding.cardinality : encoding.codeCount;
}
