import { beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import type { DataType, Value } from '../../src/base/types.ts';
import { Evaluator } from './evaluation.ts';
import { TextOracle } from './text-oracle.ts';

const evaluator = new Evaluator();
type Argument = readonly [DataType, Value];
const text = (value: Value): Argument => ['STRING', value];

describe('regular expressions over columns give what DuckDB gives', () => {
  const oracle = new TextOracle([
    {
      name: 's',
      type: 'STRING',
      values: [
        'hello world',
        '',
        'a1b22',
        'Éa😀z',
        'foo\nbar',
        'ABC abc',
        'aaa',
        null,
        'x.y',
        '2024-05-06',
      ],
    },
    {
      name: 'p',
      type: 'STRING',
      values: [
        'o+',
        '^$',
        '[a-z]\\d',
        '\\pL',
        '^bar',
        '(?i)abc$',
        '(a|aa)*?b',
        'q',
        null,
        '(\\d+)-',
      ],
    },
  ]);
  beforeAll(() => oracle.start());

  it.each([
    ...["regexp_matches(s, 'o')", 'regexp_matches(s, p)', "regexp_matches(s, '^a.*2$')"],
    ...["regexp_matches(s, 'ABC', 'i')", "regexp_matches(s, 'o.b', 's')", "regexp_matches(s, '')"],
    ...["regexp_extract(s, '(\\w)(\\w+)')", "regexp_extract(s, '(\\w)(\\w+)', 2)"],
    ...['regexp_extract(s, p)', "regexp_extract(s, '(x)|(a)', 1)", "regexp_extract(s, '\\d+$')"],
    ...[
      "regexp_extract(s, '(?:(a)|b)*', 1)",
      "regexp_extract(s, '(|a)+')",
      "regexp_extract(s, '(a*)+', 1)",
    ],
    ...[
      "regexp_extract(s, '(|a)*')",
      "regexp_extract(s, '(?U)a+')",
      "regexp_extract(s, '[[:upper:]]+')",
    ],
  ])('%s', (expression) => oracle.expectSame(expression));

  it.each([
    ["regexp_replace(s, '[aeo]', '<\\0>')", "regexp_replace(s, '[aeo]', '<\\0>', 'g')"],
    ["regexp_replace(s, '(\\w)(\\w)', '\\2\\1')", "regexp_replace(s, '(\\w)(\\w)', '\\2\\1', 'g')"],
    ["regexp_replace(s, 'a*', '-')", "regexp_replace(s, 'a*', '-', 'g')"],
    ["regexp_replace(s, '', '.')", "regexp_replace(s, '', '.', 'g')"],
    ["regexp_replace(s, '\\b', '|')", "regexp_replace(s, '\\b', '|', 'g')"],
    ["regexp_replace(s, '(?i)ABC', 'x', 0, 0)", "regexp_replace(s, '(?i)ABC', 'x')"],
    ["regexp_replace(s, p, '_')", "regexp_replace(s, p, '_', 'g')"],
    ["regexp_count(s, '[a-z]')", "len(regexp_extract_all(s, '[a-z]'))"],
    ["s RLIKE 'a.?b'", "regexp_matches(s, 'a.?b')"],
    ["s NOT REGEXP '^[a-z]'", "NOT regexp_matches(s, '^[a-z]')"],
  ])('%s is %s', (ours, duckdb) => oracle.expectSame(ours, duckdb));
});

describe('regular expressions', () => {
  const cases: readonly (readonly [string, readonly Argument[], Value])[] = [
    ["regexp_like(?, 'B')", [text('abc')], false],
    ["regexp_like(?, 'B', 'i')", [text('abc')], true],
    ["regexp_like(?, 'B', 'ic')", [text('abc')], false],
    ["regexp_like(?, '^b$', 'm')", [text('a\nb')], true],
    ["regexp_like(?, 'a.b', 'n')", [text('a\nb')], true],
    ["regexpLikeVar(?, '\\bfoo\\b')", [text('a foo')], true],
    ['regexp_like(?, ?)', [text('abc'), text(null)], null],
    ["regexp_extract(?, 'ab(.)(x){0,1}', 1, 'no')", [text('zabc')], 'c'],
    ["regexp_extract(?, 'ab(.)(x){0,1}', 2, 'no')", [text('zabc')], 'no'],
    ["regexp_extract(?, 'ab(.)', 5, 'no')", [text('zabc')], 'no'],
    ["regexp_extract(?, 'ab(.)', -1)", [text('zabc')], ''],
    ["regexp_extract(?, 'q')", [text('zabc')], ''],
    ["regexp_replace(?, '(b)(c)', '$2$1')", [text('abcd')], 'acbd'],
    ["regexp_replace(?, '(b)', '$12')", [text('abc')], 'ab2c'],
    ["regexp_replace(?, ?, '[$' || '{x}]')", [text('abc'), text('(?<x>b)')], 'a[b]c'],
    ["regexp_replace(?, 'b', '$\\$\\\\1')", [text('abc')], 'a$$\\1c'],
    ["regexp_replace(?, 'a', 'x', 1)", [text('aaa')], 'axx'],
    ["regexp_replace(?, 'a', 'x', 1, 1)", [text('aaa')], 'aax'],
    ["regexp_replace(?, 'a', 'x', 1, 5)", [text('aaa')], 'aaa'],
    ["regexp_replace(?, 'A', 'x', 0, -1, 'i')", [text('aaa')], 'xxx'],
    ["regexp_replace(?, '.', 'x', 1, 0)", [text('😀😀a')], '😀xa'],
    ["regexp_count(?, 'a+')", [text('abaab')], 2n],
    ["regexp_count(?, 'a', 2)", [text('abaab')], 2n],
    ["regexp_count(?, 'A', 1, 'i')", [text('abaab')], 3n],
    ["regexp_count(?, '')", [text('a😀')], 3n],
    ["regexp_substr(?, '\\d+')", [text('a12b345')], '12'],
    ["regexp_substr(?, '\\d+', 1, 2)", [text('a12b345')], '345'],
    ["regexp_substr(?, '\\d+', 3)", [text('a12b345')], '2'],
    ["regexp_substr(?, '\\d+', 1, 3)", [text('a12b345')], null],
    ["regexp_substr(?, 'B', 1, 1, 'i')", [text('abc')], 'b'],
    ['regexp_escape(?)', [text('a.b\\c-(d)')], 'a\\.b\\\\c\\-\\(d\\)'],
    ['regexp_like(?, regexp_escape(?))', [text('1+1=2?'), text('1+1=2?')], true],
  ];

  it.each(cases)('%s of %o', (expression, args, expected) => {
    expect(evaluator.one(expression, ...args)).toEqual(expected);
  });

  it('give NULL once for an entry of a dictionary that has no match', () => {
    const column = { name: 's', type: 'STRING', values: ['a1', 'b', null, 'a1', 'b'] } as const;
    const expected = ['1', null, null, '1', null];
    expect(evaluator.sql("regexp_substr(s, '\\d')", [column])).toEqual(expected);
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["regexp_like(?, '(')", 'INVALID_QUERY', /expected \) for this \(, at character 1/],
    ["regexp_like(?, '(a)\\1')", 'NOT_SUPPORTED', /back-reference \(\\1\) .* character 4/],
    ["regexp_like(?, 'a', 'x')", 'INVALID_QUERY', /flags i, c, m, n or s, found 'x'/],
    ["regexp_replace(?, 'a', '\\1')", 'INVALID_QUERY', /asks for group 1, and the pattern has 0/],
    ["regexp_replace(?, 'a', '$' || '{b}')", 'INVALID_QUERY', /group b, which is not there/],
    ["regexp_replace(?, '', repeat('x', 1000000))", 'MEMORY_LIMIT', /regexp_replace makes/],
    ['regexp_like(?, 5)', 'TYPE_MISMATCH', /regexp_like does not take/],
  ];

  it.each(refused)('%s is refused', (expression, code, message) => {
    const run = () => evaluator.one(expression, text('aaaaaaaaaaaaaaaaaaaa'));
    expect(run).toThrow(EngineError);
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});
