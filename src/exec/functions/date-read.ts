import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  isoWeek,
  isoWeekday,
} from '../../base/datetime.ts';
import { findTimeZone, type TimeZone } from '../../base/time-zone.ts';
import { DAY_NAMES, MONTH_NAMES } from './date-names.ts';
import type { NumberField, PatternPart, WordField } from './date-pattern.ts';

/** What a text says about a moment. */
export interface ReadMoment {
  readonly days: number;
  readonly microsOfDay: number;
  /** The zone or offset that the text names; null when it names none. */
  readonly zone: TimeZone | null;
}

/**
 * Reads a text as a pattern writes it. Numbers may have fewer digits than the pattern, words any case.
 * Years of two digits are 1969 to 2068, as POSIX has it. What the pattern leaves out is that of
 * 1970-01-01 00:00; a day of the year or of a week counts when there is no month and day.
 *
 * @returns null when the text does not fit the pattern, or there is no such day or time.
 */
export function readMoment(text: string, parts: readonly PatternPart[]): ReadMoment | null {
  const fields: Fields = {};
  let zone: TimeZone | null = null;
  let at = 0;
  for (const part of parts) {
    let end: number;
    if (part.kind === 'literal') end = text.startsWith(part.text, at) ? at + part.text.length : -1;
    else if (part.kind === 'word') end = readWord(text, at, part.field, fields);
    else if (part.kind === 'zone') {
      const name = ZONE_TEXT.exec(text.slice(at, at + ZONE_CHARACTERS_MAX))?.[0] ?? '';
      zone = findTimeZone(name) ?? null;
      end = zone === null ? -1 : at + name.length;
    } else end = readNumber(text, at, part, fields);
    if (end < 0) return null;
    at = end;
  }
  const days = at === text.length ? daysOf(fields) : null;
  const microsOfDay = microsOf(fields);
  return days === null || microsOfDay === null ? null : { days, microsOfDay, zone };
}

type Fields = Partial<Record<NumberField | 'half' | 'era' | 'fraction', number>>;

const ZONE_TEXT = /^(?:[A-Za-z][A-Za-z_]*(?:[/-][A-Za-z0-9_+]+)*)?(?:[+-]\d{1,2}(?::?\d{2}){0,2})?/;
const ZONE_CHARACTERS_MAX = 64;

/** Reads digits; returns where they end, −1 for none. */
function readNumber(
  text: string,
  start: number,
  part: PatternPart & { kind: 'number' | 'fraction' },
  fields: Fields,
): number {
  const isYear = part.kind === 'number' && /year$/i.test(part.field) && part.field !== 'dayOfYear';
  const sign = isYear && (text[start] === '-' || text[start] === '+') ? 1 : 0;
  const limit = start + sign + (part.kind === 'fraction' ? part.digits : part.widthMax);
  let end = start + sign;
  while (end < limit && text[end]! >= '0' && text[end]! <= '9') end++;
  if (end === start + sign) return -1;
  if (part.kind === 'fraction') {
    fields.fraction = Number(text.slice(start, Math.min(end, start + 6)).padEnd(6, '0'));
    return end;
  }
  const value = Number(text.slice(start, end));
  fields[part.field] = part.isShortYear && end - start === 2 ? fullYear(value) : value;
  return end;
}

function fullYear(twoDigits: number): number {
  return twoDigits < 69 ? 2000 + twoDigits : 1900 + twoDigits;
}

const WORDS: Readonly<Record<WordField, readonly string[]>> = {
  month: MONTH_NAMES,
  weekday: DAY_NAMES,
  half: ['AM', 'PM'],
  era: ['BC', 'AD'],
};

/** Reads a name, in full or its first three letters; returns where it ends, −1 for none. */
function readWord(text: string, start: number, field: WordField, fields: Fields): number {
  const rest = text.slice(start, start + 9).toLowerCase();
  const names = WORDS[field].map((name) => name.toLowerCase());
  for (const [index, name] of names.entries()) {
    const length = rest.startsWith(name) ? name.length : 3;
    if (!rest.startsWith(name.slice(0, length))) continue;
    fields[field] = field === 'half' || field === 'era' ? index : index + 1;
    return start + Math.min(length, name.length);
  }
  return -1;
}

function daysOf(fields: Fields): number | null {
  const year = fields.year ?? yearOfEra(fields) ?? 1970;
  const { month, day, dayOfYear, week, weekYear } = fields;
  if (month === undefined && day === undefined) {
    if (dayOfYear !== undefined) {
      const days = daysFromCivil(year, 1, 1) + dayOfYear - 1;
      return civilFromDays(days).year === year ? days : null;
    }
    if (week !== undefined || weekYear !== undefined) return dayOfWeekDate(fields, year);
  }
  if (!isWithin(month ?? 1, 1, 12) || !isWithin(day ?? 1, 1, daysInMonth(year, month ?? 1))) {
    return null;
  }
  return daysFromCivil(year, month ?? 1, day ?? 1);
}

function yearOfEra({ yearOfEra: year, era }: Fields): number | undefined {
  return year !== undefined && era === 0 ? 1 - year : year;
}

function dayOfWeekDate({ week = 1, weekYear, weekday = 1 }: Fields, year: number): number | null {
  const january4 = daysFromCivil(weekYear ?? year, 1, 4);
  const days = january4 - isoWeekday(january4) + (week - 1) * 7 + weekday;
  return isoWeek(days).week === week && isWithin(weekday, 1, 7) ? days : null;
}

function microsOf(fields: Fields): number | null {
  const hour = hourOf(fields);
  const { minute = 0, second = 0, fraction = 0 } = fields;
  if (!isWithin(hour, 0, 23) || !isWithin(minute, 0, 59) || !isWithin(second, 0, 59)) return null;
  return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction;
}

/** The hour from whichever count the text has; −1 when that count has no such hour. */
function hourOf({ hour, hourFrom1, halfHour, halfHourFrom1, half = 0 }: Fields): number {
  if (hour !== undefined) return hour;
  if (hourFrom1 !== undefined) return isWithin(hourFrom1, 1, 24) ? hourFrom1 % 24 : -1;
  if (halfHour !== undefined) return isWithin(halfHour, 0, 11) ? halfHour + 12 * half : -1;
  if (halfHourFrom1 === undefined) return 12 * half;
  return isWithin(halfHourFrom1, 1, 12) ? (halfHourFrom1 % 12) + 12 * half : -1;
}

function isWithin(value: number, least: number, greatest: number): boolean {
  return value >= least && value <= greatest;
}
