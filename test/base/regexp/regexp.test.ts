import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { EngineError } from '../../../src/base/errors.ts';
import { REGEXP_INSTRUCTIONS_MAX } from '../../../src/base/limits.ts';
import { Regexp } from '../../../src/base/regexp/regexp.ts';
import { flagsOf, refuse } from './refuse.ts';

describe('syntax', () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ['', 'abc', ''],
    ['b|', 'abc', ''],
    ['a{,2}', 'a{,2}', 'a{,2}'],
    ['a{', 'a{', 'a{'],
    ['x{0}y', 'xy', 'y'],
    ['a{2,}', 'aaaa', 'aaaa'],
    ['a{2,}?', 'aaaa', 'aa'],
    ['(?i)straße', 'STRAẞE', 'STRAẞE'],
    ['(?i)k', '\u212a', '\u212a'],
    ['(?i:a)b', 'AB', null],
    ['(?i:a)b', 'Ab', 'Ab'],
    ['a(?i)b|c', 'C', 'C'],
    ['(?i)a(?-i)b', 'AB', null],
    ['(?s)a.b', 'a\nb', 'a\nb'],
    ['a.b', 'a\nb', null],
    ['a.b', 'a\rb', 'a\rb'],
    ['(?m)^b$', 'a\nb\nc', 'b'],
    ['^b$', 'a\nb\nc', null],
    ['a$', 'a\n', null],
    ['(?U)a+', 'aaa', 'a'],
    ['(?U)a+?', 'aaa', 'aaa'],
    ['\\Qa.b\\E+', 'a.bbb', 'a.bbb'],
    ['\\Q(', '(', '('],
    ['[]a]+', 'b]a', ']a'],
    ['[^]a]', ']ab', 'b'],
    ['[a-]+', 'b-a', '-a'],
    ['[-a]+', 'b-a', '-a'],
    ['[[:alpha:]]+', '1ab2', 'ab'],
    ['[[:^alpha:]_]+', 'ab_12c', '_12'],
    ['[[:word:][:space:]]+', '-a _-', 'a _'],
    ['[[a]+', '[a', '[a'],
    ['[\\]]', ']', ']'],
    ['\\pL\\PL', '1é1', 'é1'],
    ['\\p{Greek}+', 'abγδ', 'γδ'],
    ['\\p{^Greek}', 'γb', 'b'],
    ['[^\\p{L}\\d]', 'é1-', '-'],
    ['\\x{1F600}\\x41', '😀A', '😀A'],
    ['\\011\\0', '\t\0', '\t\0'],
    ['.', '😀', '😀'],
    ['^.$', '😀', '😀'],
    ['\\s', '\v', null],
    ['\\w+', 'aé', 'a'],
    ['(|a)*', 'aa', ''],
    ['(|a)+', 'aa', ''],
    ['(a|ab)(c|bcd)(d*)', 'abcd', 'abcd'],
    ['\\A\\z', '', ''],
    ['\\bfoo\\b', 'a foo.', 'foo'],
  ];

  it.each(cases)('/%s/ on %j matches %j', (pattern, text, expected) => {
    const match = new Regexp(pattern, flagsOf(''), refuse).find(text, 0);
    expect(match === null ? null : text.slice(match[0]!, match[1]!)).toBe(expected);
  });

  it('names groups in both spellings', () => {
    const regexp = new Regexp('(?P<year>\\d+)-(?<month>\\d+)', flagsOf(''), refuse);
    expect([...regexp.groupNames]).toEqual([
      ['year', 1],
      ['month', 2],
    ]);
    expect([...regexp.find('on 2024-05', 0)!]).toEqual([3, 10, 3, 7, 8, 10]);
  });

  it('keeps what a repeated group matched last, and −1 for a group without part', () => {
    const find = (pattern: string, text: string) =>
      Array.from(new Regexp(pattern, flagsOf(''), refuse).find(text, 0) ?? []);
    expect(find('(?:(a)|b)*', 'ab')).toEqual([0, 2, 0, 1]);
    expect(find('(a)|(b)', 'b')).toEqual([0, 1, -1, -1, 0, 1]);
    expect(find('(a*)+', 'b')).toEqual([0, 0, 0, 0]);
  });

  it('an empty match never touches the one before', () => {
    const matches = [...new Regexp('a*', flagsOf(''), refuse).findAll('baac😀', 0)];
    expect(matches.map((match) => [...match])).toEqual([
      [0, 0],
      [1, 3],
      [4, 4],
      [6, 6],
    ]);
  });
});

describe('patterns that are refused', () => {
  const cases: readonly (readonly [string, ErrorCode, RegExp])[] = [
    ['a(b', 'INVALID_QUERY', /expected \) for this \(, at character 2/],
    ['ab)', 'INVALID_QUERY', /without its \(, at character 3/],
    ['a[b', 'INVALID_QUERY', /expected \] to close the class, at character 2/],
    ['[z-a]', 'INVALID_QUERY', /lower to a higher character, at character 2/],
    ['[a-\\d]', 'INVALID_QUERY', /lower to a higher/],
    ['*a', 'INVALID_QUERY', /nothing to repeat before \*, at character 1/],
    ['a|+', 'INVALID_QUERY', /nothing to repeat before \+, at character 3/],
    ['a**', 'INVALID_QUERY', /quantifier after another; write a group, at character 3/],
    ['a{3,2}', 'INVALID_QUERY', /wrong way around/],
    ['a{1001}', 'INVALID_QUERY', /count above 1000, at character 2/],
    ['a{2,1001}', 'INVALID_QUERY', /count above 1000/],
    ['a\\', 'INVALID_QUERY', /expected a character after \\, found the end, at character 2/],
    ['\\y', 'INVALID_QUERY', /unknown escape \\y/],
    ['\\x4', 'INVALID_QUERY', /two digits/],
    ['\\x{110000}', 'INVALID_QUERY', /code point/],
    ['\\p{Klingon}', 'INVALID_QUERY', /unknown Unicode property 'Klingon'/],
    ['\\p{L', 'INVALID_QUERY', /unknown Unicode property/],
    ['[[:constructor:]]', 'INVALID_QUERY', /unknown class/],
    ['(?<a b>x)', 'INVALID_QUERY', /name of letters/],
    ['(?<a>x)(?<a>y)', 'INVALID_QUERY', /two groups are called a/],
    ['(?x)a', 'INVALID_QUERY', /unknown kind of group/],
    ['(a', 'INVALID_QUERY', /at character 1/],
    ['((a{1000}){1000}){1000}', 'INVALID_QUERY', /more than 10000 instructions/],
    ['(?:(?:(?:){1000}){1000}){1000}', 'INVALID_QUERY', /more than 10000 instructions/],
    ['('.repeat(300), 'INVALID_QUERY', /more than 100 groups/],
    ['(?:'.repeat(300), 'INVALID_QUERY', /deeper than 250/],
    ['a'.repeat(40_000), 'INVALID_QUERY', /32768 characters at most, found 40000/],
    ['(a)\\1', 'NOT_SUPPORTED', /a back-reference \(\\1\) is not supported, at character 4/],
    [
      '(?P<n>a)(?P=n)',
      'NOT_SUPPORTED',
      /back-reference \(\?P=…\) is not supported, at character 9/,
    ],
    ['(?<n>a)\\k<n>', 'NOT_SUPPORTED', /back-reference \(\\k\)/],
    ['a(?=b)', 'NOT_SUPPORTED', /look-ahead \(\?=…\) is not supported, at character 2/],
    ['a(?!b)', 'NOT_SUPPORTED', /look-ahead \(\?!…\)/],
    ['(?<=a)b', 'NOT_SUPPORTED', /look-behind \(\?<=…\) is not supported, at character 1/],
    ['(?<!a)b', 'NOT_SUPPORTED', /look-behind/],
    ['(?>a)', 'NOT_SUPPORTED', /atomic group/],
    ['a*+', 'NOT_SUPPORTED', /possessive quantifier/],
    ['a\\Z', 'NOT_SUPPORTED', /\\Z/],
  ];

  it.each(cases)('/%s/ is %s', (pattern, code, message) => {
    let caught: unknown;
    try {
      new Regexp(pattern, flagsOf(''), refuse);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(EngineError);
    expect(caught).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('the number of steps', () => {
  const hostile: readonly (readonly [string, string])[] = [
    ['(a*)*b', 'a'],
    ['(a+)+$', 'a'],
    ['(a|aa)+b', 'a'],
    ['(a|a)*b', 'a'],
    ['(?:a?){30}a{30}', 'a'],
    ['(.*)(.*)(.*)(.*)(.*)x', 'y'],
    ['(\\w+\\s*)+:', 'a '],
  ];

  it.each(hostile)('/%s/ on many %j grows with the text only', (pattern, unit) => {
    const stepsFor = (length: number) => {
      const regexp = new Regexp(pattern, flagsOf(''), refuse);
      regexp.find(`${unit.repeat(length)}!`, 0);
      return regexp.stepCount;
    };
    const [short, long] = [stepsFor(1_000), stepsFor(10_000)];
    expect(long).toBeLessThanOrEqual(11 * short);
    expect(long / 10_000).toBeLessThan(2 * REGEXP_INSTRUCTIONS_MAX);
  });
});
