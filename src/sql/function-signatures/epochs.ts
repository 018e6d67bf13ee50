import { type FunctionSignature, overload, overloaded, simple } from './signature.ts';

const UNITS = ['seconds', 'minutes', 'hours', 'days'];

/** Pinot's functions on counts of units; BIGINT moments are milliseconds since 1970. */
export const EPOCH_FUNCTIONS: readonly FunctionSignature[] = [
  ...UNITS.flatMap((unit) => [
    toEpoch(`to_epoch_${unit}_rounded`, `Whole ${unit} since 1970-01-01, down to a multiple of n.`),
    toEpoch(`to_epoch_${unit}_bucket`, `Whole steps of n ${unit} since 1970-01-01.`),
    simple(
      `from_epoch_${unit}_bucket`,
      `The moment so many steps of n ${unit} after 1970-01-01.`,
      ['BIGINT', 'BIGINT'],
      'TIMESTAMP',
    ),
  ]),
  simple(
    'time_convert',
    'A count of one unit in another, cut towards zero.',
    ['BIGINT', 'STRING', 'STRING'],
    'BIGINT',
  ),
  simple(
    'date_bin',
    'The begin of the bin of that width, counted from the origin, that holds the moment.',
    ['STRING', 'TIMESTAMP', 'TIMESTAMP'],
    'TIMESTAMP',
  ),
];

function toEpoch(name: string, summary: string): FunctionSignature {
  return overloaded(name, summary, [
    overload(['TIMESTAMP', 'BIGINT'], 'BIGINT'),
    overload(['BIGINT', 'BIGINT'], 'BIGINT'),
  ]);
}
