import { describe, expect, it } from 'vitest';
import { compareAnswers } from '../../bench/compare-answers.ts';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { partialRows } from '../../src/exec/partial.ts';
import { type MemoryTable, openMemoryTable, type RunOptions } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 'g', type: 'INT' },
    { name: 'word', type: 'STRING' },
    { name: 'x', type: 'DOUBLE' },
    { name: 'n', type: 'INT' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'flag', type: 'BOOLEAN' },
  ],
};

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`first rows of partitions: SEED=${seed}\n`);

const ROWS = 12_000;

function makeRows(): Value[][] {
  const prng = new Prng(seed);
  const some = (value: Value): Value => (prng.float() < 0.05 ? null : value);
  return Array.from({ length: ROWS }, (_, id) => {
    const g = prng.integer(0, 40);
    const x = prng.pick([0, -0, Number.NaN, 1.5, prng.integer(-1000, 1000) / 8]);
    const at = BigInt(prng.integer(0, 1e6)) * 1_000_000n;
    const word = `w${prng.integer(0, 25)}`;
    return [id, some(g), some(word), some(x), some(prng.integer(-9, 9)), at, prng.float() < 0.5];
  });
}

const rows = makeRows();

/** Partitions, and the order in them. */
const WINDOWS: readonly (readonly [string, string])[] = [
  ['g', 'x DESC'],
  ['g', 'x'],
  ['g', 'n NULLS FIRST'],
  ['g, flag', 'n DESC, id'],
  ['word', 'at DESC'],
  ['word, g', 'x DESC NULLS FIRST, at'],
  ['x', 'flag DESC, n'],
  ['n % 3', '-id'],
  ['upper(word)', 'at'],
];

async function withTable(
  options: RunOptions,
  work: (table: MemoryTable) => Promise<void>,
): Promise<void> {
  const storage = { segmentRows: 3_000, batchRows: 64, ...options };
  const table = await openMemoryTable(schema, rows, storage);
  try {
    await work(table);
  } finally {
    await table.close();
  }
}

/** A query, and one of the same answer whose filter is nothing that servers know of. */
function pair(name: string, partition: string, order: string, filter: string): [string, string] {
  const window = `${name}() OVER (PARTITION BY ${partition} ORDER BY ${order})`;
  const inner = `SELECT *, ${window} AS place FROM t`;
  const query = (test: string): string =>
    `SELECT id, word, x, place FROM (${inner}) u WHERE ${test}`;
  return [query(filter), query(filter.replace('place', 'place + 0'))];
}

describe('the first rows of partitions', () => {
  it.each([
    ['without threads', { threads: 0 }],
    ['on two threads', { threads: 2 }],
  ])(
    'are the same whether servers leave out others or not, %s',
    (_, options) =>
      withTable(options, async (table) => {
        for (const [partition, order] of WINDOWS) {
          for (const [name, filter] of [
            ['RANK', 'place <= 3'],
            ['RANK', 'place = 1'],
          ] as const) {
            const [pushed, plain] = pair(name, partition, order, filter);
            const found = await table.sql(pushed);
            const expected = await table.sql(plain);
            expect(compareAnswers(found, expected, { ordered: 'none' }), pushed).toBeNull();
          }
        }
        // Which of equal rows comes first is nobody's business; how many there are is.
        const [pushed, plain] = pair('ROW_NUMBER', 'word', 'n', 'place < 8');
        const counted = (sql: string): string =>
          `SELECT word, place, COUNT(*) FROM (${sql}) v GROUP BY word, place ORDER BY word, place`;
        expect(await table.sql(counted(pushed))).toEqual(await table.sql(counted(plain)));
      }),
    60_000,
  );

  it('are nearly all that servers send', () =>
    withTable({}, async (table) => {
      const sent = async (sql: string): Promise<number> => {
        const { partial, release } = await table.execute(sql);
        release();
        return partialRows(partial);
      };
      const place = 'ROW_NUMBER() OVER (PARTITION BY g ORDER BY id DESC)';
      const within = (test: string): string =>
        `SELECT g FROM (SELECT g, ${place} AS place FROM t) u WHERE ${test}`;
      expect(await sent(within('place <= 5'))).toBe(41 * 5);
      expect(await sent(within('place + 0 <= 5'))).toBe(ROWS);
      // Many partitions of hardly a row: trying to leave some out ends.
      const alone = 'SELECT id FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY g) = 1';
      expect(await sent(alone)).toBe(ROWS);
      expect((await table.sql(alone)).length).toBe(ROWS);
      // Texts do not begin an order that servers look at.
      const texts = 'SELECT g FROM t QUALIFY RANK() OVER (PARTITION BY g ORDER BY word) = 1';
      expect(await sent(texts)).toBe(ROWS);
    }));
});
