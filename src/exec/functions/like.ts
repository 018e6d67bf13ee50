import type { Call } from '../../sql/expression.ts';
import { callError } from './implementation.ts';

/** Tells whether a text fits a pattern. */
export type Matcher = (text: string) => boolean;

const ANY_TEXT = -1; // %
const ANY_CHARACTER = -2; // _

/**
 * Compiles a LIKE pattern: `%` is any text, `_` one character (a Unicode code point). Matching takes
 * time linear in the text, times the pattern's length at worst: no backtracking beyond the last `%`.
 *
 * @param escapeText the character after which `%`, `_` and itself are plain; empty for none.
 * @throws EngineError INVALID_QUERY when the escape is longer than one character or ends the pattern.
 */
export function compileLike(pattern: string, escapeText: string, call: Call): Matcher {
  const symbols = parsePattern(pattern, escapeText, call);
  return symbols.includes(ANY_CHARACTER) ? generalMatcher(symbols) : piecewiseMatcher(symbols);
}

/** The pattern as code points, with wildcards as negative numbers and runs of `%` as one. */
function parsePattern(pattern: string, escapeText: string, call: Call): readonly number[] {
  const characters = Array.from(pattern);
  const escapes = Array.from(escapeText);
  if (escapes.length > 1) {
    throw callError(
      call,
      'INVALID_QUERY',
      `expected one character after ESCAPE, found '${escapeText}'`,
    );
  }
  const symbols: number[] = [];
  for (let index = 0; index < characters.length; index++) {
    let character = characters[index]!;
    if (character === escapes[0]) {
      character = characters[++index] ?? '';
      if (character === '') {
        throw callError(
          call,
          'INVALID_QUERY',
          `expected a character after the escape in the LIKE pattern '${pattern}', found its end`,
        );
      }
      symbols.push(character.codePointAt(0)!);
    } else if (character === '%') {
      if (symbols.at(-1) !== ANY_TEXT) symbols.push(ANY_TEXT);
    } else {
      symbols.push(character === '_' ? ANY_CHARACTER : character.codePointAt(0)!);
    }
  }
  return symbols;
}

/** Without `_`: plain pieces that must follow each other, the first and last tied to the ends. */
function piecewiseMatcher(symbols: readonly number[]): Matcher {
  const pieces = [''];
  for (const symbol of symbols) {
    if (symbol === ANY_TEXT) pieces.push('');
    else pieces.push(pieces.pop()! + String.fromCodePoint(symbol));
  }
  const [first, last] = [pieces[0]!, pieces.at(-1)!];
  if (pieces.length === 1) return (text) => text === first;
  const middle = pieces.slice(1, -1);
  if (middle.length === 0) {
    if (last === '') return (text) => text.startsWith(first);
    if (first === '') return (text) => text.endsWith(last);
  }
  if (middle.length === 1 && first === '' && last === '') {
    const [only] = middle;
    return (text) => text.includes(only!);
  }
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let position = first.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, position);
      if (found < 0 || found + piece.length > end) return false;
      position = found + piece.length;
    }
    return true;
  };
}

/** With `_`: two pointers over code points; on a mismatch the last `%` takes one character more. */
function generalMatcher(symbols: readonly number[]): Matcher {
  return (text) => {
    const points = Array.from(text, (character) => character.codePointAt(0)!);
    let [point, symbol] = [0, 0];
    let [retryPoint, retrySymbol] = [0, -1];
    while (point < points.length) {
      const expected = symbols[symbol];
      if (expected === ANY_TEXT) {
        retrySymbol = ++symbol;
        retryPoint = point;
      } else if (expected === ANY_CHARACTER || expected === points[point]) {
        symbol++;
        point++;
      } else if (retrySymbol >= 0) {
        symbol = retrySymbol;
        point = ++retryPoint;
      } else {
        return false;
      }
    }
    if (symbols[symbol] === ANY_TEXT) symbol++;
    return symbol === symbols.length;
  };
}
