import { foldFunctionName } from './function-name.ts';

/** An aggregate of all elements of the arrays of a group, for people who look it up. */
interface ArrayAggregate {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly types: string;
}

const SUM = 'BIGINT; (ARRAY) → DOUBLE';

/** Pinot's aggregates of multi-value columns: each is the one without `_mv`, of the elements. */
export const ARRAY_AGGREGATES: readonly ArrayAggregate[] = [
  of('count', 'How many elements there are.', 'BIGINT'),
  of('sum', 'The sum of the elements.', SUM),
  of('min', 'The least element.', 'ANY'),
  of('max', 'The greatest element.', 'ANY'),
  of('avg', 'The mean of the elements.', 'DOUBLE'),
  of('min_max_range', 'The greatest element less the least.', 'DOUBLE'),
  of('distinct_count', 'How many different elements there are.', 'BIGINT', [
    'distinct_count_bitmap_mv',
  ]),
  of('distinct_sum', 'The sum of the different elements.', SUM),
  of('distinct_avg', 'The mean of the different elements.', 'DOUBLE'),
  of('distinct_count_hll', 'About how many different elements there are.', 'BIGINT'),
  of('distinct_count_hll_plus', 'The same by HyperLogLog++.', 'BIGINT'),
  of('percentile', 'The element that a percentage of them lies below.', 'DOUBLE'),
  of('percentile_est', 'About that element.', 'DOUBLE'),
  of('percentile_tdigest', 'About that element, by t-digest.', 'DOUBLE'),
  of('percentile_kll', 'About that element, by a KLL sketch.', 'DOUBLE'),
];

const names: ReadonlySet<string> = new Set(
  ARRAY_AGGREGATES.flatMap(({ name, aliases }) => [name, ...aliases].map(foldFunctionName)),
);

/** The name of the aggregate that another applies to elements; null for other names. */
export function aggregateOfElements(name: string): string | null {
  const folded = foldFunctionName(name);
  // Pinot's older spelling: `percentile95MV(x)` is `percentileMV(x, 95)`.
  const general = folded.replace(/^(percentile\D*)\d+mv$/, '$1mv');
  return names.has(general) ? folded.slice(0, -'mv'.length) : null;
}

function of(
  base: string,
  summary: string,
  result: string,
  aliases: readonly string[] = [],
): ArrayAggregate {
  const name = `${base}_mv`;
  const hasConstant = base.startsWith('percentile');
  const types = `(ARRAY${hasConstant ? ', constant from 0 to 100' : ''}) → ${result}`;
  return { name, aliases, summary, types };
}
