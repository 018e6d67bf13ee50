import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

describe('columns of BYTES and JSON', () => {
  let table: MemoryTable;

  beforeAll(async () => {
    table = await openMemoryTable(
      {
        name: 't',
        columns: [
          { name: 'id', type: 'INT' },
          { name: 'b', type: 'BYTES' },
          { name: 'j', type: 'JSON' },
        ],
      },
      [
        [1, '\0\xff', '{"a": [1, 2]}'],
        [2, '', '"é"'],
        [3, null, null],
        [4, '\x80', '{"a": [3]}'],
        [5, '\x7f', '{"a": [1, 2]}'],
        [6, 'é', '{"a": [1, 2]}'],
      ],
      { segmentRows: 4 },
    );
  });

  afterAll(() => table.close());

  it.each([
    ['SELECT id FROM t WHERE b IS NOT NULL ORDER BY b', [[2], [1], [5], [4], [6]]],
    ["SELECT id FROM t WHERE b >= X'7f' AND b <> x'e9' ORDER BY id", [[4], [5]]],
    ["SELECT id FROM t WHERE b IN (X'', X'00FF') ORDER BY id", [[1], [2]]],
    ['SELECT MIN(b), MAX(b), COUNT(DISTINCT b) FROM t', [['', 'é', 5n]]],
    ['SELECT MIN(hex_to_bytes(hex(b))) FROM t WHERE id <> 2', [['\0\xff']]],
    [
      'SELECT hex(b), length(b) FROM t WHERE id IN (1, 6) ORDER BY id',
      [
        ['00FF', 2n],
        ['E9', 1n],
      ],
    ],
    ['SELECT length(b) FROM t WHERE id IN (2, 4) ORDER BY id', [[0n], [1n]]],
    ["SELECT md5(b) = md5(hex_to_bytes('00ff')) FROM t WHERE id = 1", [[true]]],
    ['SELECT b, COUNT(*) FROM t WHERE id > 3 GROUP BY b ORDER BY b LIMIT 1', [['\x7f', 1n]]],
    ["SELECT COUNT(*) FROM t WHERE json_path_long(j, '$.a[0]') = 1", [[3n]]],
    ['SELECT j, COUNT(*) FROM t GROUP BY j ORDER BY 2 DESC, 1 LIMIT 1', [['{"a": [1, 2]}', 3n]]],
    ['SELECT id FROM t WHERE j = \'{"a": [3]}\'', [[4]]],
    ["SELECT id FROM t WHERE j LIKE '%é%'", [[2]]],
  ])('%s', async (sql, expected) => {
    expect(await table.sql(sql)).toEqual(expected);
  });
});
