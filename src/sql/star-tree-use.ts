import type { IndexConfig } from '../base/index-config.ts';
import { metricName, type StarTreeMetric, starTreeConfig } from '../base/star-tree-config.ts';
import { isFloat } from '../base/types.ts';
import type { AggregateCall, Expression } from './expression.ts';
import { collectColumns, column } from './expression-tools.ts';
import { mayUse } from './index-use.ts';
import type { LeafPlan } from './plan.ts';

/** What is known of a star-tree. */
export interface StarTreeFacts {
  readonly dimensions: ReadonlySet<string>;
  /** As `metricName` has them. */
  readonly metrics: ReadonlySet<string>;
  readonly isNeverNull: (column: string) => boolean;
}

/** Something that is gathered of rows. */
export interface Gathered {
  /** As in `StateSpecification`. */
  readonly kind: string;
  readonly args: readonly Expression[];
  readonly filter: Expression | null;
}

/** What is the same of a set, however often its members come. */
const OF_SETS: ReadonlySet<string> = new Set(['distinct', 'hyperloglog', 'theta']);

/** True when every column of the expressions is a dimension. */
export function isOverDimensions(
  expressions: readonly (Expression | null)[],
  { dimensions }: StarTreeFacts,
): boolean {
  const names = new Set<string>();
  for (const expression of expressions) collectColumns(expression, names);
  return [...names].every((name) => dimensions.has(name));
}

/**
 * The arguments with which something is gathered of records, in place of those of rows; a count counts
 * the rows that records stand for. Null when records do not say it.
 */
export function argumentsOfRecords(
  { kind, args, filter }: Gathered,
  facts: StarTreeFacts,
): readonly Expression[] | null {
  if (!isOverDimensions([filter], facts)) return null;
  const [first] = args;
  switch (kind) {
    case 'count':
      if (first === undefined) return [];
      return first.kind === 'column' && facts.isNeverNull(first.name) ? [] : null;
    case 'sum':
      return argumentOfMetric(kind, first, facts);
    case 'min':
    case 'max': {
      const own = isOverDimensions(args, facts) ? args : null;
      return argumentOfMetric(kind, first, facts) ?? own;
    }
    default:
      return OF_SETS.has(kind) && isOverDimensions(args, facts) ? args : null;
  }
}

function argumentOfMetric(
  kind: StarTreeMetric['function'],
  argument: Expression | undefined,
  { metrics }: StarTreeFacts,
): readonly Expression[] | null {
  if (argument?.kind !== 'column') return null;
  const name = metricName({ function: kind, column: argument.name });
  if (!metrics.has(name)) return null;
  if (kind !== 'sum') return [column(name, argument.type)];
  return [column(name, isFloat(argument.type) ? 'DOUBLE' : 'BIGINT')];
}

/** The star-trees of a table that may answer a plan, for EXPLAIN: in a segment NULL may forbid it. */
export function usableStarTrees(
  plan: LeafPlan,
  indexes: readonly IndexConfig[],
): readonly IndexConfig[] {
  if (plan.kind !== 'aggregate' || !plan.indexUse.starTree) return [];
  return indexes.filter((index) => {
    if (index.kind !== 'startree' || !mayUse(plan.indexUse, index)) return false;
    const { dimensions, metrics } = starTreeConfig(index);
    const facts = {
      dimensions: new Set(dimensions),
      metrics: new Set(metrics.map(metricName)),
      isNeverNull: () => true,
    };
    return (
      isOverDimensions([plan.filter, ...plan.keys], facts) &&
      plan.aggregates.every((aggregate) => argumentsOfRecords(gatheredBy(aggregate), facts))
    );
  });
}

/** What an aggregate gathers, with COALESCE taken off columns: that is what stands for NULL elsewhere. */
function gatheredBy({ function: name, args, filter }: AggregateCall): Gathered {
  const plain = args.map((argument) => {
    const [first] = argument.kind === 'call' ? argument.args : [];
    const isDefault = argument.kind === 'call' && argument.function === 'coalesce';
    return isDefault && first?.kind === 'column' ? first : argument;
  });
  return { kind: KINDS[name] ?? name, args: plain, filter };
}

const KINDS: Readonly<Record<string, string>> = {
  avg: 'sum',
  count_distinct: 'distinct',
  sum_distinct: 'distinct',
  avg_distinct: 'distinct',
  list_agg_distinct: 'distinct',
  array_agg_distinct: 'distinct',
  approx_count_distinct: 'hyperloglog',
  theta_count: 'theta',
  theta_raw: 'theta',
};
