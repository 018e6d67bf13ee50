import type { Prng } from '../../src/base/prng.ts';
import type { DataType, TableSchema, Value } from '../../src/base/types.ts';
import type { Bounds } from './term.ts';

/** A column of random tables, and what numbers it may hold. */
interface RandomColumn {
  readonly name: string;
  readonly type: DataType;
  readonly bounds: Bounds;
  readonly value: (prng: Prng, row: number) => Exclude<Value, null>;
}

const WORDS = ['', 'a', 'A', 'ab', 'Zürich', 'Oslo', 'oslo', 'ÿ', '｡', '😀', 'x%y', 'x_y', ' '];
const DAY_MICROS = 86_400_000_000;
const NONE: Bounds = { bits: Infinity, summable: false };

/** Columns of every type, of few and of many values. The last one is the row's number. */
export const RANDOM_COLUMNS: readonly RandomColumn[] = [
  column('flag', 'BOOLEAN', NONE, (prng) => prng.float() < 0.5),
  column('mark', 'BOOLEAN', NONE, (prng) => prng.float() < 0.9),
  column('small', 'INT', exact(5), (prng) => prng.integer(-20, 20)),
  column('code', 'INT', exact(30), (prng) => prng.integer(0, 400) * 2_500_000 - 500_000_000),
  column('wide', 'BIGINT', exact(41), (prng) => {
    return BigInt(prng.integer(-1_000_000, 1_000_000)) * BigInt(prng.pick([1, 1_000_003]));
  }),
  column('tally', 'BIGINT', exact(8), (prng) => BigInt(prng.integer(0, 200))),
  column('ratio', 'DOUBLE', NONE, (prng) =>
    prng.pick([0, -0, 0.5, 1, -1.25, 1e10, Number.NaN, Infinity]),
  ),
  // Multiples of 1/1024 add up without rounding.
  column('measure', 'DOUBLE', exact(19), (prng) => Math.round((prng.float() - 0.5) * 1e9) / 1024),
  column('single', 'FLOAT', exact(12), (prng) => prng.integer(-9000, 9000) / 4),
  column('quarter', 'FLOAT', exact(1), (prng) => prng.integer(-4, 4) / 4),
  column('word', 'STRING', NONE, (prng) => prng.pick(WORDS)),
  column('label', 'STRING', NONE, (prng) => `label ${prng.integer(0, 400)}`),
  column('moment', 'TIMESTAMP', NONE, (prng) => {
    const day = BigInt(prng.integer(-400, 400)) * BigInt(DAY_MICROS);
    return day + BigInt(prng.integer(0, 86_400_000)) * 1000n;
  }),
  column(
    'hour_at',
    'TIMESTAMP',
    NONE,
    (prng) => BigInt(prng.integer(400_000, 480_000)) * 3_600_000_000n,
  ),
  column('day', 'DATE', NONE, (prng) => prng.integer(-1000, 20_000)),
  column('due', 'DATE', NONE, (prng) => prng.integer(18_000, 18_060)),
  column('id', 'INT', exact(13), (_, row) => row),
];

/** The schema of random tables. */
export const RANDOM_SCHEMA: TableSchema = {
  name: 't',
  columns: RANDOM_COLUMNS.map(({ name, type }) => ({ name, type })),
};

/**
 * The same with one column as a SMALLINT, whose values Nyala answers like those of an INT; DuckDB would
 * calculate in 16 bits.
 */
export const STORED_SCHEMA: TableSchema = {
  ...RANDOM_SCHEMA,
  columns: RANDOM_SCHEMA.columns.map((one) =>
    one.name === 'small' ? { ...one, type: 'SMALLINT' } : one,
  ),
};

/** Rows for the schema; a column may have no NULL at all, a few, or nothing else. */
export function randomRows(prng: Prng, rowCount: number): Value[][] {
  const nullShares = RANDOM_COLUMNS.map(({ name }) =>
    name === 'id' ? 0 : prng.pick([0, 0, 0.05, 0.05, 0.3, 0.3, 1]),
  );
  return Array.from({ length: rowCount }, (_, row) =>
    RANDOM_COLUMNS.map(({ value }, column) =>
      prng.float() < nullShares[column]! ? null : value(prng, row),
    ),
  );
}

/** A number that adds up without rounding. */
function exact(bits: number): Bounds {
  return { bits, summable: true };
}

function column(
  name: string,
  type: DataType,
  bounds: Bounds,
  value: RandomColumn['value'],
): RandomColumn {
  return { name, type, bounds, value };
}
