import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import {
  entriesMax,
  estimateDistinct,
  type HyperLogLogShape,
  sketchOfEntries,
  uniteHyperLogLogs,
} from '../../src/base/sketches/hyperloglog.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { openMemoryTable } from '../support/memory-table.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`hyperloglog: SEED=${seed}`);

/** Registers of so many random hashes. */
function registersOf(prng: Prng, count: number, log2m: number): Uint8Array {
  const registers = new Uint8Array(2 ** log2m);
  for (let index = 0; index < count; index++) {
    const register = prng.uint32() >>> (32 - log2m);
    const rank = Math.clz32(prng.uint32()) + 1;
    registers[register] = Math.max(registers[register]!, rank);
  }
  return registers;
}

describe('an estimate of how many different values there are', () => {
  it.each([4, 8, 12])('is as good as 2^%i registers allow, from none to many', (log2m) => {
    const prng = new Prng(seed);
    const standardError = 1.04 / Math.sqrt(2 ** log2m);
    for (const count of [0, 1, 2, 10, 100, 1_000, 30_000, 300_000]) {
      const shape = { log2m, entryBits: 25, isSparse: false };
      const estimate = estimateDistinct(registersOf(prng, count, log2m), shape);
      // Its logarithm is all but normal, with few registers as well: six standard errors are never seen.
      const factor = Math.exp(6 * standardError);
      expect(estimate).toBeGreaterThanOrEqual(count / factor - 2);
      expect(estimate).toBeLessThanOrEqual(count * factor + 2);
    }
  });

  it('of two sets together comes from the greater registers', () => {
    const shape = { log2m: 4, entryBits: 25, isSparse: true };
    const one = Uint8Array.of(1, 5, 0, 9, ...new Array(12).fill(1));
    const other = Uint8Array.of(2, 3, 4, 0, ...new Array(12).fill(0));
    const both = [2, 5, 4, 9, ...new Array(12).fill(1)];
    expect([...uniteHyperLogLogs([one, other], shape)]).toEqual(both);
    expect([...uniteHyperLogLogs([other, one], shape)]).toEqual(both);
    expect([...one.subarray(0, 4)]).toEqual([1, 5, 0, 9]);
  });
});

describe('a sparse sketch', () => {
  const bytesOf = (sketch: Uint8Array | Uint32Array | null) => {
    const padded = Buffer.from(new ArrayBuffer(Math.ceil(sketch!.byteLength / 8) * 8));
    padded.set(new Uint8Array(sketch!.buffer, sketch!.byteOffset, sketch!.byteLength));
    return padded;
  };

  it.each([4, 8, 12, 16])('of 2^%i is the same however its entries come together', (log2m) => {
    const prng = new Prng(seed);
    for (const entryBits of [log2m, 20, 25]) {
      const shape: HyperLogLogShape = { log2m, entryBits, isSparse: true };
      const most = entriesMax(shape);
      for (const count of [1, most - 1, most, most + 1, 4 * most]) {
        const entries = new Set<number>();
        while (entries.size < count) {
          const bits = prng.uint32() >>> (32 - entryBits);
          entries.add(((bits << 6) | (1 + Math.clz32(prng.uint32() | 1))) >>> 0);
        }
        const all = Uint32Array.from(entries);
        const whole = bytesOf(sketchOfEntries(all.slice(), null, shape));
        expect(whole.length <= 4 * Math.max(2, most)).toBe(count <= most);
        const cut = prng.integer(1, count + 1);
        const pieces = [all.slice(0, cut), all.slice(cut >> 1)].map((piece) =>
          bytesOf(sketchOfEntries(piece, null, shape)),
        );
        expect(whole.equals(bytesOf(uniteHyperLogLogs([pieces[0]!, pieces[1]!], shape)))).toBe(
          true,
        );
        expect(whole.equals(bytesOf(uniteHyperLogLogs([pieces[1]!, pieces[0]!], shape)))).toBe(
          true,
        );
      }
    }
  });

  it('has the registers that its hashes would have reached at once', () => {
    const prng = new Prng(seed);
    const shape: HyperLogLogShape = { log2m: 6, entryBits: 25, isSparse: false };
    const expected = new Uint8Array(64);
    const entries = Uint32Array.from({ length: 500 }, () => {
      // The first 32 bits of a hash, zeros behind the register as often as not.
      const hash = prng.uint32() & (prng.float() < 0.5 ? 0xffffffff : 0xfc00003f);
      const rank = Math.clz32(hash << 6) + 1;
      const register = hash >>> 26;
      expected[register] = Math.max(expected[register]!, hash << 6 === 0 ? 27 : rank);
      const behind = hash << 25 === 0 ? 8 : Math.clz32(hash << 25) + 1;
      return ((hash >>> 7) << 6) | behind;
    });
    expect(sketchOfEntries(entries, null, shape)).toEqual(expected);
  });
});

describe('APPROX_COUNT_DISTINCT', () => {
  const schema: TableSchema = {
    name: 't',
    columns: [
      { name: 'id', type: 'BIGINT' },
      { name: 'narrow', type: 'INT' },
      { name: 'ratio', type: 'DOUBLE' },
      { name: 'word', type: 'STRING' },
    ],
  };
  const rowCount = 20_000;
  const rows: Value[][] = Array.from({ length: rowCount }, (_, row) => [
    BigInt(row) ** 3n,
    row % 7 === 0 ? null : row % 1_000,
    row % 2 === 0 ? -0 : (row % 500) / 8,
    `word ${row % 3_000}`,
  ]);

  it('is the same on any segments and threads, and for values in any type and encoding', async () => {
    const answers: Value[][][] = [];
    for (const options of [
      { segmentRows: rowCount, threads: 0 },
      { segmentRows: 3_333, threads: 0 },
      { segmentRows: 1_000, threads: 2 },
    ]) {
      const table = await openMemoryTable(schema, rows, options);
      answers.push(
        await table.sql(
          'SELECT NDV(id), DISTINCT_COUNT_HLL(narrow, 14), APPROX_DISTINCT(CAST(narrow AS BIGINT), 14), ' +
            "NDV(ratio), NDV(0 - ratio), NDV(word), NDV(word || ''), NDV(id) FILTER (WHERE id < 0) FROM t",
        ),
      );
      await table.close();
    }
    const [first] = answers;
    expect(answers).toEqual([first, first, first]);
    const [ids, narrow, wide, ratios, negated, words, joined, none] = first![0]!.map(Number);
    expect(Math.abs(ids! / rowCount - 1)).toBeLessThan(0.1);
    expect(Math.abs(narrow! / 1_000 - 1)).toBeLessThan(0.05);
    expect(Math.abs(words! / 3_000 - 1)).toBeLessThan(0.1);
    expect(Math.abs(ratios! / 251 - 1)).toBeLessThan(0.1);
    expect(Math.abs(negated! / 251 - 1)).toBeLessThan(0.1);
    expect([wide, joined, none]).toEqual([narrow, words, 0]);
  });

  it('is all but exact in groups of few values, and needs little room for each', async () => {
    const options = { segmentRows: 6_000, memoryBytes: 64 * 1_048_576 };
    const table = await openMemoryTable(schema, rows, options);
    try {
      // Registers for each of 20,000 groups would take 80 MiB.
      const sql = 'SELECT id, NDV(word), DISTINCT_COUNT_HLL_PLUS(narrow) FROM t GROUP BY id';
      const counts = await table.sql(sql);
      expect(counts).toHaveLength(rowCount);
      for (const [id, words, narrow] of counts) {
        expect([words, narrow]).toEqual([
          1n,
          Math.round(Math.cbrt(Number(id))) % 7 === 0 ? 0n : 1n,
        ]);
      }
      const byWord =
        'SELECT word, NDV(id) - COUNT(DISTINCT id), DISTINCT_COUNT_HLL_PLUS(id) - COUNT(DISTINCT id) ' +
        'FROM t GROUP BY word';
      for (const [, plain, plus] of await table.sql(byWord))
        expect([plain, plus]).toEqual([0n, 0n]);
      const [[plus, dense]] = (await table.sql(
        'SELECT DISTINCT_COUNT_HLL_PLUS(id), DISTINCT_COUNT_HLL_PLUS(id, 14, 0) FROM t',
      )) as [bigint[]];
      expect(Math.abs(Number(plus) / rowCount - 1)).toBeLessThan(0.05);
      expect(dense).toBe(plus);
    } finally {
      await table.close();
    }
  });

  it('refuses sizes that it cannot have', async () => {
    const table = await openMemoryTable(schema, rows.slice(0, 5));
    const errors: [string, string, RegExp][] = [
      ['NDV(word, 3)', 'INVALID_QUERY', /whole constant from 4 to 16/],
      ['DISTINCT_COUNT_HLL_PLUS(word, 14, 26)', 'INVALID_QUERY', /whole constant from 0 to 25/],
      ['DISTINCT_COUNT_HLL(word, id)', 'INVALID_QUERY', /whole constant/],
      ['NDV(*)', 'INVALID_QUERY', /is for COUNT/],
      ['NDV(DISTINCT word)', 'NOT_SUPPORTED', /DISTINCT/],
      ['DISTINCT_COUNT_RAW_HLL(word)', 'NOT_SUPPORTED', /DISTINCT_COUNT_RAW_HLL/],
      ['DISTINCT_COUNT_CPC_SKETCH(word)', 'NOT_SUPPORTED', /CPC_SKETCH/],
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
