import { DECIMAL_DIGITS_MAX } from '../../base/decimal.ts';
import { type DataType, type DecimalShape, decimalType } from '../../base/types.ts';
import {
  commonTypeOf,
  type FunctionSignature,
  overload,
  overloaded,
  type Resolution,
  ruled,
  simple,
  withDecimals,
} from './signature.ts';

/** Functions on numbers. Outside a function's domain the result is NaN or ±Infinity, not an error. */
export const MATH_FUNCTIONS: readonly FunctionSignature[] = [
  withDecimals(keepsKind('abs', 'The number without its sign.'), ({ precision, scale }) =>
    decimalType(precision, scale),
  ),
  withDecimals(
    keepsKind('floor', 'The greatest whole number that is not greater.', {
      aliases: ['dfloor'],
      monotonicIn: 0,
    }),
    roundedDecimal,
  ),
  withDecimals(
    keepsKind('ceil', 'The least whole number that is not less.', {
      aliases: ['ceiling', 'dceil'],
      monotonicIn: 0,
    }),
    roundedDecimal,
  ),
  withDecimals(
    toDigits('round', 'Rounded to n decimal places (0 if not given), halves away from zero.', [
      'dround',
    ]),
    roundedDecimal,
  ),
  withDecimals(
    toDigits('truncate', 'Cut towards zero after n decimal places (0 if not given).', ['dtrunc']),
    roundedDecimal,
  ),
  withDecimals(
    overloaded('sign', '−1, 0 or 1.', [
      overload(['BIGINT'], 'BIGINT'),
      overload(['DOUBLE'], 'BIGINT'),
    ]),
    () => 'BIGINT',
  ),
  ofDouble('sqrt', 'The square root.', { aliases: ['dsqrt'] }),
  ofDouble('cbrt', 'The cube root.', { monotonicIn: 0 }),
  ofDouble('exp', 'e to the power of the number.', { aliases: ['dexp'], monotonicIn: 0 }),
  ofDouble('ln', 'The logarithm to base e.', { aliases: ['dlog1'] }),
  ofDouble('log10', 'The logarithm to base 10.', { aliases: ['dlog10'] }),
  ofDouble('log2', 'The logarithm to base 2.'),
  overloaded('log', 'The logarithm to base 10; of (base, number) to that base.', [
    overload(['DOUBLE'], 'DOUBLE'),
    overload(['DOUBLE', 'DOUBLE'], 'DOUBLE'),
  ]),
  simple('power', 'The first to the power of the second.', ['DOUBLE', 'DOUBLE'], 'DOUBLE', {
    aliases: ['pow', 'dpow', 'fpow'],
  }),
  simple('pi', 'The circumference of a circle of diameter 1.', [], 'DOUBLE'),
  ofDouble('degrees', 'Degrees from radians.', { monotonicIn: 0 }),
  ofDouble('radians', 'Radians from degrees.', { monotonicIn: 0 }),
  ofDouble('sin', 'The sine of an angle in radians.'),
  ofDouble('cos', 'The cosine of an angle in radians.'),
  ofDouble('tan', 'The tangent of an angle in radians.'),
  ofDouble('asin', 'The angle in radians with that sine.'),
  ofDouble('acos', 'The angle in radians with that cosine.'),
  ofDouble('atan', 'The angle in radians with that tangent.', { monotonicIn: 0 }),
  simple(
    'atan2',
    'The angle in radians of the point (second, first).',
    ['DOUBLE', 'DOUBLE'],
    'DOUBLE',
  ),
  ruled('greatest', 'The greatest of those that are not NULL.', [1, Infinity], common, {
    hasCommonType: true,
  }),
  ruled('least', 'The least of those that are not NULL.', [1, Infinity], common, {
    hasCommonType: true,
  }),
  simple('is_nan', 'True for NaN, else false.', ['DOUBLE'], 'BOOLEAN'),
  simple('is_finite', 'False for NaN and the infinities, else true.', ['DOUBLE'], 'BOOLEAN'),
  simple('is_infinite', 'True for the infinities, else false.', ['DOUBLE'], 'BOOLEAN', {
    aliases: ['is_inf'],
  }),
];

interface Options {
  readonly aliases?: readonly string[];
  readonly monotonicIn?: number;
}

function ofDouble(name: string, summary: string, options: Options = {}): FunctionSignature {
  return simple(name, summary, ['DOUBLE'], 'DOUBLE', options);
}

/** Integers give BIGINT, other numbers DOUBLE. */
function keepsKind(name: string, summary: string, options: Options = {}): FunctionSignature {
  const overloads = [overload(['BIGINT'], 'BIGINT'), overload(['DOUBLE'], 'DOUBLE')];
  return overloaded(name, summary, overloads, options);
}

function toDigits(name: string, summary: string, aliases: readonly string[]): FunctionSignature {
  const overloads = [
    overload(['BIGINT', 'BIGINT'], 'BIGINT', 1),
    overload(['DOUBLE', 'BIGINT'], 'DOUBLE', 1),
  ];
  return overloaded(name, summary, overloads, { aliases });
}

/**
 * The type of a rounded DECIMAL: rounding up may need one more digit; without places it leaves none
 * behind the point.
 */
export function roundedDecimal({ precision, scale }: DecimalShape, argCount: number): DataType {
  const digits = argCount === 1 ? precision - scale : precision;
  return decimalType(Math.min(DECIMAL_DIGITS_MAX, digits + 1), argCount === 1 ? 0 : scale);
}

function common(args: readonly DataType[]): Resolution | null {
  const type = commonTypeOf(args);
  return type === null ? null : { args: args.map(() => type), result: type };
}
