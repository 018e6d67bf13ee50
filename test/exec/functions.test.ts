import { describe, expect, it } from 'vitest';
import { formatDate, formatTimestamp, parseDate, parseTimestamp } from '../../src/base/datetime.ts';
import { EngineError, type ErrorCode } from '../../src/base/errors.ts';
import type { DataType, Value } from '../../src/base/types.ts';
import { IMPLEMENTATIONS } from '../../src/exec/functions/registry.ts';
import { FUNCTIONS, findFunction } from '../../src/sql/functions.ts';
import { call, Evaluator, literal } from './evaluation.ts';

const evaluator = new Evaluator();
type Argument = readonly [DataType, Value];

describe('the registry', () => {
  it('implements every function that has a signature, and no other', () => {
    expect([...IMPLEMENTATIONS.keys()].sort()).toEqual([...FUNCTIONS.keys()].sort());
  });

  it('finds functions by any spelling of their names', () => {
    expect(findFunction('dateTrunc')?.name).toBe('date_trunc');
    expect(findFunction('ToEpochSeconds')?.name).toBe('to_epoch_seconds');
    expect(findFunction('CHAR_LENGTH')?.name).toBe('length');
    expect(findFunction('now')).toBeUndefined();
    expect(findFunction('json_array')).toBeUndefined();
  });

  it('says which server is too old when a plan names a function that it lacks', () => {
    const plan = call('from_the_future', 'BIGINT', literal('BIGINT', 1n));
    expectError(() => evaluator.values(plan, [], 1), 'NOT_SUPPORTED', /from_the_future/);
  });
});

describe('strict functions', () => {
  const samples: Readonly<Record<string, Value>> = {
    BOOLEAN: true,
    TINYINT: 1,
    SMALLINT: 1,
    INT: 1,
    BIGINT: 1n,
    FLOAT: 1,
    DOUBLE: 1,
    STRING: 'day',
    BYTES: '\xff',
    JSON: '{}',
    TIMESTAMP: 1n,
    DATE: 1,
    'ARRAY<BIGINT>': '[1]',
    'ARRAY<STRING>': '["day"]',
  };
  const strictFunctions = [...FUNCTIONS.values()].filter(
    ({ name }) => IMPLEMENTATIONS.get(name)!.kind === 'strict' && name !== 'pi',
  );

  it.each(strictFunctions.map((signature) => [signature.name, signature] as const))(
    '%s gives NULL when an argument is NULL, whether column or literal',
    (name, { minArgs, maxArgs, resolve }) => {
      const argCount = Math.min(Math.max(minArgs, 1), maxArgs);
      const lists = [...allTypeLists(argCount), ...arrayTypeLists(argCount)];
      const types = lists.find((list) => resolve(list) !== null)!;
      const { args, result } = resolve(types)!;
      for (let position = 0; position < argCount; position++) {
        const columns = args.map((type, index) => ({
          name: `c${index}`,
          type,
          values: index === position ? [null, null] : [samples[type]!, samples[type]!],
        }));
        const operands = columns.map(({ name: column, type }, index) =>
          // Units are literals; so is the NULL, for every other position.
          type === 'STRING' && index === 0 && position !== 0
            ? literal(type, samples[type]!)
            : ({ kind: 'column', name: column, type } as const),
        );
        const isUnit = /date_trunc|extract|timestamp_diff|_add/.test(name);
        if (!(isUnit && position === 0)) {
          const expression = call(name, result, ...operands);
          expect(evaluator.values(expression, columns, 2)).toEqual([null, null]);
        }
        const withLiteral = operands.map((operand, index) =>
          index === position ? literal(operand.type, null) : operand,
        );
        const expression = call(name, result, ...withLiteral);
        expect(evaluator.values(expression, columns, 2)).toEqual([null, null]);
      }
    },
  );
});

describe('values at the edges', () => {
  const cases: readonly (readonly [string, readonly Argument[], Value])[] = [
    ['? + 1', [['BIGINT', 9223372036854775806n]], 9223372036854775807n],
    ['? * -1', [['BIGINT', -9223372036854775807n]], 9223372036854775807n],
    ['? % -1', [['BIGINT', -9223372036854775808n]], 0n],
    ['? DIV 0', [['BIGINT', 5n]], null],
    ['? % 0', [['INT', 5]], null],
    ['? / 0', [['INT', 5]], Infinity],
    ['? / 0', [['INT', 0]], Number.NaN],
    ['sqrt(?)', [['DOUBLE', -1]], Number.NaN],
    ['ln(?)', [['DOUBLE', 0]], -Infinity],
    ['acos(?)', [['DOUBLE', 2]], Number.NaN],
    ['abs(?)', [['INT', -2147483648]], 2147483648n],
    ['round(?, -19)', [['BIGINT', 4999999999999999999n]], 0n],
    ['round(?, -20)', [['BIGINT', 9223372036854775807n]], 0n],
    ['truncate(?, -2)', [['BIGINT', -1250n]], -1200n],
    [
      '? < ?',
      [
        ['STRING', '\uffff'],
        ['STRING', '\u{1f600}'],
      ],
      true,
    ],
    ["? >= '\u{1f600}'", [['STRING', '\uffff']], false],
    ["greatest(?, '\u{1f600}')", [['STRING', '\uffff']], '\u{1f600}'],
    [
      '? = ?',
      [
        ['DOUBLE', Number.NaN],
        ['DOUBLE', Number.NaN],
      ],
      true,
    ],
    ['? > 1e308', [['DOUBLE', Number.NaN]], true],
    ['? = 0.0', [['DOUBLE', -0]], true],
    ['? IN (0.0, 1.0)', [['DOUBLE', -0]], true],
    ['? IN (9007199254740993, 1)', [['BIGINT', 9007199254740992n]], false],
    ['? IN (9007199254740993, 1)', [['BIGINT', 9007199254740993n]], true],
    ['? IN (9007199254740991, 1)', [['BIGINT', 9007199254740991n]], true],
    ['upper(?)', [['STRING', 'ß']], 'SS'], // DuckDB maps single characters only: 'ẞ'
    ["lpad(?, 5, '')", [['STRING', 'ab']], 'ab'], // an error in DuckDB; PostgreSQL and MySQL agree with us
    ['lpad(?, 4)', [['STRING', 'ab']], '  ab'],
    ['ascii(?)', [['STRING', '😀']], 128512n],
    ['chr(?)', [['BIGINT', 128512n]], '😀'],
    ['reverse(?)', [['STRING', 'a😀b']], 'b😀a'],
    ['length(?)', [['STRING', '😀😀']], 2n],
    ['substr(?, 2, 1)', [['STRING', 'a😀b']], '😀'],
    ["? LIKE 'a%%_b'", [['STRING', 'a😀b']], true],
    ["? LIKE '%a%a%a%a%a%a%a%a%a%_b'", [['STRING', 'a'.repeat(10_000)]], false],
    ["concat(?, '!')", [['INT', 5]], '5!'],
    [
      "concat_ws(?, 'a', ?)",
      [
        ['STRING', '-'],
        ['BOOLEAN', true],
      ],
      'a-true',
    ],
    [
      "date_trunc('century', ?)",
      [['TIMESTAMP', parseTimestamp('-0005-05-05')]],
      parseTimestamp('-0100-01-01'),
    ],
    ['extract(century FROM ?)', [['TIMESTAMP', parseTimestamp('0000-01-01')]], -1n],
    ['to_epoch_millis(?)', [['TIMESTAMP', -9223372036854775808n]], -9223372036854776n],
    ['to_epoch_micros(?)', [['TIMESTAMP', -9223372036854775808n]], -9223372036854775808n],
    ['from_epoch_days(?)', [['BIGINT', -1n]], parseTimestamp('1969-12-31')],
    [
      "? + INTERVAL '1' MONTH",
      [['TIMESTAMP', parseTimestamp('2024-01-31 10:00:00.5')]],
      parseTimestamp('2024-02-29 10:00:00.5'),
    ],
    ["? - INTERVAL '1' YEAR", [['DATE', parseDate('2024-02-29')]], parseDate('2023-02-28')],
    ["? + INTERVAL '2' DAY", [['DATE', parseDate('2024-02-28')]], parseDate('2024-03-01')],
    [
      "timestamp_diff('month', ?, ?)",
      [
        ['TIMESTAMP', parseTimestamp('2020-01-31')],
        ['TIMESTAMP', parseTimestamp('2020-02-29')],
      ],
      1n,
    ],
    [
      "timestamp_diff('day', ?, ?)",
      [
        ['TIMESTAMP', parseTimestamp('2020-01-01 23:00:00')],
        ['TIMESTAMP', parseTimestamp('2020-01-02 01:00:00')],
      ],
      0n,
    ],
    ['pi()', [], Math.PI],
  ];

  it.each(cases)('%s of %o', (text, args, expected) => {
    expect(evaluator.one(text, ...args)).toEqual(expected);
  });
});

describe('casts', () => {
  const texts: readonly (readonly [string, DataType, Value])[] = [
    [' 12 ', 'INT', 12],
    ['+5', 'BIGINT', 5n],
    ['2.5', 'INT', 3],
    ['-2.5', 'INT', -3],
    ['1e3', 'INT', 1000],
    ['5e-1', 'INT', 1],
    ['1e-1', 'INT', 0],
    ['.5', 'INT', 1],
    ['9223372036854775807.4', 'BIGINT', 9223372036854775807n],
    ['-9223372036854775808', 'BIGINT', -9223372036854775808n],
    ['000000000000000000000000000000000000000000000001', 'INT', 1],
    ['1.5e300', 'DOUBLE', 1.5e300],
    ['1e400', 'DOUBLE', Infinity],
    ['-inf', 'DOUBLE', -Infinity],
    ['NaN', 'DOUBLE', Number.NaN],
    ['1.', 'DOUBLE', 1],
    ['0.1', 'FLOAT', Math.fround(0.1)],
    ['Yes', 'BOOLEAN', true],
    ['F', 'BOOLEAN', false],
    ['2024-2-9', 'DATE', parseDate('2024-02-09')],
    ['2024-02-09 23:59:59', 'DATE', parseDate('2024-02-09')],
    ['2024-02-09T10:11', 'TIMESTAMP', parseTimestamp('2024-02-09 10:11:00')],
  ];

  it.each(texts)("'%s' as %s", (text, type, expected) => {
    expect(evaluator.one(`CAST(? AS ${sqlName(type)})`, ['STRING', text])).toEqual(expected);
  });

  const refused: readonly (readonly [DataType, Value, DataType])[] = [
    ['STRING', '', 'INT'],
    ['STRING', 'abc', 'INT'],
    ['STRING', '1_000', 'INT'],
    ['STRING', '--1', 'INT'],
    ['STRING', '-', 'INT'],
    ['STRING', '.', 'DOUBLE'],
    ['STRING', '1e', 'DOUBLE'],
    ['STRING', '1.5x', 'DOUBLE'],
    ['STRING', '0x10', 'DOUBLE'],
    ['STRING', '2147483648', 'INT'],
    ['STRING', '1e999999999', 'BIGINT'],
    ['STRING', '9223372036854775808', 'BIGINT'],
    ['STRING', 'on', 'BOOLEAN'],
    ['STRING', '2024-02-30', 'DATE'],
    ['STRING', '24-02-03', 'DATE'],
    ['STRING', '2024-02-03 25:00', 'TIMESTAMP'],
    ['STRING', '2024-02-03 10:00:00+02', 'TIMESTAMP'],
    ['BIGINT', 3000000000n, 'INT'],
    ['DOUBLE', Number.NaN, 'INT'],
    ['DOUBLE', Infinity, 'BIGINT'],
    ['DOUBLE', 2147483647.5, 'INT'],
    ['DOUBLE', 2 ** 63, 'BIGINT'],
    ['DOUBLE', 1e300, 'FLOAT'],
    ['DATE', 2147483647, 'TIMESTAMP'],
  ];

  it.each(refused)('%s %s is no %s', (type, value, target) => {
    const text = `CAST(? AS ${sqlName(target)})`;
    const error = expectError(() => evaluator.one(text, [type, value]), 'BAD_CAST', /found /);
    expect(error.position).toMatchObject({ line: 1 });
  });

  it('of numbers round halves to even, and text halves away from zero', () => {
    expect(evaluator.one('CAST(? AS INT)', ['DOUBLE', 2.5])).toBe(2);
    expect(evaluator.one('CAST(? AS BIGINT)', ['DOUBLE', 3.5])).toBe(4n);
    expect(evaluator.one('CAST(? AS BIGINT)', ['DOUBLE', -(2 ** 63)])).toBe(-(2n ** 63n));
    expect(evaluator.one('CAST(? AS INT)', ['DOUBLE', -0.5])).toBe(0);
  });

  it('of dates give the text forms that Pinot clients read', () => {
    const moment = parseTimestamp('2001-01-01 00:10:00')!;
    expect(evaluator.one('CAST(? AS VARCHAR)', ['TIMESTAMP', moment])).toBe(
      '2001-01-01 00:10:00.0',
    );
    expect(evaluator.one('CAST(? AS VARCHAR)', ['DATE', 0])).toBe('1970-01-01');
    expect(evaluator.one('CAST(? AS TIMESTAMP)', ['DATE', 100_000_000])).toBe(8640000000000000000n);
  });

  it('of every type to text and back keep the value', () => {
    const values: readonly Argument[] = [
      ['BOOLEAN', true],
      ['INT', -2147483648],
      ['BIGINT', 9223372036854775807n],
      ['FLOAT', Math.fround(1.1)],
      ['FLOAT', Math.fround(3.4e38)],
      ['DOUBLE', 0.1 + 0.2],
      ['DOUBLE', 5e-324],
      ['DOUBLE', -123456789.125],
      ['TIMESTAMP', -1n],
      ['TIMESTAMP', 9223372036854775807n],
      ['DATE', -719529],
    ];
    for (const [type, value] of values) {
      const text = `CAST(CAST(? AS VARCHAR) AS ${sqlName(type)})`;
      expect(evaluator.one(text, [type, value])).toEqual(value);
    }
  });

  it('that do not exist are refused by name', () => {
    const expression = call('cast', 'DATE', literal('BOOLEAN', true));
    expectError(() => evaluator.values(expression, [], 1), 'TYPE_MISMATCH', /DATE, found BOOLEAN/);
  });
});

describe('errors', () => {
  const cases: readonly (readonly [string, readonly Argument[], ErrorCode, RegExp])[] = [
    ['? + 1', [['BIGINT', 2n ** 63n - 1n]], 'NUMERIC_OVERFLOW', /9223372036854775807 \+ 1/],
    ['? - 1', [['BIGINT', -(2n ** 63n)]], 'NUMERIC_OVERFLOW', /range of BIGINT/],
    [
      '? * ?',
      [
        ['BIGINT', 2n ** 62n],
        ['BIGINT', 2n],
      ],
      'NUMERIC_OVERFLOW',
      /DOUBLE/,
    ],
    ['-?', [['BIGINT', -(2n ** 63n)]], 'NUMERIC_OVERFLOW', /0 - -9223372036854775808/],
    ['abs(?)', [['BIGINT', -(2n ** 63n)]], 'NUMERIC_OVERFLOW', /abs/],
    ['? DIV -1', [['BIGINT', -(2n ** 63n)]], 'NUMERIC_OVERFLOW', /DIV/],
    ['round(?, -19)', [['BIGINT', 2n ** 63n - 1n]], 'NUMERIC_OVERFLOW', /round/],
    ['from_epoch_days(?)', [['BIGINT', 2n ** 40n]], 'NUMERIC_OVERFLOW', /TIMESTAMP/],
    ["date_trunc('year', ?)", [['TIMESTAMP', -(2n ** 63n)]], 'NUMERIC_OVERFLOW', /TIMESTAMP/],
    ["? + INTERVAL '1' MONTH", [['TIMESTAMP', 2n ** 63n - 1n]], 'NUMERIC_OVERFLOW', /TIMESTAMP/],
    ["? + INTERVAL '1' SECOND", [['TIMESTAMP', 2n ** 63n - 1n]], 'NUMERIC_OVERFLOW', /TIMESTAMP/],
    ['? + 1', [['DATE', 2147483647]], 'NUMERIC_OVERFLOW', /DATE/],
    ["? + INTERVAL '1' DAY", [['DATE', 2147483647]], 'NUMERIC_OVERFLOW', /DATE/],
    ['chr(?)', [['BIGINT', -1n]], 'BAD_CAST', /code point, found -1/],
    ['chr(?)', [['BIGINT', 0xd800n]], 'BAD_CAST', /code point/],
    ['repeat(?, 100000000)', [['STRING', 'ab']], 'MEMORY_LIMIT', /repeat/],
    ["lpad(?, 100000000, 'x')", [['STRING', 'ab']], 'MEMORY_LIMIT', /lpad/],
    [
      "replace(?, 'a', repeat('x', 10000))",
      [['STRING', 'a'.repeat(10_000)]],
      'MEMORY_LIMIT',
      /replace/,
    ],
  ];

  it.each(cases)('%s of %s', (text, args, code, message) => {
    const error = expectError(() => evaluator.one(text, ...args), code, message);
    expect(error.position?.line).toBe(1);
  });

  it('name an unknown unit, and one that is not a literal', () => {
    const moment = literal('TIMESTAMP', 0n);
    const misspelt = call('date_trunc', 'TIMESTAMP', literal('STRING', 'moth'), moment);
    expectError(() => evaluator.values(misspelt, [], 1), 'INVALID_QUERY', /mean month/);
    const columns = [{ name: 's', type: 'STRING', values: ['day'] }] as const;
    const varying = call(
      'extract',
      'BIGINT',
      { kind: 'column', name: 's', type: 'STRING' },
      moment,
    );
    expectError(() => evaluator.values(varying, columns, 1), 'NOT_SUPPORTED', /extract/);
  });

  it('refuse a LIKE pattern that ends in its escape', () => {
    const like = (escapeText: string) =>
      call('like', 'BOOLEAN', ...['a', 'a#', escapeText].map((text) => literal('STRING', text)));
    expectError(() => evaluator.values(like('#'), [], 1), 'INVALID_QUERY', /found its end/);
    expectError(() => evaluator.values(like('ab'), [], 1), 'INVALID_QUERY', /one character/);
    expect(evaluator.values(like(''), [], 1)).toEqual([false]);
  });
});

describe('signatures that claim to be monotonic', () => {
  const steps = [-1e8, -4000.5, -366, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 30, 31, 59, 366, 1461, 1e8];
  const ascending: Readonly<Partial<Record<DataType, readonly Value[]>>> = {
    BIGINT: steps.map((step) => BigInt(Math.floor(step))),
    DOUBLE: [-Infinity, ...steps, Infinity, Number.NaN],
    DATE: steps.map((step) => Math.floor(step)),
    TIMESTAMP: steps.map((step) => BigInt(Math.floor(step * 1e10))),
  };
  const claims = [...FUNCTIONS.values()].filter(({ monotonicIn }) => monotonicIn !== null);

  it.each(claims.map(({ name }) => name))('%s never decreases', (name) => {
    const { resolve, monotonicIn, minArgs } = FUNCTIONS.get(name)!;
    for (const [type, values] of Object.entries(ascending) as [DataType, readonly Value[]][]) {
      const own = allTypeLists(minArgs).filter((list) => list[monotonicIn!] === type);
      for (const types of own) {
        const resolution = resolve(types);
        if (resolution === null || resolution.args[monotonicIn!] !== type) continue;
        const args = resolution.args.map((arg, index) =>
          index === monotonicIn
            ? ({ kind: 'column', name: 'c', type } as const)
            : literal(arg, arg === 'STRING' ? 'month' : null),
        );
        const expression = call(name, resolution.result, ...args);
        const results = evaluator.values(expression, [{ name: 'c', type, values }], values.length);
        for (let row = 1; row < results.length; row++) {
          const [before, after] = [results[row - 1]!, results[row]!];
          const holds = before <= after || Number.isNaN(after);
          expect(holds, `${name}: ${String(before)} then ${String(after)}`).toBe(true);
        }
      }
    }
  });
});

it('text forms of dates are read back', () => {
  expect(formatDate(parseDate('2024-02-29')!)).toBe('2024-02-29');
  expect(formatTimestamp(parseTimestamp('2024-02-29 01:02:03.4')!)).toBe('2024-02-29 01:02:03.4');
});

function expectError(run: () => unknown, code: ErrorCode, message: RegExp): EngineError {
  let caught: unknown;
  try {
    run();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(EngineError);
  const error = caught as EngineError;
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  return error;
}

function allTypeLists(length: number): DataType[][] {
  const types: readonly DataType[] = [
    ...(['STRING', 'BIGINT', 'DOUBLE', 'BOOLEAN', 'TIMESTAMP', 'DATE', 'INT', 'BYTES'] as const),
  ];
  let lists: DataType[][] = [[]];
  for (let index = 0; index < length; index++) {
    lists = lists.flatMap((list) => types.map((type) => [...list, type]));
  }
  return lists;
}

/** Lists that begin with an array: those of functions that take one. */
function arrayTypeLists(length: number): DataType[][] {
  const arrays = ['ARRAY<BIGINT>', 'ARRAY<STRING>'] as const;
  const first = arrays.flatMap((array) => allTypeLists(length - 1).map((rest) => [array, ...rest]));
  return [
    ...first,
    ...arrays.flatMap((array) => [
      [array, array],
      [array, 'STRING' as const, array],
    ]),
  ].filter((list) => list.length === length);
}

function sqlName(type: DataType): string {
  return type === 'STRING' ? 'VARCHAR' : type;
}
