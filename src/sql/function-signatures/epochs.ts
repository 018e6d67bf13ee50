import type { DataType } from '../../base/types.ts';
import {
  type FunctionSignature,
  overload,
  overloaded,
  type Resolution,
  ruled,
  simple,
} from './signature.ts';

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
  ruled(
    'date_time_convert',
    'A time of the first format in the second, cut to a granularity such as 15:MINUTES.',
    [4, 4],
    convertedType,
    { types: '(ANY, STRING, STRING, STRING) → ANY' },
  ),
  simple(
    'date_bin',
    'The begin of the bin of that width, counted from the origin, that holds the moment.',
    ['STRING', 'TIMESTAMP', 'TIMESTAMP'],
    'TIMESTAMP',
  ),
];

/** The format of the output, a literal, says the type. */
function convertedType(
  [value, ...formats]: readonly DataType[],
  [, , output = null]: readonly (string | null)[] = [],
): Resolution | null {
  if (formats.some((type) => type !== 'STRING')) return null;
  const accepted = { INT: 'BIGINT', BIGINT: 'BIGINT', STRING: 'STRING' } as const;
  const moments = { DATE: 'TIMESTAMP', TIMESTAMP: 'TIMESTAMP' } as const;
  const types: Readonly<Partial<Record<DataType, DataType>>> = { ...accepted, ...moments };
  const type = types[value!];
  if (type === undefined) return null;
  let result: DataType = 'BIGINT';
  if (/SIMPLE_DATE_FORMAT/i.test(output ?? '')) result = 'STRING';
  else if (/TIMESTAMP/i.test(output ?? '')) result = 'TIMESTAMP';
  return { args: [type, 'STRING', 'STRING', 'STRING'], result };
}

function toEpoch(name: string, summary: string): FunctionSignature {
  return overloaded(name, summary, [
    overload(['TIMESTAMP', 'BIGINT'], 'BIGINT'),
    overload(['BIGINT', 'BIGINT'], 'BIGINT'),
  ]);
}
