import { assert } from '../base/assert.ts';
import type { AggregateLeaf } from '../sql/plan.ts';
import type { State } from './accumulator.ts';
import { aggregateStates } from './aggregate-states.ts';
import type { AggregatePartial } from './partial.ts';
import { PARTITIONS, type Split, splitRowsSteps } from './partition.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { gatherVector } from './vector-build.ts';

/*
 * Where the distinct values of few groups do not fit into memory, they are counted in parts, by a hash of the
 * values: every part has all groups, and of the values those that no other part has.
 */

/** Whether of all sets of values that a plan gathers nothing but their sizes is wanted, and there are some. */
export function areCountable({ aggregates }: AggregateLeaf): boolean {
  const { specifications, main } = aggregateStates(aggregates);
  const isCounted = (state: number): boolean =>
    aggregates.every(
      ({ function: name }, index) => !main[index]!.includes(state) || name === 'count_distinct',
    );
  const sets = specifications.flatMap(({ kind }, state) => (kind === 'distinct' ? [state] : []));
  return sets.length > 0 && sets.every(isCounted);
}

/**
 * A result in `PARTITIONS` parts by its distinct values. Each has all groups, with their other states where
 * these are as small as the groups; what may be long, such as lists of rows, only the first part has.
 */
export function* splitValuesSteps(
  partial: AggregatePartial,
  split: Split,
): Steps<AggregatePartial[]> {
  const states: (readonly State[])[] = [];
  for (const state of partial.states) {
    if (state.kind !== 'distinct') {
      const rest = withoutValues(state);
      states.push(Array.from({ length: PARTITIONS }, (_, part) => (part === 0 ? state : rest)));
      continue;
    }
    const { groups, values } = state;
    const lists = yield* splitRowsSteps([values], groups.length, split);
    const parts = lists.map((pairs): State => {
      const own = pairs.map((pair) => groups[pair]!);
      return { kind: 'distinct', groups: own, values: gatherVector(values, pairs) };
    });
    states.push(parts);
  }
  return Array.from({ length: PARTITIONS }, (_, part) => ({
    ...partial,
    states: states.map((own) => own[part]!),
  }));
}

/** The same state of groups that have gathered nothing, where what they gather may be long. */
function withoutValues(state: State): State {
  switch (state.kind) {
    case 'frequencies': {
      const [values, counts] = [gatherVector(state.values, NO_ROWS), new Float64Array(0)];
      return { ...state, groups: NO_ROWS, values, counts };
    }
    case 'lists': {
      const columns = state.columns.map((column) => gatherVector(column, NO_ROWS));
      return { ...state, groups: NO_ROWS, columns };
    }
    case 'sketches':
      return { ...state, ends: new Uint32Array(state.ends.length), bytes: new Uint8Array(0) };
    default:
      return state;
  }
}

const NO_ROWS = new Uint32Array(0);

/** The same result with numbers of distinct values in the place of the values. */
export function countedValues(partial: AggregatePartial): AggregatePartial {
  const states = partial.states.map((state): State => {
    if (state.kind !== 'distinct') return state;
    const data = new BigInt64Array(partial.groupCount);
    for (const group of state.groups) data[group]!++;
    return { kind: 'vector', vector: { kind: 'flat', type: 'BIGINT', data, nulls: null } };
  });
  return { ...partial, states };
}

/**
 * Counted parts of one result as a whole: their numbers are added, everything else is as the first one has it.
 * All have the same groups in the same order, because the same steps made them.
 */
export function addCounts(
  { aggregates }: AggregateLeaf,
  parts: readonly AggregatePartial[],
): AggregatePartial {
  const [first, ...others] = parts;
  assert(first, 'there is a part');
  const { specifications } = aggregateStates(aggregates);
  const states = first.states.map((state, index): State => {
    if (specifications[index]!.kind !== 'distinct') return state;
    const data = countsOf(state).slice();
    for (const { groupCount, states: own } of others) {
      assert(groupCount === first.groupCount, 'every part has all groups');
      countsOf(own[index]!).forEach((count, group) => {
        data[group]! += count;
      });
    }
    const vector: Vector = { kind: 'flat', type: 'BIGINT', data, nulls: null };
    return { kind: 'vector', vector };
  });
  return { ...first, states };
}

function countsOf(state: State): BigInt64Array {
  const isCount = state.kind === 'vector' && state.vector.kind === 'flat';
  assert(isCount && state.vector.data instanceof BigInt64Array, 'values are counted');
  return state.vector.data;
}
