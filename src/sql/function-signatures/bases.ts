import type { DataType } from '../../base/types.ts';
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
    'The 64 bits of a number, or the UTF-8 bytes of a text, as hexadecimal digits.',
    [overload(['BIGINT'], 'STRING'), overload(['STRING'], 'STRING')],
    { aliases: ['to_hex'] },
  ),
  simple(
    'unhex',
    'The text whose UTF-8 bytes the hexadecimal digits are; empty when they are no such digits.',
    ['STRING'],
    'STRING',
    { aliases: ['from_hex'] },
  ),
  ruled(
    'conv',
    'A number from one base to another, each 2 to 36; signed when the second base is negative.',
    [3, 3],
    digits,
  ),
];

/** Numbers are read by their decimal digits, as text. */
function digits([number, from, to]: readonly DataType[]): Resolution | null {
  const isInteger = (type: DataType | undefined) => type === 'INT' || type === 'BIGINT';
  if (number !== 'STRING' && !isInteger(number)) return null;
  if (!isInteger(from) || !isInteger(to)) return null;
  return { args: ['STRING', 'BIGINT', 'BIGINT'], result: 'STRING' };
}
