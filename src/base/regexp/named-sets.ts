import { complementOf, type Ranges } from './character-set.ts';

/** Ranges of ASCII characters, written as pairs of first and last. */
function pairs(text: string): Ranges {
  return Array.from(text, (character) => character.codePointAt(0)!);
}

const DIGIT = pairs('09');
const WORD = pairs('09AZ__az');
const PUNCTUATION = pairs('!/:@[`{~');

/** `\d`, `\w` and `\s` are ASCII, as in RE2; a capital letter is the opposite. */
const PERL: Readonly<Record<string, Ranges>> = { d: DIGIT, w: WORD, s: pairs('\t\n\f\r  ') };

const POSIX: ReadonlyMap<string, Ranges> = new Map(
  Object.entries({
    alnum: pairs('09AZaz'),
    alpha: pairs('AZaz'),
    ascii: pairs('\0\x7f'),
    blank: pairs('\t\t  '),
    cntrl: pairs('\0\x1f\x7f\x7f'),
    digit: DIGIT,
    graph: pairs('!~'),
    lower: pairs('az'),
    print: pairs(' ~'),
    punct: PUNCTUATION,
    space: pairs('\t\r  '),
    upper: pairs('AZ'),
    word: WORD,
    xdigit: pairs('09AFaf'),
  }),
);

/** The characters of `\d`, `\D`, `\w`, `\W`, `\s` or `\S` by that letter, or null for another. */
export function perlSet(letter: string): Ranges | null {
  const ranges = PERL[letter.toLowerCase()];
  if (ranges === undefined) return null;
  return letter in PERL ? ranges : complementOf(ranges);
}

/** The characters of `[:name:]` or `[:^name:]`, or null for an unknown name. */
export function posixSet(name: string): Ranges | null {
  const isNegated = name.startsWith('^');
  const ranges = POSIX.get(isNegated ? name.slice(1) : name);
  if (ranges === undefined) return null;
  return isNegated ? complementOf(ranges) : ranges;
}

/** True for the characters of `\w`, which decide where words end. */
export function isWordCharacter(codePoint: number): boolean {
  return (
    (codePoint >= 0x61 && codePoint <= 0x7a) ||
    (codePoint >= 0x41 && codePoint <= 0x5a) ||
    (codePoint >= 0x30 && codePoint <= 0x39) ||
    codePoint === 0x5f
  );
}

/**
 * A test of one character for a Unicode property: a general category such as `L` or `Lu`, or a
 * script such as `Greek`, as RE2 names them. Null for an unknown one. The JavaScript engine's tables
 * answer it.
 */
export function unicodeProperty(name: string): RegExp | null {
  const known = properties.get(name);
  if (known !== undefined || !/^\w+$/.test(name)) return known ?? null;
  for (const property of [`General_Category=${name}`, `Script=${name}`]) {
    try {
      const pattern = new RegExp(`^\\p{${property}}$`, 'u');
      properties.set(name, pattern);
      return pattern;
    } catch {
      // Not of this kind: the next one is tried.
    }
  }
  return null;
}

/** Tests by name: the JavaScript engine takes its time to make one. Only names that exist are kept. */
const properties = new Map<string, RegExp>();
