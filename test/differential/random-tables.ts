import {
  type BuildConfig,
  DEFAULT_BUILD_CONFIG,
  type IndexConfig,
  type IndexKind,
} from '../../src/base/index-config.ts';
import type { Prng } from '../../src/base/prng.ts';
import type { DataType, TableSchema, Value } from '../../src/base/types.ts';

/** Columns of every type, of few and of many values, with and without NULL. */
export const RANDOM_SCHEMA: TableSchema = {
  name: 't',
  columns: [
    { name: 'flag', type: 'BOOLEAN' },
    { name: 'small', type: 'INT' },
    { name: 'wide', type: 'BIGINT' },
    { name: 'ratio', type: 'DOUBLE' },
    { name: 'measure', type: 'DOUBLE' },
    { name: 'single', type: 'FLOAT' },
    { name: 'quarter', type: 'FLOAT' },
    { name: 'word', type: 'STRING' },
    { name: 'label', type: 'STRING' },
    { name: 'moment', type: 'TIMESTAMP' },
    { name: 'day', type: 'DATE' },
    { name: 'id', type: 'INT' },
  ],
};

const NUMBERS = ['wide', 'ratio', 'measure', 'single', 'quarter', 'small', 'moment', 'day', 'id'];

/** Every index that a column can have. */
export const INDEXED: BuildConfig = {
  ...DEFAULT_BUILD_CONFIG,
  indexes: RANDOM_SCHEMA.columns.flatMap(({ name, type }) => [
    index('inverted', name),
    ...(type === 'BOOLEAN' ? [] : [index('bloom', name)]),
    ...(NUMBERS.includes(name) ? [index('range', name)] : []),
  ]),
};

/** Numbers as they are, and rows in the order of a column. */
export const SORTED_AND_RAW: BuildConfig = {
  indexes: NUMBERS.map((name) => index('range', name)),
  rawColumns: NUMBERS,
  sortedColumn: 'small',
};

function index(kind: IndexKind, column: string): IndexConfig {
  return { kind, columns: [column], parameters: {} };
}

const WORDS = ['', 'a', 'A', 'ab', 'Zürich', 'Oslo', 'oslo', 'ÿ', '｡', '😀', 'x%y', 'x_y', ' '];
const DAY_MICROS = 86_400_000_000;

/** Rows for the schema; a column may have no NULL at all, a few, or nothing else. */
export function randomRows(prng: Prng, rowCount: number): Value[][] {
  const nullShare = RANDOM_SCHEMA.columns.map(() => prng.pick([0, 0, 0.05, 0.3, 1]));
  nullShare[RANDOM_SCHEMA.columns.length - 1] = 0;
  return Array.from({ length: rowCount }, (_, row) =>
    RANDOM_SCHEMA.columns.map(({ name }, column) =>
      prng.float() < nullShare[column]! ? null : randomValue(prng, name, row),
    ),
  );
}

function randomValue(prng: Prng, column: string, row: number): Value {
  switch (column) {
    case 'flag':
      return prng.float() < 0.5;
    case 'small':
      return prng.integer(-20, 20);
    case 'wide':
      return BigInt(prng.integer(-1_000_000, 1_000_000)) * BigInt(prng.pick([1, 1_000_003]));
    case 'ratio':
      return prng.pick([0, -0, 0.5, 1, -1.25, 1e10, Number.NaN]);
    case 'measure':
      return Math.round((prng.float() - 0.5) * 1e9) / 1024;
    case 'single':
      return prng.integer(-9000, 9000) / 4;
    case 'quarter':
      return prng.integer(-4, 4) / 4;
    case 'word':
      return prng.pick(WORDS);
    case 'label':
      return `label ${prng.integer(0, 400)}`;
    case 'moment':
      return (
        BigInt(prng.integer(-400, 400)) * BigInt(DAY_MICROS) +
        BigInt(prng.integer(0, 86_400_000)) * 1000n
      );
    case 'day':
      return prng.integer(-1000, 20_000);
    default:
      return row;
  }
}

/** The table as a statement for DuckDB. */
export function createTableSql(): string {
  const columns = RANDOM_SCHEMA.columns.map(({ name, type }) => `${name} ${duckDbType(type)}`);
  return `CREATE OR REPLACE TABLE t (${columns.join(', ')})`;
}

function duckDbType(type: DataType): string {
  return type === 'STRING' ? 'VARCHAR' : type;
}
