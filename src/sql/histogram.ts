import { HISTOGRAM_BINS_MAX } from '../base/limits.ts';
import { isNumeric } from '../base/types.ts';
import type { DerivedAggregate } from './derived-aggregate.ts';
import type { Expression } from './expression.ts';
import { call, literal } from './expression-tools.ts';

/**
 * Pinot's `HISTOGRAM(x, lower, upper, bins)`: how many values each of `bins` bins of equal width has,
 * every one without its upper end except the last. Values outside of all are left out. The counts are
 * text of a JSON array while there are no arrays.
 */
export const HISTOGRAM: DerivedAggregate = {
  ...{ name: 'histogram', aliases: [], argCount: 4 },
  takes: `a number, constant bounds in ascending order and 1 to ${HISTOGRAM_BINS_MAX} bins`,
  summary: 'How many values are in each of so many bins of equal width, as text of a JSON array.',
  types: '(DOUBLE, constant DOUBLE, constant DOUBLE, constant BIGINT) → STRING',
  build: ([value, ...constants], add) => {
    const [lower, upper, bins] = constants.map(numberOf) as [number, number, number];
    const isRange = lower < upper && upper - lower < Infinity;
    const isCount = Number.isInteger(bins) && bins >= 1 && bins <= HISTOGRAM_BINS_MAX;
    if (!isNumeric(value!.type) || !isRange || !isCount) return null;
    const column = value!.type === 'DOUBLE' ? value! : call('cast', [value!], 'DOUBLE');
    const [low, high] = [literal('DOUBLE', lower), literal('DOUBLE', upper)];
    const bin = [column, low, high, literal('BIGINT', BigInt(bins))];
    const isInside = [
      call('greater_or_equal', [column, low], 'BOOLEAN'),
      call('less_or_equal', [column, high], 'BOOLEAN'),
    ];
    const args = [call('width_bucket', bin, 'BIGINT'), literal('DOUBLE', bins)];
    return add('histogram', args, 'STRING', call('and', isInside, 'BOOLEAN'));
  },
};

function numberOf(expression: Expression): number {
  if (expression.kind !== 'literal' || !isNumeric(expression.type)) return Number.NaN;
  return expression.value === null ? Number.NaN : Number(expression.value);
}
