import { describe, expect, it } from 'vitest';
import { murmur2Bit32, murmurPartition } from '../../src/base/murmur2.ts';
import { readTableConfig } from '../../src/base/table-config.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { planQuery } from '../../src/sql/query.ts';
import { openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 'member', type: 'BIGINT' },
    { name: 'city', type: 'STRING' },
  ],
};

const PARTITION_COUNT = 8;
const SEGMENT_ROWS = 500;

function configOf(columnPartitionMap: object): ReturnType<typeof readTableConfig>['build'] {
  const segmentPartitionConfig = { columnPartitionMap };
  return readTableConfig({ tableIndexConfig: { segmentPartitionConfig } }, 'test', schema).build;
}

const murmur = (numPartitions: number) => ({ functionName: 'Murmur', numPartitions });

/** Rows whose members and cities are of two partitions a segment. */
function partitionedRows(): Value[][] {
  const buckets: Value[][][] = Array.from({ length: PARTITION_COUNT / 2 }, () => []);
  for (let id = 0; id < 20_000; id++) {
    const city = `city ${id}`;
    const bucket = murmurPartition(city, PARTITION_COUNT) >> 1;
    const member = BigInt(id) * 1_000_003n;
    if (murmurPartition(String(member), PARTITION_COUNT) >> 1 !== bucket) continue;
    buckets[bucket]!.push([id, id % 50 === 0 ? null : member, city]);
  }
  return buckets.flatMap((bucket) => bucket.slice(0, SEGMENT_ROWS));
}

describe('segments of other partitions than a value has', () => {
  it('are not loaded', async () => {
    const rows = partitionedRows();
    expect(rows).toHaveLength((PARTITION_COUNT / 2) * SEGMENT_ROWS);
    const config = configOf({ city: murmur(PARTITION_COUNT), member: murmur(PARTITION_COUNT) });
    const table = await openMemoryTable(schema, rows, { segmentRows: SEGMENT_ROWS, config });
    const [, member, city] = rows[SEGMENT_ROWS + 1]!;
    const found = (condition: string) => table.run(`SELECT COUNT(*) FROM t WHERE ${condition}`);
    try {
      for (const condition of [`member = ${member}`, `city = '${city}'`]) {
        const { rows: counted, stats } = await found(condition);
        expect(counted, condition).toEqual([[1n]]);
        expect(stats.segmentsPruned, condition).toBe(3);
      }
      const two = `city IN ('${city}', '${rows.at(-1)![2]}')`;
      expect((await found(two)).stats.segmentsPruned).toBe(2);
      expect((await found(two)).rows).toEqual([[2n]]);
      expect((await found(`city = '${city}' OR id >= 0`)).stats.segmentsPruned).toBe(0);
      expect((await found(`NOT city = '${city}'`)).stats.segmentsPruned).toBe(0);
      const without = `SET skipIndexes = 'city=partition'; SELECT COUNT(*) FROM t WHERE city = '${city}'`;
      expect((await table.run(without)).rows).toEqual([[1n]]);
      for (const [id, known, place] of rows.filter((_, row) => row % 97 === 0)) {
        const same = known === null ? 'member IS NULL' : `member = ${known}`;
        const query = `SELECT id FROM t WHERE ${same} AND city = '${place}'`;
        expect(await table.sql(query)).toEqual([[id]]);
      }
    } finally {
      await table.close();
    }
  });

  it('shows in EXPLAIN', () => {
    const { explain } = planQuery("EXPLAIN SELECT id FROM t WHERE city = 'x'", {
      resolveTable: () => schema,
      tableNames: () => ['t'],
      nowMs: 0,
      tableIndexes: () => configOf({ city: murmur(4) }).indexes,
    });
    expect(explain.join('\n')).toContain('partition(city)');
  });
});

describe('the function Murmur', () => {
  it("has the hashes of Kafka's own tests", () => {
    const hash = (text: string) => murmur2Bit32(Buffer.from(text), 0x9747b28c);
    expect(hash('21')).toBe(-973_932_308);
    expect(hash('foobar')).toBe(-790_332_482);
    expect(hash('a-little-bit-long-string')).toBe(-985_981_536);
    expect(hash('abc')).toBe(479_470_107);
    expect(murmurPartition('foobar', 10)).toBe((-790_332_482 & 0x7fff_ffff) % 10);
  });

  it.each<[object, RegExp]>([
    [{ city: { functionName: 'Modulo', numPartitions: 4 } }, /Pinot's partition function "Modulo"/],
    [{ city: murmur(0) }, /numPartitions: expected an integer from 1 to 10000, found 0/],
    [{ citi: murmur(4) }, /no column citi \(did you mean city/],
    [{ city: { ...murmur(4), numPartition: 4 } }, /did you mean numPartitions/],
  ])('%j is refused', (map, message) => {
    expect(() => configOf(map)).toThrow(message);
  });
});
