import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { compactKll, kll } from '../../src/base/sketches/kll.ts';
import type { NumberSketch } from '../../src/base/sketches/number-sketch.ts';
import { tDigest } from '../../src/base/sketches/t-digest.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`quantile sketches: SEED=${seed}`);

const FRACTIONS = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];

const distributions: Record<string, (prng: Prng, index: number) => number> = {
  uniform: (prng) => prng.float(),
  lognormal: (prng) => Math.exp(2 * normal(prng)),
  sorted: (_, index) => index,
  falling: (_, index) => -index,
  constant: () => 42.5,
  duplicates: (prng) => Math.floor(4 * prng.float() ** 3),
  'of 600 powers of ten': (prng) => 10 ** (600 * prng.float() - 300),
  'with infinities': (prng) =>
    prng.float() < 0.1 ? prng.pick([-1, 1]) / 0 : 1e308 * (2 * prng.float() - 1),
};

/** In these each value is about as far from the last as from the next. */
const EVEN = ['uniform', 'lognormal', 'sorted', 'falling', 'constant'];

/** The greatest error in ranks of a fraction; `depth` merges were one upon the other. */
type Bound = (fraction: number, depth: number, isEven: boolean) => number;

const kinds: [string, NumberSketch, allowed: Bound, lengthMax: number][] = [
  ['t-digest of 100', tDigest(100), tDigestBound(100), 202],
  ['t-digest of 500', tDigest(500), tDigestBound(500), 1_002],
  ['KLL of 200', kll(200), () => 0.0265, 700],
  ['KLL of 1000', kll(1000), () => 0.006, 3_200],
];

describe.each(kinds)('a %s', (_, kind, allowed, lengthMax) => {
  it.each(Object.entries(distributions))('keeps its bound on %s values', (name, draw) => {
    const prng = new Prng(seed);
    for (const count of [1, 2, 10, 1_000, 50_000]) {
      const values = Float64Array.from({ length: count }, (_value, index) => draw(prng, index));
      const pieces = splitAt(values, prng.integer(1, 12)).map((piece) => kind.build(piece.sort()));
      const sorted = values.toSorted();
      const merge = (left: Float64Array, right: Float64Array) => kind.unite([left, right]);
      const inOrders: [sketch: Float64Array, depth: number][] = [
        [kind.build(sorted), 0],
        [pieces.reduce(merge), pieces.length - 1],
        [pieces.toReversed().reduce(merge), pieces.length - 1],
        [pairwise(pieces, merge), Math.ceil(Math.log2(pieces.length))],
      ];
      for (const [sketch, depth] of inOrders) {
        expect(sketch.length).toBeLessThanOrEqual(lengthMax);
        for (const fraction of FRACTIONS) {
          const found = kind.quantile(sketch, fraction);
          const error = rankError(sorted, found, fraction);
          expect(error, `${fraction} of ${count}`).toBeLessThanOrEqual(
            allowed(fraction, depth, EVEN.includes(name)) + 1.01 / count,
          );
        }
      }
    }
  });

  it('of few values has them all', () => {
    const sketch = kind.build(Float64Array.of(1, 2, 3, 4, 5));
    const found = [0, 0.5, 1].map((fraction) => kind.quantile(sketch, fraction));
    expect(found).toEqual([1, 3, 5]);
  });
});

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'grp', type: 'INT' },
    { name: 'x', type: 'DOUBLE' },
    { name: 'n', type: 'BIGINT' },
    { name: 'word', type: 'STRING' },
  ],
};

describe('approximate quantiles in SQL', () => {
  const prng = new Prng(seed);
  const rows: Value[][] = Array.from({ length: 20_000 }, (_, row) => [
    prng.integer(0, 40),
    row % 11 === 0 ? null : row % 97 === 0 ? Number.NaN : normal(prng),
    BigInt(prng.integer(0, 1_000)),
    `w${row % 3}`,
  ]);
  let table: MemoryTable;
  beforeAll(async () => {
    table = await openMemoryTable(schema, rows, { segmentRows: 3_001 });
  });
  afterAll(() => table.close());

  const calls: [call: string, fraction: number, column: 1 | 2, allowed: number][] = [
    ['PERCENTILE_TDIGEST(x, 95)', 0.95, 1, 0.02],
    ['PERCENTILETDIGEST50(n)', 0.5, 2, 0.04],
    ['percentileEst(x, 10, 500)', 0.1, 1, 0.01],
    ['APPROX_QUANTILE(x, 0.25)', 0.25, 1, 0.03],
    ['approx_percentile(n, 0.9)', 0.9, 2, 0.02],
    ['APPX_MEDIAN(x)', 0.5, 1, 0.04],
    ['PERCENTILE_KLL(x, 75)', 0.75, 1, 0.03],
    ['PERCENTILEKLL99(n)', 0.99, 2, 0.03],
    ['percentile_kll(x, 0.5, 1000)', 0.005, 1, 0.01],
  ];

  it.each(calls)(
    '%s is near the exact one, in all and in groups',
    async (call, fraction, column, allowed) => {
      const sql = `SELECT grp, ${call} FROM t GROUP BY ROLLUP (grp)`;
      for (const [group, found] of await table.sql(sql)) {
        const values = rows
          .filter(([own]) => group === null || own === group)
          .map((row) => Number(row[column] ?? Number.NaN))
          .filter((value) => !Number.isNaN(value));
        const sorted = Float64Array.from(values).sort();
        const error = rankError(sorted, Number(found), fraction);
        expect(error, `group ${group}`).toBeLessThanOrEqual(allowed + 1.5 / sorted.length);
      }
    },
  );

  it('are NULL of no values, and take FILTER', async () => {
    const sql =
      'SELECT APPROX_QUANTILE(x, 0.5) FILTER (WHERE n < 0), PERCENTILE_KLL(x, 5) FILTER (WHERE n < 0), ' +
      'APPROX_QUANTILE(NULL, 0.5), PERCENTILE_KLL(n, 100) FILTER (WHERE n < 500), ' +
      "APPROX_QUANTILE(x, 0.5) FILTER (WHERE CAST(x AS STRING) = 'NaN') FROM t";
    expect(await table.sql(sql)).toEqual([[null, null, null, 499, null]]);
  });

  it('are given away in the layouts that Pinot has', async () => {
    const sql =
      'SELECT PERCENTILE_RAW_KLL(n, 50) FILTER (WHERE n < 0), PERCENTILERAWKLL50(n) FILTER (WHERE n = 1), ' +
      'PERCENTILE_RAW_KLL(n, 99, 8) FILTER (WHERE n IN (3, 7, 12)), ' +
      'PERCENTILE_RAW_TDIGEST(n, 50) FILTER (WHERE n < 0), PERCENTILERAWTDIGEST(n, 5, 200) FILTER (WHERE n IN (3, 7)) FROM t';
    const few = await openMemoryTable({ name: 't', columns: [{ name: 'n', type: 'INT' }] }, [
      ...[[1], [12], [3], [7]],
    ]);
    const [row] = await few.sql(sql).finally(() => few.close());
    const [none, one, three, noDigest, digest] = row as string[];
    const bytes = [none, one, three].map((text) => Buffer.from(text!, 'base64').toString('hex'));
    // What kll_doubles_sketch of DataSketches 5.2 writes, but that it does not sort the lowest level.
    expect(bytes).toEqual([
      '02010f01c8000800',
      '02020f04c8000800000000000000f03f',
      `05010f0208000800${'0300000000000000'}0800010005000000${'0000000000000840'}${'0000000000002840'}` +
        `${'0000000000000840'}${'0000000000001c40'}${'0000000000002840'}`,
    ]);
    const double = (value: number) => {
      const buffer = Buffer.alloc(8);
      buffer.writeDoubleBE(value);
      return buffer.toString('hex');
    };
    expect(noDigest).toBe(`00000001${[Infinity, -Infinity, 100].map(double).join('')}00000000`);
    expect(digest).toBe(
      `00000001${[3, 7, 200].map(double).join('')}00000002${[1, 3, 1, 7].map(double).join('')}`,
    );
  });

  it('write a merged sketch as DataSketches writes it after reading it', () => {
    const sketch = kll(8);
    const values = (first: number) =>
      Float64Array.from({ length: 10 }, (_, row) => row * 3 + first);
    const pieces = [0, 1, 2].map((first) => sketch.build(values(first)));
    const merged = pieces.reduce((left, right) => sketch.unite([left, right]));
    // Read and written again by kll_doubles_sketch of DataSketches 5.2, with the same bytes.
    expect(Buffer.from(compactKll(merged, 8)).toString('hex')).toBe(
      '05010f02080008001e0000000000000008000200010000000100000000000000000000000000000000003d40' +
        '0000000000000000000000000000f03f000000000000004000000000000018400000000000001c4000000000' +
        '0000204000000000000028400000000000002a400000000000002c4000000000000032400000000000003340' +
        '0000000000003440000000000000384000000000000039400000000000003a40',
    );
  });

  it('refuse what they cannot take', async () => {
    const errors: [string, string, RegExp][] = [
      ['APPROX_QUANTILE(word, 0.5)', 'TYPE_MISMATCH', /takes a number, found STRING/],
      ['APPROX_QUANTILE(x)', 'TYPE_MISMATCH', /takes 2 to 3 arguments, found 1/],
      ['APPROX_QUANTILE(x, 50)', 'INVALID_QUERY', /constant from 0 to 1/],
      ['APPROX_QUANTILE(x, n)', 'INVALID_QUERY', /constant from 0 to 1/],
      ['PERCENTILE_TDIGEST(x, 101)', 'INVALID_QUERY', /constant from 0 to 100/],
      ['PERCENTILE_TDIGEST(x, 50, 5)', 'INVALID_QUERY', /constant from 20 to 10000/],
      ['PERCENTILE_KLL(x, 50, 7.5)', 'INVALID_QUERY', /whole constant from 8 to 65535/],
      ['PERCENTILE_KLL(DISTINCT x, 50)', 'NOT_SUPPORTED', /DISTINCT/],
      ['PERCENTILEKLL50(word)', 'TYPE_MISMATCH', /takes a number, found STRING/],
      ['APPROX_MEDIAN(word)', 'TYPE_MISMATCH', /takes a number/],
      ['PERCENTILE_RAW_KLL(word, 50)', 'TYPE_MISMATCH', /takes a number, found STRING/],
      ['PERCENTILE_RAW_EST(x, 50)', 'NOT_SUPPORTED', /PERCENTILE_RAW_EST/],
      ['DISTINCT_COUNT_RAW_HLL(x)', 'NOT_SUPPORTED', /DISTINCT_COUNT_RAW_HLL/],
      ['PERCENTILE_KLL(*)', 'INVALID_QUERY', /is for COUNT/],
    ];
    for (const [call, code, message] of errors) {
      await expect(table.sql(`SELECT ${call} FROM t`), call).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
  });
});

/** See src/base/sketches/t-digest.ts; three quarters of a centroid do where values lie evenly. */
function tDigestBound(compression: number): Bound {
  return (fraction, depth, isEven) => {
    const shift = ((isEven ? 0.75 : 2 + depth) * 2 * Math.PI) / compression;
    const angle = Math.asin(2 * fraction - 1);
    const rankAt = (one: number): number =>
      (1 + Math.sin(Math.max(-Math.PI / 2, Math.min(Math.PI / 2, one)))) / 2;
    return Math.max(rankAt(angle + shift) - fraction, fraction - rankAt(angle - shift));
  };
}

function normal(prng: Prng): number {
  return Math.sqrt(-2 * Math.log(1 - prng.float())) * Math.cos(2 * Math.PI * prng.float());
}

function splitAt(values: Float64Array, count: number): Float64Array[] {
  const length = Math.ceil(values.length / count);
  return Array.from({ length: Math.ceil(values.length / length) }, (_, piece) =>
    values.slice(piece * length, (piece + 1) * length),
  );
}

function pairwise(
  pieces: readonly Float64Array[],
  merge: (left: Float64Array, right: Float64Array) => Float64Array,
): Float64Array {
  if (pieces.length === 1) return pieces[0]!;
  const middle = pieces.length >> 1;
  return merge(pairwise(pieces.slice(0, middle), merge), pairwise(pieces.slice(middle), merge));
}

/** How far a value lies from the ranks where it would be right, as a fraction of all. */
function rankError(sorted: Float64Array, value: number, fraction: number): number {
  let [below, upTo] = [0, 0];
  for (const one of sorted) {
    if (one < value) below++;
    if (one <= value) upTo++;
  }
  const target = fraction * sorted.length;
  return Math.max(0, below - target, target - upTo) / sorted.length;
}
