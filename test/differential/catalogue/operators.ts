import { type DataType, isDecimal } from '../../../src/base/types.ts';
import type { Bounds, Operator, Parameter } from '../term.ts';
import {
  any,
  boundsOfType,
  DECIMALS,
  duckDbName,
  type EntryOptions,
  entry,
  exactAsDouble,
  FLOATS,
  finite,
  fn,
  INTEGERS,
  MOMENTS,
  NUMBERS,
  numberType,
  nyalaName,
  oneOf,
  type ParameterSpec,
  pairs,
  productBounds,
  small,
  sumBounds,
  TYPES,
  widest,
} from './entry.ts';

/** Pairs of types that are compared without a cast. */
const COMPARABLE: readonly [DataType, DataType][] = [
  ...TYPES.map((type): [DataType, DataType] => [type, type]),
  ...pairs([...NUMBERS, ...DECIMALS], [...NUMBERS, ...DECIMALS]).filter(
    ([left, right]) => left !== right,
  ),
  ['STRING', 'JSON'],
  ['JSON', 'STRING'],
  ['DATE', 'TIMESTAMP'],
  ['TIMESTAMP', 'DATE'],
];

/** Beside JSON a text literal must be JSON. */
const TEXTS = oneOf('STRING', 'word', 'label', '(word || label)');

const INTERVALS = ["INTERVAL '1' DAY", "INTERVAL '2' MONTH", "INTERVAL '1' YEAR"];
const TIMES = ["INTERVAL '5' HOUR", "INTERVAL '90' MINUTE", "INTERVAL '59' SECOND"];

/** Operators and the forms of the grammar. */
export function operatorEntries(): readonly Operator[] {
  return [...comparisons(), ...arithmetic(), ...logic(), ...choices(), ...texts(), ...moments()];
}

function comparisons(): Operator[] {
  const symbols = ['=', '<>', '<', '<=', '>', '>='];
  const words = ['IS DISTINCT FROM', 'IS NOT DISTINCT FROM'];
  return COMPARABLE.flatMap(([left, right]) => {
    const options = asDoubles(left, right);
    const isInexact = FLOATS.includes(left) || FLOATS.includes(right);
    const isJson = left === 'JSON' || right === 'JSON';
    const [one, other] = [left, right].map((type) => {
      if (isJson && type === 'STRING') return TEXTS;
      return isInexact ? exactAsDouble(type) : any(type);
    });
    const compare = (name: string, parameters: readonly Parameter[], template: string) =>
      entry(name, parameters, 'BOOLEAN', template, options);
    return [
      ...[...symbols, ...words].map((operator) =>
        compare(operator, [one!, other!], `($1 ${operator} $2)`),
      ),
      compare('BETWEEN', [one!, other!, other!], '($1 BETWEEN $2 AND $3)'),
      compare('NOT BETWEEN', [one!, other!, one!], '($1 NOT BETWEEN $2 AND $3)'),
      compare('IN', [one!, other!, other!], '($1 IN ($2, $3))'),
      compare('NOT IN', [one!, other!, one!], '($1 NOT IN ($2, $3))'),
    ];
  });
}

/** FLOATs are compared with each other as they are, and with other types as DOUBLE. */
function asDoubles(left: DataType, right: DataType): EntryOptions {
  return { keepsTypes: left === right || (left !== 'FLOAT' && right !== 'FLOAT') };
}

function arithmetic(): Operator[] {
  const binary = pairs(NUMBERS, NUMBERS).flatMap(([left, right]) => {
    const type = numberType(left, right);
    const infix = (operator: string, bounds: (args: readonly Bounds[]) => Bounds) =>
      entry(operator, [left, right], type, `($1 ${operator} $2)`, {
        // DuckDB calculates in INT where Nyala does in BIGINT.
        duckdb: `(CAST($1 AS ${type}) ${operator} CAST($2 AS ${type}))`,
        bounds,
      });
    const isWhole = type === 'BIGINT';
    return [
      infix('+', sumBounds),
      infix('-', sumBounds),
      infix('*', productBounds),
      infix('%', ([first]) => ({ bits: isWhole ? first!.bits : Infinity, summable: isWhole })),
      entry('/', [left, right], 'DOUBLE', '($1 / $2)', {
        duckdb: '(CAST($1 AS DOUBLE) / CAST($2 AS DOUBLE))',
      }),
    ];
  });
  return [
    ...binary,
    ...NUMBERS.map((type) =>
      entry('negate', [type], numberType(type, type), '(- $1)', { bounds: widest }),
    ),
    ...pairs(INTEGERS, INTEGERS).map(([left, right]) =>
      entry('DIV', [left, right], 'BIGINT', '($1 DIV $2)', {
        duckdb: '(CAST($1 AS BIGINT) // CAST($2 AS BIGINT))',
        bounds: widest,
      }),
    ),
  ];
}

function logic(): Operator[] {
  const tests = ['IS TRUE', 'IS NOT TRUE', 'IS FALSE', 'IS NOT FALSE'];
  return [
    entry('AND', ['BOOLEAN', 'BOOLEAN'], 'BOOLEAN', '($1 AND $2)'),
    entry('AND', ['BOOLEAN', 'BOOLEAN', 'BOOLEAN'], 'BOOLEAN', '($1 AND $2 AND $3)'),
    entry('OR', ['BOOLEAN', 'BOOLEAN'], 'BOOLEAN', '($1 OR $2)'),
    entry('OR', ['BOOLEAN', 'BOOLEAN', 'BOOLEAN'], 'BOOLEAN', '($1 OR $2 OR $3)'),
    entry('NOT', ['BOOLEAN'], 'BOOLEAN', '(NOT $1)'),
    ...tests.map((test) => entry(test, ['BOOLEAN'], 'BOOLEAN', `($1 ${test})`)),
    ...TYPES.flatMap((type) => [
      entry('IS NULL', [type], 'BOOLEAN', '($1 IS NULL)'),
      entry('IS NOT NULL', [type], 'BOOLEAN', '($1 IS NOT NULL)'),
    ]),
  ];
}

/** Types of which two give a third without a cast; FLOAT and integers do so differently. */
const COMMON: readonly [DataType, DataType, DataType][] = [
  ...TYPES.map((type): [DataType, DataType, DataType] => [type, type, type]),
  ['TINYINT', 'SMALLINT', 'SMALLINT'],
  ['SMALLINT', 'INT', 'INT'],
  ['TINYINT', 'DOUBLE', 'DOUBLE'],
  ['INT', 'BIGINT', 'BIGINT'],
  ['BIGINT', 'INT', 'BIGINT'],
  ['INT', 'DOUBLE', 'DOUBLE'],
  ['DOUBLE', 'BIGINT', 'DOUBLE'],
  ['FLOAT', 'DOUBLE', 'DOUBLE'],
  ['DATE', 'TIMESTAMP', 'TIMESTAMP'],
  ['JSON', 'STRING', 'STRING'],
  ['DECIMAL(9,2)', 'DECIMAL(18,4)', 'DECIMAL(18,4)'],
  ['DECIMAL(30,6)', 'DECIMAL(9,2)', 'DECIMAL(30,6)'],
  ['INT', 'DECIMAL(9,2)', 'DECIMAL(12,2)'],
  ['DECIMAL(18,4)', 'BIGINT', 'DECIMAL(23,4)'],
  ['DECIMAL(9,2)', 'DOUBLE', 'DOUBLE'],
];

/** What has its type whatever is beside it. */
function besideOther(left: DataType, right: DataType): ParameterSpec {
  if (left === 'JSON' && right === 'STRING') return TEXTS;
  if (isDecimal(left) && right === 'DOUBLE') {
    return oneOf('DOUBLE', 'ratio', 'measure', 'CAST(0.5 AS DOUBLE)');
  }
  return right;
}

function choices(): Operator[] {
  return COMMON.flatMap(([left, second, result]) => {
    const right = besideOther(left, second);
    const options = { bounds: widest, keepsTypes: true };
    const afterCondition = {
      ...options,
      bounds: (args: readonly Bounds[]) => widest(args.slice(1)),
    };
    const condition = 'BOOLEAN';
    return [
      entry('CASE WHEN', [condition, left, right], result, '(CASE WHEN $1 THEN $2 ELSE $3 END)', {
        ...afterCondition,
      }),
      entry('CASE WHEN without ELSE', [condition, left], left, '(CASE WHEN $1 THEN $2 END)', {
        ...afterCondition,
      }),
      entry('CASE', [left, right, left], left, '(CASE $1 WHEN $2 THEN $3 END)', options),
      fn('if', [condition, left, right], result, afterCondition),
      fn('coalesce', [left, right], result, options),
      fn('ifnull', [left, right], result, options),
      fn('nullif', [left, right], result, {
        ...options,
        // DuckDB keeps the type of the first.
        duckdb: `nullif(CAST($1 AS ${duckDbName(result)}), $2)`,
      }),
      ...['greatest', 'least'].map((name) => fn(name, [left, right], result, options)),
      entry('nvl2', [left, left, right], result, 'nvl2($1, $2, $3)', {
        ...options,
        duckdb: '(CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END)',
      }),
    ];
  });
}

/** Types whose text DuckDB writes like Nyala, or nearly so. */
const PRINTED: readonly DataType[] = [
  ...['STRING' as const, 'JSON' as const, 'BOOLEAN' as const, 'DATE' as const, 'DOUBLE' as const],
  ...[...INTEGERS, ...DECIMALS],
];

const PATTERNS = ["'%o'", "'O%'", "'%s%'", "'_'", "'%'", "'a_'", "''", "'%l%e%'", "'__'", "'ÿ'"];

function texts(): Operator[] {
  const pattern = oneOf('STRING', ...PATTERNS);
  return [
    ...['LIKE', 'NOT LIKE', 'ILIKE', 'NOT ILIKE'].flatMap((operator) => [
      entry(operator, ['STRING', pattern], 'BOOLEAN', `($1 ${operator} $2)`),
    ]),
    entry('LIKE ESCAPE', ['STRING'], 'BOOLEAN', "($1 LIKE 'x!_y' ESCAPE '!')"),
    entry('LIKE of a value', ['STRING', 'STRING'], 'BOOLEAN', '($1 LIKE $2)'),
    ...PRINTED.map((type) =>
      entry('||', ['STRING', type], 'STRING', '($1 || $2)', {
        duckdb: type === 'DOUBLE' ? `($1 || ${doubleText('$2')})` : '($1 || $2)',
      }),
    ),
    ...casts(),
  ];
}

/** A DOUBLE as text in DuckDB, which writes the sign of NaN. */
function doubleText(value: string): string {
  return `replace(CAST(${value} AS VARCHAR), '-nan', 'nan')`;
}

function casts(): Operator[] {
  const cast = (from: DataType, to: DataType, bitsMax: number): Operator =>
    entry(`CAST AS ${to} of`, [finite(from, bitsMax)], to, `CAST($1 AS ${nyalaName(to)})`, {
      duckdb: `CAST($1 AS ${duckDbName(to)})`,
      keepsTypes: true,
      bounds: ([bounds]) =>
        to === 'BOOLEAN' || from === 'BOOLEAN'
          ? boundsOfType(to)
          : { ...bounds!, summable: to !== 'FLOAT' && bounds!.summable },
    });
  const bitsMax: Partial<Record<DataType, number>> = {
    ...{ TINYINT: 6, SMALLINT: 14, INT: 30, BIGINT: 60, FLOAT: 100 },
  };
  const kinds = ['BOOLEAN', ...NUMBERS] as const;
  const between = pairs(kinds, kinds).flatMap(([from, to]) => {
    if (from === to) return [];
    return [cast(from, to, from === 'BOOLEAN' ? Infinity : (bitsMax[to] ?? Infinity))];
  });
  const fromDouble = entry('CAST AS STRING of', ['DOUBLE'], 'STRING', 'CAST($1 AS VARCHAR)', {
    duckdb: doubleText('$1'),
  });
  const throughText = PRINTED.filter((type) => type !== 'STRING').flatMap((type) => [
    type === 'DOUBLE' ? fromDouble : cast(type, 'STRING', Infinity),
    entry(`CAST AS ${type} of STRING`, [type], type, `CAST(CAST($1 AS VARCHAR) AS ${type})`, {
      duckdb: `CAST(CAST($1 AS VARCHAR) AS ${duckDbName(type)})`,
      bounds: ([bounds]) => bounds!,
      keepsTypes: true,
    }),
  ]);
  return [
    ...between,
    ...throughText,
    // Of other FLOATs DuckDB writes more digits than it takes to tell them apart.
    entry(
      'CAST AS STRING of',
      [oneOf('FLOAT', 'single', 'quarter')],
      'STRING',
      'CAST($1 AS VARCHAR)',
      {
        keepsTypes: true,
      },
    ),
    cast('DATE', 'TIMESTAMP', Infinity),
    cast('TIMESTAMP', 'DATE', Infinity),
    entry(
      'CAST AS TIMESTAMP of STRING',
      ['TIMESTAMP'],
      'TIMESTAMP',
      'CAST(CAST($1 AS VARCHAR) AS TIMESTAMP)',
    ),
    // TIMESTAMP prints as java.sql.Timestamp does, with a fraction in any case.
    entry('CAST AS STRING of', ['TIMESTAMP'], 'STRING', 'CAST($1 AS VARCHAR)', {
      duckdb:
        "(CAST($1 AS VARCHAR) || CASE WHEN microsecond($1) % 1000000 = 0 THEN '.0' ELSE '' END)",
    }),
  ];
}

function moments(): Operator[] {
  const interval = oneOf('STRING', ...INTERVALS);
  const time = oneOf('STRING', ...TIMES);
  return [
    ...INTEGERS.flatMap((type) => [
      entry('+', ['DATE', small(type)], 'DATE', '($1 + $2)', { duckdb: '($1 + CAST($2 AS INT))' }),
      entry('-', ['DATE', small(type)], 'DATE', '($1 - $2)', { duckdb: '($1 - CAST($2 AS INT))' }),
      entry('+', [small(type), 'DATE'], 'DATE', '($1 + $2)', { duckdb: '(CAST($1 AS INT) + $2)' }),
    ]),
    entry('-', ['DATE', 'DATE'], 'BIGINT', '($1 - $2)', { duckdb: 'CAST($1 - $2 AS BIGINT)' }),
    ...['+', '-'].flatMap((operator) => [
      entry(`${operator} days`, ['TIMESTAMP', interval], 'TIMESTAMP', `($1 ${operator} $2)`),
      entry(`${operator} hours`, ['TIMESTAMP', time], 'TIMESTAMP', `($1 ${operator} $2)`),
      // A DATE that moves by whole days stays one.
      entry(`${operator} days`, ['DATE', interval], 'DATE', `($1 ${operator} $2)`, {
        duckdb: `CAST($1 ${operator} $2 AS DATE)`,
      }),
    ]),
    ...MOMENTS.flatMap((type) =>
      [
        ...['millennium', 'century', 'decade', 'year', 'quarter', 'month', 'week', 'day'],
        ...['hour', 'minute', 'second', 'dow', 'isodow', 'doy', 'isoyear'],
      ]
        .filter((unit) => type === 'TIMESTAMP' || !['hour', 'minute', 'second'].includes(unit))
        .map((unit) => entry(`EXTRACT ${unit} FROM`, [type], 'BIGINT', `EXTRACT(${unit} FROM $1)`)),
    ),
  ];
}
