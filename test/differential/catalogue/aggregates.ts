import {
  type DataType,
  type DecimalType,
  decimalShape,
  decimalType,
} from '../../../src/base/types.ts';
import type { Operator, Parameter } from '../term.ts';
import { duckDbQuotient } from './decimals.ts';
import {
  DECIMALS,
  type EntryOptions,
  entry,
  exactAsDouble,
  finite,
  INTEGERS,
  NUMBERS,
  oneOf,
  type ParameterSpec,
  pairs,
  TYPES,
  widest,
} from './entry.ts';

/**
 * An aggregate. In its template `[D]` stands where DISTINCT may, and `[F]` where FILTER may; an
 * aggregate without `[D]` takes no DISTINCT.
 */
export interface AggregateEntry extends Operator {
  /** True when arguments are added up: they must be exact, for the order of adding is nobody's. */
  readonly addsUp: boolean;
}

const FRACTIONS = oneOf('DOUBLE', '0', '0.25', '0.5', '0.9', '1');

/** A key without ties: of several values DuckDB takes whichever comes first. */
const ID: Parameter = oneOf('INT', 'id');

/** Numbers between −20 and 20. */
const FEW: Partial<Record<DataType, Parameter>> = {
  TINYINT: oneOf('TINYINT', 'CAST(small AS TINYINT)', 'digit'),
  SMALLINT: oneOf('SMALLINT', 'CAST(small AS SMALLINT)'),
  INT: oneOf('INT', 'small'),
  BIGINT: oneOf('BIGINT', 'tally % 5'),
  FLOAT: oneOf('FLOAT', 'quarter'),
  DOUBLE: oneOf('DOUBLE', 'CAST(small AS DOUBLE)'),
};

/** Root mean squares of the pairs' first and second arguments. */
const RMS = [
  'sqrt(regr_avgy(CAST($1 AS DOUBLE) * CAST($1 AS DOUBLE), $2)[F])',
  'sqrt(regr_avgx($1, CAST($2 AS DOUBLE) * CAST($2 AS DOUBLE))[F])',
] as const;

/** Aggregates of pairs, and how large the numbers are that they add up. */
const PAIRED: readonly (readonly [name: string, size: string])[] = [
  ...(['covar_pop', 'covar_samp'] as const).map((name) => [name, `${RMS[0]} * ${RMS[1]}`] as const),
  ['regr_sxx', `regr_count($1, $2)[F] * ${RMS[1]} * ${RMS[1]}`],
  ['regr_syy', `regr_count($1, $2)[F] * ${RMS[0]} * ${RMS[0]}`],
  ['regr_sxy', `regr_count($1, $2)[F] * ${RMS[0]} * ${RMS[1]}`],
  ['regr_avgx', RMS[1]],
  ['regr_avgy', RMS[0]],
];

const SPREADS = ['var_pop', 'var_samp', 'stddev_pop', 'stddev_samp'];

/** Aggregates that both have. */
export const AGGREGATE_ENTRIES: readonly AggregateEntry[] = [
  aggregate('count(*)', [], 'BIGINT', 'count(*)[F]'),
  ...TYPES.flatMap(ofAnyType),
  ...NUMBERS.flatMap(ofNumbers),
  ...DECIMALS.flatMap(ofDecimals),
  ...[
    ...pairs(NUMBERS, NUMBERS),
    ...DECIMALS.flatMap((type): [DataType, DataType][] => [
      [type, 'DOUBLE'],
      ['INT', type],
    ]),
  ].flatMap(([left, right]) => ofPairs(left, right)),
  aggregate('list_agg', ['STRING'], 'STRING', "list_agg($1, '-' ORDER BY id)[F]", {
    duckdb: "string_agg($1, '-' ORDER BY id)[F]",
  }),
  aggregate('bool_and', ['BOOLEAN'], 'BOOLEAN', 'bool_and($1)[F]'),
  aggregate('bool_or', ['BOOLEAN'], 'BOOLEAN', 'bool_or($1)[F]'),
  // Of no rows DuckDB says NULL.
  aggregate('count_if', ['BOOLEAN'], 'BIGINT', 'count_if($1)[F]', {
    duckdb: 'coalesce(count_if($1)[F], 0)',
  }),
];

function ofAnyType(type: DataType): AggregateEntry[] {
  const same = { bounds: widest, keepsTypes: true };
  return [
    aggregate('count', [type], 'BIGINT', 'count([D]$1)[F]'),
    aggregate('min', [type], type, 'min([D]$1)[F]', same),
    aggregate('max', [type], type, 'max([D]$1)[F]', same),
    aggregate('any_value', [type], type, 'any_value($1)[F]', { ...same, duckdb: 'min($1)[F]' }),
    aggregate('distinct_count', [type], 'BIGINT', 'distinct_count($1)[F]', {
      duckdb: 'count(DISTINCT $1)[F]',
    }),
    ...['arg_min', 'arg_max'].map((name) =>
      aggregate(name, [type, ID], type, `${name}($1, $2)[F]`, {
        keepsTypes: true,
        bounds: ([value]) => value!,
      }),
    ),
    aggregate('quantile_disc', [type, FRACTIONS], type, 'quantile_disc($1, $2)[F]', {
      keepsTypes: true,
      bounds: ([value]) => value!,
    }),
  ];
}

function ofNumbers(type: DataType): AggregateEntry[] {
  const isWhole = INTEGERS.includes(type);
  const result = isWhole ? 'BIGINT' : 'DOUBLE';
  // Rows are a few thousand at most.
  const sum: EntryOptions = {
    inexact: !isWhole,
    bounds: ([value]) => ({ bits: value!.bits + 13, summable: false }),
  };
  const number = isWhole ? finite(type, 45) : type;
  return [
    adding('sum', [number], result, 'sum([D]$1)[F]', sum),
    adding('sum0', [number], result, 'sum0($1)[F]', {
      ...sum,
      duckdb: 'coalesce(sum($1)[F], 0)',
    }),
    adding('avg', [number], 'DOUBLE', 'avg([D]$1)[F]', { inexact: true }),
    aggregate('min_max_range', [finite(type)], 'DOUBLE', 'min_max_range($1)[F]', {
      duckdb: '(CAST(max($1)[F] AS DOUBLE) - CAST(min($1)[F] AS DOUBLE))',
    }),
    ...SPREADS.map((name) =>
      adding(name, [finite(type, 45)], 'DOUBLE', unlessFar(name), { inexact: true }),
    ),
    // DuckDB interpolates FLOAT as FLOAT.
    aggregate('median', [type], 'DOUBLE', 'median(CAST($1 AS DOUBLE))[F]', { inexact: true }),
    aggregate(
      'quantile_cont',
      [finite(type), FRACTIONS],
      'DOUBLE',
      unlessTiny('quantile_cont(CAST($1 AS DOUBLE), $2)[F]'),
      { inexact: true },
    ),
    // Where all values are equal these are NULL here, as in the standard, and NaN in DuckDB; where
    // they lie close together DuckDB, which adds up powers, has few digits left. Some are compared,
    // beside the halves on which fractions of small numbers lie.
    ...['skewness', 'kurtosis', 'kurtosis_pop'].map((name) =>
      adding(
        name,
        [FEW[type]!],
        'DOUBLE',
        `CASE WHEN var_pop($1)[F] > 0 THEN round(${unlessTiny(`${name}($1)[F]`)} + 0.0000377, 4) END`,
        { inexact: true },
      ),
    ),
  ];
}

function ofDecimals(type: DecimalType): AggregateEntry[] {
  const { scale } = decimalShape(type);
  const sum = decimalType(38, scale);
  const places = Math.max(6, scale);
  const options: EntryOptions = {
    bounds: ([value]) => ({ bits: value!.bits + 13, summable: true }),
  };
  const exact = exactAsDouble(type);
  return [
    aggregate('sum', [type], sum, 'sum([D]$1)[F]', options),
    aggregate('sum0', [type], sum, 'sum0($1)[F]', {
      ...options,
      duckdb: 'coalesce(sum($1)[F], 0)',
    }),
    aggregate('avg', [type], decimalType(38, places), 'avg([D]$1)[F]', {
      duckdb: duckDbQuotient(['sum([D]$1)[F]', scale], ['count([D]$1)[F]', 0], places),
    }),
    aggregate('min_max_range', [exact], 'DOUBLE', 'min_max_range($1)[F]', {
      duckdb: '(CAST(max($1)[F] AS DOUBLE) - CAST(min($1)[F] AS DOUBLE))',
    }),
    ...SPREADS.map((name) =>
      aggregate(name, [exact], 'DOUBLE', unlessFar(name), { inexact: true }),
    ),
    aggregate('median', [exact], 'DOUBLE', 'median($1)[F]', {
      inexact: true,
      duckdb: 'median(CAST($1 AS DOUBLE))[F]',
    }),
    aggregate(
      'quantile_cont',
      [exact, FRACTIONS],
      'DOUBLE',
      unlessTiny('quantile_cont(CAST($1 AS DOUBLE), $2)[F]'),
      { inexact: true },
    ),
  ];
}

function ofPairs(left: DataType, right: DataType): AggregateEntry[] {
  return [
    ...PAIRED.map(([name, size]) =>
      adding(
        name,
        [finite(left, 30), finite(right, 30)],
        'DOUBLE',
        unlessCancelled(`${name}($1, $2)[F]`, size),
        { inexact: true },
      ),
    ),
    // DuckDB's is unsigned, so that its negative is a large number.
    aggregate('regr_count', [left, right], 'BIGINT', 'regr_count($1, $2)[F]', {
      duckdb: 'CAST(regr_count($1, $2)[F] AS BIGINT)',
    }),
  ];
}

/**
 * Where large numbers cancel out few digits are left. DuckDB's error is n × ε times the size of what it
 * adds up at most (Chan, Golub and LeVeque 1983): for 300 values and a ten thousandth of the size it
 * is 3 × 10⁻¹⁰ of the result, a third of the tolerance.
 */
function unlessCancelled(call: string, size: string): string {
  return `CASE WHEN abs(${call}) * 10000 >= ${size} THEN ${call} END`;
}

/** A spread of values that are not too far from zero; with DuckDB's error as in `unlessCancelled`. */
function unlessFar(name: string): string {
  const mean = 'abs(avg(CAST($1 AS DOUBLE))[F])';
  return `CASE WHEN stddev_pop($1)[F] * 10000 >= ${mean} THEN ${name}($1)[F] END`;
}

/** Answers are compared by their leading digits, of which there are none in a sum that cancels out. */
function unlessTiny(call: string): string {
  return `CASE WHEN abs(${call}) > 0.001 THEN ${call} END`;
}

function aggregate(
  name: string,
  parameters: readonly ParameterSpec[],
  result: DataType,
  template: string,
  options: EntryOptions = {},
): AggregateEntry {
  return { ...entry(name, parameters, result, template, options), addsUp: false };
}

function adding(
  name: string,
  parameters: readonly ParameterSpec[],
  result: DataType,
  template: string,
  options: EntryOptions = {},
): AggregateEntry {
  return { ...entry(name, parameters, result, template, options), addsUp: true };
}
