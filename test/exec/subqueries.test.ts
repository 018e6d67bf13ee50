import { describe, expect, it } from 'vitest';
import { openMemoryTable } from '../support/memory-table.ts';

const schema = {
  name: 't',
  columns: [
    { name: 'g', type: 'STRING' },
    { name: 'x', type: 'INT' },
  ],
} as const;

const ROWS = 1_000;

const open = () =>
  openMemoryTable(
    schema,
    Array.from({ length: ROWS }, (_, row) => [`g${row % 7}`, row]),
    { segmentRows: 300, batchRows: 64 },
  );

describe('a query in FROM', () => {
  it('may have more rows than a batch', async () => {
    const table = await open();
    try {
      const sql =
        'SELECT g, COUNT(*), SUM(x), MAX(x), COUNT(DISTINCT x) FROM (SELECT g, x FROM t WHERE x >= 7) u GROUP BY g ORDER BY g';
      const direct =
        'SELECT g, COUNT(*), SUM(x), MAX(x), COUNT(DISTINCT x) FROM t WHERE x >= 7 GROUP BY g ORDER BY g';
      expect(await table.sql(sql)).toEqual(await table.sql(direct));
      const outer = 'SET enableNullHandling = false; SELECT x FROM (SELECT * FROM t) u WHERE x < 2';
      expect(await table.sql(outer)).toEqual([[0], [1]]);
    } finally {
      await table.close();
    }
  });

  it.each([
    ['SELECT x FROM (SELECT x, g AS X FROM t)', 'INVALID_QUERY', 'two columns of the subquery'],
    ['SELECT $docId FROM (SELECT x FROM t)', 'UNKNOWN_COLUMN', 'in the subquery'],
    ['SELECT v.x FROM (SELECT x FROM t) u', 'UNKNOWN_TABLE', 'did you mean u?'],
    ['SELECT APPROX_DISTINCT(x) FROM (SELECT x FROM t)', 'NOT_SUPPORTED', 'over a subquery'],
    ['SELECT SUM(x) FROM (SELECT SUM(g) AS x FROM t)', 'TYPE_MISMATCH', 'takes a number'],
  ])('%s is refused', async (sql, code, message) => {
    const table = await open();
    try {
      await expect(table.sql(sql)).rejects.toEqual(expect.objectContaining({ code }));
      await expect(table.sql(sql)).rejects.toThrow(message);
    } finally {
      await table.close();
    }
  });
});
