import { assert } from '../base/assert.ts';
import { sequence } from '../base/sequence.ts';
import type { AggregateCall, Expression } from '../sql/expression.ts';
import type { AggregateLeaf, GroupFinish } from '../sql/plan.ts';
import type { State } from './accumulator.ts';
import { aggregateStates } from './aggregate-states.ts';
import { evaluateOnHeap, trueRows } from './answer-steps.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import { finalizeAggregate } from './finalize.ts';
import type { SelectPartial } from './partial.ts';
import { firstSortedSteps } from './sort.ts';
import { checkedSteps, runSteps } from './steps.ts';
import type { Vector } from './vector.ts';
import { gatherVector } from './vector-build.ts';

/** Groups all of whose rows have come. */
export interface Groups {
  readonly count: number;
  /** The keys of some groups, one vector a key, on the JavaScript heap. */
  keys(groups: Uint32Array): Vector[];
  /** A state of some groups, as `aggregateStates` numbers them. */
  state(index: number, groups: Uint32Array): State;
  /** The values of an aggregate for some groups where they need no state; null where they do. */
  result(aggregate: AggregateCall, state: number, groups: Uint32Array): Vector | null;
}

/**
 * The groups that may be in the answer, as rows: their keys, then the values of the aggregates. What
 * decides is computed of all groups, and the rest of those that are left.
 */
export function finishGroups(
  plan: AggregateLeaf,
  finish: GroupFinish,
  groups: Groups,
  context: ExecutionContext,
): SelectPartial {
  const chosen = chosenGroups(plan, finish, groups, context);
  const columns = [
    ...groups.keys(chosen),
    ...plan.aggregates.map((_, index) => valuesOf(plan, index, groups, chosen, context)),
  ];
  return { kind: 'select', rowCount: chosen.length, columns };
}

function chosenGroups(
  plan: AggregateLeaf,
  { having, outputs, order, limit }: GroupFinish,
  groups: Groups,
  context: ExecutionContext,
): Uint32Array {
  const all = sequence(groups.count);
  const known = new Map<string, Vector>();
  let keys: Vector[] | null = null;
  const column = (name: string): Vector => {
    const vector = known.get(name) ?? compute(name);
    known.set(name, vector);
    return vector;
  };
  const compute = (name: string): Vector => {
    const index = Number(/\d+$/.exec(name)?.[0]);
    if (name.startsWith('$aggregate')) return valuesOf(plan, index, groups, all, context);
    assert(name.startsWith('$key'), () => `${name} is a key or an aggregate`);
    keys ??= groups.keys(all);
    return keys[index]!;
  };
  let input: EvaluationInput = { rowCount: groups.count, column };
  let chosen = all;
  const onHeap = (expression: Expression): Vector =>
    runSteps(evaluateOnHeap(expression, input, context));
  if (having !== null) {
    chosen = trueRows(onHeap(having));
    input = { rowCount: chosen.length, column: (name) => gatherVector(column(name), chosen) };
  }
  if (limit === null || limit >= chosen.length) return chosen;
  if (order.length === 0) return chosen.subarray(0, limit);
  const sorting = firstSortedSteps(outputs.map(onHeap), order, chosen.length, limit);
  const first = runSteps(checkedSteps(sorting, () => context.control.checkpoint()));
  return having === null ? first : first.map((row) => chosen[row]!);
}

/** The values of an aggregate for some groups. */
function valuesOf(
  plan: AggregateLeaf,
  index: number,
  groups: Groups,
  chosen: Uint32Array,
  context: ExecutionContext,
): Vector {
  const { specifications, main } = aggregateStates(plan.aggregates);
  const own = main[index]!;
  const aggregate = plan.aggregates[index]!;
  const result = groups.result(aggregate, own[0]!, chosen);
  if (result !== null) return result;
  const states = own.map((state) => groups.state(state, chosen));
  const { count } = specifications[own[0]!]!;
  const counts = count === own[0] ? states[0]! : groups.state(count, chosen);
  return finalizeAggregate(aggregate, states, counts, context);
}
