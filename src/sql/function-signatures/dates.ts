import { type FunctionSignature, overload, overloaded, simple } from './signature.ts';

const EPOCH_UNITS = ['seconds', 'minutes', 'hours', 'days', 'millis', 'micros'];

/**
 * Functions on DATE and TIMESTAMP. Units are text literals: `src/base/datetime.ts` lists them. Weeks
 * begin on Monday and number as ISO 8601 has it.
 */
export const DATE_FUNCTIONS: readonly FunctionSignature[] = [
  simple(
    'date_trunc',
    'The begin of the unit that holds the moment.',
    ['STRING', 'TIMESTAMP'],
    'TIMESTAMP',
    {
      monotonicIn: 1,
    },
  ),
  simple('extract', 'One field of the moment.', ['STRING', 'TIMESTAMP'], 'BIGINT', {
    aliases: ['date_part'],
  }),
  simple('year', 'The year.', ['TIMESTAMP'], 'BIGINT', { monotonicIn: 0 }),
  field('quarter', 'The quarter, 1 to 4.'),
  field('month', 'The month, 1 to 12.', ['month_of_year']),
  field('week', 'The ISO week, 1 to 53.', ['week_of_year']),
  simple('year_of_week', 'The year that the ISO week belongs to.', ['TIMESTAMP'], 'BIGINT', {
    aliases: ['iso_year', 'yow'],
    monotonicIn: 0,
  }),
  field('day', 'The day of the month, 1 to 31.', ['day_of_month']),
  field('day_of_week', 'The day of the week, Monday 1 to Sunday 7.', ['dow', 'iso_dow']),
  field('day_of_year', 'The day of the year, 1 to 366.', ['doy']),
  field('hour', 'The hour, 0 to 23.'),
  field('minute', 'The minute, 0 to 59.'),
  field('second', 'The second, 0 to 59.'),
  field('millisecond', 'The millisecond of the second, 0 to 999.'),
  ...EPOCH_UNITS.map((unit) =>
    simple(`to_epoch_${unit}`, `Whole ${unit} since 1970-01-01.`, ['TIMESTAMP'], 'BIGINT', {
      monotonicIn: 0,
    }),
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
  ),
  overloaded(
    'date_add',
    'The day moved by months, then days; or, as (unit, count, moment), a moment moved by units.',
    [
      overload(['DATE', 'BIGINT', 'BIGINT'], 'DATE'),
      overload(['STRING', 'BIGINT', 'TIMESTAMP'], 'TIMESTAMP'),
    ],
  ),
  simple(
    'timestamp_diff',
    'How many whole units lie between two moments; negative when the second is earlier.',
    ['STRING', 'TIMESTAMP', 'TIMESTAMP'],
    'BIGINT',
    { aliases: ['date_diff'] },
  ),
];

function field(name: string, summary: string, aliases: readonly string[] = []): FunctionSignature {
  return simple(name, summary, ['TIMESTAMP'], 'BIGINT', { aliases });
}
