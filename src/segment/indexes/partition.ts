import { murmurPartition } from '../../base/murmur2.ts';
import type { Value } from '../../base/types.ts';
import type { SegmentIndex } from '../metadata.ts';
import { columnValues } from './column-values.ts';
import type { IndexBuilder } from './index-builder.ts';
import { sourceColumn } from './index-source.ts';

/*
 * The partitions of a column have no buffers: the parameter `partitions` lists those of its values, out of
 * `numPartitions`, as Pinot's function Murmur makes them. NULL is in none.
 */

/** Lists the partitions of a column's values; no index when they are all there are. */
export const buildPartition: IndexBuilder = ({ columns: [name], parameters }, source) => {
  const count = Number(parameters.numPartitions);
  const found = new Set<number>();
  for (const value of columnValues(sourceColumn(source, name!), source.rowCount).values) {
    found.add(murmurPartition(String(value), count));
    if (found.size === count) return null;
  }
  const partitions = [...found].sort((left, right) => left - right);
  return { parameters: { numPartitions: count, partitions }, buffers: [] };
};

/** False when a value is in none of the partitions that an index lists. */
export function partitionMayHave(
  { parameters }: Pick<SegmentIndex, 'parameters'>,
  value: Exclude<Value, null>,
): boolean {
  const { numPartitions, partitions } = parameters;
  if (typeof numPartitions !== 'number' || !Array.isArray(partitions)) return true;
  return partitions.includes(murmurPartition(String(value), numPartitions));
}
