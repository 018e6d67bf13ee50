import { type FunctionSignature, overload, overloaded, simple } from './signature.ts';

/** Zones are text: an IANA name such as Europe/Berlin, or an offset such as +02:00. */
export const ZONE_FUNCTIONS: readonly FunctionSignature[] = [
  simple(
    'from_utc_timestamp',
    'What local clocks of a zone show at the moment.',
    ['TIMESTAMP', 'STRING'],
    'TIMESTAMP',
    { aliases: ['at_time_zone'] },
  ),
  simple(
    'to_utc_timestamp',
    'The moment at which local clocks of a zone show that time.',
    ['TIMESTAMP', 'STRING'],
    'TIMESTAMP',
  ),
  offsetPart('timezone_hour', 'Whole hours of the offset of a zone at the moment.'),
  offsetPart('timezone_minute', 'Minutes of the offset of a zone at the moment, beside its hours.'),
];

function offsetPart(name: string, summary: string): FunctionSignature {
  return overloaded(name, summary, [
    overload(['STRING', 'TIMESTAMP'], 'BIGINT'),
    overload(['STRING', 'BIGINT'], 'BIGINT'),
  ]);
}
