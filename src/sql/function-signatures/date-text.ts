import { type FunctionSignature, overload, overloaded, simple } from './signature.ts';

/**
 * Moments as text. Patterns of letters are Joda-Time's and Java's (`yyyy-MM-dd HH:mm:ss`), formats of
 * percent codes are C's; BIGINT moments are milliseconds since 1970, as in Pinot.
 */
export const DATE_TEXT_FUNCTIONS: readonly FunctionSignature[] = [
  overloaded('to_date_time', 'The moment as a pattern writes it, in a zone (UTC if not given).', [
    overload(['BIGINT', 'STRING', 'STRING'], 'STRING', 1),
    overload(['TIMESTAMP', 'STRING', 'STRING'], 'STRING', 1),
  ]),
  simple(
    'from_date_time',
    'Milliseconds since 1970 of a text of a pattern, in a zone (UTC if not given), or a given number where it does not fit.',
    ['STRING', 'STRING', 'STRING', 'BIGINT'],
    'BIGINT',
    { optionalCount: 2 },
  ),
  overloaded('to_iso8601', 'The moment as ISO 8601 writes it, in a zone (UTC if not given).', [
    overload(['BIGINT', 'STRING'], 'STRING', 1),
    overload(['TIMESTAMP', 'STRING'], 'STRING', 1),
  ]),
  simple('from_iso8601', 'Milliseconds since 1970 of an ISO 8601 text.', ['STRING'], 'BIGINT'),
  overloaded(
    'from_timestamp',
    'The moment in milliseconds since 1970; with a pattern, as the pattern writes it.',
    [overload(['TIMESTAMP'], 'BIGINT'), overload(['TIMESTAMP', 'STRING'], 'STRING')],
  ),
  overloaded(
    'to_timestamp',
    'The moment of milliseconds since 1970, or of a text of a pattern, NULL where it does not fit.',
    [overload(['BIGINT'], 'TIMESTAMP'), overload(['STRING', 'STRING'], 'TIMESTAMP')],
  ),
  simple(
    'from_unixtime',
    'The moment of seconds since 1970, as a pattern writes it (yyyy-MM-dd HH:mm:ss if not given).',
    ['BIGINT', 'STRING'],
    'STRING',
    { optionalCount: 1 },
  ),
  overloaded(
    'unix_timestamp',
    'Seconds since 1970 of a moment, or of a text of a pattern, NULL where it does not fit.',
    [overload(['STRING', 'STRING'], 'BIGINT', 1), overload(['TIMESTAMP'], 'BIGINT')],
  ),
  simple('to_date', 'The day of the moment as text, yyyy-MM-dd.', ['TIMESTAMP'], 'STRING'),
  simple(
    'strftime',
    'The moment as a format of percent codes writes it, such as %Y-%m-%d.',
    ['TIMESTAMP', 'STRING'],
    'STRING',
  ),
  simple(
    'strptime',
    'The moment of a text of a format of percent codes.',
    ['STRING', 'STRING'],
    'TIMESTAMP',
  ),
];
