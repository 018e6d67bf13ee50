import { STRING_BYTES_MAX } from '../../base/limits.ts';
import type { Call } from '../../sql/expression.ts';
import { callError } from './implementation.ts';

/*
 * Functions of single texts. A character is a Unicode code point; positions count from 1. Texts
 * without characters beyond U+FFFF, nearly all, need no splitting into code points.
 */

const SURROGATE = /[\ud800-\udfff]/;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** The number of characters. */
export function characterCount(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Characters `start` (inclusive, from 0) to `end` (exclusive); both within any bounds. */
function sliceCharacters(text: string, start: number, end: number): string {
  if (end <= start) return '';
  if (!SURROGATE.test(text)) return text.slice(start, end);
  return Array.from(text).slice(start, end).join('');
}

/**
 * SUBSTR as in DuckDB: a negative start counts from the end, a negative length goes to the left, and
 * positions before the first character count towards the length.
 */
export function substring(text: string, start: number, length = Number.MAX_SAFE_INTEGER): string {
  const count = characterCount(text);
  const from = start < 0 ? count + start : start - 1;
  const to = from + length;
  const [low, high] = length < 0 ? [to, from] : [from, to];
  return sliceCharacters(text, Math.max(0, low), Math.min(count, Math.max(0, high)));
}

/** The first characters; a negative count leaves out that many at the end. */
export function left(text: string, count: number): string {
  const end = count < 0 ? characterCount(text) + count : count;
  return sliceCharacters(text, 0, Math.max(0, end));
}

/** The last characters; a negative count leaves out that many at the start. */
export function right(text: string, count: number): string {
  const length = characterCount(text);
  const start = count < 0 ? -count : length - count;
  return sliceCharacters(text, Math.max(0, start), length);
}

/** Without the given characters at its start, its end, or both. */
export function trim(text: string, characters: string, side: 'both' | 'start' | 'end'): string {
  const removed = new Set(characters);
  const kept = Array.from(text);
  let start = 0;
  let end = kept.length;
  if (side !== 'end') while (start < end && removed.has(kept[start]!)) start++;
  if (side !== 'start') while (end > start && removed.has(kept[end - 1]!)) end--;
  return kept.slice(start, end).join('');
}

/** Filled up with `fill` to `length` characters, or cut to them; an empty `fill` fills nothing. */
export function pad(
  text: string,
  length: number,
  fill: string,
  side: 'start' | 'end',
  call: Call,
): string {
  const missing = length - characterCount(text);
  if (missing <= 0) return sliceCharacters(text, 0, Math.max(0, length));
  checkLength(missing, call);
  const fillCount = characterCount(fill);
  if (fillCount === 0) return text;
  const filler = sliceCharacters(fill.repeat(Math.ceil(missing / fillCount)), 0, missing);
  return side === 'start' ? filler + text : text + filler;
}

/** The text `count` times; empty for a count below 1. */
export function repeat(text: string, count: number, call: Call): string {
  if (count <= 0 || text === '') return '';
  checkLength(text.length * count, call);
  return text.repeat(count);
}

/** Every occurrence of `from` replaced; an empty `from` occurs nowhere. */
export function replace(text: string, from: string, to: string, call: Call): string {
  if (from === '') return text;
  const pieces = text.split(from);
  checkLength(text.length + (pieces.length - 1) * (to.length - from.length), call);
  return pieces.join(to);
}

/** Position of the first occurrence, 0 when there is none. */
export function position(text: string, part: string): number {
  const index = text.indexOf(part);
  return index < 0 ? 0 : characterCount(text.slice(0, index)) + 1;
}

/**
 * The part between separators, counted from 1 or, when negative, from the end. An empty separator
 * parts every character, as in DuckDB.
 */
export function splitPart(text: string, separator: string, index: number): string {
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  return (index < 0 ? parts.at(index) : parts[index - 1]) ?? '';
}

/** Words, runs of letters and digits, with a capital first letter and the rest in lower case. */
export function capitalizeWords(text: string): string {
  return text.replace(WORD, (word) => {
    const [first = '', ...rest] = word;
    return first.toUpperCase() + rest.join('').toLowerCase();
  });
}

/** The character with a code point. @throws EngineError BAD_CAST when there is none. */
export function characterOf(codePoint: number, call: Call): string {
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  if (codePoint < 0 || codePoint > 0x10_ffff || isSurrogate) {
    throw callError(call, 'BAD_CAST', `expected a Unicode code point, found ${codePoint}`);
  }
  return String.fromCodePoint(codePoint);
}

/** @throws EngineError MEMORY_LIMIT when a text would be longer than a STRING may be. */
export function checkLength(length: number, call: Call): void {
  if (length <= STRING_BYTES_MAX) return;
  throw callError(
    call,
    'MEMORY_LIMIT',
    `${call.function} makes a text of ${length} characters; a STRING has ${STRING_BYTES_MAX} bytes at most`,
  );
}
