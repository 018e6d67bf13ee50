import { murmurPartition } from '../base/murmur2.ts';
import { isDecimal, physicalType, type TableSchema, type Value } from '../base/types.ts';
import { type ColumnRange, columnRange } from '../coord/cluster/column-ranges.ts';
import type { PartitionList, TimeRange } from '../coord/cluster/segment-nodes.ts';
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
  // The same objects say what is known of each segment in its turn: a table may have a hundred thousand.
  const columns: Mutable<ColumnFacts>[] = schema.columns
    .filter(({ name }) => used.has(name))
    .map(({ name, type }) => ({ name, type, min: null, max: null, nullCount: 1 }));
  // IS NULL and IS NOT NULL rule no segment out, since nobody has counted its NULLs.
  const values = { rowCount: Number.MAX_SAFE_INTEGER, columns };
  let partitions: PartitionList | undefined;
  const mayHave: MayHave = ({ name }, value) =>
    partitions === undefined ||
    name !== partitions.column ||
    partitions.ids.includes(murmurPartition(String(value), partitions.count));
  return names.filter((name) => {
    const known = factsOf(name);
    if (known === null) return true;
    partitions = indexUse.enabled ? known.partitions : undefined;
    for (const column of columns) setRange(column, known);
    return mayMatch(filter, values, mayHave);
  });
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function setRange(column: Mutable<ColumnFacts>, { time, ranges }: SegmentFacts): void {
  const { name, type } = column;
  const range = name === time?.column ? timeRange(time, type) : columnRange(ranges, name, type);
  column.isRangeUnknown = range === null;
  column.min = range?.min ?? null;
  column.max = range?.max ?? null;
}

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
