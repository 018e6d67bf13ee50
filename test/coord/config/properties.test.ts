import { expect, it } from 'vitest';
import { parseProperties } from '../../../src/coord/config/properties.ts';

const pairs = (text: string) =>
  parseProperties('f', text).properties.map(({ key, value, line }) => [key, value, line]);

it('separates keys and values with =, : or white space', () => {
  expect(pairs('a=1\nb:2\nc 3\n  d \t= 4 \ne\nf==6\ng = h = i')).toEqual([
    ['a', '1', 1],
    ['b', '2', 2],
    ['c', '3', 3],
    ['d', '4', 4],
    ['e', '', 5],
    ['f', '=6', 6],
    ['g', 'h = i', 7],
  ]);
});

it('skips comments and blank lines, whatever ends a line', () => {
  expect(pairs('# a=1\r\n ! b=2\r\r\n\nc=3#4')).toEqual([['c', '3#4', 5]]);
});

it('continues a line after an odd number of backslashes', () => {
  expect(pairs('a=1,\\\n   2,\\\n # 3\nb=x\\\\\nc=4\\')).toEqual([
    ['a', '1,2,# 3', 1],
    ['b', 'x\\', 4],
    ['c', '4', 5],
  ]);
});

it('resolves escapes in keys and values', () => {
  expect(pairs('a\\=b\\ c=\\u00e9\\t\\q\\:')).toEqual([['a=b c', 'é\tq:', 1]]);
  expect(() => parseProperties('f', 'a=1\nb=\\u12')).toThrow('coord: f:2: expected four');
});
