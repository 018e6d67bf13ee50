import { beforeAll, describe, expect, it } from 'vitest';
import type { DataType, Value } from '../../src/base/types.ts';
import { Evaluator } from './evaluation.ts';
import { TextOracle } from './text-oracle.ts';

const evaluator = new Evaluator();
type Argument = readonly [DataType, Value];
const text = (value: Value): Argument => ['STRING', value];

describe('functions on text over columns give what DuckDB gives', () => {
  const oracle = new TextOracle([
    {
      name: 's',
      type: 'STRING',
      values: ['hello', '', 'a1b22', 'Éa😀z', 'MARTHA', 'DIXON', 'crate', null, 'x.y', 'e\u0301'],
    },
    {
      name: 'u',
      type: 'STRING',
      values: ['yellow', 'abc', 'a2b12', 'z😀É', 'MARHTA', 'DICKSONX', 'trace', 'q', null, 'é'],
    },
    {
      name: 'ascii',
      type: 'STRING',
      values: ['hello', '', 'aa', 'abcd', 'kitten', 'ab', 'ca', null, 'ab', 'abcde'],
    },
    {
      name: 'other',
      type: 'STRING',
      values: ['hallo', 'x', 'a', 'badc', 'sitting', 'ba', 'abc', 'q', '', 'bcdea'],
    },
  ]);
  beforeAll(() => oracle.start());

  it.each([
    ...["translate(s, 'ela😀', 'XY')", "translate(s, 'aa', 'bc')", "translate(s, u, 'xyz')"],
    ...['bit_length(s)', 'strlen(s)', 'nfc_normalize(s)', 'strlen(nfc_normalize(s))'],
    ...[
      'levenshtein(ascii, other)',
      'editdist3(other, ascii)',
      'damerau_levenshtein(ascii, other)',
    ],
    ...["damerau_levenshtein(ascii, 'a cat')"],
  ])('%s', (expression) => oracle.expectSame(expression));

  it.each([
    ['octet_length(s)', 'strlen(s)'],
    [
      'jaro_similarity(ascii, other)',
      "if(ascii = '' AND other = '', 1, jaro_similarity(ascii, other))",
    ],
    ['round(jaro_winkler_similarity(s, s), 12)', "if(s = '', 1, jaro_winkler_similarity(s, s))"],
    [
      'round(jaro_winkler_similarity(ascii, other), 12)',
      'round(jaro_winkler_similarity(ascii, other), 12)',
    ],
  ] as const)('%s is %s', (ours, duckdb) => oracle.expectSame(ours, duckdb));
});

describe('functions on text', () => {
  const cases: readonly (readonly [string, readonly Argument[], Value])[] = [
    ["overlay(?, 'ZZ', 2)", [text('abcde')], 'aZZde'],
    ["overlay(?, 'ZZ', 2, 0)", [text('abcde')], 'aZZbcde'],
    ["overlay(?, 'ZZ', 2, 9)", [text('abcde')], 'aZZ'],
    ["overlay(?, 'Z', 1, 1)", [text('😀b')], 'Zb'],
    ["overlay(?, 'Z', 0)", [text('abc')], 'Zabc'],
    ["strrpos(?, 'a')", [text('banana')], 6n],
    ["strrpos(?, 'x')", [text('banana')], 0n],
    ["strrpos(?, '')", [text('😀b')], 3n],
    ["locate('an', ?)", [text('banana')], 2n],
    ["locate('an', ?, 3)", [text('😀anana')], 4n],
    ["locate('', ?, 7)", [text('banana')], 7n],
    ["locate('', ?, 8)", [text('banana')], 0n],
    ["locate('b', ?, 0)", [text('banana')], 0n],
    ["locate('x', ?)", [text('banana')], 0n],
    ["remove(?, 'an')", [text('banana')], 'ba'],
    ["remove(?, '')", [text('banana')], 'banana'],
    ["substring_index(?, '.', 2)", [text('www.mysql.com')], 'www.mysql'],
    ["substring_index(?, '.', -2)", [text('www.mysql.com')], 'mysql.com'],
    ["substring_index(?, '.', 0)", [text('www.mysql.com')], ''],
    ["substring_index(?, '.', 9)", [text('www.mysql.com')], 'www.mysql.com'],
    ["substring_index(?, '', 1)", [text('abc')], ''],
    ['space(?)', [['BIGINT', 3n]], '   '],
    ['space(?)', [['BIGINT', -1n]], ''],
    ['octet_length(?)', [text('aé€😀')], 10n],
    ["find_in_set(?, 'a,b,,c')", [text('b')], 2n],
    ["find_in_set(?, 'a,b,,c')", [text('')], 3n],
    ["find_in_set(?, 'a,b')", [text('a,b')], 0n],
    ["find_in_set(?, '')", [text('')], 0n],
    ["strcmp(?, 'b')", [text('a')], -1n],
    ["strcmp(?, 'b')", [text('b')], 0n],
    ["strcmp(?, '\uffff')", [text('😀')], 1n],
    ["length(normalize(?, 'NFD'))", [text('é')], 2n],
    ["normalize(?, 'nfkc')", [text('ﬁ')], 'fi'],
    ['length(normalize(?))', [text('e\u0301')], 1n],
    // Codes from the National Archives' page.
    ['soundex(?)', [text('Washington')], 'W252'],
    ['soundex(?)', [text('Lee')], 'L000'],
    ['soundex(?)', [text('Gutierrez')], 'G362'],
    ['soundex(?)', [text('Pfister')], 'P236'],
    ['soundex(?)', [text('Jackson')], 'J250'],
    ['soundex(?)', [text('Tymczak')], 'T522'],
    ['soundex(?)', [text('Ashcraft')], 'A261'],
    ['soundex(?)', [text("O'Hara")], 'O600'],
    ['soundex(?)', [text('123')], ''],
    ["difference(?, 'Smythe')", [text('Smith')], 4n],
    ["difference(?, 'Jones')", [text('Smith')], 2n],
    ["hamming_distance(?, 'kathrin')", [text('karolin')], 3n],
    ["hamming_distance(?, 'ab')", [text('abc')], -1n],
    ["hamming_distance(?, '😀b')", [text('😀a')], 1n],
    ["le_dst(?, 'sitting')", [text('kitten')], 3n],
    ["levenshtein_distance(?, 'b😀')", [text('😀')], 1n],
    ["levenshtein(?, '')", [text('')], 0n],
    ["dle_dst(?, 'abc')", [text('ca')], 2n],
    ["dle_dst(?, '')", [text('ca')], 2n],
    ["round(jaro_sim(?, 'MARHTA'), 6)", [text('MARTHA')], 0.944444],
    ["round(jaro_dst(?, 'DICKSONX'), 6)", [text('DIXON')], 0.233333],
    ["round(jw_sim(?, 'MARHTA'), 6)", [text('MARTHA')], 0.961111],
    ["round(jw_dst(?, 'DICKSONX'), 6)", [text('DIXON')], 0.186667],
    ["round(jw_sim(?, 'MARHTA', 0.25), 6)", [text('MARTHA')], 0.986111],
    ["round(jw_sim(?, 'MARHTA', 0.1, 0.95), 6)", [text('MARTHA')], 0.944444],
    ["jaro_sim(?, '')", [text('')], 1],
    ["jaro_sim(?, 'a')", [text('')], 0],
    ["jaro_sim(?, 'a')", [text('a')], 1],
    ['le_dst(?, ?)', [text('a'), text(null)], null],
  ];

  it.each(cases)('%s of %o', (expression, args, expected) => {
    expect(evaluator.one(expression, ...args)).toEqual(expected);
  });

  const refused: readonly (readonly [string, Argument, string, RegExp])[] = [
    ["normalize(?, 'NFX')", text('a'), 'INVALID_QUERY', /NFC, NFD, NFKC or NFKD, found 'NFX'/],
    [
      "levenshtein(?, 'a')",
      text('a'.repeat(5000)),
      'MEMORY_LIMIT',
      /4096 characters at most, found 5000/,
    ],
    ["jw_sim(?, 'a', 0.5)", text('a'), 'INVALID_QUERY', /weight from 0 to 0.25, found 0.5/],
    ['space(?)', ['BIGINT', 100_000_000n], 'MEMORY_LIMIT', /space makes/],
    ["translate(?, 'a')", text('a'), 'TYPE_MISMATCH', /translate takes 3 arguments, found 2/],
    ['strrpos(?, 5)', text('a'), 'TYPE_MISMATCH', /strrpos does not take/],
  ];

  it.each(refused)('%s is refused', (expression, argument, code, message) => {
    const run = () => evaluator.one(expression, argument);
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});
