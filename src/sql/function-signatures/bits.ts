import type { DataType } from '../../base/types.ts';
import { type FunctionSignature, overload, overloaded, simple } from './signature.ts';

/**
 * Functions on the bits of integers in two's complement. INT has 32 bits and keeps them, BIGINT 64;
 * bit 0 is the lowest.
 */
export const BIT_FUNCTIONS: readonly FunctionSignature[] = [
  ofTwo('bit_and', 'The bits that both have.'),
  ofTwo('bit_or', 'The bits that one has.'),
  ofTwo('bit_xor', 'The bits that exactly one has.', ['xor']),
  overloaded('bit_not', 'Every bit turned over.', [
    overload(['INT'], 'INT'),
    overload(['BIGINT'], 'BIGINT'),
  ]),
  simple('bit_mask', 'The number with only bit n; 0 when n is not 0 to 63.', ['BIGINT'], 'BIGINT'),
  atPosition('bit_extract', 'Bit n, 0 or 1; 0 when there is no such bit.', ['extract_bit']),
  atPosition('get_bit', 'Bit n, 0 or 1; an error when there is no such bit.'),
  overloaded('set_bit', 'The number with bit n set to 1, or to the third argument.', [
    overload(['INT', 'BIGINT', 'BIGINT'], 'INT', 1),
    overload(['BIGINT', 'BIGINT', 'BIGINT'], 'BIGINT', 1),
  ]),
  overloaded(
    'bit_count',
    'How many bits are 1, or are like the second argument.',
    [overload(['INT', 'BIGINT'], 'INT', 1), overload(['BIGINT', 'BIGINT'], 'INT', 1)],
    { aliases: ['count_set'] },
  ),
  moving('bit_shift_left', 'Shifted left by n bits, n counted modulo the width.'),
  moving('bit_shift_right', 'Shifted right by n bits, n modulo the width; the sign comes in.'),
  moving(
    'bit_shift_right_unsigned',
    'Shifted right by n bits, n modulo the width; zeros come in.',
    ['bit_shift_right_logical', 'shift_right_unsigned'],
  ),
  moving('shift_left', 'Shifted left by n bits, right when n is negative; zeros come in.'),
  moving('shift_right', 'Shifted right by n bits, left when n is negative; zeros come in.'),
  moving('rotate_left', 'Rotated left by n bits: what goes out comes in on the other side.'),
  moving('rotate_right', 'Rotated right by n bits: what goes out comes in on the other side.'),
  simple('byteswap_int', 'The four bytes in reverse order.', ['INT'], 'INT'),
  simple('byteswap_long', 'The eight bytes in reverse order.', ['BIGINT'], 'BIGINT'),
];

function ofTwo(name: string, summary: string, aliases: readonly string[] = []): FunctionSignature {
  const overloads = [overload(['INT', 'INT'], 'INT'), overload(['BIGINT', 'BIGINT'], 'BIGINT')];
  return overloaded(name, summary, overloads, { aliases });
}

function moving(name: string, summary: string, aliases: readonly string[] = []): FunctionSignature {
  const widths: readonly DataType[] = ['INT', 'BIGINT'];
  const overloads = widths.map((width) => overload([width, 'BIGINT'], width));
  return overloaded(name, summary, overloads, { aliases });
}

function atPosition(
  name: string,
  summary: string,
  aliases: readonly string[] = [],
): FunctionSignature {
  const overloads = [overload(['INT', 'BIGINT'], 'INT'), overload(['BIGINT', 'BIGINT'], 'INT')];
  return overloaded(name, summary, overloads, { aliases });
}
