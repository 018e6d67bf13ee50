/*
 * Numbers and truth values from text and back, as DuckDB's casts have them. White space around a
 * number is ignored; readers answer null for a text that is no number.
 */

const DECIMAL_PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;
const SPECIAL_PATTERN = /^([+-]?)(inf|infinity|nan)$/i;
const INTEGER_DIGITS_MAX = 40; // beyond any 64-bit integer, so longer ones need no exact value

/** Reads an integer; decimals round, halves away from zero: '2.5' is 3, '1e3' is 1000. */
export function parseInteger(text: string): bigint | null {
  const match = DECIMAL_PATTERN.exec(text.trim());
  if (match === null) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const digits = whole + fraction;
  const pointIndex = whole.length + Number(exponent);
  const magnitude = roundDigits(digits, pointIndex);
  return magnitude === null ? null : sign === '-' ? -magnitude : magnitude;
}

/** Reads a number, `inf`, `infinity` or `nan` in any case; too large a number reads as infinity. */
export function parseDouble(text: string): number | null {
  const trimmed = text.trim();
  const special = SPECIAL_PATTERN.exec(trimmed);
  if (special !== null) {
    const value = special[2]!.toLowerCase() === 'nan' ? Number.NaN : Infinity;
    return special[1] === '-' ? -value : value;
  }
  const match = DECIMAL_PATTERN.exec(trimmed);
  if (match === null || (!match[2] && !match[3])) return null;
  return Number(trimmed);
}

/** Reads true, t, yes, y or 1, and false, f, no, n or 0, in any case. */
export function parseBoolean(text: string): boolean | null {
  switch (text.toLowerCase()) {
    case 'true':
    case 't':
    case 'yes':
    case 'y':
    case '1':
      return true;
    case 'false':
    case 'f':
    case 'no':
    case 'n':
    case '0':
      return false;
    default:
      return null;
  }
}

/** The shortest text that reads back as the same double: 1.0, 0.1, 1e+16, 1e-05, nan, -inf. */
export function formatDouble(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e16) {
    return Number.isInteger(value) ? `${value}.0` : String(value); // JavaScript's form is ours here
  }
  return formatShortest(value, value.toExponential());
}

/** The shortest text that reads back as the same single-precision number. */
export function formatFloat(value: number): string {
  for (let digits = 0; digits < 9; digits++) {
    const candidate = value.toExponential(digits);
    if (Math.fround(Number(candidate)) === value) return formatShortest(value, candidate);
  }
  return formatShortest(value, value.toExponential());
}

/** The digits before the point, rounded by those after it; null when there are absurdly many. */
function roundDigits(digits: string, pointIndex: number): bigint | null {
  const significant = digits.replace(/^0+/, '');
  const wholeCount = pointIndex - (digits.length - significant.length);
  if (significant === '' || wholeCount < 0) return 0n;
  if (wholeCount > INTEGER_DIGITS_MAX) return null;
  const whole = BigInt(significant.slice(0, wholeCount).padEnd(wholeCount, '0') || '0');
  const roundsUp = (significant[wholeCount] ?? '0') >= '5';
  return roundsUp ? whole + 1n : whole;
}

/** Lays out `d.ddde±x`: plain for exponents from −4 to 15, else with an exponent of two digits. */
function formatShortest(value: number, exponential: string): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa = '', exponentText = ''] = exponential.split('e');
  const exponent = Number(exponentText);
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '').replace(/(.)0+$/, '$1');
  if (exponent < -4 || exponent > 15) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const exponentDigits = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${exponentDigits}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
