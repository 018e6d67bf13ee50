import { type DataType, isInteger } from '../../base/types.ts';
import {
  type FunctionSignature,
  overload,
  overloaded,
  type Resolution,
  ruled,
  simple,
} from './signature.ts';

/** Numbers in other bases, and bytes as hexadecimal text. Negative numbers are in two's complement. */
export const BASE_FUNCTIONS: readonly FunctionSignature[] = [
  simple(
    'bin',
    'The 64 bits of a number as binary digits, without zeros in front.',
    ['BIGINT'],
    'STRING',
    { aliases: ['to_binary'] },
  ),
  overloaded(
    'hex',
    'The 64 bits of a number, the UTF-8 bytes of a text, or bytes, as hexadecimal digits.',
    [overload(['BIGINT'], 'STRING'), overload(['STRING'], 'STRING'), overload(['BYTES'], 'STRING')],
    { aliases: ['to_hex'] },
  ),
  simple(
    'unhex',
    'The text whose UTF-8 bytes the hexadecimal digits are; empty when they are no such digits.',
    ['STRING'],
    'STRING',
    { aliases: ['from_hex'] },
  ),
  simple('bytes_to_hex', 'The bytes as lower-case hexadecimal digits.', ['BYTES'], 'STRING'),
  simple(
    'hex_to_bytes',
    'The bytes of hexadecimal digits; NULL for other text.',
    ['STRING'],
    'BYTES',
  ),
  simple('to_utf8', 'The UTF-8 bytes of a text.', ['STRING'], 'BYTES'),
  simple('from_utf8', 'The text of UTF-8 bytes; NULL for other bytes.', ['BYTES'], 'STRING'),
  ruled(
    'conv',
    'A number from one base to another, each 2 to 36; signed when the second base is negative.',
    [3, 3],
    digits,
  ),
];

/** Numbers are read by their decimal digits, as text. */
function digits([number, from, to]: readonly DataType[]): Resolution | null {
  if (number !== 'STRING' && !isInteger(number!)) return null;
  if (!isInteger(from!) || !isInteger(to!)) return null;
  return { args: ['STRING', 'BIGINT', 'BIGINT'], result: 'STRING' };
}
