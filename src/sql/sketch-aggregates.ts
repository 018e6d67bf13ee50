import {
  type AggregateConstant,
  type AggregateSignature,
  aggregate,
  doubles,
} from './aggregate-signature.ts';

const FRACTION: AggregateConstant = { min: 0, max: 1, isWhole: false, default: null };
const PERCENT: AggregateConstant = { ...FRACTION, max: 100, divisor: 100 };

/** Pinot's default; more of it takes more memory and errs less. */
const COMPRESSION: AggregateConstant = { min: 20, max: 10_000, isWhole: false, default: 100 };

/** Pinot's default: ranks are off by 1.3 % at most, nearly always. */
const KLL_K: AggregateConstant = { min: 8, max: 65_535, isWhole: true, default: 200 };

const PERCENT_TYPES = '(DOUBLE, constant from 0 to 100[, constant from 20 to 10000]) → DOUBLE';

/** Aggregates that answer approximately, in little memory. */
export const SKETCH_AGGREGATES: readonly AggregateSignature[] = [
  aggregate('tdigest_quantile', 'About the value that a percentage lies below, by t-digest.', {
    name: 'percentile_tdigest',
    aliases: ['percentile_est', 'percentile_smart_tdigest'],
    types: PERCENT_TYPES,
    constants: [PERCENT, COMPRESSION],
  }),
  aggregate('tdigest_quantile', 'About the value that a fraction lies below, by t-digest.', {
    name: 'approx_quantile',
    aliases: ['approx_percentile', 'percentile_approx'],
    types: '(DOUBLE, constant from 0 to 1[, constant from 20 to 10000]) → DOUBLE',
    constants: [FRACTION, COMPRESSION],
  }),
  aggregate('kll_quantile', 'About the value that a percentage lies below, by a KLL sketch.', {
    name: 'percentile_kll',
    types: '(DOUBLE, constant from 0 to 100[, constant from 8 to 65535]) → DOUBLE',
    constants: [PERCENT, KLL_K],
    resolve: doubles,
  }),
];
