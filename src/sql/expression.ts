import type { TextPosition } from '../base/errors.ts';
import type { DataType, Value } from '../base/types.ts';

/**
 * A bound expression: every name is resolved and every node has its type. Plain data, so that plans
 * travel between broker and servers. `NULL` without a type is a literal of type STRING.
 */
export type Expression = ColumnReference | Literal | Call;

/** A column of the input: of the table in a leaf plan, of the intermediate batch in a reduce plan. */
export interface ColumnReference {
  readonly kind: 'column';
  readonly name: string;
  readonly type: DataType;
}

/** A constant. */
export interface Literal {
  readonly kind: 'literal';
  readonly type: DataType;
  readonly value: Value;
}

/**
 * A scalar function or operator applied to arguments. Operators are functions: `add`, `subtract`,
 * `multiply`, `divide`, `int_divide`, `modulo`, `negate`, `equal`, `not_equal`, `less`,
 * `less_or_equal`, `greater`, `greater_or_equal`, `is_distinct_from`, `is_not_distinct_from`, `and`
 * and `or` (two arguments or more), `not`, `is_null`, `is_not_null`, `is_true` and its like, `like` and
 * `ilike` (value, pattern and, where there is one, escape), `in` (value, literal…; other lists become
 * `or`), `case` (condition, value, …, else), `coalesce`, `cast` (to the node's type), `date_add` and
 * `timestamp_add` (value, months, then days or microseconds).
 * `src/sql/functions.ts` lists all names with their signatures.
 */
export interface Call {
  readonly kind: 'call';
  readonly function: string;
  readonly args: readonly Expression[];
  readonly type: DataType;
  /** Where the call stands in the SQL text, for run-time errors such as overflow. */
  readonly position?: TextPosition;
}

/**
 * Aggregates of one DOUBLE, or for `covar_…`, `corr` and `regr_…` of two, y and x. Their results are
 * DOUBLE, and NULL where they are not defined, as for a sample of one row.
 */
export type MomentFunction =
  | 'var_pop'
  | 'var_samp'
  | 'stddev_pop'
  | 'stddev_samp'
  | 'skewness'
  | 'kurtosis'
  | 'kurtosis_pop'
  | 'covar_pop'
  | 'covar_samp'
  | 'corr'
  | 'regr_avgx'
  | 'regr_avgy'
  | 'regr_sxx'
  | 'regr_syy'
  | 'regr_sxy'
  | 'regr_slope'
  | 'regr_intercept'
  | 'regr_r2';

/**
 * Aggregates of how often each value occurs. `mode` and `quantile_disc` keep the argument's type;
 * `quantile_cont` and `percentile` take numbers and give DOUBLE. The second argument of all but `mode`
 * is a literal: a fraction from 0 to 1, for `percentile` a percentage. `histogram` takes numbers of bins,
 * from 1, and how many there are; it gives the counts as text, and the last bin has all beyond it.
 */
export type FrequencyFunction =
  | 'mode'
  | 'quantile_disc'
  | 'quantile_cont'
  | 'percentile'
  | 'histogram';

/**
 * Aggregates that join values to a text. Their arguments are the value and, as literals, the separator;
 * then for `list_agg` pairs of a key and its direction, such as 'desc nulls first'; for
 * `list_agg_distinct` the direction of the values, 'asc' or 'desc'. `array_agg` and `array_agg_distinct`
 * have the same arguments, do without the separator, and give an array.
 */
export type ListFunction = 'list_agg' | 'list_agg_distinct' | 'array_agg' | 'array_agg_distinct';

/**
 * Aggregates of sketches. Behind their column they have literals: `tdigest_quantile` a fraction from
 * 0 to 1 and the compression, `kll_quantile` a fraction and k, and so have `tdigest_raw` and `kll_raw`, which give the sketches as text; `approx_count_distinct` the logarithm of
 * its registers and how many bits of a hash its sparse form keeps, 0 for no such form; `theta_count`
 * and `theta_raw` how many hashes they keep.
 */
export type SketchFunction =
  | 'tdigest_quantile'
  | 'kll_quantile'
  | 'tdigest_raw'
  | 'kll_raw'
  | 'approx_count_distinct'
  | 'theta_count'
  | 'theta_raw';

/**
 * Aggregates of funnels. `funnel_count` takes what correlates rows, then a condition for each step; it
 * gives the counts as text. The others take events, then as literals the number of steps, the length
 * of the window, the longest time between two events (0 for any) and the modes, in one text with
 * commas between. An event is a BIGINT: the time × (steps + 1) + the number of
 * its step, from 1, or 0 for none.
 */
export type FunnelFunction =
  | 'funnel_count'
  | 'funnel_max_step'
  | 'funnel_complete_count'
  | 'funnel_match_step';

/** The aggregates that execution knows. */
export type AggregateFunction =
  | 'count'
  | 'sum'
  | 'min'
  | 'max'
  | 'avg'
  | 'count_distinct'
  | 'sum_distinct'
  | 'avg_distinct'
  | 'arg_min'
  | 'arg_max'
  | ListFunction
  | SketchFunction
  | FunnelFunction
  | MomentFunction
  | FrequencyFunction;

/**
 * One aggregate over a group. `args` is empty for COUNT(*) alone. `filter` is FILTER (WHERE …).
 * Result types: counts BIGINT; SUM of INT or BIGINT is BIGINT, of FLOAT or DOUBLE is DOUBLE; AVG is
 * DOUBLE. MIN and MAX keep the argument's type. ARG_MIN and ARG_MAX take a value, whose type they keep,
 * and a key.
 */
export interface AggregateCall {
  readonly function: AggregateFunction;
  readonly args: readonly Expression[];
  readonly filter: Expression | null;
  readonly type: DataType;
}

/** One ORDER BY key over the columns of a batch, by position. */
export interface OrderKey {
  /** Index of the column in the batch that is ordered. */
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** The functions of windows that are no aggregates. */
export type RankFunction =
  | ('row_number' | 'rank' | 'dense_rank' | 'percent_rank' | 'cume_dist' | 'ntile')
  | ('lag' | 'lead' | 'first_value' | 'last_value' | 'nth_value');

/** The aggregates that may be asked of a window. */
export type WindowAggregate = 'count' | 'sum' | 'avg' | 'min' | 'max';

/** One function over a window of each row. Its result types are those of `AggregateCall`; ranks are BIGINT. */
export interface WindowCall {
  readonly function: RankFunction | WindowAggregate;
  /** The value, if there is one; behind it, for `lag` and `lead`, what stands for a row that is not there. */
  readonly args: readonly Expression[];
  /** The buckets of `ntile`, the distance of `lag` and `lead`, the number of `nth_value`; else 1. */
  readonly constant: number;
  readonly filter: Expression | null;
  readonly ignoresNulls: boolean;
  readonly partition: readonly Expression[];
  readonly order: readonly WindowOrder[];
  readonly frame: WindowFrame;
  readonly type: DataType;
}

/** One ORDER BY key of a window. */
export interface WindowOrder {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/**
 * Which rows a function sees: from `start` to `end`, both included, as distances from the current row in
 * the order of the window; ±Infinity are the ends of its partition. The unit is rows, groups of
 * peers, or the value of the only key; 0 means for the latter two all peers of the row.
 */
export interface WindowFrame {
  readonly unit: 'rows' | 'groups' | 'range';
  readonly start: number;
  readonly end: number;
}
