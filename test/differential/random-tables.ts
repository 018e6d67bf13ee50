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
/** One character a byte. */
const BYTES = ['', '\0', 'a', 'ab', '\x7f', '\x80', '\0\xff', '\xff', '\xc3\xa9', '\xe9'];
const DOCUMENTS = [
  ...['{}', '[]', 'null', 'true', '12', '"ÿ"', '"12"', '{"n": null}', '[1, [2, 3], {"n": 4}]'],
  ...[
    '{"n": 1, "s": "Oslo"}',
    '{"n":-7,"r":0.5}',
    '{"s": {"n": 2}, "n": 3}',
    '{"n": "5", "s": ""}',
  ],
];
const DAY_MICROS = 86_400_000_000;
const NONE: Bounds = { bits: Infinity, summable: false };

/** Columns of every type, of few and of many values. The last one is the row's number. */
export const RANDOM_COLUMNS: readonly RandomColumn[] = [
  column('flag', 'BOOLEAN', NONE, (prng) => prng.float() < 0.5),
  column('mark', 'BOOLEAN', NONE, (prng) => prng.float() < 0.9),
  column('tiny', 'TINYINT', exact(8), (prng) => prng.integer(-128, 128)),
  column('digit', 'TINYINT', exact(4), (prng) => prng.integer(0, 10)),
  column('short', 'SMALLINT', exact(16), (prng) => prng.integer(-32_768, 32_768)),
  column('port', 'SMALLINT', exact(13), (prng) => 8_000 + prng.integer(0, 8)),
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
  column('price', 'DECIMAL(9,2)', exact(13), (prng) => BigInt(prng.integer(-500_000, 500_000))),
  column('share', 'DECIMAL(9,2)', exact(1), (prng) => BigInt(prng.integer(0, 11) * 10)),
  column('amount', 'DECIMAL(18,4)', exact(37), (prng) => {
    return BigInt(prng.integer(-1e9, 1e9)) * prng.pick([1n, 1_000_003n]);
  }),
  // Some of them do not fit 64 bits.
  column('total', 'DECIMAL(30,6)', exact(57), (prng) => {
    return BigInt(prng.integer(-1e9, 1e9)) * prng.pick([1n, 10n ** 9n + 7n, 10n ** 14n + 3n]);
  }),
  column('word', 'STRING', NONE, (prng) => prng.pick(WORDS)),
  column('label', 'STRING', NONE, (prng) => `label ${prng.integer(0, 400)}`),
  column('bytes', 'BYTES', NONE, (prng) => prng.pick(BYTES)),
  column('digest', 'BYTES', NONE, (prng) => {
    return String.fromCharCode(...[0, 0, 0].map(() => prng.integer(0, 256)));
  }),
  column('doc', 'JSON', NONE, (prng) => prng.pick(DOCUMENTS)),
  column('event', 'JSON', NONE, (prng) => {
    return `{"n":${prng.integer(-9, 90)},"r":${prng.integer(0, 8) / 4},"s":"${prng.pick(WORDS)}"}`;
  }),
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
 * Rows for the schema. A column may have no NULL at all, a few, or nothing else; its values may be as
 * they come, all the same, sorted, or mostly one.
 */
export function randomRows(prng: Prng, rowCount: number): Value[][] {
  const columns = RANDOM_COLUMNS.map(({ name, value }) => {
    if (name === 'id') return Array.from({ length: rowCount }, (_, row): Value => value(prng, row));
    const values = shaped(
      prng,
      Array.from({ length: rowCount }, (_, row) => value(prng, row)),
    );
    const nullShare = prng.pick([0, 0, 0.05, 0.05, 0.3, 0.3, 0.95, 1]);
    return values.map((one): Value => (prng.float() < nullShare ? null : one));
  });
  return Array.from({ length: rowCount }, (_, row) => columns.map((values) => values[row]!));
}

/** Values with one of the shapes that encodings and indexes are made for. */
function shaped<T extends Exclude<Value, null>>(prng: Prng, values: readonly T[]): T[] {
  const common = prng.pick(values);
  switch (prng.pick(['random', 'random', 'random', 'constant', 'sorted', 'falling', 'skewed'])) {
    case 'constant':
      return values.map(() => common);
    case 'sorted':
      return values.toSorted(inOrder);
    case 'falling':
      return values.toSorted((left, right) => inOrder(right, left));
    case 'skewed':
      return values.map((one) => (prng.float() < 0.9 ? common : one));
    default:
      return [...values];
  }
}

function inOrder<T>(left: T, right: T): number {
  return left < right ? -1 : left > right ? 1 : 0;
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
