import {
  civilFromDays,
  daysFromCivil,
  isoWeek,
  isoWeekday,
  MICROS_PER_DAY,
} from '../../base/datetime.ts';
import { offsetText, type TimeZone } from '../../base/time-zone.ts';
import { DAY_NAMES, MONTH_NAMES } from './date-names.ts';
import type { NumberField, PatternPart, WordField, ZoneForm } from './date-pattern.ts';

/** A moment on local clocks, and where they are. */
export interface LocalMoment {
  readonly days: number;
  readonly microsOfDay: number;
  /** The same moment in UTC, whole seconds since 1970-01-01. */
  readonly utcSeconds: number;
  readonly zone: TimeZone;
}

/** What local clocks show at a UTC day and microsecond of the day. */
export function localMoment(utcDays: number, utcMicros: number, zone: TimeZone): LocalMoment {
  const utcSeconds = utcDays * 86_400 + Math.floor(utcMicros / 1_000_000);
  const micros = utcMicros + zone.offsetAt(utcSeconds) * 1_000_000;
  const dayShift = Math.floor(micros / MICROS_PER_DAY);
  const microsOfDay = micros - dayShift * MICROS_PER_DAY;
  return { days: utcDays + dayShift, microsOfDay, utcSeconds, zone };
}

/** The moment as a pattern writes it, in English. */
export function printMoment(moment: LocalMoment, parts: readonly PatternPart[]): string {
  let text = '';
  for (const part of parts) text += printPart(moment, part);
  return text;
}

function printPart(moment: LocalMoment, part: PatternPart): string {
  switch (part.kind) {
    case 'literal':
      return part.text;
    case 'number': {
      const value = NUMBERS[part.field](moment);
      if (part.isShortYear) return String(((value % 100) + 100) % 100).padStart(part.width, '0');
      const digits = String(Math.abs(value)).padStart(part.width, '0');
      return value < 0 ? `-${digits}` : digits;
    }
    case 'fraction': {
      const micros = String(moment.microsOfDay % 1_000_000).padStart(6, '0');
      return micros.slice(0, part.digits).padEnd(part.digits, '0');
    }
    case 'word':
      return wordOf(moment, part.field, part.isFull);
    case 'zone':
      return zoneText(moment, part.form);
  }
}

type Read = (moment: LocalMoment) => number;

const secondsOf: Read = ({ microsOfDay }) => Math.floor(microsOfDay / 1_000_000);
const hourOf: Read = (moment) => Math.floor(secondsOf(moment) / 3600);
const yearOf: Read = ({ days }) => civilFromDays(days).year;
const yearOfEra: Read = (moment) => {
  const year = yearOf(moment);
  return year > 0 ? year : 1 - year;
};
const dayOfYear: Read = ({ days }) => days - daysFromCivil(civilFromDays(days).year, 1, 1) + 1;

const NUMBERS: Readonly<Record<NumberField, Read>> = {
  year: yearOf,
  yearOfEra,
  century: (moment) => Math.floor(yearOfEra(moment) / 100),
  weekYear: ({ days }) => isoWeek(days).year,
  week: ({ days }) => isoWeek(days).week,
  weekday: ({ days }) => isoWeekday(days),
  sundayFirst: ({ days }) => isoWeekday(days) % 7,
  weekFromSunday: (moment) =>
    Math.floor((dayOfYear(moment) + 6 - (isoWeekday(moment.days) % 7)) / 7),
  weekFromMonday: (moment) => Math.floor((dayOfYear(moment) + 7 - isoWeekday(moment.days)) / 7),
  month: ({ days }) => civilFromDays(days).month,
  day: ({ days }) => civilFromDays(days).day,
  dayOfYear,
  hour: hourOf,
  hourFrom1: (moment) => hourOf(moment) || 24,
  halfHour: (moment) => hourOf(moment) % 12,
  halfHourFrom1: (moment) => hourOf(moment) % 12 || 12,
  minute: (moment) => Math.floor(secondsOf(moment) / 60) % 60,
  second: (moment) => secondsOf(moment) % 60,
};

function wordOf(moment: LocalMoment, field: WordField, isFull: boolean): string {
  switch (field) {
    case 'era':
      return yearOf(moment) > 0 ? 'AD' : 'BC';
    case 'half':
      return hourOf(moment) < 12 ? 'AM' : 'PM';
    case 'month':
    case 'weekday': {
      const names = field === 'month' ? MONTH_NAMES : DAY_NAMES;
      const name = names[NUMBERS[field](moment) - 1]!;
      return isFull ? name : name.slice(0, 3);
    }
  }
}

function zoneText({ zone, utcSeconds }: LocalMoment, form: ZoneForm): string {
  if (form === 'name') return zone.name;
  if (form === 'word') return zone.abbreviationAt(utcSeconds);
  const offset = zone.offsetAt(utcSeconds);
  if (form === 'iso' && offset === 0) return 'Z';
  return offsetText(offset, form === 'digits' ? '' : ':');
}
