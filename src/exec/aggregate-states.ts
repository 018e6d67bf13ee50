import type { AggregateCall, Expression } from '../sql/expression.ts';
import { sameExpressions, sameOrNull } from '../sql/expression-tools.ts';
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
  /** For each aggregate, the index of its main state. */
  readonly main: readonly number[];
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
    const { args, filter } = aggregate;
    switch (aggregate.function) {
      case 'count':
        return add('count', args, filter);
      case 'count_distinct':
      case 'sum_distinct':
      case 'avg_distinct':
        return add('distinct', args, filter);
      case 'list_agg_distinct':
      case 'array_agg_distinct':
        return add('distinct', args.slice(0, 1), filter);
      case 'list_agg':
      case 'array_agg':
        return add('lists', listColumns(aggregate), filter);
      case 'approx_count_distinct':
        return add('hyperloglog', args, filter);
      case 'theta_count':
      case 'theta_raw':
        return add('theta', args, filter);
      case 'tdigest_quantile':
        return add('tdigest', [args[0]!, args[2]!], filter);
      case 'kll_quantile':
        return add('kll', [args[0]!, args[2]!], filter);
      case 'avg':
        return add('sum', args, filter);
      case 'sum':
      case 'min':
      case 'max':
      case 'arg_min':
      case 'arg_max':
        return add(aggregate.function, args, filter);
      case 'mode':
      case 'quantile_disc':
      case 'quantile_cont':
      case 'percentile':
      case 'histogram':
        return add('frequencies', args.slice(0, 1), filter);
      default:
        return add(momentKind(aggregate.function), args, filter);
    }
  });
  return { specifications, main };
}

/** Bytes of working memory that a group takes, where groups have a place of their own. */
export function stateBytesPerGroup({ kind }: StateSpecification): number {
  const isMoment = kind === 'variance' || kind === 'moments' || kind === 'covariance';
  return isMoment ? 8 * MOMENT_WIDTH[kind] : 16;
}
