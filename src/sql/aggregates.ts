import { assert } from '../base/assert.ts';
import { type DataType, isDecimal, isInteger, isNumeric } from '../base/types.ts';
import { meanDecimal, sumDecimal } from './decimal-types.ts';
import type { AggregateFunction } from './expression.ts';
import { foldFunctionName } from './function-name.ts';

/** What the binder knows about an aggregate that execution computes. */
export interface AggregateSignature {
  readonly function: AggregateFunction;
  /** Other names for it, lower_snake. */
  readonly aliases: readonly string[];
  /** One sentence for people who look the aggregate up. */
  readonly summary: string;
  /** Types of the arguments and of the result, for the same people. */
  readonly types: string;
  /** How many columns it takes. */
  readonly columnCount: 1 | 2;
  /** What constant follows them; null when none does. */
  readonly constant: AggregateConstant | null;
  /** The type that the columns are read as, and that of the result; null when one does not fit. */
  readonly resolve: (argument: DataType) => AggregateTypes | null;
}

/** A number that an aggregate takes beside its columns. */
export interface AggregateConstant {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
  /** What it is when it is left out; null when it must be given. */
  readonly default: number | null;
}

/** Types of an aggregate's columns and of its result. */
export interface AggregateTypes {
  readonly argument: DataType;
  readonly result: DataType;
}

const FRACTION: AggregateConstant = { min: 0, max: 1, isWhole: false, default: null };

/** 2^12 registers: a standard error of 1.6 % in 4 KiB a group. */
const LOG2M: AggregateConstant = { min: 4, max: 16, isWhole: true, default: 12 };

const SUM_TYPES = '(BIGINT) → BIGINT; (DOUBLE) → DOUBLE; (DECIMAL) → DECIMAL';
const MEAN_TYPES = '(DOUBLE) → DOUBLE; (DECIMAL) → DECIMAL';

/** Every aggregate that execution computes. */
export const AGGREGATES: readonly AggregateSignature[] = [
  aggregate('count', 'How many rows, or how many values that are not NULL.', {
    types: '(* or ANY) → BIGINT',
    resolve: (argument) => ({ argument, result: 'BIGINT' }),
  }),
  aggregate('count_distinct', 'How many different values, without NULL.', {
    aliases: ['distinct_count'],
    types: '(ANY) → BIGINT',
    resolve: (argument) => ({ argument, result: 'BIGINT' }),
  }),
  aggregate('approx_count_distinct', 'About how many different values, by HyperLogLog.', {
    aliases: ['distinct_count_hll', 'approx_distinct', 'ndv'],
    types: '(ANY[, constant from 4 to 16]) → BIGINT',
    constant: LOG2M,
    resolve: (argument) => ({ argument, result: 'BIGINT' }),
  }),
  aggregate('sum', 'The sum of the values.', { types: SUM_TYPES, resolve: sumTypes }),
  aggregate('sum_distinct', 'The sum of the different values.', {
    aliases: ['distinct_sum'],
    types: SUM_TYPES,
    resolve: sumTypes,
  }),
  aggregate('min', 'The least value.', { types: '(ANY) → ANY', resolve: sameType }),
  aggregate('max', 'The greatest value.', { types: '(ANY) → ANY', resolve: sameType }),
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
    constant: FRACTION,
    resolve: sameType,
  }),
  aggregate('quantile_cont', 'The value at a fraction of the way, between two by a line.', {
    aliases: ['percentile_cont'],
    types: '(DOUBLE, constant from 0 to 1) → DOUBLE',
    constant: FRACTION,
    resolve: numberToDouble,
  }),
  aggregate('percentile', 'The value that a percentage of the values lies below.', {
    types: '(DOUBLE, constant from 0 to 100) → DOUBLE',
    constant: { ...FRACTION, max: 100 },
    resolve: numberToDouble,
  }),
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

/** An aggregate of one DOUBLE unless the options say otherwise. */
function aggregate(
  name: AggregateFunction,
  summary: string,
  options: Partial<Omit<AggregateSignature, 'function' | 'summary'>> = {},
): AggregateSignature {
  const defaults = { aliases: [], types: '(DOUBLE) → DOUBLE', columnCount: 1 } as const;
  return {
    ...{ function: name, summary, ...defaults, constant: null, resolve: doubles },
    ...options,
  };
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

function doubles(argument: DataType): AggregateTypes | null {
  return isNumeric(argument) ? { argument: 'DOUBLE', result: 'DOUBLE' } : null;
}

function meanTypes(argument: DataType): AggregateTypes | null {
  if (isDecimal(argument)) return { argument, result: meanDecimal(argument) };
  return numberToDouble(argument);
}

function numberToDouble(argument: DataType): AggregateTypes | null {
  if (isDecimal(argument)) return doubles(argument);
  return isNumeric(argument) ? { argument, result: 'DOUBLE' } : null;
}

function indexByName(): ReadonlyMap<string, AggregateSignature> {
  const index = new Map<string, AggregateSignature>();
  for (const signature of AGGREGATES) {
    for (const name of [signature.function, ...signature.aliases]) {
      assert(!index.has(foldFunctionName(name)), () => `two aggregates are called ${name}`);
      index.set(foldFunctionName(name), signature);
    }
  }
  return index;
}
