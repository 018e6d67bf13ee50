import {
  type DataType,
  type DecimalShape,
  type DecimalType,
  decimalShape,
  decimalType,
  isDecimal,
} from '../../../src/base/types.ts';
import type { Bounds, Operator, Parameter } from '../term.ts';
import {
  any,
  DECIMALS,
  entry,
  exactAsDouble,
  FLOATS,
  finite,
  fn,
  INTEGERS,
  oneOf,
  pairs,
  productBounds,
  sumBounds,
  typeBitsMax,
  widest,
} from './entry.ts';

/**
 * What DuckDB is taught before the first query: the quotient of two HUGEINTs, rounded to the nearest,
 * halves away from zero. DuckDB itself divides decimals as DOUBLE.
 */
export const ORACLE_MACROS: readonly string[] = [
  'CREATE OR REPLACE MACRO rounded_quotient(n, d) AS (CASE WHEN d <> 0 THEN ' +
    'sign(n) * sign(d) * ((2 * abs(n) + abs(d)) // (2 * abs(d))) END)',
];

/** Operators and functions of decimals. Types of results follow docs/types.md. */
export function decimalEntries(): readonly Operator[] {
  const binary = [...exactPairs(), ...literalPairs()];
  const results = [...binary, ...unary()];
  const odd = [...new Set(results.map(({ result }) => result))].filter(
    (type): type is DecimalType => isDecimal(type) && !DECIMALS.includes(type),
  );
  return [...results, ...doublePairs(), ...casts(), ...odd.map((type) => cast(type, WIDEST))];
}

/** Digits of integers, and those of a decimal. */
export function shapeOf(type: DataType): DecimalShape {
  if (isDecimal(type)) return decimalShape(type);
  const digits = { TINYINT: 3, SMALLINT: 5, INT: 10, BIGINT: 19 }[type as string];
  if (digits === undefined) throw new Error(`${type} is no exact number`);
  return { precision: digits, scale: 0 };
}

/** A quotient in DuckDB of so many places, `numerator` and `denominator` being texts of exact numbers. */
export function duckDbQuotient(
  [numerator, numeratorScale]: readonly [string, number],
  [denominator, denominatorScale]: readonly [string, number],
  places: number,
): string {
  const shift = places - numeratorScale + denominatorScale;
  const dividend = `${units(numerator, numeratorScale)} * ${powerOfTen(shift)}::HUGEINT`;
  const quotient = `rounded_quotient(${dividend}, ${units(denominator, denominatorScale)})`;
  const unit = `CAST('0.${'1'.padStart(places, '0')}' AS DECIMAL(${places}, ${places}))`;
  return `(CAST(${quotient} AS DECIMAL(38, 0)) * ${unit})`;
}

const WIDEST: DecimalType = 'DECIMAL(30,6)';

function units(text: string, scale: number): string {
  if (scale === 0) return `CAST(${text} AS HUGEINT)`;
  return `CAST(${widened(text, scale)} * CAST(${powerOfTen(scale)} AS DECIMAL(${scale + 1}, 0)) AS HUGEINT)`;
}

/** DuckDB calculates with decimals of up to 18 digits in 64 bits, and the result must fit those. */
function widened(text: string, scale: number): string {
  return `CAST(${text} AS DECIMAL(38, ${scale}))`;
}

function powerOfTen(exponent: number): string {
  return `'1${'0'.repeat(exponent)}'`;
}

/** The type of a result; one of more than 38 digits gives up digits behind the point, but keeps six. */
function fitted(whole: number, scale: number): DecimalType {
  const excess = Math.max(0, whole + scale - 38);
  const kept = excess === 0 ? scale : Math.max(scale - excess, Math.min(scale, 6));
  return decimalType(Math.min(38, whole + scale), kept);
}

function exactPairs(): Operator[] {
  return [
    ...pairs(DECIMALS, DECIMALS),
    ...pairs(DECIMALS, INTEGERS),
    ...pairs(INTEGERS, DECIMALS),
  ].flatMap(([left, right]) => arithmetic(any(left), any(right)));
}

/** A number is read as the decimal that it spells. */
function literalPairs(): Operator[] {
  const fractions = oneOf('DECIMAL(2,1)', '1.1', '-0.5', '2.0', '0.0');
  const digits = oneOf('DECIMAL(1,0)', '3', '7', '0', '1');
  return DECIMALS.flatMap((type) => [
    ...arithmetic(any(type), fractions),
    ...arithmetic(digits, any(type)),
  ]);
}

function arithmetic(left: Parameter, right: Parameter): Operator[] {
  const [one, other] = [shapeOf(left.type), shapeOf(right.type)];
  const scale = Math.max(one.scale, other.scale);
  const [oneWhole, otherWhole] = [one.precision - one.scale, other.precision - other.scale];
  const infix = (
    operator: string,
    result: DecimalType,
    bounds: (args: readonly Bounds[]) => Bounds,
    bitsMax = Infinity,
  ) =>
    entry(
      operator,
      [atMost(left, bitsMax), atMost(right, bitsMax)],
      result,
      typedOperation(left.type, operator, right.type),
      {
        duckdb: `CAST((${widened('$1', operator === '*' ? one.scale : scale)} ${operator} $2) AS ${result})`,
        bounds: (args) => withinType(result, bounds(args)),
        keepsTypes: true,
      },
    );
  const sum = fitted(Math.max(oneWhole, otherWhole) + 1, scale);
  const product = fitted(oneWhole + otherWhole + 1, one.scale + other.scale);
  const remainder = fitted(Math.min(oneWhole, otherWhole), scale);
  return [
    infix('+', sum, sumBounds),
    infix('-', sum, sumBounds),
    // DuckDB keeps the digits behind the point, and has fewer before it.
    infix('*', product, productBounds, 40),
    infix('%', remainder, widest),
    division(left, right),
  ];
}

function division(left: Parameter, right: Parameter): Operator {
  const [one, other] = [shapeOf(left.type), shapeOf(right.type)];
  const places = Math.max(6, one.scale + other.precision + 1);
  const result = fitted(one.precision - one.scale + other.scale, places);
  const { scale } = decimalShape(result);
  // The dividend, twice, must fit a HUGEINT.
  const bitsMax = Math.floor(125 - (scale + other.scale) * Math.log2(10));
  const template = typedOperation(left.type, '/', right.type);
  return entry('/', [atMost(left, bitsMax), right], result, template, {
    duckdb: duckDbQuotient(['$1', one.scale], ['$2', other.scale], scale),
    bounds: ([dividend]) => {
      const bits = dividend!.bits + Math.ceil(other.scale * Math.log2(10));
      return withinType(result, { bits, summable: true });
    },
    keepsTypes: true,
  });
}

/** On the types as they are: a literal without a CAST would be the decimal that it spells. */
function typedOperation(left: DataType, operator: string, right: DataType): string {
  const [first, second] = [left, right].map((type, at) =>
    type === 'INT' || type === 'DOUBLE' ? `CAST($${at + 1} AS ${type})` : `$${at + 1}`,
  );
  return `(${first} ${operator} ${second})`;
}

function atMost(parameter: Parameter, bitsMax: number): Parameter {
  return { ...parameter, bitsMax: Math.min(parameter.bitsMax, bitsMax) };
}

/** Results fit their type, which has the digits that they may need, unless it would need more than 38. */
function withinType(type: DecimalType, bounds: Bounds): Bounds {
  if (decimalShape(type).precision === 38) return bounds;
  return { ...bounds, bits: Math.min(bounds.bits, typeBitsMax(type)) };
}

/** Beside FLOAT and DOUBLE a decimal is a DOUBLE. */
function doublePairs(): Operator[] {
  return [...pairs(DECIMALS, FLOATS), ...pairs(FLOATS, DECIMALS)].flatMap(([left, right]) =>
    ['+', '-', '*', '/', '%'].map((operator) =>
      entry(
        operator,
        [exactAsDouble(left), exactAsDouble(right)],
        'DOUBLE',
        typedOperation(left, operator, right),
        { duckdb: `(CAST($1 AS DOUBLE) ${operator} CAST($2 AS DOUBLE))` },
      ),
    ),
  );
}

function unary(): Operator[] {
  const places = oneOf('BIGINT', '0', '1', '2', '5', '-1', '-2');
  return DECIMALS.flatMap((type) => {
    const { precision, scale } = decimalShape(type);
    const whole = decimalType(precision - scale + 1, 0);
    const same = decimalType(precision + 1, scale);
    // Of a constant NULL the result has no type in DuckDB without a CAST.
    const ofOne = (name: string, template: string, result: DecimalType, bounds = widest) =>
      entry(name, [type], result, template, { duckdb: `CAST(${template} AS ${result})`, bounds });
    return [
      ofOne('negate', '(- $1)', type),
      ofOne('abs', 'abs($1)', type),
      ...['floor', 'ceil', 'round', 'trunc'].map((name) =>
        ofOne(name, `${name}($1)`, whole, sumBounds),
      ),
      ...['round', 'trunc'].map((name) =>
        fn(name, [type, places], same, {
          duckdb: `CAST(${name}($1, $2) AS ${same})`,
          bounds: ([value]) => sumBounds([value!]),
        }),
      ),
      fn('sign', [type], 'BIGINT', { bounds: () => ({ bits: 1, summable: true }) }),
      // These two take numbers as BIGINT or DOUBLE.
      fn('null_if_zero', [exactAsDouble(type)], 'DOUBLE', {
        duckdb: 'nullif(CAST($1 AS DOUBLE), 0)',
      }),
      fn('zero_if_null', [exactAsDouble(type)], 'DOUBLE', {
        duckdb: 'coalesce(CAST($1 AS DOUBLE), 0)',
      }),
    ];
  });
}

/** Columns of binary fractions whose decimals are not rounded twice. */
const FRACTIONS: Partial<Record<DataType, Parameter>> = {
  FLOAT: oneOf('FLOAT', 'single', 'quarter'),
  DOUBLE: oneOf('DOUBLE', 'measure', 'CAST(single AS DOUBLE)', '0.125', '-2.5'),
};

function casts(): Operator[] {
  const kept: Partial<Record<DataType, number>> = { TINYINT: 6, SMALLINT: 14, INT: 30, BIGINT: 60 };
  return DECIMALS.flatMap((type) => [
    ...DECIMALS.filter((other) => other !== type).map((other) => cast(type, other)),
    ...INTEGERS.flatMap((integer) => [
      cast(type, integer, kept[integer]),
      cast(integer, type, typeBitsMax(type) - 1),
    ]),
    entry('CAST AS DOUBLE of', [exactAsDouble(type)], 'DOUBLE', 'CAST($1 AS DOUBLE)'),
    entry('CAST AS BOOLEAN of', [type], 'BOOLEAN', 'CAST($1 AS BOOLEAN)'),
    entry(`CAST AS ${type} of`, ['BOOLEAN'], type, `CAST($1 AS ${type})`, {
      bounds: () => ({ bits: 1, summable: true }),
    }),
    ...FLOATS.map((float) =>
      entry(`CAST AS ${type} of`, [FRACTIONS[float]!], type, `CAST($1 AS ${type})`, {
        // DuckDB multiplies a FLOAT by the power of ten as a FLOAT.
        duckdb: `CAST(CAST($1 AS DOUBLE) AS ${type})`,
        bounds: () => ({ bits: 20, summable: true }),
      }),
    ),
  ]);
}

function cast(from: DataType, to: DataType, bitsMax = typeBitsMax(to) - 1): Operator {
  return entry(`CAST AS ${to} of`, [finite(from, bitsMax)], to, `CAST($1 AS ${to})`, {
    keepsTypes: true,
    bounds: ([bounds]) => ({ bits: bounds!.bits + 1, summable: true }),
  });
}
