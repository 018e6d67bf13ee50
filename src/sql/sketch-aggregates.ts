import type { DataType } from '../base/types.ts';
import {
  type AggregateConstant,
  type AggregateSignature,
  type AggregateTypes,
  aggregate,
  anyToBigint,
  doubles,
} from './aggregate-signature.ts';

const FRACTION: AggregateConstant = { min: 0, max: 1, isWhole: false, default: null };
const PERCENT: AggregateConstant = { ...FRACTION, max: 100, divisor: 100 };

/** Pinot's default; more of it takes more memory and errs less. */
const COMPRESSION: AggregateConstant = { min: 20, max: 10_000, isWhole: false, default: 100 };

/** Pinot's default: ranks are off by 1.3 % at most, nearly always. */
const KLL_K: AggregateConstant = { min: 8, max: 65_535, isWhole: true, default: 200 };

/** 2^12 registers: a standard error of 1.6 % in 4 KiB for a group of many values. */
const LOG2M: AggregateConstant = { min: 4, max: 16, isWhole: true, default: 12 };

/** As many bits as fit beside a rank: with few values the count is then all but exact. */
const SPARSE_BITS: AggregateConstant = { min: 0, max: 25, isWhole: true, default: 25 };

/** Pinot's default: a standard error of 1.6 %. */
const NOMINAL_ENTRIES: AggregateConstant = {
  ...{ min: 16, max: 65_536, isWhole: true, default: 4096 },
  read: readNominalEntries,
};

const THETA_ARGUMENTS = "(ANY[, constant 'nominalEntries=16' to 65536])";

const PERCENT_TYPES = '(DOUBLE, constant from 0 to 100[, constant from 20 to 10000]) → DOUBLE';

/** Aggregates that answer approximately, in little memory. */
export const SKETCH_AGGREGATES: readonly AggregateSignature[] = [
  aggregate('approx_count_distinct', 'About how many different values, by HyperLogLog.', {
    aliases: ['distinct_count_hll', 'approx_distinct', 'ndv'],
    types: '(ANY[, constant from 4 to 16[, constant from 0 to 25]]) → BIGINT',
    constants: [LOG2M, SPARSE_BITS],
    resolve: anyToBigint,
  }),
  aggregate('approx_count_distinct', 'About how many different values, by HyperLogLog++.', {
    name: 'distinct_count_hll_plus',
    types: '(ANY[, constant from 4 to 16[, constant from 0 to 25]]) → BIGINT',
    constants: [{ ...LOG2M, default: 14 }, SPARSE_BITS],
    resolve: anyToBigint,
  }),
  aggregate('theta_count', 'About how many different values, by a theta sketch.', {
    name: 'distinct_count_theta_sketch',
    types: `${THETA_ARGUMENTS} → BIGINT`,
    constants: [NOMINAL_ENTRIES],
    resolve: anyToBigint,
  }),
  aggregate('theta_raw', "A theta sketch of the values in DataSketches' layout, in Base64.", {
    name: 'distinct_count_raw_theta_sketch',
    types: `${THETA_ARGUMENTS} → STRING`,
    constants: [NOMINAL_ENTRIES],
    resolve: (argument) => ({ argument, result: 'STRING' }),
  }),
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
  aggregate('tdigest_raw', "A t-digest of the values in Dunning's layout, in hexadecimal.", {
    name: 'percentile_raw_tdigest',
    types: PERCENT_TYPES.replace('→ DOUBLE', '→ STRING'),
    constants: [PERCENT, COMPRESSION],
    resolve: doublesToText,
  }),
  aggregate('kll_raw', "A KLL sketch of the values in DataSketches' layout, in Base64.", {
    name: 'percentile_raw_kll',
    types: '(DOUBLE, constant from 0 to 100[, constant from 8 to 65535]) → STRING',
    constants: [PERCENT, KLL_K],
    resolve: doublesToText,
  }),
];

function doublesToText(argument: DataType): AggregateTypes | null {
  return doubles(argument) && { argument: 'DOUBLE', result: 'STRING' };
}

/** Pinot's parameters in one text: `nominalEntries=4096`. */
function readNominalEntries(text: string): number | null {
  const digits = /^\s*nominalEntries\s*=\s*(\d+)\s*$/i.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}
