import type { AggregateCall, AggregateFunction, Expression } from '../sql/expression.ts';
import { call, sameExpressions, sameOrNull } from '../sql/expression-tools.ts';
import { listColumns } from './list-results.ts';
import { momentKind } from './moment-results.ts';
import { MOMENT_WIDTH, type MomentKind } from './moments.ts';

/** What has to be gathered for an aggregate; several aggregates may share one. */
export interface StateSpecification {
  readonly kind:
    | 'count'
    | 'sum'
    | 'min'
    | 'max'
    | 'distinct'
    | 'frequencies'
    | 'arg_min'
    | 'arg_max'
    | 'hyperloglog'
    | 'theta'
    | 'lists'
    | 'tdigest'
    | 'kll'
    | MomentKind;
  /** None for COUNT(*). */
  readonly args: readonly Expression[];
  readonly filter: Expression | null;
  /** Index of the count of the rows that this state is over; 0 where the state has its own. */
  readonly count: number;
}

/** The states of a plan's aggregates. State 0 is always COUNT(*) without a filter. */
export interface AggregateStates {
  readonly specifications: readonly StateSpecification[];
  /** For each aggregate, the indexes of its main states: one, but for a funnel count one a step. */
  readonly main: readonly (readonly number[])[];
}

/** States over values whose neutral value could be one of them: the count tells them apart. */
const NEEDS_COUNT: ReadonlySet<StateSpecification['kind']> = new Set(['sum', 'min', 'max']);

/** Lists the states that aggregates need, each once. */
export function aggregateStates(aggregates: readonly AggregateCall[]): AggregateStates {
  const specifications: StateSpecification[] = [];
  const add = (
    kind: StateSpecification['kind'],
    args: readonly Expression[],
    filter: Expression | null,
  ): number => {
    const known = specifications.findIndex(
      (other) =>
        other.kind === kind &&
        sameExpressions(other.args, args) &&
        sameOrNull(other.filter, filter),
    );
    if (known >= 0) return known;
    const counts = NEEDS_COUNT.has(kind) ? add('count', args, filter) : 0;
    const count = kind === 'count' ? specifications.length : counts;
    return specifications.push({ kind, args, filter, count }) - 1;
  };
  add('count', [], null);
  const main = aggregates.map((aggregate) => {
    const { function: name, args, filter } = aggregate;
    if (name === 'funnel_count') {
      return stepFilters(aggregate).map((condition) => add('distinct', [args[0]!], condition));
    }
    const { kind, columns } = gathered(name, args);
    return [add(kind, columns, filter)];
  });
  return { specifications, main };
}

/** The kind of an aggregate's main state, and its arguments. */
function gathered(
  name: Exclude<AggregateFunction, 'funnel_count'>,
  args: readonly Expression[],
): { readonly kind: StateSpecification['kind']; readonly columns: readonly Expression[] } {
  switch (name) {
    case 'count':
    case 'sum':
    case 'min':
    case 'max':
    case 'arg_min':
    case 'arg_max':
      return { kind: name, columns: args };
    case 'avg':
      return { kind: 'sum', columns: args };
    case 'count_distinct':
    case 'sum_distinct':
    case 'avg_distinct':
      return { kind: 'distinct', columns: args };
    case 'list_agg_distinct':
    case 'array_agg_distinct':
      return { kind: 'distinct', columns: args.slice(0, 1) };
    case 'list_agg':
    case 'array_agg':
      return { kind: 'lists', columns: listColumns({ args }) };
    case 'approx_count_distinct':
      return { kind: 'hyperloglog', columns: args };
    case 'theta_count':
    case 'theta_raw':
      return { kind: 'theta', columns: args };
    case 'tdigest_quantile':
    case 'tdigest_raw':
      return { kind: 'tdigest', columns: [args[0]!, args[2]!] };
    case 'kll_quantile':
    case 'kll_raw':
      return { kind: 'kll', columns: [args[0]!, args[2]!] };
    case 'mode':
    case 'quantile_disc':
    case 'quantile_cont':
    case 'percentile':
    case 'histogram':
    case 'funnel_max_step':
    case 'funnel_complete_count':
    case 'funnel_match_step':
      return { kind: 'frequencies', columns: args.slice(0, 1) };
    default:
      return { kind: momentKind(name), columns: args };
  }
}

/** The rows of each step of a funnel. */
function stepFilters({ args: [, ...steps], filter }: AggregateCall): readonly Expression[] {
  return steps.map((step) => (filter === null ? step : call('and', [filter, step], 'BOOLEAN')));
}

/** Bytes of working memory that a group takes, where groups have a place of their own. */
export function stateBytesPerGroup({ kind }: StateSpecification): number {
  const isMoment = kind === 'variance' || kind === 'moments' || kind === 'covariance';
  return isMoment ? 8 * MOMENT_WIDTH[kind] : 16;
}
