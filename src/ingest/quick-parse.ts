import { daysFromCivil, daysInMonth, MICROS_PER_DAY } from '../base/datetime.ts';

const ZERO = 0x30;
const MINUS = 0x2d;
const COLON = 0x3a;

/*
 * The forms in which nearly all values of a file come, read digit by digit: several times faster
 * than a regular expression. Whatever is not exactly in such a form gives null, and the caller reads
 * it the thorough way.
 */

/** An integer of at most 15 digits, with a minus sign or none; null for any other text. */
export function quickInteger(text: string): number | null {
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  if (text.length === start || text.length > 15) return null;
  let value = 0;
  for (let index = start; index < text.length; index++) {
    const digit = text.charCodeAt(index) - ZERO;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return start === 1 ? -value : value;
}

/** Days since 1970 of `yyyy-MM-dd` at the start of a text; null when it does not start so. */
export function quickDate(text: string): number | null {
  if (text.charCodeAt(4) !== MINUS || text.charCodeAt(7) !== MINUS) return null;
  const century = twoDigits(text, 0);
  const yearOfCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (century < 0 || yearOfCentury < 0 || month < 1 || month > 12 || day < 1) return null;
  const year = century * 100 + yearOfCentury;
  return day <= daysInMonth(year, month) ? daysFromCivil(year, month, day) : null;
}

/** Microseconds since 1970 of exactly `yyyy-MM-dd HH:mm:ss`, or with a `T`; null for other text. */
export function quickTimestamp(text: string): number | null {
  const separator = text.charCodeAt(10);
  const isForm =
    text.length === 19 &&
    (separator === 0x20 || separator === 0x54) &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON;
  const days = isForm ? quickDate(text) : null;
  if (days === null) return null;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return null;
  return days * MICROS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1_000_000;
}

/** The number that two digits make; negative when they are not two digits. */
function twoDigits(text: string, index: number): number {
  const tens = text.charCodeAt(index) - ZERO;
  const ones = text.charCodeAt(index + 1) - ZERO;
  // NaN, past the end of the text, fails the comparisons too.
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}
