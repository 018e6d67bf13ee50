import { assert } from '../base/assert.ts';
import { type DataType, isNumeric } from '../base/types.ts';
import type { AggregateFunction, FrequencyFunction, MomentFunction } from './expression.ts';

/** What the binder knows about an aggregate that execution computes. */
export interface AggregateSignature {
  readonly function: AggregateFunction;
  /** How many columns it takes. */
  readonly columnCount: 1 | 2;
  /** Whether a constant follows them, and its greatest value; the least is 0. */
  readonly constantMax: number | null;
  /** The type that the columns are read as, and that of the result; null when one does not fit. */
  readonly resolve: (argument: DataType) => AggregateTypes | null;
}

/** Types of an aggregate's columns and of its result. */
export interface AggregateTypes {
  readonly argument: DataType;
  readonly result: DataType;
}

/** Other names of aggregates, lower case without underscores. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  count_distinct: ['distinctcount'],
  sum_distinct: ['distinctsum'],
  avg_distinct: ['distinctavg'],
  avg: ['mean'],
  var_samp: ['variance', 'variancesamp', 'var'],
  var_pop: ['variancepop'],
  stddev_samp: ['stddev', 'std'],
  skewness: ['skew'],
  quantile_cont: ['percentilecont'],
  quantile_disc: ['percentiledisc', 'quantile'],
};

const MOMENTS: readonly MomentFunction[] = [
  ...(['var_pop', 'var_samp', 'stddev_pop', 'stddev_samp'] as const),
  ...(['skewness', 'kurtosis', 'kurtosis_pop'] as const),
];

const PAIR_MOMENTS: readonly MomentFunction[] = [
  ...(['covar_pop', 'covar_samp', 'corr', 'regr_avgx', 'regr_avgy'] as const),
  ...(['regr_sxx', 'regr_syy', 'regr_sxy', 'regr_slope', 'regr_intercept', 'regr_r2'] as const),
];

const SIGNATURES: readonly AggregateSignature[] = [
  ofColumn('count', (argument) => ({ argument, result: 'BIGINT' })),
  ofColumn('count_distinct', (argument) => ({ argument, result: 'BIGINT' })),
  ofColumn('sum', sumTypes),
  ofColumn('sum_distinct', sumTypes),
  ofColumn('min', sameType),
  ofColumn('max', sameType),
  ofColumn('avg', (argument) => (isNumeric(argument) ? { argument, result: 'DOUBLE' } : null)),
  ofColumn('avg_distinct', (argument) =>
    isNumeric(argument) ? { argument, result: 'DOUBLE' } : null,
  ),
  ...MOMENTS.map((name) => ofColumn(name, doubles)),
  ...PAIR_MOMENTS.map((name) => ({ ...ofColumn(name, doubles), columnCount: 2 as const })),
  ofColumn('mode', sameType),
  ofQuantile('quantile_disc', 1, sameType),
  ofQuantile('quantile_cont', 1, numberToDouble),
  ofQuantile('percentile', 100, numberToDouble),
];

const byName = indexByName();

/** Names for suggestions after a misspelt function. */
export const AGGREGATE_NAMES: readonly string[] = [
  ...SIGNATURES.map((signature) => signature.function),
  'distinctcount',
];

/** The aggregate of this name, without regard to case and underscores. */
export function findAggregate(name: string): AggregateSignature | undefined {
  return byName.get(fold(name));
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

function ofColumn(
  name: AggregateFunction,
  resolve: AggregateSignature['resolve'],
): AggregateSignature {
  return { function: name, columnCount: 1, constantMax: null, resolve };
}

function ofQuantile(
  name: FrequencyFunction,
  constantMax: number,
  resolve: AggregateSignature['resolve'],
): AggregateSignature {
  return { function: name, columnCount: 1, constantMax, resolve };
}

function sameType(argument: DataType): AggregateTypes {
  return { argument, result: argument };
}

function sumTypes(argument: DataType): AggregateTypes | null {
  if (argument === 'INT' || argument === 'BIGINT') return { argument, result: 'BIGINT' };
  return isNumeric(argument) ? { argument, result: 'DOUBLE' } : null;
}

function doubles(argument: DataType): AggregateTypes | null {
  return isNumeric(argument) ? { argument: 'DOUBLE', result: 'DOUBLE' } : null;
}

function numberToDouble(argument: DataType): AggregateTypes | null {
  return isNumeric(argument) ? { argument, result: 'DOUBLE' } : null;
}

function indexByName(): ReadonlyMap<string, AggregateSignature> {
  const index = new Map<string, AggregateSignature>();
  for (const signature of SIGNATURES) {
    for (const name of [signature.function, ...(ALIASES[signature.function] ?? [])]) {
      assert(!index.has(fold(name)), () => `two aggregates are called ${name}`);
      index.set(fold(name), signature);
    }
  }
  return index;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}
