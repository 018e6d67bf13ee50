import { describe, expect, it } from 'vitest';
import { Prng } from '../../../src/base/prng.ts';
import { foldCase } from '../../../src/base/regexp/case-fold.ts';
import { Regexp } from '../../../src/base/regexp/regexp.ts';
import { randomPattern, randomText } from './random-pattern.ts';
import { flagsOf, refuse } from './refuse.ts';

/*
 * The engine against JavaScript's own, on patterns that mean the same to both. They differ by design
 * where a repeated part matches nothing (JavaScript goes back and tries otherwise) and in what a
 * repeated group remembers (JavaScript forgets the round before): there only the start is compared.
 */

const SEED = 20_240_613;
const PATTERN_COUNT = 6_000;
const TEXTS_PER_PATTERN = 6;

describe('matches are those of JavaScript', () => {
  for (const flags of ['', 'i', 'm', 's', 'ims']) {
    it(`with the flags '${flags}', seed ${SEED}`, () => {
      const random = new Prng(SEED + flags.length);
      let matchCount = 0;
      for (let count = 0; count < PATTERN_COUNT / 5; count++) {
        const sample = randomPattern(random, 3);
        const ours = new Regexp(sample.pattern, flagsOf(flags), refuse);
        const theirs = new RegExp(sample.pattern, `dv${flags}`);
        for (let index = 0; index < TEXTS_PER_PATTERN; index++) {
          // JavaScript finds places of \B inside surrogate pairs, which are no places between characters.
          const anyText = randomText(random);
          const text = sample.pattern.includes('\\B') ? anyText.replaceAll('😀', '') : anyText;
          const what = `/${sample.pattern}/${flags} on ${JSON.stringify(text)}, seed ${SEED}`;
          const expected = theirs.exec(text)?.indices?.map((place) => place ?? [-1, -1]) ?? null;
          const actual = ours.find(text, 0);
          expect(ours.test(text), what).toBe(expected !== null);
          expect(actual?.[0], what).toBe(expected?.[0]?.[0]);
          if (actual === null || expected === null || sample.hasEmptyLoop) continue;
          matchCount++;
          const compared = sample.hasGroupInLoop ? 2 : actual.length;
          expect([...actual.slice(0, compared)], what).toEqual(expected.flat().slice(0, compared));
        }
      }
      expect(matchCount).toBeGreaterThan(1_000);
    });
  }

  it('one after the other', () => {
    const random = new Prng(SEED);
    for (let count = 0; count < 1_000; count++) {
      const sample = randomPattern(random, 2);
      if (sample.hasEmptyLoop || sample.canBeEmpty) continue;
      const text = randomText(random) + randomText(random);
      const ours = new Regexp(sample.pattern, flagsOf(''), refuse);
      const expected = [...text.matchAll(new RegExp(sample.pattern, 'gv'))].map(
        (match) => [match.index, match.index + match[0].length] as const,
      );
      const actual = [...ours.findAll(text, 0, 0)].map((match) => [...match]);
      expect(actual, `/${sample.pattern}/ on ${JSON.stringify(text)}`).toEqual(expected);
    }
  });
});

describe('folding of case', () => {
  it('is JavaScript’s for every character', () => {
    const letters: number[] = [];
    for (let point = 0; point <= 0x10_ffff; point++)
      if (foldCase(point) !== point) letters.push(point);
    expect(letters.length).toBeGreaterThan(1_000);
    for (const point of letters) {
      const folded = String.fromCodePoint(foldCase(point));
      const pattern = new RegExp(`^\\u{${point.toString(16)}}$`, 'iv');
      expect(pattern.test(folded), point.toString(16)).toBe(true);
    }
  });

  it('leaves no pair out', () => {
    for (let point = 0x80; point <= 0x1e943; point++) {
      const character = String.fromCodePoint(point);
      for (const other of [character.toUpperCase(), character.toLowerCase()]) {
        if (other === character || Array.from(other).length !== 1) continue;
        const isSame = new RegExp(`^\\u{${point.toString(16)}}$`, 'iv').test(other);
        const isOurs = foldCase(point) === foldCase(other.codePointAt(0)!);
        expect(isOurs, `${point.toString(16)} ${other}`).toBe(isSame);
      }
    }
  });
});
