import { compareText } from '../../base/text-order.ts';
import type { Call } from '../../sql/expression.ts';
import { callError, type Implementation } from './implementation.ts';
import { bytesFunction, textFunction } from './text-apply.ts';
import { characterCount, checkLength, left, position, repeat, substring } from './text-scalars.ts';

/** More functions on text: edits, measures, spelling. */
export const TEXTS: Readonly<Record<string, Implementation>> = {
  translate: textFunction(() => translate),
  overlay: textFunction(
    (call) =>
      (text: string, part: string, start: number, length = characterCount(part)) => {
        checkLength(text.length + part.length, call);
        const kept = substring(text, Math.max(1, start + length));
        return left(text, Math.max(0, start - 1)) + part + kept;
      },
  ),
  strrpos: textFunction(() => (text: string, part: string) => {
    const index = text.lastIndexOf(part);
    return index < 0 ? 0 : characterCount(text.slice(0, index)) + 1;
  }),
  locate: textFunction(() => (part: string, text: string, start = 1) => {
    if (start < 1 || start > characterCount(text) + 1) return 0;
    const found = position(substring(text, start), part);
    return found === 0 ? 0 : found + start - 1;
  }),
  remove: textFunction(
    () => (text: string, part: string) => (part === '' ? text : text.replaceAll(part, '')),
  ),
  substring_index: textFunction(() => (text: string, delimiter: string, count: number) => {
    if (delimiter === '') return '';
    const parts = text.split(delimiter);
    const kept = count < 0 ? parts.slice(count) : parts.slice(0, count);
    return kept.join(delimiter);
  }),
  space: textFunction((call) => (count: number) => repeat(' ', count, call)),
  octet_length: bytesFunction(() => (bytes) => bytes.length),
  bit_length: bytesFunction(() => (bytes) => 8 * bytes.length),
  find_in_set: textFunction(
    () => (text: string, list: string) =>
      text.includes(',') || list === '' ? 0 : list.split(',').indexOf(text) + 1,
  ),
  strcmp: textFunction(
    () => (first: string, second: string) => Math.sign(compareText(first, second)),
  ),
  normalize: textFunction(
    (call) =>
      (text: string, form = 'NFC') =>
        normalize(text, form, call),
  ),
  soundex: textFunction(() => soundex),
  difference: textFunction(() => (first: string, second: string) => {
    const [code, other] = [soundex(first), soundex(second)];
    return Array.from(code).filter((letter, index) => letter === other[index]).length;
  }),
};

/** The first of several equal characters in `from` counts. */
function translate(text: string, from: string, to: string): string {
  const targets = Array.from(to);
  const map = new Map<string, string>();
  for (const [index, character] of Array.from(from).entries()) {
    if (!map.has(character)) map.set(character, targets[index] ?? '');
  }
  let result = '';
  for (const character of text) result += map.get(character) ?? character;
  return result;
}

function normalize(text: string, form: string, call: Call): string {
  const name = form.toUpperCase();
  if (name !== 'NFC' && name !== 'NFD' && name !== 'NFKC' && name !== 'NFKD') {
    throw callError(
      call,
      'INVALID_QUERY',
      `expected the normal form NFC, NFD, NFKC or NFKD, found '${form}'`,
    );
  }
  // No character grows by more than 18 times (NFKD of U+FDFA), so only long texts need a look.
  const result = text.normalize(name);
  checkLength(result.length, call);
  return result;
}

/** Digits of the letters A to Z; vowels are 0, H and W are not even that. */
const SOUNDEX_DIGITS = '01230120022455012623010202';
const SOUNDEX_LENGTH = 4;

/**
 * American Soundex as the National Archives describe it (archives.gov/research/census/soundex):
 * letters of one digit count once when they are next to each other or have H or W between them.
 * Characters other than A to Z are left out.
 */
function soundex(text: string): string {
  let code = '';
  let last = '';
  for (const letter of text.toUpperCase()) {
    if (letter < 'A' || letter > 'Z') continue;
    const digit = SOUNDEX_DIGITS[letter.charCodeAt(0) - 65]!;
    if (code === '') code = letter;
    else if (letter === 'H' || letter === 'W') continue;
    else if (digit !== '0' && digit !== last) code += digit;
    last = digit;
    if (code.length === SOUNDEX_LENGTH) break;
  }
  return code === '' ? '' : code.padEnd(SOUNDEX_LENGTH, '0');
}
