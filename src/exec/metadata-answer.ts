import { isFloat, type Value } from '../base/types.ts';
import type { ColumnMetadata, SegmentMetadata } from '../segment/metadata.ts';
import type { LeafPlan } from '../sql/plan.ts';
import type { State } from './accumulator.ts';
import { aggregateStates, type StateSpecification } from './aggregate-states.ts';
import type { AggregatePartial } from './partial.ts';
import { withoutNullDefaults } from './segment-plan.ts';
import { vectorFromValues } from './vector-build.ts';

/**
 * What a plan gives for a segment when its metadata alone says it: counts, MIN and MAX of whole columns
 * without a filter. Null when rows have to be read.
 */
export function answerFromMetadata(
  plan: LeafPlan,
  metadata: SegmentMetadata,
): AggregatePartial | null {
  if (plan.kind !== 'aggregate' || plan.filter !== null || plan.keys.length > 0) return null;
  const states: State[] = [];
  for (const specification of aggregateStates(plan.aggregates).specifications) {
    const state = stateOf(specification, metadata);
    if (state === null) return null;
    states.push(state);
  }
  return { kind: 'aggregate', groupCount: 1, keys: [], states };
}

function stateOf(
  { kind, args: [written], filter }: StateSpecification,
  metadata: SegmentMetadata,
): State | null {
  const { columns, rowCount } = metadata;
  if (filter !== null) return null;
  if (written === undefined) return countState(rowCount);
  const argument = withoutNullDefaults(written, metadata);
  if (argument.kind !== 'column') return null;
  const column = columns.find(({ name }) => name === argument.name);
  if (column === undefined) return null;
  if (kind === 'count') return countState(rowCount - column.nullCount);
  return kind === 'min' || kind === 'max' ? extremeState(column, column[kind]) : null;
}

function countState(count: number): State {
  return { kind: 'vector', vector: vectorFromValues('BIGINT', [BigInt(count)]) };
}

/** The metadata leaves NaN aside, which SQL's order does not: floats have to be read. */
function extremeState({ type }: ColumnMetadata, value: Value): State | null {
  if (isFloat(type)) return null;
  return { kind: 'vector', vector: vectorFromValues(type, [value]) };
}
