/*
 * Decimals are integers of units of 10^−scale: 12.50 of scale 2 is 1250n. Most of them fit 64 bits
 * and are stored and computed as such. The others are *wide keys* where values lie in memory: byte
 * strings of 16 bytes that order as the values do, so that they are dictionary entries like text.
 */

/** The most digits that a DECIMAL has. */
export const DECIMAL_DIGITS_MAX = 38;

/** Below it in magnitude: what a number of digits can hold. */
export function decimalLimit(precision: number): bigint {
  return powerOfTen(precision);
}

/** 10 to the power of a whole number from 0 on. */
export function powerOfTen(exponent: number): bigint {
  while (POWERS.length <= exponent && POWERS.length < POWERS_KEPT)
    POWERS.push(POWERS.at(-1)! * 10n);
  return POWERS[exponent] ?? 10n ** BigInt(exponent);
}

const POWERS = [1n];
const POWERS_KEPT = 2 * DECIMAL_DIGITS_MAX + 2;

/** True for an integer that 64 bits hold. */
export function fitsInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** The quotient rounded to the nearest integer, halves away from zero. The divisor is not zero. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = 2n * (dividend % divisor);
  const isHalf = magnitude(twice) >= magnitude(divisor);
  if (!isHalf) return quotient;
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}

/** Units of one scale as units of another, rounded where digits are lost, halves away from zero. */
export function rescale(value: bigint, from: number, to: number): bigint {
  if (to >= from) return value * powerOfTen(to - from);
  return divideRounded(value, powerOfTen(from - to));
}

const DECIMAL_PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/;
/** Digits in text that are worth reading: more of them have no value that fits. */
const EXPONENT_MAX = 2 * DECIMAL_DIGITS_MAX;

/**
 * Reads decimal or scientific notation, with white space around it; further digits round, halves away
 * from zero.
 *
 * @returns units of 10^−scale; null for text that is no number, or has more digits than `precision`.
 */
export function parseDecimal(text: string, precision: number, scale: number): bigint | null {
  const match = DECIMAL_PATTERN.exec(text.trim());
  if (match === null) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return 0n;
  const shift = scale - fraction.length + Number(exponent);
  if (digits.length + shift > EXPONENT_MAX) return null;
  if (digits.length + shift < 0) return 0n;
  const unscaled = BigInt(digits);
  const units = shift >= 0 ? unscaled * powerOfTen(shift) : rescale(unscaled, -shift, 0);
  if (units >= decimalLimit(precision)) return null;
  return sign === '-' ? -units : units;
}

/** Decimal notation with exactly `scale` digits behind the point. */
export function formatDecimal(value: bigint, scale: number): string {
  if (scale === 0) return value.toString();
  const digits = magnitude(value)
    .toString()
    .padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${value < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** How many digits and how many of them behind the point a plain decimal notation has, or null. */
export function notationShape(text: string): { precision: number; scale: number } | null {
  const match = /^[+-]?0*(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null) return null;
  const [, whole = '', fraction = ''] = match;
  const precision = Math.max(1, whole.length + fraction.length);
  return precision > DECIMAL_DIGITS_MAX ? null : { precision, scale: fraction.length };
}

const BIAS = 2n ** 127n;

/** Bytes of a wide key. */
export const WIDE_KEY_BYTES = 16;

/** The wide key of a value of at most 127 bits. */
export function wideKey(value: bigint): string {
  const biased = value + BIAS;
  return eightBytes(biased >> 64n) + eightBytes(BigInt.asUintN(64, biased));
}

/** The wide key of a 64-bit integer from its halves, the way without BigInt. */
export function keyOfHalves(low: number, high: number): string {
  return (high < 0 ? BEFORE_NEGATIVE : BEFORE_POSITIVE) + fourBytes(high) + fourBytes(low);
}

/** The value of a wide key. */
export function wideValue(key: string): bigint {
  let value = 0n;
  for (let start = 0; start < WIDE_KEY_BYTES; start += 4) {
    let word = 0;
    for (let index = start; index < start + 4; index++) word = word * 256 + key.charCodeAt(index);
    value = (value << 32n) | BigInt(word);
  }
  return value - BIAS;
}

/** The first eight bytes of the keys of 64-bit integers. */
const BEFORE_NEGATIVE = '\x7f\xff\xff\xff\xff\xff\xff\xff';
const BEFORE_POSITIVE = '\x80\0\0\0\0\0\0\0';

function eightBytes(word: bigint): string {
  return fourBytes(Number(word >> 32n)) + fourBytes(Number(word & 0xffff_ffffn));
}

function fourBytes(word: number): string {
  return String.fromCharCode(
    (word >>> 24) & 0xff,
    (word >>> 16) & 0xff,
    (word >>> 8) & 0xff,
    word & 0xff,
  );
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
