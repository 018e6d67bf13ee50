/*
 * Numbers and truth values from text, as DuckDB's casts have them. White space around a
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
