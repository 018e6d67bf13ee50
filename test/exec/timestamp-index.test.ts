import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_BUILD_CONFIG, type IndexConfig } from '../../src/base/index-config.ts';
import { Prng } from '../../src/base/prng.ts';
import { GRANULARITIES } from '../../src/base/timestamp-column.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`timestamp index: SEED=${seed}`);
const random = new Prng(seed);

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'sorted', type: 'TIMESTAMP' },
  ],
};
const rowCount = 20_000;
/** Some days about 1970, to the microsecond. */
const rows: Value[][] = Array.from({ length: rowCount }, (_, row) => [
  row,
  random.float() < 0.05 ? null : BigInt(random.integer(-4e11, 4e11)) * 97n,
  BigInt(row) * 300_000_000n,
]);

const timestamp = (name: string): IndexConfig => {
  return { kind: 'timestamp', columns: [name], parameters: {} };
};
const indexes = [
  ...GRANULARITIES.map((granularity) => timestamp(`$at$${granularity}`)),
  timestamp('$sorted$DAY'),
];

let table: MemoryTable;
beforeAll(async () => {
  const config = { ...DEFAULT_BUILD_CONFIG, indexes };
  table = await openMemoryTable(schema, rows, { config, segmentRows: 7_000 });
});
afterAll(() => table.close());

/** The answers of the columns and of the rows are the same; gives the indexes used. */
async function used(query: string, options = ''): Promise<readonly string[]> {
  const scanned = await table.sql(`SET useIndexes = false; ${query}`);
  const { rows: found, stats } = await table.run(`${options} ${query}`);
  expect(found).toEqual(scanned);
  expect(scanned.length).toBeGreaterThan(0);
  return stats.indexesUsed;
}

describe('a timestamp index', () => {
  it.each(GRANULARITIES)('answers DATE_TRUNC to %s', async (granularity) => {
    const name = `timestamp($at$${granularity})`;
    const key = `DATETRUNC('${granularity.toLowerCase()}', at)`;
    const group = `SELECT ${key} AS k, COUNT(*), MIN(id) FROM t GROUP BY k ORDER BY k LIMIT 100`;
    expect(await used(group)).toEqual([name]);
    expect(await used(group, 'SET useIndexes = always;')).toEqual([name]);
    const forced = 'SET useIndexes = always;';
    for (const moment of ["'1970-01-05'", "'1970-01-01 00:00:00.001'", "'1969-06-30 11:00:00'"]) {
      for (const comparison of ['=', '<', '>=', '<>']) {
        const filter = `SELECT COUNT(*), SUM(id) FROM t WHERE ${key} ${comparison} TIMESTAMP ${moment}`;
        expect(await used(filter)).toContain(name);
        expect(await used(filter, forced)).toContain(name);
      }
    }
    const others = `SELECT id, ${key}, at, COALESCE(${key}, at) FROM t ORDER BY ${key} DESC, id LIMIT 9`;
    expect(await used(others)).toEqual([name]);
    const parts = `SELECT MAX(${key}), COUNT(DISTINCT ${key}), COUNT(*) FILTER (WHERE ${key} > TIMESTAMP '1970-01-02') FROM t`;
    expect(await used(parts)).toEqual([name]);
  });

  it('has a range index where its column has no codes, and knows when it is sorted', async () => {
    const fine =
      "SELECT COUNT(*), SUM(id) FROM t WHERE DATETRUNC('MILLISECOND', at) < TIMESTAMP '1968-10-24'";
    expect(await used(fine, 'SET useIndexes = always;')).toEqual([
      'range($at$MILLISECOND)',
      'timestamp($at$MILLISECOND)',
    ]);
    const day =
      "SELECT COUNT(*), MAX(id) FROM t WHERE DATETRUNC('DAY', sorted) = TIMESTAMP '1970-01-04'";
    expect(await used(day)).toEqual(['sorted($sorted$DAY)', 'timestamp($sorted$DAY)']);
  });

  it('is not used for what it does not have, or when it is turned off', async () => {
    expect(await used("SELECT COUNT(*) FROM t GROUP BY DATETRUNC('HOUR', sorted)")).toEqual([]);
    expect(await used("SELECT COUNT(*) FROM t GROUP BY DATETRUNC('DECADE', at)")).toEqual([]);
    const zone = "SELECT MIN(id) FROM t GROUP BY DATETRUNC('DAY', at, 'Europe/Berlin') ORDER BY 1";
    expect(await used(zone)).toEqual([]);
    const day = "SELECT COUNT(*) FROM t GROUP BY DATETRUNC('DAY', sorted)";
    expect(await used(day, "SET skipIndexes = '$sorted$DAY=timestamp';")).toEqual([]);
  });

  it("reads Pinot's default values for NULL", async () => {
    const run = (granularity: string) =>
      table.run(
        `SET enableNullHandling = false; SELECT DATETRUNC('${granularity}', at) AS k, COUNT(*) FROM t GROUP BY k ORDER BY k`,
      );
    const scan = (granularity: string) =>
      table.sql(
        `SET useIndexes = false; SET enableNullHandling = false; SELECT DATETRUNC('${granularity}', at) AS k, COUNT(*) FROM t GROUP BY k ORDER BY k`,
      );
    const day = await run('DAY');
    expect(day.rows).toEqual(await scan('DAY'));
    expect(day.stats.indexesUsed).toEqual(['timestamp($at$DAY)']);
    // A week begins on a Monday, and 1970 did not.
    const week = await run('WEEK');
    expect(week.rows).toEqual(await scan('WEEK'));
    expect(week.stats.indexesUsed).toEqual([]);
  });

  it('is left out where a truncated moment would be no TIMESTAMP', async () => {
    const least = -62_135_596_800_000_000n;
    const config = {
      ...DEFAULT_BUILD_CONFIG,
      indexes: [timestamp('$at$DAY'), timestamp('$at$WEEK')],
    };
    const early = await openMemoryTable(schema, [[1, least, 0n]], { config });
    try {
      const { rows: found, stats } = await early.run("SELECT DATETRUNC('DAY', at) FROM t");
      expect(found).toEqual([[least]]);
      expect(stats.indexesUsed).toEqual(['timestamp($at$DAY)']);
    } finally {
      await early.close();
    }
  });
});
