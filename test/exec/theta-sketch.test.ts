import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import {
  compactTheta,
  estimateTheta,
  mergeThetas,
  THETA_MAX,
  thetaSketch,
} from '../../src/exec/sketches/theta.ts';
import { openMemoryTable } from '../support/memory-table.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`theta sketch: SEED=${seed}`);

/** Unions that Apache DataSketches' own library made of the values that `valueFor` gives. */
interface Golden {
  readonly nominalEntries: number;
  readonly sketches: readonly {
    readonly kind: 'long' | 'double' | 'text';
    readonly count: number;
    readonly estimate: number;
    readonly sketch: string;
  }[];
}
const file = new URL('theta-golden.json', import.meta.url);
const golden: Golden = JSON.parse(readFileSync(file, 'utf8'));

const valueFor = {
  long: (index: number) => BigInt(index * index - 50),
  double: (index: number) => index / 8 - 3,
  text: (index: number) => `word ${index}`,
};

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 'long', type: 'BIGINT' },
    { name: 'double', type: 'DOUBLE' },
    { name: 'text', type: 'STRING' },
  ],
};
const rows: Value[][] = Array.from({ length: 1_000 }, (_, index) => [
  index,
  valueFor.long(index),
  valueFor.double(index),
  valueFor.text(index),
]);

describe('DISTINCT_COUNT_THETA_SKETCH', () => {
  it.each([
    { segmentRows: 1_000, threads: 0 },
    { segmentRows: 77, threads: 0 },
    { segmentRows: 100, threads: 2 },
  ])('gives the sketches of Apache DataSketches, byte for byte (%j)', async (options) => {
    const table = await openMemoryTable(schema, rows, options);
    try {
      for (const { kind, count, estimate, sketch } of golden.sketches) {
        const parameters = `'nominalEntries=${golden.nominalEntries}'`;
        const sql =
          `SELECT DISTINCT_COUNT_RAW_THETA_SKETCH("${kind}", ${parameters}), ` +
          `distinctCountThetaSketch("${kind}", ${parameters}) FROM t WHERE id < ${count}`;
        expect(await table.sql(sql), `${count} of ${kind}`).toEqual([[sketch, BigInt(estimate)]]);
      }
    } finally {
      await table.close();
    }
  });

  it('is exact up to its entries, in groups too, and leaves NULL out', async () => {
    const many = rows.map((row, index) => [...row, index % 3, index % 4 === 0 ? null : index % 90]);
    const wide: TableSchema = {
      name: 't',
      columns: [...schema.columns, { name: 'grp', type: 'INT' }, { name: 'holes', type: 'BIGINT' }],
    };
    const table = await openMemoryTable(wide, many as Value[][], { segmentRows: 99 });
    try {
      const sql =
        'SELECT grp, DISTINCT_COUNT_THETA_SKETCH(text), DISTINCT_COUNT_THETA_SKETCH(holes, 512), ' +
        'COUNT(DISTINCT holes), DISTINCT_COUNT_THETA_SKETCH(text) FILTER (WHERE id < 0), ' +
        "DISTINCT_COUNT_THETA_SKETCH(text || 'x') FROM t GROUP BY ROLLUP (grp) ORDER BY grp";
      for (const [group, texts, holes, exact, none, computed] of await table.sql(sql)) {
        const count = many.filter((row) => group === null || row[4] === group).length;
        expect([texts, holes, none, computed]).toEqual([BigInt(count), exact, 0n, BigInt(count)]);
      }
    } finally {
      await table.close();
    }
  });

  it('is the same where limits are found on the way and where they are not', async () => {
    const long: TableSchema = { name: 't', columns: schema.columns.slice(0, 2) };
    const many = Array.from({ length: 60_000 }, (_, index) => [index % 5, valueFor.long(index)]);
    const sql =
      'SELECT id, DISTINCT_COUNT_RAW_THETA_SKETCH("long", 64) FROM t GROUP BY ROLLUP (id) ORDER BY id';
    const answers: Value[][][] = [];
    for (const segmentRows of [60_000, 3_000]) {
      const table = await openMemoryTable(long, many, { segmentRows });
      answers.push(await table.sql(sql));
      await table.close();
    }
    expect(answers[0]).toHaveLength(6);
    expect(answers[1]).toEqual(answers[0]);
  });

  it('refuses what it cannot do', async () => {
    const table = await openMemoryTable(schema, rows.slice(0, 3));
    const errors: [string, string, RegExp][] = [
      ["DISTINCT_COUNT_THETA_SKETCH(text, 'entries=7')", 'INVALID_QUERY', /from 16 to 65536/],
      ['DISTINCT_COUNT_THETA_SKETCH(text, 8)', 'INVALID_QUERY', /from 16 to 65536/],
      ["DISTINCT_COUNT_THETA_SKETCH(text, '', 'id=1')", 'TYPE_MISMATCH', /1 to 2 arguments/],
      ['DISTINCT_COUNT_RAW_THETA_SKETCH(DISTINCT text)', 'NOT_SUPPORTED', /DISTINCT/],
      ['DISTINCT_COUNT_TUPLE_SKETCH(text)', 'NOT_SUPPORTED', /TUPLE/],
    ];
    try {
      for (const [call, code, message] of errors) {
        await expect(table.sql(`SELECT ${call} FROM t`), call).rejects.toMatchObject({
          code,
          message: expect.stringMatching(message),
        });
      }
    } finally {
      await table.close();
    }
  });
});

describe('a theta sketch', () => {
  const hashes = (prng: Prng, count: number) =>
    BigUint64Array.from({ length: count }, () => {
      return ((BigInt(prng.uint32()) << 32n) | BigInt(prng.uint32())) >> 1n;
    });

  it('is the same however its hashes come together', () => {
    const prng = new Prng(seed);
    for (const count of [1, 15, 16, 17, 40, 5_000]) {
      const all = hashes(prng, count);
      const whole = thetaSketch(all.slice(), THETA_MAX, 16);
      const cut = prng.integer(0, count);
      const pieces = [all.slice(0, cut + 1), all.slice(cut >> 1), all.slice(cut)].map((piece) =>
        thetaSketch(piece, THETA_MAX, 16),
      );
      const merge = (left: BigUint64Array, right: BigUint64Array) => mergeThetas(left, right, 16);
      expect(pieces.reduce(merge)).toEqual(whole);
      expect(pieces.toReversed().reduce(merge)).toEqual(whole);
      expect(whole.length).toBeLessThanOrEqual(17);
    }
  });

  it('estimates within its error', () => {
    const prng = new Prng(seed);
    for (const count of [100, 5_000, 200_000]) {
      const estimate = estimateTheta(thetaSketch(hashes(prng, count), THETA_MAX, 4_096));
      // Seven standard errors of 1/√k.
      expect(Math.abs(estimate / count - 1)).toBeLessThan(7 / 64);
    }
  });

  it('of nothing is eight bytes', () => {
    expect([...compactTheta(null)]).toEqual([1, 3, 3, 0, 0, 0x1e, 0xcc, 0x93]);
  });
});
