import { describe, expect, it } from 'vitest';
import { parseDate, parseTimestamp } from '../../src/base/datetime.ts';
import type { ErrorCode } from '../../src/base/errors.ts';
import type { DataType, Value } from '../../src/base/types.ts';
import { isMonotonic } from '../../src/exec/code-function.ts';
import { errorOf } from '../support/engine-error.ts';
import { bind, Evaluator } from './evaluation.ts';

type Argument = readonly [DataType, Value];

const evaluator = new Evaluator();
const at = (text: string): Argument => ['TIMESTAMP', parseTimestamp(text)];
const on = (text: string): Argument => ['DATE', parseDate(text)];
const text = (value: string): Argument => ['STRING', value];
const whole = (value: number): Argument => ['BIGINT', BigInt(value)];

/** SQL, its arguments, and the value; the values are worked out by hand. */
const CASES: readonly (readonly [string, readonly Argument[], Value])[] = [
  // Counts of units.
  ['to_epoch_seconds(?)', [whole(1_999)], 1n],
  ['toEpochMinutesRounded(?, 10)', [whole(1_613_472_303_000)], 26_891_200n],
  ['toEpochMinutesBucket(?, 10)', [whole(1_613_472_303_000)], 2_689_120n],
  ['to_epoch_days_rounded(?, 7)', [at('1969-12-31')], -7n],
  ['to_epoch_seconds_bucket(?, 10)', [at('1969-12-31 23:59:59')], -1n],
  ['fromEpochDaysBucket(?, 7)', [whole(2)], parseTimestamp('1970-01-15')],
  ["time_convert(?, 'DAYS', 'SECONDS')", [whole(-2)], -172_800n],
  ["timeConvert(?, 'MILLISECONDS', 'HOURS')", [whole(-3_600_001)], -1n],
  ["time_convert(?, 'nanoseconds', 'MICROSECONDS')", [whole(1_999)], 1n],
  [
    "date_bin('1 hour 30 min', ?, ?)",
    [at('2024-01-01 05:00'), at('2024-01-01')],
    parseTimestamp('2024-01-01 04:30'),
  ],
  ["date_bin('P1W', ?, ?)", [at('0001-01-01'), at('2262-01-01')], parseTimestamp('0000-12-27')],
  [
    "dateTimeConvert(?, '1:MILLISECONDS:EPOCH', '1:MILLISECONDS:EPOCH', '15:MINUTES')",
    [whole(1_505_898_960_000)],
    1_505_898_900_000n,
  ],
  ["dateTimeConvert(?, '1:HOURS:EPOCH', '1:WEEKS:EPOCH', '1:WEEKS')", [whole(418_305)], 2489n],
  [
    "dateTimeConvert(?, '1:MILLISECONDS:EPOCH', '1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd', '1:DAYS')",
    [whole(1_505_898_300_000)],
    '20170920',
  ],
  [
    "dateTimeConvert(?, '1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd', '1:MILLISECONDS:EPOCH', '1:DAYS')",
    [text('20170920')],
    1_505_865_600_000n,
  ],
  [
    "dateTimeConvert(?, '1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd', 'EPOCH|DAYS', 'DAYS|1')",
    [whole(20_170_920)],
    17_429n,
  ],
  [
    "dateTimeConvert(?, '1:MILLISECONDS:EPOCH', '1:DAYS:SIMPLE_DATE_FORMAT:yyyy-MM-dd HH Z tz(America/New_York)', '1:DAYS')",
    [whole(1_720_000_000_000)],
    '2024-07-03 00 -0400',
  ],
  [
    "dateTimeConvert(?, 'TIMESTAMP', 'SIMPLE_DATE_FORMAT|yyyy-MM-dd EEE|UTC', '1:WEEKS')",
    [at('2024-07-03')],
    '2024-07-01 Mon',
  ],
  [
    "dateTimeConvert(?, 'EPOCH|SECONDS|10', 'TIMESTAMP', '1:MINUTES')",
    [whole(7)],
    parseTimestamp('1970-01-01 00:01'),
  ],
  // Text of moments, patterns of letters.
  [
    "to_date_time(?, 'yyyy-MM-dd HH:mm:ss.SSS')",
    [whole(1_613_472_303_123)],
    '2021-02-16 10:45:03.123',
  ],
  [
    "toDateTime(?, 'yyyy-MM-dd HH:mm Z', 'America/New_York')",
    [at('2024-07-01 12:00')],
    '2024-07-01 08:00 -0400',
  ],
  [
    "to_date_time(?, 'ZZ ZZZ z X', 'America/New_York')",
    [at('2024-01-01')],
    '-05:00 America/New_York EST -05:00',
  ],
  ["to_date_time(?, 'ZZ X z')", [at('2024-01-01')], '+00:00 Z UTC'],
  [
    "to_date_time(?, '''o''''clock'' h a, K k, G C Y yy')",
    [at('2024-05-06 00:07')],
    "o'clock 12 AM, 0 24, AD 20 2024 24",
  ],
  [
    "to_date_time(?, 'EEE EEEE e MMM MMMM M D')",
    [at('2024-02-03')],
    'Sat Saturday 6 Feb February 2 34',
  ],
  ["to_date_time(?, 'x-ww-e')", [at('2024-12-30')], '2025-01-1'],
  ["to_date_time(?, 'yyyy yy Y G')", [at('-0005-01-01')], '-0005 95 6 BC'],
  ["to_date_time(?, 'SSSSSSSS S')", [at('2024-01-01 00:00:00.987654')], '98765400 9'],
  ["to_date_time(?, 'yyyy-MM-ddTHH')", [at('2024-01-01 05:00')], '2024-01-01T05'],
  ["to_date_time(?, '')", [at('2024-01-01')], ''],
  ['to_iso8601(?)', [whole(-1)], '1969-12-31T23:59:59.999Z'],
  ["to_iso8601(?, '+05:30')", [at('2024-01-01')], '2024-01-01T05:30:00.000+05:30'],
  ["from_timestamp(?, 'yyyy/MM')", [at('2024-02-03')], '2024/02'],
  ["from_timestamp('2024-02-03', ?)", [text('dd.MM.yyyy')], '03.02.2024'],
  ['fromTimestamp(?)', [at('1970-01-01 00:00:01.5')], 1500n],
  ['from_unixtime(?)', [whole(1_392_394_861)], '2014-02-14 16:21:01'],
  ["from_unixtime(?, 'yyyy-MM-dd')", [whole(1_392_394_861)], '2014-02-14'],
  ['to_date(?)', [at('2024-02-03 04:05')], '2024-02-03'],
  ["strftime(?, '%z %Z')", [at('2024-02-03')], '+0000 UTC'],
  // Moments of text.
  ["from_date_time(?, 'yyyy-MM-dd HH:mm:ss')", [text('2021-02-16 10:45:03')], 1_613_472_303_000n],
  ["from_date_time(?, 'yyyyMMddHHmmssSSS')", [text('20210216104503123')], 1_613_472_303_123n],
  ["from_date_time(?, 'yyyy-MM-dd', 'Europe/Berlin')", [text('2024-07-01')], 1_719_784_800_000n],
  [
    "from_date_time(?, 'yyyy-MM-dd HH:mm Z', 'Europe/Berlin')",
    [text('1970-01-02 00:00 +1200')],
    43_200_000n,
  ],
  ["from_date_time(?, 'yyyy-MM-dd HH:mm z')", [text('1970-01-02 00:00 Asia/Kolkata')], 66_600_000n],
  ["from_date_time(?, 'yyyy-MM-dd', 'UTC', -7)", [text('yesterday')], -7n],
  ["from_date_time(?, 'd MMM yyyy h:mm a')", [text('2 JAN 1970 12:30 pm')], 131_400_000n],
  ["from_date_time(?, 'EEEE, dd MMMM yy')", [text('Thursday, 01 January 70')], 0n],
  ["from_date_time(?, 'yyyy-DDD')", [text('1970-365')], 31_449_600_000n],
  ["from_date_time(?, 'xxxx-''W''ww-e')", [text('1970-W01-1')], -259_200_000n],
  ["from_date_time(?, 'Y G')", [text('0001 BC')], -62_167_219_200_000n],
  ["from_date_time(?, 'HH')", [text('5')], 18_000_000n],
  ['from_iso8601(?)', [text('1970-01-02T00:00:00.5+01:00')], 82_800_500n],
  ['from_iso8601(?)', [text('1970-02')], 2_678_400_000n],
  ["to_timestamp(?, 'dd/MM/yyyy')", [text('03/02/2024')], parseTimestamp('2024-02-03')],
  ["to_timestamp(?, 'dd/MM/yyyy')", [text('30/02/2024')], null],
  ["to_timestamp(?, 'yyyy')", [text('999999')], null],
  ['toTimestamp(?)', [whole(-1)], parseTimestamp('1969-12-31 23:59:59.999')],
  ['unix_timestamp(?)', [text('1970-01-01 00:01:00')], 60n],
  ['unix_timestamp(?)', [text('soon')], null],
  ["unix_timestamp(?, 'yyyy-MM-dd')", [text('1970-01-02')], 86_400n],
  ['unix_timestamp(?)', [on('1970-01-02')], 86_400n],
  // Days of the calendar.
  ['add_months(?, 1)', [on('2024-02-29')], parseDate('2024-03-31')],
  ['months_add(?, 1)', [at('2024-01-30 05:00')], parseTimestamp('2024-02-29 05:00')],
  ['months_sub(?, 1)', [at('2023-02-28')], parseTimestamp('2023-01-31')],
  ['years_add(?, 1)', [on('2024-02-29')], parseDate('2025-02-28')],
  ['date_sub(?, 1)', [on('2024-03-01')], parseDate('2024-02-29')],
  ['adddate(?, 2)', [at('2024-02-28 01:00')], parseTimestamp('2024-03-01 01:00')],
  [
    'date_add(?, 1)',
    [text('2024-02-28')].map(([, value]) => at(String(value))),
    parseTimestamp('2024-02-29'),
  ],
  ['datediff(?, ?)', [at('2024-03-01 00:00'), at('2024-02-28 23:59')], 2n],
  ["next_day(?, 'Saturday')", [on('2013-12-25')], parseDate('2013-12-28')],
  ["next_day(?, 'we')", [at('2013-12-25 07:00')], parseTimestamp('2014-01-01 07:00')],
  ['last_day(?)', [at('2023-02-03 23:00')], parseTimestamp('2023-02-28')],
  ['months_between(?, ?)', [on('2015-02-28'), on('2015-01-31')], 1],
  ['months_between(?, ?)', [at('2015-02-28'), at('2015-01-28 23:00')], 1],
  ['months_between(?, ?)', [on('2015-01-28'), on('2015-03-01')], -2 + 27 / 31],
  ['int_months_between(?, ?)', [on('2015-03-30'), on('2015-01-31')], 1n],
  ['int_months_between(?, ?)', [on('2015-01-31'), on('2015-03-30')], -1n],
  ['date_cmp(?, ?)', [on('2015-01-31'), on('2015-03-30')], -1],
  ['timestamp_cmp(?, ?)', [at('2015-01-31'), at('2015-01-31')], 0],
  ["trunc(?, 'YY')", [at('2024-08-17 13:14:15')], parseTimestamp('2024-01-01')],
  ["trunc(?, 'q')", [on('2024-08-17')], parseDate('2024-07-01')],
  ["trunc(?, 'WW')", [on('2024-08-17')], parseDate('2024-08-12')],
  ["trunc(?, 'W')", [on('2024-08-17')], parseDate('2024-08-15')],
  ["trunc(?, 'DY')", [at('2024-08-17 13:14')], parseTimestamp('2024-08-12')],
  ["trunc(?, 'HH24')", [at('2024-08-17 13:14:15')], parseTimestamp('2024-08-17 13:00')],
  ["trunc(?, 'MI')", [at('1969-08-17 13:14:15')], parseTimestamp('1969-08-17 13:14')],
  ['trunc(?, 1)', [['DOUBLE', -1.25]], -1.2],
  [
    'make_timestamp(?, 1, 1, 0, 0, 59.999999)',
    [whole(1)],
    parseTimestamp('0001-01-01 00:00:59.999999'),
  ],
  ['year(?)', [whole(1_613_472_303_000)], 2021n],
  ['era(?)', [at('0000-12-31')], 0n],
  ['extract(weekyear FROM ?)', [at('2024-12-30')], 2025n],
  // Local clocks.
  ["? AT TIME ZONE 'Asia/Kolkata'", [at('2024-01-01')], parseTimestamp('2024-01-01 05:30')],
  [
    "from_utc_timestamp(?, 'Europe/Berlin')",
    [at('2024-03-31 01:00')],
    parseTimestamp('2024-03-31 03:00'),
  ],
  [
    "from_utc_timestamp('2024-01-01 00:00:00', ?)",
    [text('+02:00')],
    parseTimestamp('2024-01-01 02:00'),
  ],
  [
    "to_utc_timestamp(?, 'Europe/Berlin')",
    [at('2024-03-31 02:30')],
    parseTimestamp('2024-03-31 01:30'),
  ],
  [
    "to_utc_timestamp(?, 'Europe/Berlin')",
    [at('2024-10-27 02:30:00.25')],
    parseTimestamp('2024-10-27 00:30:00.25'),
  ],
  ["timezone_hour('America/St_Johns', ?)", [at('2024-01-01')], -3n],
  ["timezone_minute('America/St_Johns', ?)", [whole(1_704_067_200_000)], -30n],
  ["day(?, 'Asia/Tokyo')", [at('2024-01-31 15:00')], 1n],
  ["minute(?, '-00:01')", [whole(0)], 59n],
  [
    "date_trunc('day', ?, 'America/New_York')",
    [at('2024-03-10 20:00')],
    parseTimestamp('2024-03-10 05:00'),
  ],
  [
    "date_trunc('hour', ?, 'Europe/Berlin')",
    [at('2024-10-27 01:30')],
    parseTimestamp('2024-10-27 01:00'),
  ],
  [
    "date_trunc('hour', ?, 'Asia/Kolkata')",
    [at('2024-01-01 00:15')],
    parseTimestamp('2023-12-31 23:30'),
  ],
  ["date_trunc('day', ?)", [whole(90_000_000)], 86_400_000n],
  ["dateTrunc('week', ?, 'SECONDS', 'UTC', 'DAYS')", [whole(1_700_000_000)], 19_674n],
  ["dateTrunc('day', ?, 'MILLISECONDS', 'Europe/Berlin')", [whole(0)], -3_600_000n],
  [
    "dateTrunc('day', ?, 'MILLISECONDS', 'Europe/Berlin')",
    [at('1970-01-01')],
    parseTimestamp('1969-12-31 23:00'),
  ],
];

describe('functions on dates', () => {
  it.each(CASES)('%s of %o', (sql, args, expected) => {
    expect(evaluator.one(sql, ...args)).toEqual(expected);
    const [[type] = ['STRING'] as const] = args;
    expect(evaluator.one(sql, [type, null], ...args.slice(1))).toBeNull();
  });
});

/** Anything that a text or a number cannot mean is named, at its place in the SQL. */
const ERRORS: readonly (readonly [string, readonly Argument[], ErrorCode, RegExp])[] = [
  [
    "dateTimeConvert(?, '1:DAYS', 'EPOCH|DAYS', '1:DAYS')",
    [whole(1)],
    'INVALID_QUERY',
    /format such as .* found '1:DAYS'/,
  ],
  [
    "dateTimeConvert(?, 'EPOCH|DAYS', 'TIMESTAMP', '0:DAYS')",
    [whole(1)],
    'INVALID_QUERY',
    /greater than 0/,
  ],
  [
    "dateTimeConvert(?, 'EPOCH|DAYS', 'TIMESTAMP', '1:DAYS')",
    [whole(1e9)],
    'NUMERIC_OVERFLOW',
    /TIMESTAMP/,
  ],
  [
    "dateTimeConvert(?, 'EPOCH|DAYS', concat('EPOCH', '|DAYS'), '1:YEARS')",
    [whole(1)],
    'INVALID_QUERY',
    /found 'YEARS'/,
  ],
  [
    "dateTimeConvert(?, 'EPOCH|DAYS', concat('TIME', 'STAMP'), '1:DAYS')",
    [whole(1)],
    'NOT_SUPPORTED',
    /literal/,
  ],
  [
    "dateTimeConvert(?, 'EPOCH|DAYS', 'EPOCH|DAYS', '1:DAYS')",
    [text('x')],
    'BAD_CAST',
    /found 'x'/,
  ],
  [
    "from_date_time(?, 'yyyy-MM-dd')",
    [text('2024-02-30')],
    'BAD_CAST',
    /pattern 'yyyy-MM-dd', found '2024-02-30'/,
  ],
  ["from_date_time(?, 'yyyy-MM-dd')", [text('2024-02-03 ')], 'BAD_CAST', /found '2024-02-03 '/],
  ["from_date_time(?, 'HH:mm')", [text('24:00')], 'BAD_CAST', /found '24:00'/],
  ["from_date_time(?, 'yyyy')", [text('999999')], 'NUMERIC_OVERFLOW', /range of BIGINT/],
  ["from_date_time(?, 'yyyy-qq')", [text('2024')], 'INVALID_QUERY', /the letter q/],
  ["to_date_time(?, '''oh')", [at('2024-01-01')], 'INVALID_QUERY', /quote that is not closed/],
  ["strftime(?, '%Q')", [at('2024-01-01')], 'INVALID_QUERY', /the code %Q/],
  ["strftime(?, '50%')", [at('2024-01-01')], 'INVALID_QUERY', /the code %/],
  ["strptime(?, '%d')", [text('x')], 'BAD_CAST', /found 'x'/],
  ['from_iso8601(?)', [text('2024-13-01')], 'BAD_CAST', /ISO 8601/],
  [
    "? AT TIME ZONE 'Europe/Berlni'",
    [at('2024-01-01')],
    'INVALID_QUERY',
    /did you mean Europe\/Berlin/,
  ],
  [
    "hour(?, 'Mars')",
    [at('2024-01-01')],
    'INVALID_QUERY',
    /Europe\/Berlin or \+02:00, found 'Mars'/,
  ],
  ["? AT TIME ZONE '-01:00'", [['TIMESTAMP', -(2n ** 63n)]], 'NUMERIC_OVERFLOW', /TIMESTAMP/],
  ["next_day(?, 'Firday')", [on('2024-01-01')], 'INVALID_QUERY', /did you mean Friday/],
  ["trunc(?, 'DAYS')", [on('2024-01-01')], 'INVALID_QUERY', /unit of trunc/],
  ["time_convert(?, 'MONTHS', 'DAYS')", [whole(1)], 'INVALID_QUERY', /NANOSECONDS.*found 'MONTHS'/],
  ["time_convert(?, 'DAYS', 'NANOSECONDS')", [whole(200_000)], 'NUMERIC_OVERFLOW', /BIGINT/],
  [
    "date_bin('1 month', ?, ?)",
    [at('2024-01-01'), at('2024-01-01')],
    'INVALID_QUERY',
    /found '1 month'/,
  ],
  ["date_bin('0 days', ?, ?)", [at('2024-01-01'), at('2024-01-01')], 'INVALID_QUERY', /width/],
  ['to_epoch_days_bucket(?, 0)', [whole(1)], 'INVALID_QUERY', /greater than 0, found 0/],
  ['from_epoch_days_bucket(?, 999999999)', [whole(999_999_999)], 'NUMERIC_OVERFLOW', /TIMESTAMP/],
  ['make_date(?, 2, 30)', [whole(2024)], 'BAD_CAST', /found 2024, 2, 30/],
  ['make_timestamp(?, 1, 1, 24, 0, 0)', [whole(2024)], 'BAD_CAST', /found 24, 0, 0/],
  ['days_add(?, 9223372036854775807)', [at('2024-01-01')], 'NUMERIC_OVERFLOW', /range/],
  ['months_add(?, 999999999999)', [on('2024-01-01')], 'NUMERIC_OVERFLOW', /DATE/],
  ['year(?)', [['BIGINT', 2n ** 62n]], 'NUMERIC_OVERFLOW', /range/],
  ["date_trunc('day', ?, 'YEARS')", [whole(1)], 'INVALID_QUERY', /unit of date_trunc/],
];

describe('functions on dates refuse', () => {
  it.each(ERRORS)('%s of %o', (sql, args, code, message) => {
    const error = errorOf(() => evaluator.one(sql, ...args));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    expect(error.position?.line).toBe(1);
  });

  it.each(['to_date_time(true, ?)', 'last_day(1.5)', 'days_add(?, 1)', 'date_bin(1, t, t)'])(
    'the types of %s',
    (sql) => {
      const columns = [{ name: 't', type: 'STRING' } as const];
      const error = errorOf(() => bind(sql.replace('?', 't'), columns));
      expect(error.code).toBe('TYPE_MISMATCH');
    },
  );
});

it('patterns and zones may differ from row to row', () => {
  const columns = [
    { name: 'm', type: 'BIGINT', values: [0n, 0n, 0n, null] },
    { name: 'p', type: 'STRING', values: ['yyyy', 'HH:mm', 'HH:mm', 'b'] },
    { name: 'z', type: 'STRING', values: ['UTC', '+01:00', 'Asia/Kolkata', 'Mars'] },
  ] as const;
  const values = evaluator.sql('to_date_time(m, p, z)', columns);
  expect(values).toEqual(['1970', '01:00', '05:30', null]);
});

it('the words of AT TIME ZONE stay names', () => {
  const columns = [
    { name: 'time', type: 'TIMESTAMP', values: [0n] },
    { name: 'zone', type: 'STRING', values: ['+00:30'] },
  ] as const;
  expect(evaluator.sql('time AT TIME ZONE zone', columns)).toEqual([1_800_000_000n]);
  expect(evaluator.sql("hour((time - INTERVAL '1' HOUR) AT TIME ZONE zone)", columns)).toEqual([
    23n,
  ]);
});

it('local clocks are not monotonic', () => {
  const columns = [{ name: 't', type: 'TIMESTAMP' }] as const;
  const isRising = (sql: string) => isMonotonic(bind(sql, columns));
  expect(isRising("date_trunc('day', t)")).toBe(true);
  expect(isRising("date_trunc('day', t, 'America/St_Johns')")).toBe(false);
  expect(isRising('year(t)')).toBe(true);
  expect(isRising("year(t, 'America/St_Johns')")).toBe(false);
});
