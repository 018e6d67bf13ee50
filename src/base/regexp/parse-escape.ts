import type { Ranges } from './character-set.ts';
import { perlSet, unicodeProperty } from './named-sets.ts';
import type { PatternReader } from './reader.ts';

/** What a backslash and what follows it mean, inside brackets as well as outside. */
export type Escape =
  | { readonly kind: 'character'; readonly codePoint: number }
  | { readonly kind: 'ranges'; readonly ranges: Ranges }
  | { readonly kind: 'property'; readonly pattern: RegExp; readonly isNegated: boolean };

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
]);

/** Escapes of other engines whose meaning cannot be had here, or is another one. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['C', 'a single byte (\\C)'],
  ['G', 'the end of the last match (\\G)'],
  ['K', 'a reset of the match (\\K)'],
  ['R', 'any line break (\\R)'],
  ['X', 'a grapheme (\\X)'],
  ['Z', 'the end before a last line break (\\Z); \\z is'],
  ['g', 'a back-reference (\\g)'],
  ['k', 'a back-reference (\\k)'],
]);

const OCTAL = /^[0-7]$/;
const HEXADECIMAL = /^[0-9A-Fa-f]$/;

/** Reads what follows a backslash that was just read. */
export function parseEscape(reader: PatternReader): Escape {
  const start = reader.offset - 1;
  const letter = reader.take();
  if (letter === '') throw reader.invalid('expected a character after \\, found the end', start);
  if (!/^[\dA-Za-z]$/.test(letter)) return character(letter.codePointAt(0)!);
  if (/^[1-9]$/.test(letter)) throw reader.unsupported(`a back-reference (\\${letter})`, start);
  if (letter === '0') return character(Number.parseInt(`0${reader.takeDigits(OCTAL, 2)}`, 8));
  if (letter === 'x') return character(parseHexadecimal(reader, start));
  if (letter === 'p' || letter === 'P') return parseProperty(reader, letter === 'P', start);
  const ranges = perlSet(letter);
  if (ranges !== null) return { kind: 'ranges', ranges };
  const control = CONTROLS.get(letter);
  if (control !== undefined) return character(control);
  const foreign = FOREIGN.get(letter);
  if (foreign !== undefined) throw reader.unsupported(foreign, start);
  throw reader.invalid(`unknown escape \\${letter}`, start);
}

function character(codePoint: number): Escape {
  return { kind: 'character', codePoint };
}

/** `\x41` or `\x{1F600}`. */
function parseHexadecimal(reader: PatternReader, start: number): number {
  const isBraced = reader.accept('{');
  const digits = reader.takeDigits(HEXADECIMAL, isBraced ? 6 : 2);
  const isWhole = isBraced ? digits !== '' && reader.accept('}') : digits.length === 2;
  const codePoint = Number.parseInt(digits, 16);
  if (isWhole && codePoint <= 0x10_ffff) return codePoint;
  throw reader.invalid('expected \\x with two digits, or \\x{…} with a code point', start);
}

/** `\pL`, `\p{Greek}`, `\p{^Greek}` and their opposites with a capital P. */
function parseProperty(reader: PatternReader, isCapital: boolean, start: number): Escape {
  const written = reader.accept('{') ? (reader.takeUntil('}') ?? '') : reader.take();
  const isInverse = written.startsWith('^');
  const name = isInverse ? written.slice(1) : written;
  const pattern = unicodeProperty(name);
  if (pattern !== null) return { kind: 'property', pattern, isNegated: isCapital !== isInverse };
  throw reader.invalid(`unknown Unicode property '${name}'`, start);
}
