import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BATCH_ROWS } from '../../src/base/limits.ts';
import type { TableSchema } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 'name', type: 'STRING' },
    { name: 'x', type: 'DOUBLE' },
  ],
};
const ROWS = 6 * BATCH_ROWS;
const rows = Array.from({ length: ROWS }, (_, row) => [
  row,
  row === 5 ? null : `n${row % 3}`,
  (row * 7919) % 1009 === 0 ? -0 : row % 7,
]);

describe.each([0, 2])('on %i threads', (threads) => {
  /** Six segments of one batch each. */
  let table: MemoryTable;
  beforeAll(async () => {
    table = await openMemoryTable(schema, rows, { segmentRows: BATCH_ROWS, threads });
  });
  afterAll(() => table.close());

  it.each([
    ['SELECT id FROM t LIMIT 5', 5],
    ['SELECT id FROM t WHERE id >= 0 LIMIT 7 OFFSET 3', 7],
    ['SELECT id, name FROM t WHERE x < 3 LIMIT 100', 100],
    ['SELECT id FROM t LIMIT 0', 0],
  ])('%s stops when its rows are there, in whichever segment', async (query, count) => {
    expect(await table.sql(query)).toHaveLength(count);
    const { stats } = await table.execute(query);
    // Each thread may have begun a batch before another one had enough.
    expect(stats.docsScanned).toBeLessThanOrEqual(Math.max(1, threads) * BATCH_ROWS);
  });

  it('goes on to the last segment when the rows are only there', async () => {
    const last = ROWS - 1;
    expect(await table.sql(`SELECT id FROM t WHERE id = ${last} OR id = 3 LIMIT 2`)).toHaveLength(
      2,
    );
    expect(
      await table.sql(`SELECT id FROM t WHERE x < 2 AND id > ${last - 9} LIMIT 9`),
    ).not.toEqual([]);
  });

  it('distinct values of a dictionary are told without a row', async () => {
    const query = 'SELECT DISTINCT name FROM t ORDER BY name';
    expect(await table.sql(query)).toEqual([['n0'], ['n1'], ['n2'], [null]]);
    expect((await table.execute(query)).stats).toMatchObject({ docsScanned: 0 });
    const some = 'SELECT DISTINCT name FROM t WHERE id < 2 ORDER BY name';
    expect(await table.sql(some)).toEqual([['n0'], ['n1']]);
    expect(
      await table.sql('SELECT name, COUNT(*) FROM t GROUP BY name ORDER BY 2 LIMIT 1'),
    ).toEqual([[null, 1n]]);
    expect(await table.sql('SELECT DISTINCT x FROM t ORDER BY x')).toHaveLength(7);
  });

  it('the first of an order looks into what zones leave', async () => {
    const [[id]] = (await table.sql('SELECT id FROM t ORDER BY id DESC, name LIMIT 1')) as [
      [number],
    ];
    expect(id).toBe(ROWS - 1);
    const two = await table.sql(
      "SELECT name, id FROM t WHERE name = 'n1' OR id = 5 ORDER BY name DESC NULLS FIRST, id LIMIT 2",
    );
    expect(two).toEqual([
      [null, 5],
      ['n1', 1],
    ]);
  });
});
