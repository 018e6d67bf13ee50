import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { estimateCardinality, mergeRegisters } from '../../src/exec/hyperloglog.ts';
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
      const estimate = estimateCardinality(registersOf(prng, count, log2m), log2m);
      // Its logarithm is all but normal, with few registers as well: six standard errors are never seen.
      const factor = Math.exp(6 * standardError);
      expect(estimate).toBeGreaterThanOrEqual(count / factor - 2);
      expect(estimate).toBeLessThanOrEqual(count * factor + 2);
    }
  });

  it('of two sets together comes from the greater registers', () => {
    const one = Uint8Array.of(1, 5, 0, 9, 1, 1, 1, 1);
    mergeRegisters(one, Uint8Array.of(2, 3, 4, 0, 0, 0, 0, 0));
    expect([...one]).toEqual([2, 5, 4, 9, 1, 1, 1, 1]);
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
});
