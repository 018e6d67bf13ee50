import type { AggregateLeaf, GroupingSets } from '../sql/plan.ts';
import { GROUPING_SET } from '../sql/plan.ts';
import { namedInput } from './answer-steps.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import { finalizeSteps } from './finalize.ts';
import { regroupSteps } from './merge.ts';
import type { AggregatePartial } from './partial.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';

/** Merged groups, once for each grouping set, as columns `$key0`…, `$aggregate0`… and `$set`. */
export function* groupedInput(
  leaf: AggregateLeaf,
  merged: AggregatePartial,
  sets: GroupingSets | null,
  context: ExecutionContext,
): Steps<EvaluationInput> {
  const groups = sets === null ? merged : yield* regroupSteps(leaf, merged, sets, context);
  const columns = new Map<string, Vector>();
  groups.keys.forEach((vector, index) => {
    columns.set(index < leaf.keys.length ? `$key${index}` : GROUPING_SET, vector);
  });
  (yield* finalizeSteps(leaf, groups, context)).forEach((vector, index) => {
    columns.set(`$aggregate${index}`, vector);
  });
  return namedInput(groups.groupCount, columns);
}
