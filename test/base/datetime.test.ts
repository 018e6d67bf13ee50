import { describe, expect, it } from 'vitest';
import { findDateField, findDateUnit } from '../../src/base/date-units.ts';
import {
  addMonths,
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  formatDate,
  formatTimestamp,
  isoWeek,
  isoWeekday,
  MICROS_PER_DAY,
  parseDate,
  parseTimestamp,
  splitMicros,
} from '../../src/base/datetime.ts';

const MS_PER_DAY = 86_400_000;

describe('the calendar', () => {
  it('agrees with JavaScript over 800 years, day by day', () => {
    expect(civilFromDays(19_782)).toEqual({ year: 2024, month: 2, day: 29 });
    const start = daysFromCivil(1600, 1, 1);
    for (let days = start; days < start + 292_194; days++) {
      const date = new Date(days * MS_PER_DAY);
      const { year, month, day } = civilFromDays(days);
      const agrees =
        year === date.getUTCFullYear() &&
        month === date.getUTCMonth() + 1 &&
        day === date.getUTCDate() &&
        daysFromCivil(year, month, day) === days;
      if (!agrees) throw new Error(`day ${days} is not ${year}-${month}-${day}`);
      if (isoWeekday(days) % 7 !== date.getUTCDay()) throw new Error(`weekday of ${days}`);
    }
  });

  it('goes to the ends of DATE and back', () => {
    for (const days of [-(2 ** 31), -719_468, -719_469, -1, 0, 2 ** 31 - 1]) {
      const { year, month, day } = civilFromDays(days);
      expect(daysFromCivil(year, month, day)).toBe(days);
      expect(parseDate(formatDate(days))).toBe(days);
    }
  });

  it('knows leap years', () => {
    expect([1900, 2000, 2023, 2024].map((year) => daysInMonth(year, 2))).toEqual([28, 29, 28, 29]);
    expect(daysInMonth(2024, 4)).toBe(30);
    expect(daysInMonth(2024, 12)).toBe(31);
  });

  it('numbers weeks as ISO 8601 does', () => {
    const weekOf = (text: string) => Object.values(isoWeek(parseDate(text)!)).join('-W');
    expect(weekOf('2021-01-03')).toBe('2020-W53');
    expect(weekOf('2021-01-04')).toBe('2021-W1');
    expect(weekOf('2018-12-31')).toBe('2019-W1');
    expect(weekOf('2024-12-30')).toBe('2025-W1');
  });

  it('cuts the day when months are added', () => {
    const added = (text: string, months: number) => formatDate(addMonths(parseDate(text)!, months));
    expect(added('2024-01-31', 1)).toBe('2024-02-29');
    expect(added('2024-03-31', -1)).toBe('2024-02-29');
    expect(added('2024-02-29', 12)).toBe('2025-02-28');
    expect(added('2024-01-15', -13)).toBe('2022-12-15');
    expect(added('0000-01-31', -1)).toBe('-0001-12-31');
  });
});

describe('dates as text', () => {
  it.each([
    ['1970-01-01', 0],
    [' 1969-12-31 ', -1],
    ['2000-3-1', 11_017],
    ['0000-01-01', -719_528],
    ['-0001-12-31', -719_529],
    ['+12345-01-01', 3_789_391],
  ])('%s is day %d', (text, days) => {
    expect(parseDate(text)).toBe(days);
  });

  it.each([
    ...['', 'today', '2024', '2024-01', '2024-13-01', '2024-00-01', '2024-02-30', '2023-02-29'],
    ...[
      '24-01-01',
      '2024-01-001',
      '2024/01/01',
      '2024-01-01x',
      '2024-01-01 10:00',
      '9999999-01-01',
    ],
  ])('%s is no date', (text) => {
    expect(parseDate(text)).toBeNull();
  });
});

describe('timestamps as text', () => {
  it.each([
    ['1970-01-01', 0n, '1970-01-01 00:00:00.0'],
    ['2001-01-01 00:10:00', 978_307_800_000_000n, '2001-01-01 00:10:00.0'],
    ['1969-12-31T23:59:59.999999Z', -1n, '1969-12-31 23:59:59.999999'],
    ['2024-02-29 1:2', 1_709_168_520_000_000n, '2024-02-29 01:02:00.0'],
    ['2024-02-29 01:02:03.45', 1_709_168_523_450_000n, '2024-02-29 01:02:03.45'],
    ['2024-02-29 01:02:03.123456789', 1_709_168_523_123_456n, '2024-02-29 01:02:03.123456'],
    ['294247-01-10 04:00:54.775807', 2n ** 63n - 1n, '294247-01-10 04:00:54.775807'],
    ['-290308-12-21 19:59:05.224192', -(2n ** 63n), '-290308-12-21 19:59:05.224192'],
  ])('%s is %d and prints as %s', (text, micros, printed) => {
    expect(parseTimestamp(text)).toBe(micros);
    expect(formatTimestamp(micros)).toBe(printed);
  });

  it.each([
    ...['', 'now', '2024-02-30 00:00', '2024-01-01 24:00:00', '2024-01-01 10:60', '2024-01-01 10'],
    ...[
      '2024-01-01 10:00:60',
      '2024-01-01 10:00:00+02',
      '2024-01-01 10:00:00.',
      '2024-01-01  10:00',
    ],
    ...[
      '294247-01-10 04:00:54.775808',
      '-290308-12-21 19:59:05.224191',
      '2024-01-01 10:00:00.1234567890',
    ],
  ])('%s is no timestamp', (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });

  it('split into a day, rounded down, and the rest', () => {
    expect(splitMicros(-1n)).toEqual({ days: -1, microsOfDay: MICROS_PER_DAY - 1 });
    expect(splitMicros(0n)).toEqual({ days: 0, microsOfDay: 0 });
    expect(splitMicros(BigInt(MICROS_PER_DAY))).toEqual({ days: 1, microsOfDay: 0 });
  });
});

describe('units of time', () => {
  it('have singular, plural and Pinot names in any case', () => {
    expect(['DAY', 'days', 'D'].map(findDateUnit)).toEqual(['day', 'day', 'day']);
    expect(['MILLISECONDS', 'millis', 'ms'].map(findDateUnit)).toEqual(
      Array(3).fill('millisecond'),
    );
    expect(findDateField('DAY_OF_YEAR')).toBe('doy');
    expect(findDateUnit('dow')).toBeUndefined();
    expect(findDateField('fortnight')).toBeUndefined();
  });
});
