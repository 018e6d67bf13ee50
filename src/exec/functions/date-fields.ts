import type { DateField, DateUnit } from '../../base/date-units.ts';
import {
  addMonths,
  civilFromDays,
  daysFromCivil,
  isoWeek,
  isoWeekday,
} from '../../base/datetime.ts';

/** Months of the units that the calendar decides. */
export const UNIT_MONTHS: Readonly<Partial<Record<DateUnit, number>>> = {
  month: 1,
  quarter: 3,
  year: 12,
  decade: 120,
  century: 1200,
  millennium: 12_000,
};

/** Fields that only the day decides. */
export const DAY_FIELDS: Readonly<Partial<Record<DateField, (days: number) => number>>> = {
  day: (days) => civilFromDays(days).day,
  week: (days) => isoWeek(days).week,
  month: (days) => civilFromDays(days).month,
  quarter: (days) => Math.floor((civilFromDays(days).month + 2) / 3),
  year: (days) => civilFromDays(days).year,
  decade: (days) => Math.floor(civilFromDays(days).year / 10),
  century: (days) => ordinalPeriod(civilFromDays(days).year, 100),
  millennium: (days) => ordinalPeriod(civilFromDays(days).year, 1000),
  dow: (days) => isoWeekday(days) % 7,
  isodow: isoWeekday,
  doy: (days) => days - daysFromCivil(civilFromDays(days).year, 1, 1) + 1,
  isoyear: (days) => isoWeek(days).year,
  era: (days) => (civilFromDays(days).year > 0 ? 1 : 0),
};

/**
 * Fields that only the time of the day decides. As in PostgreSQL and DuckDB, milliseconds and
 * microseconds include the seconds.
 */
export const TIME_FIELDS: Readonly<Partial<Record<DateField, (microsOfDay: number) => number>>> = {
  microsecond: (micros) => micros - Math.floor(micros / 60_000_000) * 60_000_000,
  millisecond: (micros) => Math.floor(micros / 1000) % 60_000,
  second: (micros) => Math.floor(micros / 1_000_000) % 60,
  minute: (micros) => Math.floor(micros / 60_000_000) % 60,
  hour: (micros) => Math.floor(micros / 3_600_000_000),
};

/** A moment as kernels split it. */
export interface Moment {
  readonly days: number;
  readonly microsOfDay: number;
}

/**
 * How many whole months lie from one moment to another: the most that can be added to the earlier
 * one, as `addMonths` does it, without passing the later one. Negative when `to` is earlier.
 */
export function monthsBetween(from: Moment, to: Moment): number {
  if (isBefore(to, from)) return -monthsBetween(to, from) + 0;
  const [first, last] = [civilFromDays(from.days), civilFromDays(to.days)];
  const months = (last.year - first.year) * 12 + last.month - first.month;
  const reached = { days: addMonths(from.days, months), microsOfDay: from.microsOfDay };
  return isBefore(to, reached) ? months - 1 : months;
}

function isBefore(left: Moment, right: Moment): boolean {
  return left.days === right.days ? left.microsOfDay < right.microsOfDay : left.days < right.days;
}

/** Centuries and millennia count from 1, and from −1 backwards before the year 1. */
function ordinalPeriod(year: number, length: number): number {
  return year > 0 ? Math.floor((year - 1) / length) + 1 : -(Math.floor(-year / length) + 1);
}
