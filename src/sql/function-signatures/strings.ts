import type { DataType } from '../../base/types.ts';
import {
  type FunctionSignature,
  type Resolution,
  ruled,
  simple,
  textOrBytes,
} from './signature.ts';

/** Functions on text. A character is a Unicode code point; positions count from 1. */
export const STRING_FUNCTIONS: readonly FunctionSignature[] = [
  simple('upper', 'The text in upper case.', ['STRING'], 'STRING', { aliases: ['ucase'] }),
  simple('lower', 'The text in lower case.', ['STRING'], 'STRING', { aliases: ['lcase'] }),
  simple(
    'initcap',
    'Each word with a capital first letter and the rest in lower case.',
    ['STRING'],
    'STRING',
  ),
  textOrBytes('length', 'The number of characters, or of bytes.', [], 'BIGINT', {
    aliases: ['char_length', 'character_length', 'len'],
  }),
  simple(
    'substr',
    'The part from a position on, of a length if given; a negative position counts from the end.',
    ['STRING', 'BIGINT', 'BIGINT'],
    'STRING',
    { aliases: ['substring'], optionalCount: 1 },
  ),
  simple(
    'left',
    'The first n characters; all but the last −n when n is negative.',
    ['STRING', 'BIGINT'],
    'STRING',
    { aliases: ['strleft', 'left_sub_str'] },
  ),
  simple(
    'right',
    'The last n characters; all but the first −n when n is negative.',
    ['STRING', 'BIGINT'],
    'STRING',
    { aliases: ['strright', 'right_sub_str'] },
  ),
  trimming('trim', 'The text without spaces, or the given characters, at both ends.', ['btrim']),
  trimming('ltrim', 'The text without spaces, or the given characters, at its start.'),
  trimming('rtrim', 'The text without spaces, or the given characters, at its end.'),
  padding('lpad', 'The text filled up at its start, or cut, to a number of characters.'),
  padding('rpad', 'The text filled up at its end, or cut, to a number of characters.'),
  simple(
    'replace',
    'The text with each occurrence of the second replaced by the third.',
    ['STRING', 'STRING', 'STRING'],
    'STRING',
  ),
  simple('reverse', 'The characters in reverse order.', ['STRING'], 'STRING'),
  simple('repeat', 'The text n times over.', ['STRING', 'BIGINT'], 'STRING'),
  ruled('concat', 'All texts in a row; NULL when one is NULL.', [1, Infinity], allText, {
    types: '(ANY, …) → STRING',
  }),
  ruled(
    'concat_ws',
    'The second and later texts that are not NULL, with the first between them.',
    [2, Infinity],
    allText,
    { types: '(ANY, ANY, …) → STRING' },
  ),
  simple(
    'strpos',
    'The position of the second text in the first, 0 when it is not there.',
    ['STRING', 'STRING'],
    'BIGINT',
    { aliases: ['position', 'instr'] },
  ),
  simple(
    'starts_with',
    'True when the first begins with the second.',
    ['STRING', 'STRING'],
    'BOOLEAN',
    {
      aliases: ['prefix'],
    },
  ),
  simple(
    'ends_with',
    'True when the first ends with the second.',
    ['STRING', 'STRING'],
    'BOOLEAN',
    {
      aliases: ['suffix'],
    },
  ),
  simple('contains', 'True when the second occurs in the first.', ['STRING', 'STRING'], 'BOOLEAN'),
  simple(
    'split_part',
    'The n-th part between separators, from the end when n is negative; empty when there is none.',
    ['STRING', 'STRING', 'BIGINT'],
    'STRING',
  ),
  simple('chr', 'The character with a code point.', ['BIGINT'], 'STRING'),
  simple(
    'ascii',
    'The code point of the first character, 0 for an empty text.',
    ['STRING'],
    'BIGINT',
    { aliases: ['unicode', 'ord', 'codepoint'] },
  ),
];

function trimming(
  name: string,
  summary: string,
  aliases: readonly string[] = [],
): FunctionSignature {
  return simple(name, summary, ['STRING', 'STRING'], 'STRING', { optionalCount: 1, aliases });
}

function padding(name: string, summary: string): FunctionSignature {
  return simple(name, summary, ['STRING', 'BIGINT', 'STRING'], 'STRING', { optionalCount: 1 });
}

/** Every type has a text form, so every argument is welcome. */
function allText(args: readonly DataType[]): Resolution {
  return { args: args.map(() => 'STRING'), result: 'STRING' };
}
