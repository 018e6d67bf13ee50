/** Fields of a moment that patterns print as numbers; the time of the day in its several counts. */
export type NumberField =
  | 'year'
  | 'yearOfEra'
  | 'century'
  | 'weekYear'
  | 'week'
  | 'weekday'
  | 'sundayFirst'
  | 'weekFromSunday'
  | 'weekFromMonday'
  | 'month'
  | 'day'
  | 'dayOfYear'
  | 'hour'
  | 'hourFrom1'
  | 'halfHour'
  | 'halfHourFrom1'
  | 'minute'
  | 'second';

/** Fields that patterns print as words. */
export type WordField = 'month' | 'weekday' | 'half' | 'era';

/** How a zone is written: `+0200`, `+02:00`, `Z` or `+02:00`, its name, or its abbreviation. */
export type ZoneForm = 'digits' | 'colon' | 'iso' | 'name' | 'word';

/** One piece of a pattern. */
export type PatternPart =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'number';
      readonly field: NumberField;
      /** Digits that are printed at least; zeros fill them up. */
      readonly width: number;
      /** Digits that are read at most. */
      readonly widthMax: number;
      /** Only the last two digits of a year. */
      readonly isShortYear: boolean;
    }
  | { readonly kind: 'fraction'; readonly digits: number }
  | { readonly kind: 'word'; readonly field: WordField; readonly isFull: boolean }
  | { readonly kind: 'zone'; readonly form: ZoneForm };

/**
 * Compiles a pattern of letters as Joda-Time's `DateTimeFormat` and Java's `SimpleDateFormat` have
 * them: the letter says which field, its count how wide. Letters for the same field that only one of
 * them has are all read; where they differ, Joda's meaning holds (`Y` year of era, `x` year of the
 * week). Text in single quotes, everything that is no letter, and a bare `T` stand for themselves; two
 * quotes are one.
 *
 * @returns the parts, or what is wrong with the pattern.
 */
export function compileLetters(pattern: string): readonly PatternPart[] | string {
  const parts: PatternPart[] = [];
  for (const [token] of pattern.matchAll(LETTER_TOKENS)) {
    const letter = token[0]!;
    if (letter === "'") {
      if (token.length < 2 || !token.endsWith("'")) return 'a quote that is not closed';
      const inner = token.slice(1, -1).replaceAll("''", "'");
      parts.push({ kind: 'literal', text: inner === '' ? "'" : inner });
    } else if (/[A-SU-Za-z]/.test(letter)) {
      const part = letterPart(letter, token.length);
      if (part === null) return `the letter ${letter}`;
      parts.push(part);
    } else {
      parts.push({ kind: 'literal', text: token });
    }
  }
  return limitAdjacent(parts);
}

/**
 * Compiles a format of percent codes as C's `strftime` and DuckDB have them; `%-d` prints without
 * leading zeros.
 *
 * @returns the parts, or what is wrong with the format.
 */
export function compilePercents(format: string): readonly PatternPart[] | string {
  const parts: PatternPart[] = [];
  for (const [token] of format.matchAll(PERCENT_TOKENS)) {
    if (token[0] !== '%') {
      parts.push({ kind: 'literal', text: token });
      continue;
    }
    const code = token.at(-1)!;
    const found = token.length === 1 || !Object.hasOwn(PERCENTS, code) ? null : PERCENTS[code]!;
    if (found === null) return `the code ${token}`;
    const isBare = token.length === 3;
    parts.push(
      ...found.map((part) => (isBare && part.kind === 'number' ? { ...part, width: 1 } : part)),
    );
  }
  return limitAdjacent(parts);
}

const LETTER_TOKENS = /'(?:[^']|'')*'?|([A-SU-Za-z])\1*|[^A-SU-Za-z']+/g;
const PERCENT_TOKENS = /%-?.|%|[^%]+/gsu;

/** Digits of a number at most where nothing else limits them. */
const DIGITS_MAX = 9;

const LETTER_FIELDS: Readonly<Record<string, NumberField>> = {
  C: 'century',
  D: 'dayOfYear',
  H: 'hour',
  K: 'halfHour',
  L: 'month',
  M: 'month',
  Y: 'yearOfEra',
  d: 'day',
  e: 'weekday',
  h: 'halfHourFrom1',
  k: 'hourFrom1',
  m: 'minute',
  s: 'second',
  u: 'year',
  w: 'week',
  x: 'weekYear',
  y: 'year',
};

function letterPart(letter: string, count: number): PatternPart | null {
  switch (letter) {
    case 'E':
      return word('weekday', count > 3);
    case 'G':
      return word('era', false);
    case 'S':
      return { kind: 'fraction', digits: count };
    case 'X':
      return { kind: 'zone', form: 'iso' };
    case 'Z':
      if (count > 2) return { kind: 'zone', form: 'name' };
      return { kind: 'zone', form: count === 1 ? 'digits' : 'colon' };
    case 'a':
      return word('half', false);
    case 'z':
      return { kind: 'zone', form: 'word' };
    default: {
      const field = LETTER_FIELDS[letter];
      if (field === undefined) return null;
      return field === 'month' && count > 2 ? word('month', count > 3) : number(field, count);
    }
  }
}

const YEAR_FIELDS: ReadonlySet<NumberField> = new Set(['year', 'yearOfEra', 'weekYear']);

function number(field: NumberField, width: number, isShort = width === 2): PatternPart {
  const isYear = YEAR_FIELDS.has(field);
  let widthMax = field === 'dayOfYear' ? 3 : 2;
  if (isYear && !isShort) widthMax = DIGITS_MAX;
  return { kind: 'number', field, width, widthMax, isShortYear: isYear && isShort };
}

function word(field: WordField, isFull: boolean): PatternPart {
  return { kind: 'word', field, isFull };
}

function literal(text: string): PatternPart {
  return { kind: 'literal', text };
}

const ISO_DATE = [number('year', 4), literal('-'), number('month', 2), literal('-')];
const TIME = [number('hour', 2), literal(':'), number('minute', 2), literal(':')];

const PERCENTS: Readonly<Record<string, readonly PatternPart[]>> = {
  '%': [literal('%')],
  A: [word('weekday', true)],
  B: [word('month', true)],
  F: [...ISO_DATE, number('day', 2)],
  G: [number('weekYear', 4)],
  H: [number('hour', 2)],
  I: [number('halfHourFrom1', 2)],
  M: [number('minute', 2)],
  S: [number('second', 2)],
  T: [...TIME, number('second', 2)],
  U: [number('weekFromSunday', 2)],
  V: [number('week', 2)],
  W: [number('weekFromMonday', 2)],
  X: [...TIME, number('second', 2)],
  Y: [number('year', 4)],
  Z: [{ kind: 'zone', form: 'word' }],
  a: [word('weekday', false)],
  b: [word('month', false)],
  c: [...ISO_DATE, number('day', 2), literal(' '), ...TIME, number('second', 2)],
  d: [number('day', 2)],
  f: [{ kind: 'fraction', digits: 6 }],
  g: [{ kind: 'fraction', digits: 3 }],
  h: [word('month', false)],
  j: [number('dayOfYear', 3)],
  m: [number('month', 2)],
  n: [{ kind: 'fraction', digits: 9 }],
  p: [word('half', false)],
  u: [number('weekday', 1)],
  w: [number('sundayFirst', 1)],
  x: [...ISO_DATE, number('day', 2)],
  y: [number('year', 2)],
  z: [{ kind: 'zone', form: 'digits' }],
};

/** A number in front of another one ends where its width says: `yyyyMMdd`. */
function limitAdjacent(parts: readonly PatternPart[]): readonly PatternPart[] {
  return parts.map((part, index) => {
    const next = parts[index + 1];
    const isAdjacent = next?.kind === 'number' || next?.kind === 'fraction';
    if (part.kind !== 'number' || !isAdjacent || part.widthMax <= part.width) return part;
    return { ...part, widthMax: part.field === 'year' ? Math.max(4, part.width) : part.width };
  });
}
