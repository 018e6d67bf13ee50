import type { DataType } from '../../base/types.ts';
import { type FunctionSignature, overload, overloaded, simple } from './signature.ts';

/** Further functions on numbers. Outside a domain they give NaN or ±Infinity, as those of math.ts. */
export const NUMBER_FUNCTIONS: readonly FunctionSignature[] = [
  ofDouble('log1p', 'The natural logarithm of 1 plus the number, exact near 0.'),
  ofDouble('expm1', 'e to the power of the number, less 1, exact near 0.'),
  ofDouble('exp2', '2 to the power of the number.'),
  ofDouble('exp10', '10 to the power of the number.'),
  ofDouble('sinh', 'The hyperbolic sine.'),
  ofDouble('cosh', 'The hyperbolic cosine.'),
  ofDouble('tanh', 'The hyperbolic tangent.'),
  ofDouble('asinh', 'The number with that hyperbolic sine.'),
  ofDouble('acosh', 'The number with that hyperbolic cosine.'),
  ofDouble('atanh', 'The number with that hyperbolic tangent.'),
  ofDouble('cot', 'The cotangent of an angle in radians.'),
  ofDouble('sigmoid', '1 / (1 + e^−x).'),
  ofDouble('square', 'The number times itself.'),
  ofDouble('even', 'The nearest even number that is not nearer to zero.'),
  ofDoubles('hypot', 'The square root of the sum of both squares.'),
  ofDoubles('nextafter', 'The next DOUBLE after the first in the direction of the second.'),
  ofDoubles('if_not_finite', 'The first; the second when the first is NaN or infinite.'),
  ofDoubles('fmod', 'The remainder of DOUBLEs with the sign of the dividend; by zero NULL.'),
  simple(
    'round_decimal',
    'Rounded to n decimal places of its decimal text, halves away from zero; without n to the ' +
      'nearest whole number, halves up.',
    ['DOUBLE', 'BIGINT'],
    'DOUBLE',
    { optionalCount: 1 },
  ),
  keepsKind('positive', 'The number itself.', 1),
  simple('factorial', 'The product 1 × 2 × … × n; 1 when n is negative.', ['BIGINT'], 'BIGINT'),
  simple('gcd', 'The greatest common divisor.', ['BIGINT', 'BIGINT'], 'BIGINT', {
    aliases: ['greatest_common_divisor'],
  }),
  simple('lcm', 'The least common multiple; 0 when one is 0.', ['BIGINT', 'BIGINT'], 'BIGINT', {
    aliases: ['least_common_multiple'],
  }),
  keepsKind('pmod', 'The remainder with the sign of the divisor; by zero NULL or NaN.', 2),
  keepsKind('positive_modulo', 'The remainder that is not negative; by zero NULL or NaN.', 2),
  keepsKind('modulo_or_zero', 'The remainder with the sign of the dividend; by zero 0.', 2),
  toInteger('int_div', 'The quotient cut to the next lower whole number; by zero NULL.'),
  toInteger('int_div_or_zero', 'The quotient cut to the next lower whole number; by zero 0.'),
  toInteger(
    'quotient',
    'The quotient of both cut to whole numbers, cut towards zero; by zero NULL.',
  ),
  simple(
    'width_bucket',
    'The number, from 1, of the bucket among n of equal width from the second to the third; 0 ' +
      'below them, n + 1 above.',
    ['DOUBLE', 'DOUBLE', 'DOUBLE', 'BIGINT'],
    'BIGINT',
  ),
  simple('e', 'The base of natural logarithms.', [], 'DOUBLE'),
  ...(['tinyint', 'smallint', 'int', 'bigint'] as const).flatMap((type) => [
    bound('min', 'least', type),
    bound('max', 'greatest', type),
  ]),
];

function ofDouble(name: string, summary: string): FunctionSignature {
  return simple(name, summary, ['DOUBLE'], 'DOUBLE');
}

function ofDoubles(name: string, summary: string): FunctionSignature {
  return simple(name, summary, ['DOUBLE', 'DOUBLE'], 'DOUBLE');
}

/** Integers give BIGINT, other numbers DOUBLE. */
function keepsKind(name: string, summary: string, count: number): FunctionSignature {
  const kinds: readonly DataType[] = ['BIGINT', 'DOUBLE'];
  const overloads = kinds.map((kind) => overload(new Array<DataType>(count).fill(kind), kind));
  return overloaded(name, summary, overloads);
}

function toInteger(name: string, summary: string): FunctionSignature {
  return overloaded(name, summary, [
    overload(['BIGINT', 'BIGINT'], 'BIGINT'),
    overload(['DOUBLE', 'DOUBLE'], 'BIGINT'),
  ]);
}

function bound(end: 'min' | 'max', adjective: string, type: string): FunctionSignature {
  const result = type === 'bigint' ? 'BIGINT' : 'INT';
  return simple(`${end}_${type}`, `The ${adjective} ${type.toUpperCase()}.`, [], result);
}
