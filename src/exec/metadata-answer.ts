import { isFloat, type Value } from '../base/types.ts';
import type { ColumnMetadata, SegmentMetadata } from '../segment/metadata.ts';
import type { AggregateLeaf, LeafPlan } from '../sql/plan.ts';
import type { State } from './accumulator.ts';
import { aggregateStates, type StateSpecification } from './aggregate-states.ts';
import type { AggregatePartial } from './partial.ts';
import { withoutNullDefaults } from './segment-plan.ts';
import type { TaskOrdinals } from './task-ordinals.ts';
import { vectorFromValues } from './vector-build.ts';

/**
 * What a plan gives for a segment when its metadata alone says it: counts, MIN and MAX of whole columns
 * without a filter. Null when rows have to be read.
 *
 * @param isWhole whether nobody else has rows: then the numbers of distinct values are known, too.
 */
export function answerFromMetadata(
  plan: LeafPlan,
  metadata: SegmentMetadata,
  isWhole: boolean,
): AggregatePartial | null {
  if (plan.kind !== 'aggregate' || plan.filter !== null || plan.keys.length > 0) return null;
  const isCounted = isWhole && onlyCountsDistinct(plan);
  return partialOf(plan, (specification) => stateOf(specification, metadata, isCounted));
}

/**
 * What a plan gives for segments whose texts have one numbering: COUNT(DISTINCT …) of whole columns without a
 * filter, where nobody else has rows. Null when rows have to be read.
 */
export function answerFromOrdinals(
  plan: LeafPlan,
  segments: readonly SegmentMetadata[],
  ordinals: readonly TaskOrdinals[],
): AggregatePartial | null {
  if (plan.kind !== 'aggregate' || plan.filter !== null || plan.keys.length > 0) return null;
  if (!onlyCountsDistinct(plan)) return null;
  const rowCount = segments.reduce((sum, segment) => sum + segment.rowCount, 0);
  return partialOf(plan, ({ kind, args: [argument], filter }) => {
    if (argument === undefined && filter === null) return countState(rowCount);
    if (kind !== 'distinct' || argument?.kind !== 'column' || filter !== null) return null;
    const { name } = argument;
    // Other texts may be numbered together with those of the column.
    const own = ordinals.find(
      ({ columns, layout }) => columns.join() === name && layout.texts.length === 0,
    );
    const isWhole = own?.segments.length === segments.length && segments.every(hasValues(name));
    return isWhole ? countState(own.layout.cardinality) : null;
  });
}

/** Not so where a column has nothing but NULL: then its dictionary has an entry that no row has. */
function hasValues(name: string): (segment: SegmentMetadata) => boolean {
  return ({ columns }) => columns.some((column) => column.name === name && column.min !== null);
}

function onlyCountsDistinct({ aggregates }: AggregateLeaf): boolean {
  const { specifications, main } = aggregateStates(aggregates);
  return aggregates.every(
    (aggregate, index) =>
      aggregate.function === 'count_distinct' ||
      main[index]!.every((state) => specifications[state]!.kind !== 'distinct'),
  );
}

function partialOf(
  { aggregates }: AggregateLeaf,
  stateFor: (specification: StateSpecification) => State | null,
): AggregatePartial | null {
  const states: State[] = [];
  for (const specification of aggregateStates(aggregates).specifications) {
    const state = stateFor(specification);
    if (state === null) return null;
    states.push(state);
  }
  return { kind: 'aggregate', groupCount: 1, keys: [], states };
}

function stateOf(
  { kind, args: [written], filter }: StateSpecification,
  metadata: SegmentMetadata,
  isCounted: boolean,
): State | null {
  const { columns, rowCount } = metadata;
  if (filter !== null) return null;
  if (written === undefined) return countState(rowCount);
  const argument = withoutNullDefaults(written, metadata);
  if (argument.kind !== 'column') return null;
  const column = columns.find(({ name }) => name === argument.name);
  if (column === undefined) return null;
  if (kind === 'count') return countState(rowCount - column.nullCount);
  if (kind === 'distinct' && isCounted) return valuesState(column);
  return kind === 'min' || kind === 'max' ? extremeState(column, column[kind]) : null;
}

function countState(count: number): State {
  return { kind: 'vector', vector: vectorFromValues('BIGINT', [BigInt(count)]) };
}

/** A dictionary holds every value once; but of floats, 0 and −0 are two entries and one value. */
function valuesState({ type, encoding, min }: ColumnMetadata): State | null {
  if (encoding.kind !== 'dictionary' || isFloat(type) || min === null) return null;
  return countState(encoding.cardinality);
}

/** The metadata leaves NaN aside, which SQL's order does not: floats have to be read. */
function extremeState({ type }: ColumnMetadata, value: Value): State | null {
  if (isFloat(type)) return null;
  return { kind: 'vector', vector: vectorFromValues(type, [value]) };
}
