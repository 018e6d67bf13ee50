import type { DataType } from '../../../src/base/types.ts';
import type { Operator } from '../term.ts';
import {
  any,
  DECIMALS,
  entry,
  exactAsDouble,
  finite,
  fn,
  INTEGERS,
  MOMENTS,
  NUMBERS,
  numberType,
  oneOf,
  pairs,
  small,
  sumBounds,
  widest,
} from './entry.ts';

/** Functions that both have, or of which DuckDB has the parts. */
export function functionEntries(): readonly Operator[] {
  return [...roundings(), ...ofNumbers(), ...ofBits(), ...ofTexts(), ...ofMoments()];
}

const PLACES = oneOf('BIGINT', '0', '1', '2', '-1');

function roundings(): Operator[] {
  return NUMBERS.flatMap((type) => {
    const isWhole = INTEGERS.includes(type);
    const result = numberType(type, type);
    const same = { bounds: widest };
    return [
      fn('abs', [type], result, same),
      // DuckDB's are DOUBLE even of integers, and wrong beyond 2^53.
      ...['floor', 'ceil', 'round'].map((name) =>
        fn(name, [type], result, {
          duckdb: `CAST(${isWhole ? '$1' : `${name}($1)`} AS ${result})`,
          bounds: sumBounds,
        }),
      ),
      fn('trunc', [type], result, same),
      // DuckDB multiplies by a power of ten, and divides again; of NaN it makes 0.
      fn('round', [finite(type), PLACES], result, {
        bounds: ([value]) => sumBounds([value!]),
        inexact: !isWhole,
      }),
      fn('sign', [type], 'BIGINT', { bounds: () => ({ bits: 1, summable: true }) }),
    ];
  });
}

/** Functions of one number to a number; the argument is moved to where they are defined. */
const UNARY: readonly (readonly [name: string, argument: string, bitsMax?: number])[] = [
  ['sqrt', 'abs($1)'],
  ['cbrt', '$1'],
  ['exp', '($1 / 1000)'],
  ['ln', '(abs($1) + 1)'],
  ['log10', '(abs($1) + 1)'],
  ['log2', '(abs($1) + 1)'],
  ['log', '(abs($1) + 1)'],
  ['degrees', '$1'],
  ['radians', '$1'],
  ['sin', '$1', 40],
  ['cos', '$1', 40],
  ['tan', '$1', 40],
  ['asin', '($1 / (abs($1) + 1))', 40],
  ['acos', '($1 / (abs($1) + 1))', 40],
  ['atan', '$1'],
  ['sinh', '($1 / 1000000)', 12],
  ['cosh', '($1 / 1000000)', 12],
  ['tanh', '$1'],
  ['asinh', '$1'],
  ['acosh', '(abs($1) + 1)'],
  ['atanh', '($1 / (abs($1) + 1))', 40],
];

const AS_DOUBLE = 'CAST($1 AS DOUBLE)';

function ofNumbers(): Operator[] {
  const inexact = { inexact: true };
  return [
    ...pairs(UNARY, NUMBERS).map(([[name, argument, bitsMax], type]) =>
      entry(name, [finite(type, bitsMax ?? Infinity)], 'DOUBLE', `${name}(${argument})`, inexact),
    ),
    ...pairs(NUMBERS, NUMBERS).flatMap(([left, right]) => [
      fn('atan2', [left, right], 'DOUBLE', inexact),
      entry('power', [left, right], 'DOUBLE', 'power(abs($1), $2)', inexact),
      fn('mod', [left, right], numberType(left, right), {
        duckdb: `mod(CAST($1 AS ${numberType(left, right)}), CAST($2 AS ${numberType(left, right)}))`,
        bounds: ([first]) => ({
          bits: numberType(left, right) === 'BIGINT' ? first!.bits : Infinity,
          summable: false,
        }),
      }),
      // Of NaN and an infinity hypot is the infinity, as in C; the square root is NaN.
      entry('hypot', [finite(left), finite(right)], 'DOUBLE', 'hypot($1, $2)', {
        ...inexact,
        duckdb: 'sqrt(CAST($1 AS DOUBLE) ** 2 + CAST($2 AS DOUBLE) ** 2)',
      }),
      entry('log', [left, right], 'DOUBLE', 'log(abs($1) + 2, abs($2) + 1)', inexact),
    ]),
    ...(['FLOAT', 'DOUBLE'] as const).flatMap((type) => [
      fn('is_nan', [type], 'BOOLEAN', { duckdb: 'isnan($1)' }),
      fn('is_finite', [type], 'BOOLEAN', { duckdb: 'isfinite($1)' }),
      fn('is_infinite', [type], 'BOOLEAN', { duckdb: 'isinf($1)' }),
      fn('even', [finite(type)], 'DOUBLE'),
    ]),
    ...DECIMALS.flatMap((type) => [
      ...UNARY.map(([name, argument, bitsMax]) => {
        // A quotient of decimals would be one.
        const text = argument.includes('/') ? argument.replaceAll('$1', AS_DOUBLE) : argument;
        const parameter = exactAsDouble(type);
        return entry(
          name,
          [{ ...parameter, bitsMax: Math.min(parameter.bitsMax, bitsMax ?? Infinity) }],
          'DOUBLE',
          `${name}(${text})`,
          { ...inexact, duckdb: `${name}(${argument.replaceAll('$1', AS_DOUBLE)})` },
        );
      }),
      entry('power', [exactAsDouble(type), 'INT'], 'DOUBLE', 'power(abs($1), $2)', inexact),
    ]),
    fn('pi', [], 'DOUBLE', inexact),
    // Beside 0 it is the least number there is, whose half is rounded as one likes.
    fn('nextafter', ['DOUBLE', 'DOUBLE'], 'DOUBLE', inexact),
    ...NUMBERS.flatMap((type) => [
      fn('null_if_zero', [type], numberType(type, type), {
        duckdb: 'nullif($1, 0)',
        bounds: widest,
      }),
      fn('zero_if_null', [type], numberType(type, type), {
        duckdb: 'coalesce($1, 0)',
        bounds: widest,
      }),
      fn('square', [finite(type, 30)], 'DOUBLE', {
        duckdb: '(CAST($1 AS DOUBLE) * CAST($1 AS DOUBLE))',
      }),
    ]),
  ];
}

function ofBits(): Operator[] {
  return [
    ...pairs(INTEGERS, INTEGERS).flatMap(([left, right]) => {
      // Bits are those of an INT or a BIGINT.
      const type = left === 'BIGINT' || right === 'BIGINT' ? 'BIGINT' : 'INT';
      const bits = {
        bounds: (): { bits: number; summable: boolean } => ({
          bits: type === 'INT' ? 32 : 60,
          summable: false,
        }),
      };
      const symbol = (name: string, operator: string) =>
        fn(name, [finite(left, 59), finite(right, 59)], type, {
          ...bits,
          duckdb: `(CAST($1 AS ${type}) ${operator} CAST($2 AS ${type}))`,
        });
      return [
        symbol('bit_and', '&'),
        symbol('bit_or', '|'),
        fn('bit_xor', [finite(left, 59), finite(right, 59)], type, {
          ...bits,
          duckdb: `xor(CAST($1 AS ${type}), CAST($2 AS ${type}))`,
        }),
        fn('gcd', [left, right], 'BIGINT', {
          duckdb: 'gcd(CAST($1 AS BIGINT), CAST($2 AS BIGINT))',
          bounds: widest,
        }),
        fn('lcm', [finite(left, 30), finite(right, 29)], 'BIGINT', {
          duckdb: 'lcm(CAST($1 AS BIGINT), CAST($2 AS BIGINT))',
          bounds: () => ({ bits: 60, summable: false }),
        }),
      ];
    }),
    ...INTEGERS.flatMap((type) => {
      const width = type === 'BIGINT' ? type : 'INT';
      return [
        // The width counts, and a number with a sign is an INT here.
        entry('bit_count', [type], 'INT', `bit_count(CAST($1 AS ${width}))`),
        fn('bit_not', [finite(type, 59)], width, {
          duckdb: `(~ CAST($1 AS ${width}))`,
          bounds: sumBounds,
        }),
        fn('bit_shift_right', [type, oneOf('BIGINT', '1', '5', '31')], width, {
          duckdb: `(CAST($1 AS ${width}) >> $2)`,
          bounds: ([first]) => first!,
        }),
      ];
    }),
    ...INTEGERS.flatMap((type) => [
      fn('bin', [type], 'STRING', { duckdb: 'bin(CAST($1 AS BIGINT))' }),
      fn('hex', [type], 'STRING', { duckdb: 'hex(CAST($1 AS BIGINT))' }),
      entry('chr', [type], 'STRING', 'chr(abs($1) % 90 + 35)', {
        duckdb: 'chr(CAST(abs($1) % 90 + 35 AS INT))',
      }),
      entry('factorial', [type], 'BIGINT', 'factorial(abs($1) % 12)', {
        duckdb: 'CAST(factorial(CAST(abs($1) % 12 AS INT)) AS BIGINT)',
      }),
    ]),
  ];
}

function ofTexts(): Operator[] {
  const piece = oneOf('STRING', "'o'", "'l'", "'ab'", "','", "' '", "'😀'", "''", "'Z'");
  const count = oneOf('BIGINT', '0', '1', '2', '3', '-1', '-2', '7');
  const times = oneOf('BIGINT', '0', '1', '3', '-1');
  const width = oneOf('BIGINT', '0', '2', '6', '9');
  const text: DataType = 'STRING';
  return [
    ...['upper', 'lower', 'reverse', 'trim', 'ltrim', 'rtrim', 'md5', 'sha1', 'sha256', 'hex'].map(
      (name) => fn(name, [text], text),
    ),
    ...['trim', 'ltrim', 'rtrim'].map((name) => fn(name, [text, piece], text)),
    ...['length', 'ascii'].map((name) => fn(name, [text], 'BIGINT')),
    fn('octet_length', [text], 'BIGINT', { duckdb: 'octet_length(encode($1))' }),
    fn('bit_length', [text], 'BIGINT'),
    ...['substr', 'left', 'right'].map((name) => fn(name, [text, count], text)),
    ...INTEGERS.flatMap((type) => [
      fn('substr', [text, small(type)], text),
      fn('left', [text, small(type)], text),
      fn('right', [text, small(type)], text),
    ]),
    fn('substr', [text, count, count], text),
    ...['lpad', 'rpad'].map((name) =>
      fn(name, [text, width, oneOf(text, "'*'", "'xy'", "'😀'")], text),
    ),
    fn('replace', [text, any(text), any(text)], text),
    fn('replace', [text, piece, piece], text),
    fn('translate', [text, oneOf(text, "'lo'", "'abc'"), oneOf(text, "'LO'", "'x'")], text),
    fn('repeat', [text, times], text),
    fn('split_part', [text, piece, oneOf('BIGINT', '1', '2', '-1', '3')], text),
    fn('concat', [text, text], text, { duckdb: '($1 || $2)' }),
    fn('concat_ws', [oneOf(text, "'-'", "''"), any(text), any(text)], text),
    fn('strpos', [text, text], 'BIGINT'),
    fn('strpos', [text, piece], 'BIGINT'),
    ...['starts_with', 'ends_with', 'contains'].flatMap((name) => [
      fn(name, [text, text], 'BOOLEAN'),
      fn(name, [text, piece], 'BOOLEAN'),
    ]),
    fn('strcmp', [text, text], 'BIGINT', {
      duckdb: '(CASE WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 WHEN $1 = $2 THEN 0 END)',
    }),
    fn(
      'regexp_like',
      [text, oneOf(text, "'^a'", "'[lo]+'", "'b$'", "'^.?$'", "'\\d+'")],
      'BOOLEAN',
      {
        duckdb: 'regexp_matches($1, $2)',
      },
    ),
    fn('regexp_extract', [text, oneOf(text, "'[a-m]+'", "'\\d+'", "'.o'")], text),
    fn(
      'regexp_replace',
      [text, oneOf(text, "'[lo]'", "'\\d'", "'^.'"), oneOf(text, "'_'", "''")],
      text,
      {
        duckdb: "regexp_replace($1, $2, $3, 'g')",
      },
    ),
  ];
}

const UNITS = [
  ...['millennium', 'century', 'decade', 'year', 'quarter', 'month', 'week', 'day'],
  ...['hour', 'minute', 'second', 'millisecond'],
];
const FIELDS = ['year', 'quarter', 'month', 'week', 'day', 'century', 'decade', 'millennium'];

function ofMoments(): Operator[] {
  return [
    ...MOMENTS.flatMap((type) => [
      ...UNITS.map((unit) =>
        entry(`date_trunc ${unit}`, [type], 'TIMESTAMP', `date_trunc('${unit}', $1)`, {
          duckdb: `CAST(date_trunc('${unit}', $1) AS TIMESTAMP)`,
        }),
      ),
      ...FIELDS.map((name) => fn(name, [type], 'BIGINT')),
      fn('day_of_week', [type], 'BIGINT', { duckdb: 'isodow($1)' }),
      fn('day_of_year', [type], 'BIGINT', { duckdb: 'dayofyear($1)' }),
      fn('year_of_week', [type], 'BIGINT', { duckdb: 'isoyear($1)' }),
      fn('day_name', [type], 'STRING', { duckdb: 'dayname($1)' }),
      fn('month_name', [type], 'STRING', { duckdb: 'monthname($1)' }),
      fn('last_day', [type], type, { duckdb: `CAST(last_day($1) AS ${type})` }),
      fn(
        'strftime',
        [type, oneOf('STRING', "'%Y-%m'", "'%d.%m.%y %H:%M:%S'", "'%j %a %B'")],
        'STRING',
      ),
      ...['years', 'weeks', 'days'].flatMap((unit) => [
        fn(`${unit}_add`, [type, small('INT')], type, {
          duckdb: `CAST($1 + to_${unit}(CAST($2 AS INT)) AS ${type})`,
        }),
        fn(`${unit}_sub`, [type, small('INT')], type, {
          duckdb: `CAST($1 - to_${unit}(CAST($2 AS INT)) AS ${type})`,
        }),
      ]),
      fn('to_epoch_days', [type], 'BIGINT', {
        duckdb: "CAST(CAST($1 AS DATE) - DATE '1970-01-01' AS BIGINT)",
      }),
      fn('to_epoch_seconds', [type], 'BIGINT', {
        duckdb: 'CAST(floor(epoch_us(CAST($1 AS TIMESTAMP)) / 1e6) AS BIGINT)',
        bounds: () => ({ bits: 40, summable: true }),
      }),
    ]),
    ...['hour', 'minute', 'second'].map((name) => fn(name, ['TIMESTAMP'], 'BIGINT')),
    fn('millisecond', ['TIMESTAMP'], 'BIGINT', { duckdb: 'millisecond($1) % 1000' }),
    ...['hours', 'minutes', 'seconds', 'milliseconds', 'microseconds'].map((unit) =>
      fn(`${unit}_add`, ['TIMESTAMP', small('BIGINT')], 'TIMESTAMP', {
        duckdb: `$1 + to_${unit}($2)`,
      }),
    ),
    ...['second', 'hour', 'day', 'week', 'month', 'quarter', 'year'].map((unit) =>
      entry(
        `timestamp_diff ${unit}`,
        ['TIMESTAMP', 'TIMESTAMP'],
        'BIGINT',
        `timestamp_diff('${unit}', $1, $2)`,
        {
          duckdb: `datesub('${unit}', $1, $2)`,
          bounds: () => ({ bits: 40, summable: true }),
        },
      ),
    ),
    fn('datediff', ['DATE', 'DATE'], 'BIGINT', { duckdb: "date_diff('day', $2, $1)" }),
    entry(
      'make_date',
      [small('INT'), small('BIGINT')],
      'DATE',
      'make_date(2000 + $1 % 100, abs($2) % 12 + 1, 28)',
    ),
    entry('from_epoch_seconds', [finite('BIGINT', 31)], 'TIMESTAMP', 'from_epoch_seconds($1)', {
      duckdb: 'make_timestamp($1 * 1000000)',
    }),
    entry('from_epoch_millis', [finite('BIGINT', 41)], 'TIMESTAMP', 'from_epoch_millis($1)', {
      duckdb: 'make_timestamp($1 * 1000)',
    }),
    ...['Europe/Berlin', 'America/New_York', 'Asia/Kolkata'].map((zone) =>
      entry(`AT TIME ZONE ${zone}`, ['TIMESTAMP'], 'TIMESTAMP', `($1 AT TIME ZONE '${zone}')`, {
        duckdb: `timezone('${zone}', timezone('UTC', $1))`,
      }),
    ),
    entry(
      'strptime',
      ['TIMESTAMP'],
      'TIMESTAMP',
      "strptime(strftime($1, '%Y%m%d %H%M'), '%Y%m%d %H%M')",
    ),
  ];
}
