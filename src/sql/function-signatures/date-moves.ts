import { roundedDecimal } from './math.ts';
import {
  type FunctionSignature,
  type Overload,
  overload,
  overloaded,
  simple,
  withDecimals,
} from './signature.ts';

const DAY_UNITS = ['years', 'months', 'weeks', 'days'];
const TIME_UNITS = ['hours', 'minutes', 'seconds', 'milliseconds', 'microseconds'];

const ALIASES: Readonly<Record<string, readonly string[]>> = {
  months_add: ['add_months'],
  days_add: ['add_date'],
  days_sub: ['date_sub', 'sub_date'],
};

/** Impala's functions on days, and moving moments by a count of units. */
export const DATE_MOVE_FUNCTIONS: readonly FunctionSignature[] = [
  ...[...DAY_UNITS, ...TIME_UNITS].flatMap((unit) => [
    move(`${unit}_add`, `The moment so many ${unit} later.`),
    move(`${unit}_sub`, `The moment so many ${unit} earlier.`),
  ]),
  overloaded('last_day', 'The last day of the month.', dateOrTimestamp()),
  overloaded(
    'next_day',
    'The next day with that name after the moment, at the same time of the day.',
    dateOrTimestamp('STRING'),
  ),
  simple('day_name', 'The English name of the day of the week.', ['TIMESTAMP'], 'STRING'),
  simple('month_name', 'The English name of the month.', ['TIMESTAMP'], 'STRING'),
  simple(
    'months_between',
    'Months from the second day to the first, with a fraction of 31sts.',
    ['TIMESTAMP', 'TIMESTAMP'],
    'DOUBLE',
  ),
  simple(
    'int_months_between',
    'Whole months from the second day to the first.',
    ['TIMESTAMP', 'TIMESTAMP'],
    'BIGINT',
  ),
  simple('date_cmp', '−1, 0 or 1: how the first day compares.', ['DATE', 'DATE'], 'INT'),
  simple(
    'timestamp_cmp',
    '−1, 0 or 1: how the first moment compares.',
    ['TIMESTAMP', 'TIMESTAMP'],
    'INT',
  ),
  withDecimals(
    overloaded(
      'trunc',
      'A number cut after n decimal places, or a moment cut to a unit such as MONTH, DD or HH.',
      [
        overload(['BIGINT', 'BIGINT'], 'BIGINT', 1),
        overload(['DOUBLE', 'BIGINT'], 'DOUBLE', 1),
        ...dateOrTimestamp('STRING'),
      ],
    ),
    roundedDecimal,
  ),
  simple('make_date', 'The day of (year, month, day).', ['BIGINT', 'BIGINT', 'BIGINT'], 'DATE'),
  overloaded(
    'make_timestamp',
    'The moment of (year, month, day, hour, minute, second), or of microseconds since 1970.',
    [
      overload(['BIGINT'], 'TIMESTAMP'),
      overload(['BIGINT', 'BIGINT', 'BIGINT', 'BIGINT', 'BIGINT', 'DOUBLE'], 'TIMESTAMP'),
    ],
  ),
];

/** Whole days keep a DATE one; times of the day make it a TIMESTAMP. */
function move(name: string, summary: string): FunctionSignature {
  const isDays = DAY_UNITS.some((unit) => name.startsWith(unit));
  const overloads = isDays
    ? dateOrTimestamp('BIGINT')
    : [overload(['TIMESTAMP', 'BIGINT'], 'TIMESTAMP')];
  return overloaded(name, summary, overloads, { aliases: ALIASES[name] ?? [] });
}

function dateOrTimestamp(...others: readonly ('STRING' | 'BIGINT')[]): readonly Overload[] {
  return [overload(['DATE', ...others], 'DATE'), overload(['TIMESTAMP', ...others], 'TIMESTAMP')];
}
