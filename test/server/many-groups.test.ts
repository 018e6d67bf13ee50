import { describe, expect, it } from 'vitest';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { openMemoryTable } from '../support/memory-table.ts';

const ROWS = 240_000;
const GROUPS = 150_000;

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'BIGINT' },
    { name: 'word', type: 'STRING' },
    { name: 'part', type: 'INT' },
    { name: 'amount', type: 'BIGINT' },
    { name: 'weight', type: 'DOUBLE' },
  ],
};

/** Group `n` has the rows n and n + GROUPS, where there are so many; a third of the words is NULL. */
const rows = Array.from({ length: ROWS }, (_, row): Value[] => {
  const group = (row * 7919) % GROUPS;
  const word = group % 3 === 0 ? null : `word ${group}`;
  return [BigInt(group) * 1_000_003n ** 2n, word, group % 5, BigInt(-row), row / 2];
});

/** One line a group, as the engine should give it. */
function expectedLines(): string[] {
  const groups = new Map<
    string,
    { count: number; amount: bigint; least: number; parts: Set<Value> }
  >();
  for (const [id, word, part, amount, weight] of rows) {
    const key = `${id} ${word}`;
    const group = groups.get(key) ?? { count: 0, amount: 0n, least: Infinity, parts: new Set() };
    group.count++;
    group.amount += amount as bigint;
    group.least = Math.min(group.least, weight as number);
    group.parts.add(part!);
    groups.set(key, group);
  }
  return Array.from(groups, ([key, { count, amount, least, parts }]) =>
    [key, count, amount, least, parts.size].join(' '),
  ).sort();
}

describe('groups that are too many for one thread to merge', () => {
  it.each([
    ['two threads', { threads: 2, memoryBytes: 2 ** 30 }],
    [
      'two threads with little memory, which pass on what they have',
      { threads: 2, memoryBytes: 2 ** 28 },
    ],
    ['the main thread alone', { threads: 0, memoryBytes: 2 ** 30 }],
  ])('come out whole on %s', async (_, options) => {
    const table = await openMemoryTable(schema, rows, { ...options, segmentRows: 40_000 });
    try {
      const found = await table.sql(
        `SELECT id, word, COUNT(*), SUM(amount), MIN(weight), COUNT(DISTINCT part)
         FROM t GROUP BY id, word LIMIT 1000000`,
      );
      expect(found.map((row) => row.join(' ').replace('  ', ' null ')).sort()).toEqual(
        expectedLines(),
      );
    } finally {
      await table.close();
    }
  });
});
