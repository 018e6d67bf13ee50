import { expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { Regexp } from '../../src/base/regexp/regexp.ts';
import { automatonOf } from '../../src/kernels/automaton.ts';
import type { KernelInstance } from '../../src/kernels/instance.ts';
import { Scratch } from '../../src/kernels/scratch.ts';
import { type TextPlaces, TextSearch } from '../../src/kernels/text-search.ts';
import { randomPattern, randomText } from '../base/regexp/random-pattern.ts';
import { flagsOf, refuse } from '../base/regexp/refuse.ts';
import { loadKernels } from './load.ts';

/*
 * The automaton against the machine that runs all ways through a pattern at once, which other tests hold
 * against JavaScript and RE2: the same matches, with the same groups.
 */

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`text search: SEED=${seed}\n`);

const TEXTS_ADDRESS = 65_536;
const SCRATCH_ADDRESS = 2 ** 20;
const MEMORY_PAGES = 64;
const PATTERN_COUNT = Number(process.env.PATTERNS ?? 150);
const TEXT_COUNT = 40;
const GROUPS_MAX = 7;

const shared = loadKernels('shared', MEMORY_PAGES);
const unshared = loadKernels('unshared', MEMORY_PAGES);

it('finds what the machine does', () => {
  const random = new Prng(seed);
  let matchCount = 0;
  for (let count = 0; count < PATTERN_COUNT; count++) {
    const { pattern } = randomPattern(random, 3);
    const flags = random.pick(['', '', 'i', 'm', 's', 'U', 'ims']);
    const texts = Array.from({ length: TEXT_COUNT }, () => longText(random));
    const regexp = new Regexp(pattern, flagsOf(flags), refuse);
    // Sets of many characters, repeated often, are too much for an automaton.
    if (automatonOf(regexp, 0) === null) continue;
    matchCount += compare(regexp, texts, `/${pattern}/${flags}, seed ${seed}`);
  }
  expect(matchCount).toBeGreaterThan(20 * PATTERN_COUNT);
});

it('skips what leaves a state as it is, whatever the texts hold', () => {
  const random = new Prng(seed);
  const patterns = [
    '^h(t*)p://([^/]+)/.*$',
    'x[^y]*y',
    '(a|b).*é',
    '[^é]*(é)',
    '(?s)b.*😀(.*)a',
    '^.*k',
  ];
  const texts = Array.from({ length: 200 }, () =>
    Array.from({ length: random.integer(0, 90) }, () =>
      random.pick(Array.from('http://xxxxxxxxxxxxxxyaaaaabbbbé😀\n')),
    ).join(''),
  );
  texts.push(...texts.map((text) => `http://${text}`));
  for (const pattern of patterns) {
    compare(new Regexp(pattern, flagsOf(''), refuse), texts, `/${pattern}/, seed ${seed}`);
  }
});

it('forgets states that are too many and goes on, or leaves texts out', () => {
  const random = new Prng(seed);
  const text = () => Array.from({ length: 4_000 }, () => random.pick(['a', 'b'])).join('');
  const texts = ['ab', ...Array.from({ length: 6 }, text), 'ba', ''];
  const regexp = new Regexp('(a|b)*a(a|b){11}$', flagsOf(''), refuse);
  const { search, set, places } = open(shared, regexp, null, texts);
  const rest = search.test(set, places, 0, 0, texts.length);
  expect(automatonOf(regexp, null)?.clearCount ?? 99).toBeGreaterThan(0);
  texts.forEach((one, code) => {
    if (!rest.includes(code)) expect(bit(shared, set, code)).toBe(regexp.test(one));
  });
  for (let round = 0; round < 3; round++) {
    const automaton = automatonOf(regexp, null);
    if (automaton === null) break;
    open(shared, regexp, null, texts).search.test(set, places, 0, 0, texts.length);
  }
  expect(automatonOf(regexp, null)).toBe(null);
});

it('leaves out a text whose search is longer than what is kept of it', () => {
  const texts = ['ab'.repeat(20_000), 'abab'];
  const regexp = new Regexp('(?:(a)b)+', flagsOf(''), refuse);
  const { search, places } = open(shared, regexp, 1, texts);
  const { rest, data } = search.find(places, 0, 0, 2, true);
  expect([...rest]).toEqual([0]);
  expect([...data]).toEqual([1, 0, 4, 2, 3]);
});

/** Compares all ways to search with the machine; returns how many matches there were. */
function compare(regexp: Regexp, texts: readonly string[], what: string): number {
  let matchCount = 0;
  const groupCount = Math.min(regexp.groupCount, GROUPS_MAX);
  for (const kernels of [shared, unshared]) {
    expect(tested(kernels, regexp, texts), what).toEqual(texts.map((text) => regexp.test(text)));
  }
  for (const firstOnly of [true, false]) {
    const actual = allFound(regexp, groupCount, texts, firstOnly);
    texts.forEach((text, index) => {
      const expected = firstOnly
        ? [regexp.find(text, 0, groupCount)].filter((match) => match !== null)
        : [...regexp.findAll(text, 0, groupCount)];
      const places = expected.map((match) => [...match].map((place) => bytePlace(text, place)));
      expect(actual[index], `${JSON.stringify(text)}, ${what}`).toEqual(places);
      matchCount += expected.length;
    });
  }
  return matchCount;
}

function longText(random: Prng): string {
  const pieces = random.pick([1, 1, 1, 5]);
  return Array.from({ length: pieces }, () => randomText(random)).join('');
}

function bytePlace(text: string, place: number): number {
  return place < 0 ? -1 : Buffer.byteLength(text.slice(0, place));
}

function tested(kernels: KernelInstance, regexp: Regexp, texts: readonly string[]): boolean[] {
  const { search, set, places } = open(kernels, regexp, null, texts);
  expect(search.test(set, places, 0, 0, texts.length)).toEqual([]);
  return texts.map((_, code) => bit(kernels, set, code));
}

function bit({ u8 }: KernelInstance, set: number, code: number): boolean {
  return (u8[set + (code >> 3)]! >> (code & 7)) % 2 === 1;
}

function allFound(
  regexp: Regexp,
  groupCount: number,
  texts: readonly string[],
  firstOnly: boolean,
): number[][][] {
  const { search, set, places } = open(shared, regexp, groupCount, texts);
  const codes = set;
  texts.forEach((_, code) => {
    shared.u32[codes / 4 + code] = texts.length - 1 - code;
  });
  const { data, count, words, rest } = search.find(places, codes, 0, texts.length, firstOnly);
  expect(rest).toEqual([]);
  const matches: number[][][] = texts.map(() => []);
  for (let match = 0; match < count; match++) {
    const [index, ...found] = Int32Array.from(data.subarray(match * words, (match + 1) * words));
    matches[texts.length - 1 - index!]!.push(found);
  }
  return matches;
}

function open(
  kernels: KernelInstance,
  regexp: Regexp,
  groupCount: number | null,
  texts: readonly string[],
): { readonly search: TextSearch; readonly set: number; readonly places: TextPlaces } {
  const { u8, u32 } = kernels;
  const scratch = new Scratch(SCRATCH_ADDRESS, u8.length);
  let end = TEXTS_ADDRESS + 4 * (texts.length + 1);
  const bytes = end;
  texts.forEach((text, index) => {
    u32[TEXTS_ADDRESS / 4 + index] = end - bytes;
    const utf8 = Buffer.from(text);
    u8.set(utf8, end);
    end += utf8.length;
  });
  u32[TEXTS_ADDRESS / 4 + texts.length] = end - bytes;
  const automaton = automatonOf(regexp, groupCount);
  if (automaton === null) throw new Error('the pattern has an automaton');
  const places = { offsets: TEXTS_ADDRESS, bytes, length: texts.length };
  const set = scratch.allocate(4096);
  u8.fill(0, set, set + 4096);
  return { search: new TextSearch(automaton, kernels, scratch), set, places };
}
