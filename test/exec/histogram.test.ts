import { expect, it } from 'vitest';
import { openMemoryTable } from '../support/memory-table.ts';

it('HISTOGRAM counts values in bins, the last one with its upper end', async () => {
  const columns = [
    { name: 'x', type: 'DOUBLE' },
    { name: 'n', type: 'INT' },
    { name: 'word', type: 'STRING' },
  ] as const;
  const values = [-1, 0, 0.5, 1, 9.99, 10, 10.5, null, Number.NaN, 5];
  const rows = values.map((value, row) => [value, row, 'a']);
  const table = await openMemoryTable({ name: 't', columns }, rows, { segmentRows: 3 });
  try {
    const sql =
      'SELECT HISTOGRAM(x, 0, 10, 5), HISTOGRAM(n, -1.5, 8.5, 2), HISTOGRAM(x, 50, 60, 2), ' +
      'HISTOGRAM(x, 0, 10, 1) FILTER (WHERE n > 3) FROM t';
    expect(await table.sql(sql)).toEqual([['[3,0,1,0,2]', '[4,5]', '[0,0]', '[3]']]);
    const grouped = 'SELECT n % 2 AS g, HISTOGRAM(n, 0, 9, 3) FROM t GROUP BY 1 ORDER BY 1';
    expect(await table.sql(grouped)).toEqual([
      [0n, '[2,1,2]'],
      [1n, '[1,2,2]'],
    ]);
    for (const call of [
      'HISTOGRAM(word, 0, 1, 2)',
      'HISTOGRAM(x, 1, 0, 2)',
      'HISTOGRAM(x, 0, n, 2)',
      'HISTOGRAM(x, 0, 1, 0)',
      'HISTOGRAM(x, 0, 1, 10001)',
      'HISTOGRAM(x, 0, 1)',
    ]) {
      const refused = expect.objectContaining({ code: 'TYPE_MISMATCH' });
      await expect(table.sql(`SELECT ${call} FROM t`), call).rejects.toEqual(refused);
    }
  } finally {
    await table.close();
  }
});
