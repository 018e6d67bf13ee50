import type { AggregateCall, Expression } from '../sql/expression.ts';
import { sameOrNull } from '../sql/expression-tools.ts';

/** What has to be gathered for an aggregate; several aggregates may share one. */
export interface StateSpecification {
  readonly kind: 'count' | 'sum' | 'min' | 'max' | 'distinct';
  /** Null for COUNT(*). */
  readonly argument: Expression | null;
  readonly filter: Expression | null;
  /** Index of the count of the rows that this state is over; its own for a count, 0 for distinct. */
  readonly count: number;
}

/** The states of a plan's aggregates. State 0 is always COUNT(*) without a filter. */
export interface AggregateStates {
  readonly specifications: readonly StateSpecification[];
  /** For each aggregate, the index of its main state. */
  readonly main: readonly number[];
}

/** Lists the states that aggregates need, each once. */
export function aggregateStates(aggregates: readonly AggregateCall[]): AggregateStates {
  const specifications: StateSpecification[] = [];
  const add = (
    kind: StateSpecification['kind'],
    argument: Expression | null,
    filter: Expression | null,
  ): number => {
    const known = specifications.findIndex(
      (other) =>
        other.kind === kind &&
        sameOrNull(other.argument, argument) &&
        sameOrNull(other.filter, filter),
    );
    if (known >= 0) return known;
    const counts = kind === 'count' || kind === 'distinct' ? 0 : add('count', argument, filter);
    const count = kind === 'count' ? specifications.length : counts;
    return specifications.push({ kind, argument, filter, count }) - 1;
  };
  add('count', null, null);
  const main = aggregates.map((aggregate) => {
    const { argument, filter } = aggregate;
    switch (aggregate.function) {
      case 'count':
        return add('count', argument, filter);
      case 'count_distinct':
        return add('distinct', argument, filter);
      case 'avg':
        return add('sum', argument, filter);
      default:
        return add(aggregate.function, argument, filter);
    }
  });
  return { specifications, main };
}
