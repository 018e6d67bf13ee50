import { describe, expect, it } from 'vitest';
import { SQL_TEXT_CHARACTERS_MAX } from '../../src/base/limits.ts';
import { tokenize } from '../../src/sql/lexer.ts';
import { errorOf } from '../support/engine-error.ts';

const kinds = (text: string) => tokenize(text).map(({ kind }) => kind);
const texts = (text: string) => tokenize(text).map((token) => token.text);

describe('tokens of SQL text', () => {
  it('knows keywords in any case and keeps names as written', () => {
    expect(kinds('SELECT sElEcT selected')).toEqual(['SELECT', 'SELECT', 'name', 'end']);
    expect(texts('Origin _x $1 größe')).toEqual(['Origin', '_x', '$1', 'größe', '']);
  });

  it('reads quoted names and strings with doubled quotes', () => {
    expect(texts(`"a ""b""" \`c\`\`\` 'it''s' ''`)).toEqual(['a "b"', 'c`', "it's", '', '']);
    expect(kinds(`"select" 'select'`)).toEqual(['quoted', 'string', 'end']);
  });

  it('reads numbers with points and exponents', () => {
    expect(texts('1 1.5 .5 2. 1e3 1.5E-3 9007199254740993')).toEqual([
      ...['1', '1.5', '.5', '2.', '1e3', '1.5E-3', '9007199254740993', ''],
    ]);
  });

  it('takes the longest operator and the spellings != and == for <> and =', () => {
    expect(kinds('<>!=<=>=====||::')).toEqual([
      '<>',
      '<>',
      '<=',
      '>=',
      '=',
      '=',
      '||',
      '::',
      'end',
    ]);
  });

  it('skips comments and blanks of all kinds', () => {
    expect(kinds('1 -- x\n/* y\n ** */+\t\r\n\u00a02--')).toEqual(['number', '+', 'number', 'end']);
  });

  it('gives every token its place in the text', () => {
    const [first, second] = tokenize("  ab 'c''d'");
    expect([first!.offset, first!.end]).toEqual([2, 4]);
    expect([second!.offset, second!.end]).toEqual([5, 11]);
  });

  it('refuses text beyond the limit before looking at it', () => {
    const error = errorOf(() => tokenize(' '.repeat(SQL_TEXT_CHARACTERS_MAX + 1)));
    expect(error.code).toBe('SQL_SYNTAX');
    expect(tokenize(' '.repeat(SQL_TEXT_CHARACTERS_MAX))).toHaveLength(1);
  });
});
