/* Numbers as text, as DuckDB's casts have them. */

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
