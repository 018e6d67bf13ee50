import type { QueryPlan } from '../plan.ts';
import type { Rule } from './rule.ts';

/**
 * Servers need to send only the first LIMIT + OFFSET rows of the order when nothing on the broker
 * adds or drops rows in between.
 */
export const pushLimitIntoLeaf: Rule<QueryPlan> = {
  name: 'push-limit-into-leaf',
  match: ({ leaf, reduce }) =>
    leaf?.kind === 'select' &&
    leaf.limit === null &&
    reduce.limit !== null &&
    reduce.having === null &&
    reduce.windows.length === 0 &&
    reduce.gapfill === null &&
    !reduce.distinct,
  rewrite: (plan) => {
    const { leaf, reduce } = plan;
    if (leaf?.kind !== 'select' || reduce.limit === null) return plan;
    return { ...plan, leaf: { ...leaf, order: reduce.order, limit: reduce.limit + reduce.offset } };
  },
};
