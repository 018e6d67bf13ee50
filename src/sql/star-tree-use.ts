import type { IndexConfig } from '../base/index-config.ts';
import {
  metricName,
  type StarTreeFold,
  type StarTreeSketch,
  starTreeConfig,
} from '../base/star-tree-config.ts';
import { isFloat, isInteger } from '../base/types.ts';
import type { AggregateCall, ColumnReference, Expression } from './expression.ts';
import { collectColumns, column, isCall, mapArguments } from './expression-tools.ts';
import { mayUse } from './index-use.ts';
import type { LeafPlan } from './plan.ts';

/** What is known of a star-tree. */
export interface StarTreeFacts {
  readonly dimensions: ReadonlySet<string>;
  /** As `metricName` has them. */
  readonly metrics: ReadonlySet<string>;
  readonly isNeverNull: (column: string) => boolean;
  /** What the sum of a column's integers cannot exceed, its sign aside. */
  readonly greatestSum: (column: string) => bigint;
}

/** Something that is gathered of rows. */
export interface Gathered {
  /** As in `StateSpecification`. */
  readonly kind: string;
  readonly args: readonly Expression[];
  readonly filter: Expression | null;
}

/** What is the same of a set, however often its members come. */
const OF_SETS: ReadonlySet<string> = new Set(['distinct', 'theta']);

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
      return boundedSummands(first, facts)?.every(({ name }) => facts.isNeverNull(name))
        ? []
        : null;
    case 'sum':
      return argumentOfMetric(kind, first, facts) ?? sumOfMetrics(first, facts);
    case 'min':
    case 'max': {
      const own = isOverDimensions(args, facts) ? args : null;
      return argumentOfMetric(kind, first, facts) ?? own;
    }
    case 'hyperloglog':
    case 'tdigest':
    case 'kll': {
      const own = kind === 'hyperloglog' && isOverDimensions(args, facts) ? args : null;
      return argumentOfSketch(kind, args, facts) ?? own;
    }
    default:
      return OF_SETS.has(kind) && isOverDimensions(args, facts) ? args : null;
  }
}

function argumentOfMetric(
  kind: StarTreeFold,
  argument: Expression | undefined,
  { metrics }: StarTreeFacts,
): readonly Expression[] | null {
  if (argument?.kind !== 'column') return null;
  const name = metricName({ function: kind, column: argument.name, sizes: [] });
  if (!metrics.has(name)) return null;
  if (kind !== 'sum') return [column(name, argument.type)];
  return [column(name, isFloat(argument.type) ? 'DOUBLE' : 'BIGINT')];
}

/** The sketches of records in place of the values of rows; the literals behind these say how they are laid out. */
function argumentOfSketch(
  kind: StarTreeSketch,
  [argument, ...constants]: readonly Expression[],
  { metrics }: StarTreeFacts,
): readonly Expression[] | null {
  if (argument === undefined) return null;
  const inner = isCall(argument, 'cast') && kind !== 'hyperloglog' ? argument.args[0] : argument;
  if (inner?.kind !== 'column') return null;
  const sizes = constants.map((one) => (one.kind === 'literal' ? Number(one.value) : Number.NaN));
  const name = metricName({ function: kind, column: inner.name, sizes });
  return metrics.has(name) ? [column(name, 'BIGINT'), ...constants] : null;
}

/** The columns that are added and subtracted, or null for anything else; integers of 64 bits, or one column. */
function summands(expression: Expression): readonly ColumnReference[] | null {
  if (expression.kind === 'column') return [expression];
  if (expression.kind === 'literal' || expression.type !== 'BIGINT') return null;
  const { function: name, args } = expression;
  if (name !== 'add' && name !== 'subtract' && name !== 'cast') return null;
  const parts = args.map((arg) => (isInteger(arg.type) ? summands(arg) : null));
  return parts.includes(null) ? null : parts.flatMap((part) => part ?? []);
}

/** The same, but null where sums of the columns together might not fit 64 bits, and so those of rows. */
function boundedSummands(
  expression: Expression,
  facts: StarTreeFacts,
): readonly ColumnReference[] | null {
  const columns = summands(expression);
  if (columns === null || expression.kind === 'column') return columns;
  const bound = columns.reduce((sum, { name }) => sum + facts.greatestSum(name), 0n);
  return bound < 2n ** 63n ? columns : null;
}

/** `SUM(a - b)` of rows without NULL is the sum of `sum(a) - sum(b)` of records. */
function sumOfMetrics(
  argument: Expression | undefined,
  facts: StarTreeFacts,
): readonly Expression[] | null {
  if (argument?.kind !== 'call') return null;
  const columns = boundedSummands(argument, facts);
  if (!columns?.every((one) => argumentOfMetric('sum', one, facts) !== null)) return null;
  const ofRecords = (expression: Expression): Expression => {
    if (expression.kind === 'column') return argumentOfMetric('sum', expression, facts)![0]!;
    if (isCall(expression, 'cast')) return ofRecords(expression.args[0]!);
    return mapArguments(expression, ofRecords);
  };
  return [ofRecords(argument)];
}

/** The star-trees of a table that may answer a plan, for EXPLAIN: in a segment NULL may forbid it. */
export function usableStarTrees(
  plan: LeafPlan,
  indexes: readonly IndexConfig[],
): readonly IndexConfig[] {
  if (plan.kind !== 'aggregate' || !plan.indexUse.starTree) return [];
  return indexes.filter((index) => {
    if (index.kind !== 'startree' || !mayUse(plan.indexUse, index)) return false;
    // Which dimensions a default one has is for each segment to say.
    if (index.columns.length === 0) return false;
    const { dimensions, metrics } = starTreeConfig(index);
    const facts = {
      dimensions: new Set(dimensions),
      metrics: new Set(metrics.map(metricName)),
      isNeverNull: () => true,
      greatestSum: () => 0n,
    };
    return (
      isOverDimensions([plan.filter, ...plan.keys], facts) &&
      plan.aggregates.every((aggregate) => argumentsOfRecords(gatheredBy(aggregate), facts))
    );
  });
}

/** What an aggregate gathers, with COALESCE taken off columns: that is what stands for NULL elsewhere. */
function gatheredBy({ function: name, args: all, filter }: AggregateCall): Gathered {
  // The fraction of a quantile is none of its sketch.
  const args = QUANTILES.has(name) ? [all[0]!, all[2]!] : all;
  return { kind: KINDS[name] ?? name, args: args.map(withoutDefault), filter };
}

function withoutDefault(expression: Expression): Expression {
  const [first] = isCall(expression, 'coalesce') ? expression.args : [];
  return first?.kind === 'column' ? first : mapArguments(expression, withoutDefault);
}

const QUANTILES: ReadonlySet<string> = new Set([
  ...['tdigest_quantile', 'tdigest_raw', 'kll_quantile', 'kll_raw'],
]);

const KINDS: Readonly<Record<string, string>> = {
  avg: 'sum',
  count_distinct: 'distinct',
  sum_distinct: 'distinct',
  avg_distinct: 'distinct',
  list_agg_distinct: 'distinct',
  array_agg_distinct: 'distinct',
  funnel_count: 'distinct',
  approx_count_distinct: 'hyperloglog',
  tdigest_quantile: 'tdigest',
  tdigest_raw: 'tdigest',
  kll_quantile: 'kll',
  kll_raw: 'kll',
  theta_count: 'theta',
  theta_raw: 'theta',
};
