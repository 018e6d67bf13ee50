import type { IntervalNode } from './ast.ts';
import type { TokenCursor } from './token-cursor.ts';

/** True when INTERVAL, on which the cursor stands, begins an interval and is not a name. */
export function atInterval(cursor: TokenCursor): boolean {
  const next = cursor.peek();
  return next === 'string' || next === 'number' || (next === '-' && cursor.peek(2) === 'number');
}

/**
 * `INTERVAL '3' DAY`, `INTERVAL 3 DAYS`, `INTERVAL -3 DAYS` or `INTERVAL '1 month 3 days'`. Units
 * are years to microseconds, singular or plural; only seconds take a fraction.
 */
export function parseInterval(cursor: TokenCursor): IntervalNode {
  const { offset } = cursor.advance();
  const negative = cursor.accept('-');
  const amount = cursor.advance();
  let words = `${negative ? '-' : ''}${amount.text}`.trim().split(/\s+/);
  if (words.length === 1 && cursor.atName() && findUnit(cursor.token.text) !== undefined) {
    words = [words[0]!, cursor.advance().text];
    if (cursor.token.text.toUpperCase() === 'TO') throw cursor.notSupported('INTERVAL … TO …');
  } else if (amount.kind === 'number') {
    throw cursor.unexpected('a unit such as DAY after INTERVAL and a number');
  }
  return sumParts(cursor, words, offset);
}

function sumParts(cursor: TokenCursor, words: readonly string[], offset: number): IntervalNode {
  const bad = (what: string) => {
    const message = `expected ${what} in INTERVAL, such as '3 days', found '${words.join(' ')}'`;
    return cursor.error('SQL_SYNTAX', message, offset);
  };
  let months = 0n;
  let days = 0n;
  let micros = 0n;
  for (let index = 0; index < words.length; index += 2) {
    const unit = findUnit(words[index + 1] ?? '');
    if (unit === undefined) throw bad('a number and a unit');
    const amount = /^([+-]?)(\d{1,18})(?:\.(\d{1,6}))?$/.exec(words[index]!);
    if (amount === null) throw bad('a number');
    const [, sign, whole, fraction] = amount;
    if (fraction !== undefined && unit !== UNITS.SECOND) throw bad('a whole number');
    const factor = sign === '-' ? -1n : 1n;
    const count = factor * BigInt(whole!);
    months += count * unit.months;
    days += count * unit.days;
    micros += count * unit.micros + factor * BigInt((fraction ?? '').padEnd(6, '0'));
  }
  const fits =
    BigInt.asIntN(32, months) === months &&
    BigInt.asIntN(32, days) === days &&
    BigInt.asIntN(64, micros + days * 86_400_000_000n) === micros + days * 86_400_000_000n;
  if (!fits) throw bad('a length of at most 2^31 months or days');
  return { kind: 'interval', months, days, micros, offset };
}

interface IntervalUnit {
  readonly months: bigint;
  readonly days: bigint;
  readonly micros: bigint;
}

const UNITS = {
  YEAR: { months: 12n, days: 0n, micros: 0n },
  QUARTER: { months: 3n, days: 0n, micros: 0n },
  MONTH: { months: 1n, days: 0n, micros: 0n },
  WEEK: { months: 0n, days: 7n, micros: 0n },
  DAY: { months: 0n, days: 1n, micros: 0n },
  HOUR: { months: 0n, days: 0n, micros: 3_600_000_000n },
  MINUTE: { months: 0n, days: 0n, micros: 60_000_000n },
  SECOND: { months: 0n, days: 0n, micros: 1_000_000n },
  MILLISECOND: { months: 0n, days: 0n, micros: 1000n },
  MICROSECOND: { months: 0n, days: 0n, micros: 1n },
} as const satisfies Record<string, IntervalUnit>;

function findUnit(word: string): IntervalUnit | undefined {
  const singular = word.toUpperCase().replace(/S$/, '');
  return Object.hasOwn(UNITS, singular) ? UNITS[singular as keyof typeof UNITS] : undefined;
}
