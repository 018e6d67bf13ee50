import { assert } from '../base/assert.ts';
import { type DataType, isDecimal, isInteger, isNumeric } from '../base/types.ts';
import {
  type AggregateConstant,
  type AggregateSignature,
  type AggregateTypes,
  aggregate,
  anyToBigint,
  numberToDouble,
} from './aggregate-signature.ts';
import { meanDecimal, sumDecimal } from './decimal-types.ts';
import type { AggregateFunction } from './expression.ts';
import { foldFunctionName } from './function-name.ts';
import { SKETCH_AGGREGATES } from './sketch-aggregates.ts';

const FRACTION: AggregateConstant = { min: 0, max: 1, isWhole: false, default: null };

const SUM_TYPES = '(BIGINT) → BIGINT; (DOUBLE) → DOUBLE; (DECIMAL) → DECIMAL';
const MEAN_TYPES = '(DOUBLE) → DOUBLE; (DECIMAL) → DECIMAL';

/** Every aggregate that execution computes. */
export const AGGREGATES: readonly AggregateSignature[] = [
  aggregate('count', 'How many rows, or how many values that are not NULL.', {
    types: '(* or ANY) → BIGINT',
    resolve: anyToBigint,
  }),
  aggregate('count_distinct', 'How many different values, without NULL.', {
    aliases: [
      ...['distinct_count', 'distinct_count_bitmap', 'distinct_count_off_heap'],
      'segment_partitioned_distinct_count',
    ],
    types: '(ANY) → BIGINT',
    resolve: anyToBigint,
  }),
  aggregate('sum', 'The sum of the values.', {
    aliases: ['sum_int', 'sum_long'],
    types: SUM_TYPES,
    resolve: sumTypes,
  }),
  aggregate('sum_distinct', 'The sum of the different values.', {
    aliases: ['distinct_sum'],
    types: SUM_TYPES,
    resolve: sumTypes,
  }),
  aggregate('min', 'The least value.', {
    aliases: ['min_long', 'min_string'],
    types: '(ANY) → ANY',
    resolve: sameType,
  }),
  aggregate('max', 'The greatest value.', {
    aliases: ['max_long', 'max_string'],
    types: '(ANY) → ANY',
    resolve: sameType,
  }),
  aggregate('avg', 'The mean of the values.', {
    aliases: ['mean'],
    types: MEAN_TYPES,
    resolve: meanTypes,
  }),
  aggregate('avg_distinct', 'The mean of the different values.', {
    aliases: ['distinct_avg'],
    types: MEAN_TYPES,
    resolve: meanTypes,
  }),
  aggregate('var_pop', 'The variance of a whole population.', { aliases: ['variance_pop'] }),
  aggregate('var_samp', 'The variance that a sample speaks for.', {
    aliases: ['variance', 'variance_samp', 'var'],
  }),
  aggregate('stddev_pop', 'The standard deviation of a whole population.'),
  aggregate('stddev_samp', 'The standard deviation that a sample speaks for.', {
    aliases: ['stddev', 'std'],
  }),
  aggregate('skewness', 'How far a sample leans to one side.', { aliases: ['skew'] }),
  aggregate('kurtosis', 'How heavy the tails of a sample are, 0 for a normal distribution.'),
  aggregate('kurtosis_pop', 'How heavy the tails of a whole population are.'),
  ofPairs('covar_pop', 'The covariance of a whole population.'),
  ofPairs('covar_samp', 'The covariance that a sample speaks for.'),
  ofPairs('corr', 'The correlation of the pairs, from -1 to 1.'),
  ofPairs('regr_avgx', 'The mean of x in pairs (y, x) without NULL.'),
  ofPairs('regr_avgy', 'The mean of y in pairs (y, x) without NULL.'),
  ofPairs('regr_sxx', 'The sum of the squared distances of x from its mean.'),
  ofPairs('regr_syy', 'The sum of the squared distances of y from its mean.'),
  ofPairs('regr_sxy', 'The sum of the products of both distances from their means.'),
  ofPairs('regr_slope', 'The slope of the line that fits the pairs (y, x) best.'),
  ofPairs('regr_intercept', 'Where the line that fits the pairs (y, x) best meets x = 0.'),
  ofPairs('regr_r2', 'The share of the variance of y that the line explains.'),
  aggregate('mode', 'The value that occurs most often, the least of several.', {
    types: '(ANY) → ANY',
    resolve: sameType,
  }),
  aggregate('quantile_disc', 'The least value that a fraction of the values does not exceed.', {
    aliases: ['percentile_disc', 'quantile'],
    types: '(ANY, constant from 0 to 1) → ANY',
    constants: [FRACTION],
    resolve: sameType,
  }),
  aggregate('quantile_cont', 'The value at a fraction of the way, between two by a line.', {
    aliases: ['percentile_cont'],
    types: '(DOUBLE, constant from 0 to 1) → DOUBLE',
    constants: [FRACTION],
    resolve: numberToDouble,
  }),
  aggregate('percentile', 'The value that a percentage of the values lies below.', {
    types: '(DOUBLE, constant from 0 to 100) → DOUBLE',
    constants: [{ ...FRACTION, max: 100 }],
    resolve: numberToDouble,
  }),
  ...SKETCH_AGGREGATES,
];

const byName = indexByName();

/** The aggregate of this name, without regard to case and underscores. */
export function findAggregate(name: string): AggregateSignature | undefined {
  return byName.get(foldFunctionName(name));
}

/** The aggregate that `COUNT(DISTINCT x)` and its kin mean; undefined when DISTINCT is not offered. */
export function distinctAggregate(signature: AggregateSignature): AggregateSignature | undefined {
  switch (signature.function) {
    case 'count':
    case 'count_distinct':
      return findAggregate('count_distinct');
    case 'sum':
    case 'sum_distinct':
      return findAggregate('sum_distinct');
    case 'avg':
    case 'avg_distinct':
      return findAggregate('avg_distinct');
    case 'min':
    case 'max':
      return signature;
    default:
      return undefined;
  }
}

function ofPairs(name: AggregateFunction, summary: string): AggregateSignature {
  return aggregate(name, summary, { types: '(DOUBLE, DOUBLE) → DOUBLE', columnCount: 2 });
}

function sameType(argument: DataType): AggregateTypes {
  return { argument, result: argument };
}

function sumTypes(argument: DataType): AggregateTypes | null {
  if (isInteger(argument)) return { argument, result: 'BIGINT' };
  if (isDecimal(argument)) return { argument, result: sumDecimal(argument) };
  return isNumeric(argument) ? { argument, result: 'DOUBLE' } : null;
}

function meanTypes(argument: DataType): AggregateTypes | null {
  if (isDecimal(argument)) return { argument, result: meanDecimal(argument) };
  return numberToDouble(argument);
}

function indexByName(): ReadonlyMap<string, AggregateSignature> {
  const index = new Map<string, AggregateSignature>();
  for (const signature of AGGREGATES) {
    for (const name of [signature.name, ...signature.aliases]) {
      assert(!index.has(foldFunctionName(name)), () => `two aggregates are called ${name}`);
      index.set(foldFunctionName(name), signature);
    }
  }
  return index;
}
