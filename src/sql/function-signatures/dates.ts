import { type FunctionSignature, overload, overloaded, simple } from './signature.ts';

const EPOCH_UNITS = ['seconds', 'minutes', 'hours', 'days', 'millis', 'micros'];

/**
 * Functions on DATE and TIMESTAMP. Units are text literals: `src/base/date-units.ts` lists them. Weeks
 * begin on Monday and number as ISO 8601 has it. As in Pinot a BIGINT is a moment in milliseconds
 * since 1970, and the last argument may be a time zone, in which the calendar is then looked up. That
 * is not monotonic: on local clocks the day before can come again.
 */
export const DATE_FUNCTIONS: readonly FunctionSignature[] = [
  overloaded(
    'date_trunc',
    'The begin of the unit that holds the moment, in a zone; of (unit, count, unit of the count, zone, unit of the result) a count.',
    [
      overload(['STRING', 'TIMESTAMP', 'STRING'], 'TIMESTAMP', 1),
      overload(['STRING', 'TIMESTAMP', 'STRING', 'STRING'], 'TIMESTAMP'),
      overload(['STRING', 'BIGINT', 'STRING', 'STRING', 'STRING'], 'BIGINT', 3),
    ],
    { monotonicIn: 1, monotonicArgsMax: 2, unitArgsMin: 2 },
  ),
  simple('extract', 'One field of the moment.', ['STRING', 'TIMESTAMP'], 'BIGINT', {
    aliases: ['date_part'],
    unitArgsMin: 2,
  }),
  field('year', 'The year.', [], 0),
  field('quarter', 'The quarter, 1 to 4.'),
  field('month', 'The month, 1 to 12.', ['month_of_year']),
  field('week', 'The ISO week, 1 to 53.', ['week_of_year']),
  field(
    'year_of_week',
    'The year that the ISO week belongs to.',
    ['iso_year', 'yow', 'week_year'],
    0,
  ),
  field('day', 'The day of the month, 1 to 31.', ['day_of_month']),
  field('day_of_week', 'The day of the week, Monday 1 to Sunday 7.', ['dow', 'iso_dow']),
  field('day_of_year', 'The day of the year, 1 to 366.', ['doy']),
  field('hour', 'The hour, 0 to 23.'),
  field('minute', 'The minute, 0 to 59.'),
  field('second', 'The second, 0 to 59.'),
  field('millisecond', 'The millisecond of the second, 0 to 999.'),
  field('decade', 'The year divided by 10.', [], 0),
  field('century', 'The century, 1 from the year 1 on.', [], 0),
  field('millennium', 'The millennium, 1 from the year 1 on.', [], 0),
  field('era', '1 from the year 1 on, 0 before.', [], 0),
  ...EPOCH_UNITS.map((unit) =>
    overloaded(
      `to_epoch_${unit}`,
      `Whole ${unit} since 1970-01-01.`,
      [overload(['TIMESTAMP'], 'BIGINT'), overload(['BIGINT'], 'BIGINT')],
      { monotonicIn: 0 },
    ),
  ),
  ...EPOCH_UNITS.map((unit) =>
    simple(
      `from_epoch_${unit}`,
      `The moment so many ${unit} after 1970-01-01.`,
      ['BIGINT'],
      'TIMESTAMP',
      {
        monotonicIn: 0,
      },
    ),
  ),
  overloaded(
    'timestamp_add',
    'The moment moved by months, then microseconds; or, as (unit, count, moment), by units.',
    [
      overload(['TIMESTAMP', 'BIGINT', 'BIGINT'], 'TIMESTAMP'),
      overload(['STRING', 'BIGINT', 'TIMESTAMP'], 'TIMESTAMP'),
    ],
    { unitArgsMin: 3 },
  ),
  overloaded(
    'date_add',
    'The moment moved by days; by months, then days; or, as (unit, count, moment), by units.',
    [
      overload(['DATE', 'BIGINT'], 'DATE'),
      overload(['TIMESTAMP', 'BIGINT'], 'TIMESTAMP'),
      overload(['DATE', 'BIGINT', 'BIGINT'], 'DATE'),
      overload(['STRING', 'BIGINT', 'TIMESTAMP'], 'TIMESTAMP'),
    ],
    { unitArgsMin: 3 },
  ),
  overloaded(
    'timestamp_diff',
    'How many whole units lie between two moments, negative when the second is earlier; of two moments, days from the second to the first.',
    [
      overload(['STRING', 'TIMESTAMP', 'TIMESTAMP'], 'BIGINT'),
      overload(['TIMESTAMP', 'TIMESTAMP'], 'BIGINT'),
    ],
    { aliases: ['date_diff'], unitArgsMin: 3 },
  ),
];

function field(
  name: string,
  summary: string,
  aliases: readonly string[] = [],
  monotonicIn?: number,
): FunctionSignature {
  const overloads = [
    overload(['TIMESTAMP', 'STRING'], 'BIGINT', 1),
    overload(['BIGINT', 'STRING'], 'BIGINT', 1),
  ];
  return overloaded(
    name,
    summary,
    overloads,
    monotonicIn === undefined ? { aliases } : { aliases, monotonicIn, monotonicArgsMax: 1 },
  );
}
