import { EngineError } from '../base/errors.ts';
import { SQL_TEXT_CHARACTERS_MAX } from '../base/limits.ts';
import { findKeyword, type Keyword } from './keywords.ts';
import { positionLookup } from './text-position.ts';

/** Operators and punctuation. `!=` is read as `<>`, and `==` as `=`. */
export type Punctuation =
  | ('(' | ')' | ',' | ';' | '.' | '[' | ']' | '?' | ':')
  | ('=' | '<>' | '<' | '<=' | '>' | '>=')
  | ('+' | '-' | '*' | '/' | '%' | '||' | '::');

/**
 * A token's kind: a keyword or symbol is its own kind. `name` is a bare word that is no keyword,
 * `quoted` a name in double quotes or backticks, `bytes` is `X'…'`, `end` stands after the last character.
 */
export type TokenKind =
  | (Keyword | Punctuation)
  | ('name' | 'quoted' | 'string' | 'bytes' | 'number' | 'end');

/** One token of SQL text. */
export interface Token {
  readonly kind: TokenKind;
  /** The word as written; names, strings and bytes without their quotes; digits of a number; a symbol. */
  readonly text: string;
  /** Its first character, in UTF-16 units from the start of the text. */
  readonly offset: number;
  /** One past its last character. */
  readonly end: number;
}

/**
 * Splits SQL text into tokens, the last of which is `end`. Comments are `-- …` to the end of the
 * line and block comments, which do not nest.
 *
 * @throws EngineError SQL_SYNTAX for a character outside the grammar, an open quote or comment, a
 *   malformed number, or text beyond `SQL_TEXT_CHARACTERS_MAX`.
 */
export function tokenize(text: string): Token[] {
  if (text.length > SQL_TEXT_CHARACTERS_MAX) {
    throw new EngineError(
      'SQL_SYNTAX',
      `parser: the statement has ${text.length} characters, at most ${SQL_TEXT_CHARACTERS_MAX} are allowed`,
    );
  }
  const tokens: Token[] = [];
  let offset = skipBlanks(text, 0);
  while (offset < text.length) {
    const token = readToken(text, offset);
    tokens.push(token);
    offset = skipBlanks(text, token.end);
  }
  tokens.push({ kind: 'end', text: '', offset: text.length, end: text.length });
  return tokens;
}

const BLANK = 1;
const WORD_START = 2;
const DIGIT = 4;
const WORD = WORD_START | DIGIT;

const classes = new Uint8Array(128);
for (const code of [9, 10, 11, 12, 13, 32]) classes[code] = BLANK;
for (let code = 48; code <= 57; code++) classes[code] = DIGIT;
for (let code = 65; code <= 90; code++) classes[code] = classes[code + 32] = WORD_START;
classes[0x5f] = classes[0x24] = WORD_START; // underscore and dollar

const APOSTROPHE = 0x27;
const BACKTICK = 0x60;
const DASH = 0x2d;
const DOT = 0x2e;
const QUOTE = 0x22;
const SLASH = 0x2f;
const STAR = 0x2a;

function classOf(code: number): number {
  if (code < 128) return classes[code]!;
  return code === 0xa0 || code === 0xfeff || code === 0x3000 ? BLANK : WORD_START;
}

function skipBlanks(text: string, start: number): number {
  let offset = start;
  while (offset < text.length) {
    const code = text.charCodeAt(offset);
    if (classOf(code) === BLANK) offset++;
    else if (code === DASH && text.charCodeAt(offset + 1) === DASH) {
      const end = text.indexOf('\n', offset);
      offset = end < 0 ? text.length : end + 1;
    } else if (code === SLASH && text.charCodeAt(offset + 1) === STAR) {
      const end = text.indexOf('*/', offset + 2);
      if (end < 0) throw syntaxError(text, offset, 'comment /* has no closing */');
      offset = end + 2;
    } else break;
  }
  return offset;
}

function readToken(text: string, offset: number): Token {
  const code = text.charCodeAt(offset);
  const kindOfCharacter = classOf(code);
  if (kindOfCharacter === WORD_START) return readWord(text, offset);
  if (kindOfCharacter === DIGIT) return readNumber(text, offset);
  if (code === DOT && classOf(text.charCodeAt(offset + 1)) === DIGIT) {
    return readNumber(text, offset);
  }
  if (code === APOSTROPHE) return readQuoted(text, offset, "'", 'string');
  if (code === QUOTE) return readQuoted(text, offset, '"', 'quoted');
  if (code === BACKTICK) return readQuoted(text, offset, '`', 'quoted');
  return readSymbol(text, offset);
}

function readWord(text: string, offset: number): Token {
  let end = offset + 1;
  while (end < text.length && (classOf(text.charCodeAt(end)) & WORD) !== 0) end++;
  const word = text.slice(offset, end);
  // With a blank before the quote it is a column with its alias.
  if (text.charCodeAt(end) === APOSTROPHE && (word === 'X' || word === 'x')) {
    return { ...readQuoted(text, end, "'", 'bytes'), offset };
  }
  return { kind: findKeyword(word) ?? 'name', text: word, offset, end };
}

function readNumber(text: string, offset: number): Token {
  let end = skipDigits(text, offset);
  if (text.charCodeAt(end) === DOT) end = skipDigits(text, end + 1);
  if ((text.charCodeAt(end) | 32) === 0x65) {
    const sign = text[end + 1];
    const digits = sign === '+' || sign === '-' ? end + 2 : end + 1;
    end = skipDigits(text, digits);
    if (end === digits) throw syntaxError(text, offset, 'number has an exponent without digits');
  }
  if (end < text.length && (classOf(text.charCodeAt(end)) & WORD) !== 0) {
    const found = text.slice(offset, end + 1);
    throw syntaxError(text, offset, `expected a blank or operator after a number, found ${found}`);
  }
  return { kind: 'number', text: text.slice(offset, end), offset, end };
}

function skipDigits(text: string, start: number): number {
  let end = start;
  while (end < text.length && classOf(text.charCodeAt(end)) === DIGIT) end++;
  return end;
}

function readQuoted(
  text: string,
  offset: number,
  quote: string,
  kind: 'string' | 'bytes' | 'quoted',
): Token {
  let value = '';
  let start = offset + 1;
  for (;;) {
    const close = text.indexOf(quote, start);
    if (close < 0) {
      const what = kind === 'quoted' ? 'quoted name' : 'string';
      throw syntaxError(text, offset, `${what} has no closing ${quote}`);
    }
    value += text.slice(start, close);
    if (text[close + 1] !== quote) {
      if (kind === 'quoted' && value === '')
        throw syntaxError(text, offset, 'quoted name is empty');
      return { kind, text: value, offset, end: close + 1 };
    }
    value += quote;
    start = close + 2;
  }
}

const pairs: ReadonlyMap<string, Punctuation> = new Map<string, Punctuation>([
  ['<>', '<>'],
  ['!=', '<>'],
  ['<=', '<='],
  ['>=', '>='],
  ['==', '='],
  ['||', '||'],
  ['::', '::'],
]);
const singles: ReadonlySet<string> = new Set('(),;.[]?:=<>+-*/%');

function readSymbol(text: string, offset: number): Token {
  const pair = pairs.get(text.slice(offset, offset + 2));
  if (pair !== undefined) return { kind: pair, text: pair, offset, end: offset + 2 };
  const single = text[offset]!;
  if (!singles.has(single)) throw syntaxError(text, offset, `unexpected character ${single}`);
  return { kind: single as Punctuation, text: single, offset, end: offset + 1 };
}

function syntaxError(text: string, offset: number, message: string): EngineError {
  return new EngineError('SQL_SYNTAX', `parser: ${message}`, {
    position: positionLookup(text)(offset),
  });
}
