import type { DateUnit } from './date-units.ts';
import {
  civilFromDays,
  daysFromCivil,
  isoWeekday,
  isTimestampInRange,
  MICROS_PER_DAY,
} from './datetime.ts';

/** Microseconds of the units of fixed length. */
export const UNIT_MICROS: Readonly<Partial<Record<DateUnit, number>>> = {
  microsecond: 1,
  millisecond: 1_000,
  second: 1_000_000,
  minute: 60_000_000,
  hour: 3_600_000_000,
  day: MICROS_PER_DAY,
  week: 7 * MICROS_PER_DAY,
};

/** The first day of the unit that holds a day; decades, centuries and millennia begin at year 0. */
export const DAY_TRUNCATIONS: Readonly<Partial<Record<DateUnit, (days: number) => number>>> = {
  day: (days) => days,
  week: (days) => days - isoWeekday(days) + 1,
  month: (days) => days - civilFromDays(days).day + 1,
  quarter: (days) => {
    const { year, month } = civilFromDays(days);
    return daysFromCivil(year, month - ((month - 1) % 3), 1);
  },
  year: (days) => firstDayOfYears(days, 1),
  decade: (days) => firstDayOfYears(days, 10),
  century: (days) => firstDayOfYears(days, 100),
  millennium: (days) => firstDayOfYears(days, 1000),
};

/**
 * The begin of the unit that holds a moment, in microseconds since 1970.
 *
 * @returns null when it is no TIMESTAMP any more.
 */
export function truncateMicros(unit: DateUnit, micros: number): number | null {
  const days = Math.floor(micros / MICROS_PER_DAY);
  const truncateDay = DAY_TRUNCATIONS[unit];
  const step = UNIT_MICROS[unit] ?? MICROS_PER_DAY;
  const begin = truncateDay
    ? truncateDay(days) * MICROS_PER_DAY
    : days * MICROS_PER_DAY + Math.floor((micros - days * MICROS_PER_DAY) / step) * step;
  return isTimestampInRange(BigInt(begin)) ? begin : null;
}

function firstDayOfYears(days: number, length: number): number {
  return daysFromCivil(Math.floor(civilFromDays(days).year / length) * length, 1, 1);
}
