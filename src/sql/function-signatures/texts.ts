import { type FunctionSignature, simple, textOrBytes } from './signature.ts';

/** More functions on text: edits, measures, spelling. */
export const TEXT_FUNCTIONS: readonly FunctionSignature[] = [
  simple(
    'translate',
    'Each character of the second text replaced by its counterpart in the third, or left out.',
    ['STRING', 'STRING', 'STRING'],
    'STRING',
  ),
  simple(
    'overlay',
    'The second text in place of as many characters of the first, or a number, from a position on.',
    ['STRING', 'STRING', 'BIGINT', 'BIGINT'],
    'STRING',
    { optionalCount: 1 },
  ),
  simple(
    'strrpos',
    'The position of the last occurrence of the second text in the first, 0 when it is not there.',
    ['STRING', 'STRING'],
    'BIGINT',
  ),
  simple(
    'locate',
    'The position of the first text in the second, from a position on, 0 when it is not there.',
    ['STRING', 'STRING', 'BIGINT'],
    'BIGINT',
    { optionalCount: 1 },
  ),
  simple(
    'remove',
    'The first text without the occurrences of the second.',
    ['STRING', 'STRING'],
    'STRING',
  ),
  simple(
    'substring_index',
    'The text before the n-th delimiter, or after the n-th from the end when n is negative.',
    ['STRING', 'STRING', 'BIGINT'],
    'STRING',
  ),
  simple('space', 'The given number of spaces.', ['BIGINT'], 'STRING'),
  textOrBytes('octet_length', 'The number of bytes, of a text in UTF-8.', [], 'BIGINT', {
    aliases: ['strlen'],
  }),
  textOrBytes('bit_length', 'The number of bits, of a text in UTF-8.', [], 'BIGINT'),
  simple(
    'find_in_set',
    'The place of the first text in a list with commas, 0 when it is not there.',
    ['STRING', 'STRING'],
    'BIGINT',
  ),
  simple('strcmp', 'The order of two texts: −1, 0 or 1.', ['STRING', 'STRING'], 'BIGINT'),
  simple(
    'normalize',
    'The text in a Unicode normal form: NFC if none is given, NFD, NFKC or NFKD.',
    ['STRING', 'STRING'],
    'STRING',
    { optionalCount: 1, aliases: ['nfc_normalize'] },
  ),
  simple('soundex', 'The American Soundex code of an English name.', ['STRING'], 'STRING'),
  simple(
    'difference',
    'The number of places, 0 to 4, in which the Soundex codes of two names agree.',
    ['STRING', 'STRING'],
    'BIGINT',
  ),
];

/** How far apart two texts are. */
export const DISTANCE_FUNCTIONS: readonly FunctionSignature[] = [
  simple(
    'hamming_distance',
    'The number of places in which two texts differ, −1 when their lengths do.',
    ['STRING', 'STRING'],
    'BIGINT',
    { aliases: ['hamming', 'mismatches'] },
  ),
  simple(
    'levenshtein',
    'The least number of insertions, deletions and substitutions from one text to the other.',
    ['STRING', 'STRING'],
    'BIGINT',
    { aliases: ['levenshtein_distance', 'le_dst', 'editdist3'] },
  ),
  simple(
    'damerau_levenshtein',
    'The least number of insertions, deletions, substitutions and swaps of neighbours.',
    ['STRING', 'STRING'],
    'BIGINT',
    { aliases: ['damerau_levenshtein_distance', 'dle_dst'] },
  ),
  simple(
    'jaro_similarity',
    'The Jaro similarity of two texts, from 0 to 1.',
    ['STRING', 'STRING'],
    'DOUBLE',
    { aliases: ['jaro_sim'] },
  ),
  simple('jaro_distance', 'One minus the Jaro similarity.', ['STRING', 'STRING'], 'DOUBLE', {
    aliases: ['jaro_dst'],
  }),
  winkler(
    'jaro_winkler_similarity',
    'The Jaro similarity, higher for texts that start alike; then weight and threshold of that.',
    ['jw_sim', 'jaro_winkler_sim'],
  ),
  winkler('jaro_winkler_distance', 'One minus the Jaro–Winkler similarity.', [
    'jw_dst',
    'jaro_winkler_dst',
  ]),
];

function winkler(name: string, summary: string, aliases: readonly string[]): FunctionSignature {
  const parameters = ['STRING', 'STRING', 'DOUBLE', 'DOUBLE'] as const;
  return simple(name, summary, parameters, 'DOUBLE', { optionalCount: 2, aliases });
}
