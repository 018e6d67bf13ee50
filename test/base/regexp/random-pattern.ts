import type { Prng } from '../../../src/base/prng.ts';

/** A random pattern and what comparisons must know of it. */
export interface Sample {
  readonly pattern: string;
  readonly canBeEmpty: boolean;
  /** A repeated part can be empty. */
  readonly hasEmptyLoop: boolean;
  readonly hasGroupInLoop: boolean;
  readonly hasGroup: boolean;
}

/** A pattern that means the same to RE2 and to JavaScript; `depth` levels of groups at most. */
export function randomPattern(random: Prng, depth: number): Sample {
  const options = list(1 + Number(random.float() < 0.3), () => sequence(random, depth));
  return {
    ...combine(options, '|'),
    canBeEmpty: options.some((option) => option.canBeEmpty),
  };
}

function sequence(random: Prng, depth: number): Sample {
  return combine(
    list(random.integer(0, 4), () => quantified(random, depth)),
    '',
  );
}

function combine(parts: readonly Sample[], separator: string): Sample {
  return {
    pattern: parts.map((part) => part.pattern).join(separator),
    canBeEmpty: parts.every((part) => part.canBeEmpty),
    hasEmptyLoop: parts.some((part) => part.hasEmptyLoop),
    hasGroupInLoop: parts.some((part) => part.hasGroupInLoop),
    hasGroup: parts.some((part) => part.hasGroup),
  };
}

const QUANTIFIERS = ['*', '+', '?', '{2}', '{0,2}', '{1,}', '{2,3}', '{0}', '{3,}'];

function quantified(random: Prng, depth: number): Sample {
  if (random.float() < 0.15) return plain(random.pick(['^', '$', '\\b', '\\B']), true);
  const body = atom(random, depth);
  if (random.float() < 0.55) return body;
  const quantifier = random.pick(QUANTIFIERS);
  return {
    pattern: body.pattern + quantifier + random.pick(['', '', '?']),
    canBeEmpty: body.canBeEmpty || /[*?]|\{0/.test(quantifier),
    hasEmptyLoop: body.hasEmptyLoop || body.canBeEmpty,
    hasGroupInLoop: body.hasGroup,
    hasGroup: body.hasGroup,
  };
}

const ATOMS = [
  ...['a', 'b', 'A', 'k', '.', '\\d', '\\D', '\\w', '\\W', '\\.', '\\n', '\\x41', '😀', 'é'],
  ...['[ab]', '[^a]', '[a-k]', '[\\d_]', '[^\\d ]', '[A-Z]', '[é-😀]', '[\\x61\\-]', '\\/'],
  ...['[^\\n]', '\\p{L}', '\\P{L}', '[\\p{Nd}b]', '\\t'],
];

function atom(random: Prng, depth: number): Sample {
  if (depth === 0 || random.float() < 0.7) return plain(random.pick(ATOMS), false);
  const body = randomPattern(random, depth - 1);
  const isGroup = random.float() < 0.6;
  return {
    ...body,
    pattern: isGroup ? `(${body.pattern})` : `(?:${body.pattern})`,
    hasGroup: body.hasGroup || isGroup,
  };
}

function plain(pattern: string, canBeEmpty: boolean): Sample {
  return { pattern, canBeEmpty, hasEmptyLoop: false, hasGroupInLoop: false, hasGroup: false };
}

/** A short text of characters that the patterns are about. */
export function randomText(random: Prng): string {
  const alphabet = Array.from('aaabbAkK1_ .\n😀éÉ-');
  return list(random.integer(0, 12), () => random.pick(alphabet)).join('');
}

function list<Item>(count: number, make: () => Item): Item[] {
  return Array.from({ length: count }, make);
}
