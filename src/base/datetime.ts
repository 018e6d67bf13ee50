/**
 * The proleptic Gregorian calendar without time zones: arithmetic on days since 1970-01-01 and on
 * microseconds, and their text forms. Day numbers and fields are exact integers in JavaScript
 * numbers; microseconds since 1970 are bigint because they fill 64 bits.
 */

/** Microseconds of one day. */
export const MICROS_PER_DAY = 86_400_000_000;

/** A day in the calendar; `year` 0 is 1 BC, `month` and `day` count from 1. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const DAYS_PER_ERA = 146_097; // 400 years
const DAYS_FROM_ERA_TO_EPOCH = 719_468; // 0000-03-01 to 1970-01-01
const DAY_MIN = -(2 ** 31);
const DAY_MAX = 2 ** 31 - 1;
const TIMESTAMP_MIN = -(2n ** 63n);
const TIMESTAMP_MAX = 2n ** 63n - 1n;

const TWO_DIGITS = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));

const DATE_PATTERN = /^([+-]?\d{4,7})-(\d{1,2})-(\d{1,2})$/;
const TIMESTAMP_PATTERN =
  /^([+-]?\d{4,7})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)? ?Z?)?$/;

/**
 * The day number of a calendar day. Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
 * `days_from_civil`: years begin in March, so that the leap day is the last of its year.
 *
 * @param month 1 to 12. @param day 1 to the month's length; not checked.
 */
export function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * DAYS_PER_ERA + yearOfEra * 365 + leapDays + dayOfYear - DAYS_FROM_ERA_TO_EPOCH;
}

/** The calendar day of a day number: `civil_from_days` of the same source. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + DAYS_FROM_ERA_TO_EPOCH;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  // Inside an era all numbers are small and not negative: `| 0` makes their divisions integer ones.
  const dayOfEra = (shifted - era * DAYS_PER_ERA) | 0;
  const leapDays = ((dayOfEra / 1460) | 0) - ((dayOfEra / 36_524) | 0) + ((dayOfEra / 146_096) | 0);
  const yearOfEra = ((dayOfEra - leapDays) / 365) | 0;
  const dayOfYear =
    (dayOfEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0))) | 0;
  const marchMonth = ((5 * dayOfYear + 2) / 153) | 0;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - (((153 * marchMonth + 2) / 5) | 0) + 1,
  };
}

/** The number of days of a month, 28 to 31. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Day of the week as ISO 8601 has it: Monday 1 to Sunday 7. */
export function isoWeekday(days: number): number {
  return modulo(days + 3, 7) + 1; // 1970-01-01 was a Thursday
}

/** The year to which a day's ISO week belongs, and the week's number in it, 1 to 53. */
export function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const thursday = days - isoWeekday(days) + 4;
  const { year } = civilFromDays(thursday);
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 };
}

/**
 * The day that many months later, or earlier; the day of the month is cut to the month's length.
 *
 * @returns a day number, possibly outside the range of DATE.
 */
export function addMonths(days: number, months: number): number {
  const civil = civilFromDays(days);
  const index = civil.year * 12 + civil.month - 1 + months;
  const year = Math.floor(index / 12);
  const month = index - year * 12 + 1;
  return daysFromCivil(year, month, Math.min(civil.day, daysInMonth(year, month)));
}

/** True when a day number is one of type DATE. */
export function isDateInRange(days: number): boolean {
  return days >= DAY_MIN && days <= DAY_MAX;
}

/** True when microseconds since 1970 are a value of type TIMESTAMP. */
export function isTimestampInRange(micros: bigint): boolean {
  return micros >= TIMESTAMP_MIN && micros <= TIMESTAMP_MAX;
}

/**
 * Reads `yyyy-MM-dd`. Leading zeros of month and day may be missing; years have 4 to 7 digits and may
 * have a sign; white space around is ignored.
 *
 * @returns days since 1970-01-01; null when the text has another form or there is no such day.
 */
export function parseDate(text: string): number | null {
  const match = DATE_PATTERN.exec(text.trim());
  return match === null ? null : parseDay(match);
}

/**
 * Reads `yyyy-MM-dd` or `yyyy-MM-dd[ T]HH:mm[:ss[.fffffffff]][Z]`. Digits of the fraction after the
 * sixth are dropped. There are no time zones: Z is allowed, an offset is not.
 *
 * @returns microseconds since 1970-01-01; null when the text has another form, there is no such
 *   moment, or it is out of range.
 */
export function parseTimestamp(text: string): bigint | null {
  const match = TIMESTAMP_PATTERN.exec(text.trim());
  const days = match === null ? null : parseDay(match);
  if (match === null || days === null) return null;
  const [hour, minute, second] = [match[4], match[5], match[6]].map((part) => Number(part ?? 0));
  if (hour! > 23 || minute! > 59 || second! > 59) return null;
  const fraction = match[7] === undefined ? 0 : Number(match[7].slice(0, 6).padEnd(6, '0'));
  const microsOfDay = ((hour! * 60 + minute!) * 60 + second!) * 1_000_000 + fraction;
  const micros = BigInt(days) * BigInt(MICROS_PER_DAY) + BigInt(microsOfDay);
  return isTimestampInRange(micros) ? micros : null;
}

/** `yyyy-MM-dd`; years beyond four digits keep them all, years before 0 have a minus sign. */
export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${yearText(year)}-${twoDigits(month)}-${twoDigits(day)}`;
}

/**
 * `yyyy-MM-dd HH:mm:ss.f` as `java.sql.Timestamp.toString` writes it, which is what Pinot's clients
 * read: a fraction without trailing zeros, of at least one digit.
 */
export function formatTimestamp(micros: bigint): string {
  const { days, microsOfDay } = splitMicros(micros);
  const seconds = Math.floor(microsOfDay / 1_000_000);
  const minutes = Math.floor(seconds / 60);
  const time = `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
  const fraction = fractionText(microsOfDay - seconds * 1_000_000);
  return `${formatDate(days)} ${time}:${twoDigits(seconds % 60)}.${fraction}`;
}

/** Days since 1970-01-01, rounded down, and the microseconds of that day. */
export function splitMicros(micros: bigint): {
  readonly days: number;
  readonly microsOfDay: number;
} {
  const rounded = Number(micros);
  if (Number.isSafeInteger(rounded)) {
    const days = Math.floor(rounded / MICROS_PER_DAY);
    return { days, microsOfDay: rounded - days * MICROS_PER_DAY };
  }
  const perDay = BigInt(MICROS_PER_DAY);
  const microsOfDay = ((micros % perDay) + perDay) % perDay;
  return { days: Number((micros - microsOfDay) / perDay), microsOfDay: Number(microsOfDay) };
}

function parseDay(match: RegExpExecArray): number | null {
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  const days = daysFromCivil(year, month, day);
  return isDateInRange(days) ? days : null;
}

function yearText(year: number): string {
  if (year >= 1000) return String(year);
  return `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}`;
}

/** Six digits without trailing zeros, one at least. */
function fractionText(micros: number): string {
  if (micros === 0) return '0';
  return String(micros).padStart(6, '0').replace(/0+$/, '');
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}

function twoDigits(value: number): string {
  return TWO_DIGITS[value]!;
}
