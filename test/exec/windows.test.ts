import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { localWork } from '../../src/exec/query-control.ts';
import { DEFAULT_QUERY_LIMITS } from '../../src/sql/query-limits.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 'g', type: 'INT' },
    { name: 'word', type: 'STRING' },
    { name: 'x', type: 'DOUBLE' },
    { name: 'n', type: 'INT' },
    { name: 'big', type: 'BIGINT' },
  ],
};

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`windows: SEED=${seed}\n`);

const ROWS = 40_000;
const GROUPS = 500;

/** `big` leaves what doubles have exactly; `n` has NULLs and many equal values. */
function makeRows(): Value[][] {
  const prng = new Prng(seed);
  return Array.from({ length: ROWS }, (_, id) => {
    const g = prng.integer(0, GROUPS);
    const n = prng.float() < 0.02 ? null : prng.integer(0, 50);
    const big = 2n ** 62n + BigInt(prng.integer(0, 1000));
    return [id, g, `word ${g % 90}`, prng.integer(-1e9, 1e9) / 16, n, big];
  });
}

const rows = makeRows();
let table: MemoryTable;

beforeAll(async () => {
  table = await openMemoryTable(schema, rows, { segmentRows: 9_000, batchRows: 1024 });
});
afterAll(() => table.close());

describe('windows over many rows', () => {
  it('sort and sum more rows than one step takes', async () => {
    const sql = 'SELECT id, SUM(id) OVER (ORDER BY x, id ROWS 1 PRECEDING) FROM t ORDER BY id';
    const sorted = rows.toSorted((a, b) => num(a[3]) - num(b[3]) || num(a[0]) - num(b[0]));
    const expected = new Map(
      sorted.map((row, at) => [row[0], BigInt(num(row[0]) + num(sorted[at - 1]?.[0] ?? 0))]),
    );
    for (const [id, sum] of await table.sql(sql)) expect(sum).toBe(expected.get(id!));
  });

  it('take no time that grows with the square of their frames', async () => {
    const frame = `ROWS BETWEEN ${ROWS} PRECEDING AND ${ROWS} FOLLOWING`;
    const calls = ['MIN(word)', 'MAX(x)', 'SUM(x)', 'SUM(n)', 'COUNT(n)', 'NTH_VALUE(n, 7)'];
    const list = calls.map((call) => `${call} OVER (ORDER BY id ${frame})`).join(', ');
    const [first] = await table.sql(`SELECT DISTINCT ${list} FROM t`);
    const [whole] = await table.sql('SELECT MIN(word), MAX(x), SUM(x), SUM(n), COUNT(n) FROM t');
    expect(first!.slice(0, 5)).toEqual(whole);
  });

  it('have no column to send where functions need none', async () => {
    const sql = 'SELECT COUNT(*) OVER () AS c FROM t LIMIT 1';
    expect(await table.sql(sql)).toEqual([[BigInt(ROWS)]]);
    expect(await table.sql('SELECT ROW_NUMBER() OVER (), 7 LIMIT 2')).toEqual([[1n, 7]]);
    const none = 'SELECT SUM(x) OVER (), RANK() OVER (ORDER BY x) FROM t WHERE id < 0';
    expect(await table.sql(none)).toEqual([]);
  });

  it('read NULL as a default where null handling is off', async () => {
    const sql =
      'SET enableNullHandling = false; SELECT DISTINCT MIN(n) OVER (), COUNT(n) OVER () FROM t';
    expect(await table.sql(sql)).toEqual([[-(2 ** 31), BigInt(ROWS)]]);
  });
});

describe('exact numbers', () => {
  it('stay exact where doubles are not, and say when they do not fit', async () => {
    const [row] = await table.sql(
      'SELECT SUM(big) OVER (ORDER BY id ROWS CURRENT ROW), AVG(CAST(big AS DECIMAL(38, 0))) OVER (ORDER BY id ROWS CURRENT ROW) FROM t ORDER BY id LIMIT 1',
    );
    expect(row![0]).toBe(rows[0]![5]);
    const overflowing = table.sql('SELECT SUM(big) OVER (ORDER BY id ROWS 1 PRECEDING) FROM t');
    await expect(overflowing).rejects.toMatchObject({ code: 'NUMERIC_OVERFLOW' });
    const wide = await table.sql(
      'SELECT SUM(CAST(big AS DECIMAL(38, 0))) OVER () FROM t WHERE id < 3 LIMIT 1',
    );
    expect(wide).toEqual([[rows.slice(0, 3).reduce((sum, one) => sum + (one[5] as bigint), 0n)]]);
  });

  it('are compared exactly by distances of RANGE', async () => {
    const own = await table.sql(
      'SELECT id, COUNT(*) OVER (ORDER BY big RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM t WHERE id < 2000 ORDER BY id',
    );
    const bigs = rows.slice(0, 2000).map((row) => row[5] as bigint);
    for (const [id, count] of own.slice(0, 50)) {
      const value = bigs[num(id)]!;
      const near = bigs.filter((one) => one >= value - 1n && one <= value + 1n);
      expect(count).toBe(BigInt(near.length));
    }
  });
});

describe('a query that may not go on', () => {
  const sql =
    'SELECT SUM(n) OVER (PARTITION BY g ORDER BY x), LAG(word) OVER (ORDER BY word, x) FROM t';

  it('stops between two steps', async () => {
    const { control } = table.engine.mainContext;
    const asked = async (most: number): Promise<number> => {
      let count = 0;
      const end = control.begin(
        localWork(DEFAULT_QUERY_LIMITS, () => {
          count++;
          return count > most ? new EngineError('CANCELLED', 'execution: enough') : null;
        }),
      );
      try {
        await table.sql(sql);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CANCELLED' });
      } finally {
        end();
      }
      return count;
    };
    const all = await asked(Infinity);
    expect(all).toBeGreaterThan(50);
    expect(await asked(all - 3)).toBe(all - 2);
  });

  it('counts what it holds', async () => {
    const { control } = table.engine.mainContext;
    const bytes = 2.2 * 2 ** 20;
    const end = control.begin(
      localWork({ ...DEFAULT_QUERY_LIMITS, memoryBytesMax: bytes }, () => null),
    );
    try {
      expect(await table.sql('SELECT n, g, x, word FROM t')).toHaveLength(ROWS);
      await expect(table.sql(sql)).rejects.toMatchObject({ code: 'MEMORY_LIMIT' });
    } finally {
      end();
    }
  });
});

function num(value: Value | undefined): number {
  return Number(value);
}
