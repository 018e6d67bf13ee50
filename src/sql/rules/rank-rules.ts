import { PARTITION_LIMIT_MAX } from '../../base/limits.ts';
import type { Expression, OrderKey, WindowCall } from '../expression.ts';
import { isCall, sameWindow, WINDOW } from '../expression-tools.ts';
import type { PartitionLimit, QueryPlan, SelectLeaf } from '../plan.ts';
import type { Rule } from './rule.ts';

/**
 * `WHERE place <= 2` around `ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) AS place`, or QUALIFY, wants the
 * first two rows of each partition: servers need not send the others. The window runs on what they send,
 * in which every row that is left out would have come behind those that are wanted.
 */
export const pushRankIntoLeaf: Rule<QueryPlan> = {
  name: 'push-rank-into-leaf',
  match: (plan) => leafOfFirstRows(plan) !== null,
  rewrite: (plan) => {
    const leaf = leafOfFirstRows(plan);
    return leaf === null ? plan : { ...plan, leaf };
  },
};

/** The leaf with the limit of the ranks; null when there is none, or it has it. */
function leafOfFirstRows({ leaf, reduce, stages = [] }: QueryPlan): SelectLeaf | null {
  if (leaf?.kind !== 'select' || leaf.partitionLimit !== undefined || leaf.limit !== null) {
    return null;
  }
  const { windows, qualify } = reduce;
  // What a function makes of a row may not depend on the rows behind it.
  const [first] = windows;
  if (first === undefined || !windows.every((one) => isRank(one) && sameWindow(one, first))) {
    return null;
  }
  const inner = leastBound(qualify, (name) => windowOf(name, windows));
  const outer = isWhole(reduce) ? stages[0]?.leaf.filter : undefined;
  const bound =
    inner ??
    leastBound(outer ?? null, (name) => {
      const output = reduce.outputs[reduce.columns.findIndex((column) => column.name === name)];
      return output?.kind === 'column' ? windowOf(output.name, windows) : null;
    });
  if (bound === null || bound.limit < 1 || bound.limit > PARTITION_LIMIT_MAX) return null;
  const keys = first.partition.flatMap(outputOf);
  const order = first.order.flatMap(({ expression, ...direction }): OrderKey[] =>
    outputOf(expression).map((column) => ({ column, ...direction })),
  );
  if (order.length === 0) return null;
  if (keys.length > 0) return { ...leaf, partitionLimit: { keys, order, ...bound } };
  return bound.keepsTies ? null : { ...leaf, order, limit: bound.limit };
}

function isRank({ function: name }: WindowCall): boolean {
  return name === 'row_number' || name === 'rank' || name === 'dense_rank';
}

/** True when the query in FROM gives all rows that its windows have, each by itself. */
function isWhole({ distinct, gapfill, offset, limit }: QueryPlan['reduce']): boolean {
  return !distinct && gapfill === null && offset === 0 && limit === null;
}

function windowOf(name: string, windows: readonly WindowCall[]): WindowCall | null {
  if (!name.startsWith(WINDOW)) return null;
  return windows[Number(name.slice(WINDOW.length))] ?? null;
}

type RankBound = Pick<PartitionLimit, 'limit' | 'keepsTies'>;

/** The least of the bounds that a filter has for ranks, or null. */
function leastBound(
  filter: Expression | null,
  find: (name: string) => WindowCall | null,
): RankBound | null {
  if (filter === null) return null;
  const tests = isCall(filter, 'and') ? filter.args : [filter];
  const bounds = tests.flatMap((test): RankBound[] => {
    if (test.kind !== 'call' || test.args[0]?.kind !== 'column') return [];
    const window = find(test.args[0].name);
    const limit = upperBound(test.function, test.args.slice(1));
    if (window === null || limit === null || window.function === 'dense_rank') return [];
    return [{ limit, keepsTies: window.function === 'rank' }];
  });
  const [first, ...others] = bounds;
  if (first === undefined) return null;
  return others.reduce((least, one) => (one.limit < least.limit ? one : least), first);
}

/** The greatest whole number that satisfies a test against literals; null when there is none. */
function upperBound(name: string, literals: readonly Expression[]): number | null {
  const values = literals.map((one) => {
    const isNumber =
      one.kind === 'literal' && (typeof one.value === 'bigint' || typeof one.value === 'number');
    return isNumber ? Math.floor(Number(one.value)) : Number.NaN;
  });
  const greatest = Math.max(...values);
  if (Number.isNaN(greatest)) return null;
  switch (name) {
    case 'less_or_equal':
    case 'equal':
    case 'in':
      return greatest;
    case 'less':
      return greatest - (literals[0]?.type === 'DOUBLE' ? 0 : 1);
    default:
      return null;
  }
}

/** The output of the leaf that a window reads; nothing for a literal. */
function outputOf(expression: Expression): number[] {
  return expression.kind === 'column' ? [Number(expression.name.slice(1))] : [];
}
