import { murmurPartition } from '../base/murmur2.ts';
import { isDecimal, physicalType, type TableSchema, type Value } from '../base/types.ts';
import { type ColumnRange, columnRange } from '../coord/cluster/column-ranges.ts';
import type { TimeRange } from '../coord/cluster/segment-nodes.ts';
import { type ColumnFacts, type MayHave, mayMatch } from '../exec/prune.ts';
import { collectColumns } from '../sql/expression-tools.ts';
import type { LeafPlan } from '../sql/plan.ts';
import type { SegmentFacts } from './cluster-view.ts';

/**
 * The segments that may have rows for a plan, in their order: the others need not be asked for.
 *
 * @param factsOf what is known of a segment; null for nothing.
 */
export function segmentsToAsk(
  { filter, indexUse }: Pick<LeafPlan, 'filter' | 'indexUse'>,
  segments: Iterable<string>,
  factsOf: (segment: string) => SegmentFacts | null,
  schema: TableSchema,
): string[] {
  const names = [...segments];
  if (filter === null) return names;
  const used = new Set<string>();
  collectColumns(filter, used);
  const columns = schema.columns.filter(({ name }) => used.has(name));
  return names.filter((name) => {
    const known = factsOf(name);
    if (known === null) return true;
    const mayHave = indexUse.enabled ? partitionTest(known) : () => true;
    // IS NULL and IS NOT NULL rule no segment out, since nobody has counted its NULLs.
    const rowCount = Number.MAX_SAFE_INTEGER;
    return mayMatch(filter, { rowCount, columns: columnFacts(known, columns) }, mayHave);
  });
}

function columnFacts(
  { time, partitions, ranges }: SegmentFacts,
  columns: TableSchema['columns'],
): ColumnFacts[] {
  return columns.flatMap(({ name, type }) => {
    const range = name === time?.column ? timeRange(time, type) : columnRange(ranges, name, type);
    if (range === null && name !== partitions?.column) return [];
    const { min, max } = range ?? NO_RANGE;
    return { name, type, min, max, nullCount: 1, isRangeUnknown: range === null };
  });
}

const NO_RANGE: ColumnRange = { min: null, max: null };

function timeRange(time: TimeRange, type: ColumnFacts['type']): ColumnRange | null {
  const min = columnValue(time.min, type);
  const max = columnValue(time.max, type);
  return min === null || max === null ? null : { min, max };
}

/** A number of the metadata as a value of a column; null when it does not say which. */
function columnValue(number: number, type: ColumnFacts['type']): Value {
  if (!Number.isSafeInteger(number) || isDecimal(type)) return null;
  switch (physicalType(type)) {
    case 'i64':
      return BigInt(number);
    case 'i32':
      return number;
    default:
      return null;
  }
}

function partitionTest({ partitions }: SegmentFacts): MayHave {
  if (partitions === undefined) return () => true;
  const { column, count, ids } = partitions;
  return ({ name }, value) =>
    name !== column || ids.includes(murmurPartition(String(value), count));
}
