import { describe, expect, it } from 'vitest';
import { openMemoryTable } from '../support/memory-table.ts';

/** More than a handful of rows may take, less than an output for each code would. */
const GROWTH_BYTES_MAX = 2 ** 30;

describe('a monotonic expression', () => {
  it('takes no memory for codes that few rows do not have', async () => {
    const rows = Array.from({ length: 60 }, (_, row) => [
      BigInt(row) ** 4n * 97n + BigInt(row % 7),
    ]);
    const table = await openMemoryTable({ name: 't', columns: [{ name: 'a', type: 'BIGINT' }] }, [
      ...rows,
      [null],
    ]);
    try {
      const before = process.resourceUsage().maxRSS;
      expect(await table.sql('SELECT COUNT(*) FROM t WHERE COALESCE(a, 5) >= 100')).toEqual([
        [58n],
      ]);
      const grown = (process.resourceUsage().maxRSS - before) * 1024;
      expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
    } finally {
      await table.close();
    }
  });
});

it('an IN list takes no bit for each of the codes that a column may have', async () => {
  const rows = Array.from({ length: 60 }, (_, row) => [row * 33_333_333 + (row % 7)]);
  const schema = { name: 't', columns: [{ name: 'a', type: 'INT' }] } as const;
  const table = await openMemoryTable(schema, rows, { memoryBytes: 160 * 2 ** 20 });
  try {
    const list = 'a IN (33333334, 66666668, 5)';
    expect(await table.sql(`SELECT COUNT(*) FROM t WHERE ${list}`)).toEqual([[2n]]);
  } finally {
    await table.close();
  }
});
