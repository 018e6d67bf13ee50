import { type FunctionSignature, simple } from './signature.ts';

/**
 * Regular expressions, in RE2's syntax. Flags are letters: i for both cases, c for one, m for `^` and
 * `$` at every line, n or s for a dot that matches line breaks.
 */
export const REGEXP_FUNCTIONS: readonly FunctionSignature[] = [
  simple(
    'regexp_like',
    'True when the pattern matches somewhere in the text; flags are optional.',
    ['STRING', 'STRING', 'STRING'],
    'BOOLEAN',
    { aliases: ['regexp_like_var', 'regexp_matches', 'rlike', 'regexp'], optionalCount: 1 },
  ),
  simple(
    'regexp_extract',
    'What the first match, or its n-th group, holds; else the default, which is empty if not given.',
    ['STRING', 'STRING', 'BIGINT', 'STRING'],
    'STRING',
    { aliases: ['regexp_extract_var'], optionalCount: 2 },
  ),
  simple(
    'regexp_replace',
    'The text with matches replaced, from a character on and only the n-th if given, from 0; then flags.',
    ['STRING', 'STRING', 'STRING', 'BIGINT', 'BIGINT', 'STRING'],
    'STRING',
    { aliases: ['regexp_replace_var'], optionalCount: 3 },
  ),
  simple(
    'regexp_count',
    'The number of matches that do not overlap, from a position on if given; then flags.',
    ['STRING', 'STRING', 'BIGINT', 'STRING'],
    'BIGINT',
    { aliases: ['regexp_match_count'], optionalCount: 2 },
  ),
  simple(
    'regexp_substr',
    'The first match, or the n-th from a position on, NULL when there is none; then flags.',
    ['STRING', 'STRING', 'BIGINT', 'BIGINT', 'STRING'],
    'STRING',
    { optionalCount: 3 },
  ),
  simple(
    'regexp_escape',
    'A pattern that matches the text and nothing else.',
    ['STRING'],
    'STRING',
  ),
];
