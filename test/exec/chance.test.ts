import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/client/index.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { openMemoryTable } from '../support/memory-table.ts';

const schema = {
  name: 't',
  columns: [
    { name: 'g', type: 'STRING' },
    { name: 'x', type: 'INT' },
  ],
} as const;

const folder = temporaryFolder();
const ROWS = 2_000;
const rows = Array.from({ length: ROWS }, (_, row) => [row % 5 === 0 ? null : `g${row % 5}`, row]);

describe('RAND with a seed', () => {
  it('is the same however it is computed, another for each row and each seed', async () => {
    const answers: unknown[][][] = [];
    for (const options of [{}, { batchRows: 64 }, { threads: 2, spanningGroupsMin: 1 }]) {
      const table = await openMemoryTable(schema, rows, { segmentRows: 700, ...options });
      try {
        const all = await table.sql('SELECT x, RAND(7), rand(7), RANDOM(-7) FROM t ORDER BY x');
        const groups = await table.sql(
          'SELECT g, COUNT(*), RAND(7), SUM(RAND(7)) FROM t GROUP BY g ORDER BY g',
        );
        const some = await table.sql('SELECT COUNT(*) FROM t WHERE RAND(3) < 0.25');
        const outer = await table.sql('SELECT RAND(1) FROM (SELECT x FROM t ORDER BY x) u LIMIT 3');
        answers.push([...all, ...groups.map((row) => row.slice(0, 3)), ...some, ...outer]);
        const values = all.map(([, value]) => value as number);
        expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
        expect(new Set(values).size).toBe(ROWS);
        expect(all.every(([, first, second, other]) => first === second && first !== other)).toBe(
          true,
        );
        const mean = values.reduce((sum, value) => sum + value, 0) / ROWS;
        expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
        expect(new Set(groups.map(([, , value]) => value)).size).toBe(5);
        expect(Math.abs(Number(some[0]![0]) / ROWS - 0.25)).toBeLessThan(0.05);
        expect(new Set(outer.map(([value]) => value)).size).toBe(3);
      } finally {
        await table.close();
      }
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it('takes a whole constant', async () => {
    const table = await openMemoryTable(schema, rows.slice(0, 3));
    try {
      for (const [call, code] of [
        ['RAND(x)', 'NOT_SUPPORTED'],
        ['RAND(1.5)', 'TYPE_MISMATCH'],
        ["RAND('a')", 'TYPE_MISMATCH'],
        ['RAND(1, 2)', 'TYPE_MISMATCH'],
        ['UUID(1)', 'TYPE_MISMATCH'],
        // Plans of tests have no chance.
        ['RAND()', 'NOT_SUPPORTED'],
        ['UUID()', 'NOT_SUPPORTED'],
      ] as const) {
        const refused = expect.objectContaining({ code });
        await expect(table.sql(`SELECT ${call} FROM t`), call).rejects.toEqual(refused);
      }
      expect(await table.sql('SELECT RAND(5) = RAND(5), RAND(5) = RAND(6)')).toEqual([
        [true, false],
      ]);
      const uuids = await table.sql("SELECT UUID_AT(1, 2, g, x), UUID_AT(1, 2, 'a', x) FROM t");
      expect(uuids[0]![0]).toBeNull();
      expect(
        uuids
          .flat()
          .slice(1)
          .every((one) => UUID.test(String(one))),
      ).toBe(true);
      expect(new Set(uuids.flat()).size).toBe(6);
    } finally {
      await table.close();
    }
  });
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('chance', () => {
  it('is another one for each call, row and query', async () => {
    const database = await openDatabase({ dataDirectory: folder.path('data') });
    try {
      const file = folder.write(
        't.csv',
        `x\n${Array.from({ length: 50 }, (_, row) => row).join('\n')}\n`,
      );
      await database.load('t', [file]);
      const query = 'SELECT RAND(), RAND(), UUID() FROM t';
      const found = [...(await database.sql(query)).rows, ...(await database.sql(query)).rows];
      const numbers = found.flatMap((row) => row.slice(0, 2));
      expect(new Set(numbers).size).toBe(200);
      const uuids = found.map(([, , uuid]) => String(uuid));
      expect(uuids.every((uuid) => UUID.test(uuid))).toBe(true);
      expect(new Set(uuids).size).toBe(100);
      const shuffled = await database.sql('SELECT x FROM t ORDER BY RAND() LIMIT 50');
      expect(shuffled.rows.map(([x]) => Number(x)).sort((left, right) => left - right)).toEqual(
        Array.from({ length: 50 }, (_, row) => row),
      );
    } finally {
      await database.close();
    }
  });
});
