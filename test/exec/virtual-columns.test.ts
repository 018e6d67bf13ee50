import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BATCH_ROWS } from '../../src/base/limits.ts';
import type { TableSchema } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'a', type: 'INT' },
    { name: 's', type: 'STRING' },
  ],
};
const rows = Array.from({ length: 10 }, (_, row) => [row * 3, `v${row % 2}`] as const);

/** Segments s0, s1 and s2 of four, four and two rows. */
let table: MemoryTable;
beforeAll(async () => {
  table = await openMemoryTable(schema, rows, { segmentRows: 4 });
});
afterAll(() => table.close());

describe('virtual columns', () => {
  it('are in no star, and in no schema', async () => {
    expect(await table.sql('SELECT * FROM t LIMIT 1')).toEqual([[0, 'v0']]);
    await expect(table.sql('SELECT $docIds FROM t')).rejects.toMatchObject({
      code: 'UNKNOWN_COLUMN',
      message: expect.stringContaining('$docId'),
    });
    await expect(table.sql('SELECT $docId')).rejects.toMatchObject({ code: 'UNKNOWN_COLUMN' });
  });

  it('say where a row lies', async () => {
    const found = await table.sql('SELECT $segmentName, $docId, $HOSTNAME, a FROM t WHERE a >= 21');
    expect(found).toEqual([
      ['s1', 3, 'localhost', 21],
      ['s2', 0, 'localhost', 24],
      ['s2', 1, 'localhost', 27],
    ]);
  });

  it.each([
    [
      'SELECT $segmentName, COUNT(*), SUM(a) FROM t GROUP BY $segmentName ORDER BY 1',
      [
        ['s0', 4n, 18n],
        ['s1', 4n, 66n],
        ['s2', 2n, 51n],
      ],
    ],
    ['SELECT COUNT(*) FROM t WHERE $docId = 1', [[3n]]],
    ['SELECT COUNT(*) FROM t WHERE $docId + 1 > 3', [[2n]]],
    ['SELECT a FROM t WHERE $docId IN (0, 3) ORDER BY a DESC LIMIT 2', [[24], [21]]],
    ["SELECT a FROM t WHERE $segmentName = 's1' AND $docId < 2", [[12], [15]]],
    ["SELECT a FROM t WHERE $segmentName > 's1' OR a = 3", [[3], [24], [27]]],
    ["SELECT COUNT(*) FROM t WHERE $hostName <> 'localhost'", [[0n]]],
    ["SELECT COUNT(*) FROM t WHERE $segmentName LIKE '%2'", [[2n]]],
    ['SELECT MIN($docId), MAX($docId), SUM($docId), AVG($docId) FROM t', [[0, 3, 13n, 1.3]]],
    ['SELECT COUNT(DISTINCT $segmentName), MAX($segmentName) FROM t', [[3n, 's2']]],
    // Equal to a constant in one segment alone: the states must not be shared there.
    ["SELECT COUNT(DISTINCT $segmentName), COUNT(DISTINCT 's1') FROM t", [[3n, 1n]]],
    ["SELECT COUNT(*) FILTER (WHERE $segmentName = 's0'), COUNT(*) FROM t", [[4n, 10n]]],
    [
      'SELECT $docId, COUNT(*) FROM t GROUP BY $docId ORDER BY 1',
      [
        [0, 3n],
        [1, 3n],
        [2, 2n],
        [3, 2n],
      ],
    ],
    [
      "SELECT s, $segmentName || '/' || $docId FROM t ORDER BY $docId DESC, $segmentName LIMIT 3",
      [
        ['v1', 's0/3'],
        ['v1', 's1/3'],
        ['v0', 's0/2'],
      ],
    ],
    [
      'SELECT s, $segmentName, COUNT(*) FROM t GROUP BY s, $segmentName HAVING COUNT(*) < 2 ORDER BY 1',
      [
        ['v0', 's2', 1n],
        ['v1', 's2', 1n],
      ],
    ],
    ['SELECT COUNT(DISTINCT $docId % 2) FROM t', [[2n]]],
  ])('%s', async (query, expected) => {
    expect(await table.sql(query)).toEqual(expected);
  });

  it('rule out segments before their columns are read', async () => {
    const { stats } = await table.execute("SELECT SUM(a) FROM t WHERE $segmentName = 's1'");
    expect(stats).toMatchObject({ segmentsQueried: 3, segmentsPruned: 2, totalDocs: 10 });
  });

  it('skip batches by row number', async () => {
    const many = Array.from({ length: 3 * BATCH_ROWS + 5 }, (_, row) => [row, 'x'] as const);
    const large = await openMemoryTable(schema, many);
    const query = `FROM t WHERE $docId BETWEEN ${BATCH_ROWS - 1} AND ${2 * BATCH_ROWS + 1}`;
    expect(await large.sql(`SELECT MIN(a), MAX(a), COUNT(*) ${query}`)).toEqual([
      [BATCH_ROWS - 1, 2 * BATCH_ROWS + 1, BigInt(BATCH_ROWS + 3)],
    ]);
    const { stats } = await large.execute(`SELECT SUM(a) ${query}`);
    expect(stats).toMatchObject({ entriesScannedInFilter: 2 * BATCH_ROWS });
    expect(
      await large.sql('SELECT $docId FROM t WHERE a > 70000 ORDER BY $docId DESC LIMIT 2'),
    ).toEqual([[3 * BATCH_ROWS + 4], [3 * BATCH_ROWS + 3]]);
    await large.close();
  });
});
