import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import {
  type BuildConfig,
  DEFAULT_BUILD_CONFIG,
  type IndexConfig,
  type IndexKind,
} from '../../src/base/index-config.ts';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 'word', type: 'STRING' },
    { name: 'rare', type: 'STRING' },
    { name: 'ratio', type: 'DOUBLE' },
    { name: 'amount', type: 'BIGINT' },
  ],
};
const rowCount = 150_000;
const random = new Prng(3);
const rows: Value[][] = Array.from({ length: rowCount }, (_, row) => [
  row,
  random.float() < 0.1 ? null : `w${random.integer(0, 50)}`,
  `r${random.integer(0, 40_000)}`,
  random.pick([Number.NaN, -0, random.float() * 1000, random.float()]),
  random.float() < 0.05 ? null : BigInt(random.integer(-1e9, 1e9)) * 1_000_003n,
]);

function index(kind: IndexKind, column: string): IndexConfig {
  return { kind, columns: [column], parameters: {} };
}

const config: BuildConfig = {
  ...DEFAULT_BUILD_CONFIG,
  rawColumns: ['ratio', 'amount'],
  indexes: [
    ...['word', 'rare'].flatMap((name) => [index('inverted', name), index('bloom', name)]),
    ...['ratio', 'amount'].flatMap((name) => [index('range', name), index('bloom', name)]),
  ],
};

let table: MemoryTable;
beforeAll(async () => {
  const segmentRows = Math.ceil(rowCount / 2);
  table = await openMemoryTable(schema, rows, { config, segmentRows });
});
afterAll(() => table.close());

describe('an index gives the rows that a scan gives', () => {
  it.each<[string, string[]]>([
    ["rare = 'r17'", ['inverted(rare)']],
    ["rare IN ('r17', 'r18', 'none')", ['inverted(rare)']],
    ["rare > 'r3' AND rare < 'r301'", ['inverted(rare)']],
    ["rare LIKE 'r123%'", ['inverted(rare)']],
    ["word = 'w7'", ['inverted(word)']],
    ["COALESCE(word, 'w7') = 'w7'", ['inverted(word)']],
    ["word = 'w7' AND ratio < 1", ['inverted(word)', 'range(ratio)']],
    ["word = 'w7' OR rare = 'r5'", ['inverted(rare)', 'inverted(word)']],
    ["NOT (rare = 'r17')", []],
    ["word <> 'w1'", ['inverted(word)']],
    ['ratio BETWEEN 999 AND 1000', ['range(ratio)']],
    ['ratio > 999.5 AND ratio < 999.9', ['range(ratio)']],
    ['ratio = 0', ['range(ratio)']],
    ['amount < -999000000000000', ['range(amount)']],
    ['amount BETWEEN 5000000 AND 900000000000', ['range(amount)']],
    ['amount > 0', []],
    ['id BETWEEN 70000 AND 80000', ['sorted(id)']],
    ['id = 149999', ['sorted(id)']],
    ["id > 100000 AND rare < 'r1001'", ['inverted(rare)', 'sorted(id)']],
    ['id < 10 OR id >= 149990', ['sorted(id)']],
  ])('%s', async (predicate, indexes) => {
    const query = `SELECT COUNT(*), SUM(id), COUNT(word), MIN(rare) FROM t WHERE ${predicate}`;
    const scanned = await table.sql(`SET useIndexes = false; ${query}`);
    expect(await table.sql(`SET useIndexes = always; ${query}`)).toEqual(scanned);
    const { rows: found, stats } = await table.run(query);
    expect(found).toEqual(scanned);
    expect(stats.indexesUsed).toEqual(indexes);
    const filtered = `SELECT COUNT(*) FILTER (WHERE ${predicate}) FROM t`;
    const every = await table.sql(`SET useIndexes = always; ${filtered}`);
    expect(every).toEqual([[scanned[0]![0]]]);
  });

  it('reads no codes', async () => {
    const { stats } = await table.run("SELECT COUNT(*) FROM t WHERE rare = 'r17'");
    expect(stats.entriesScannedInFilter).toBe(0);
  });
});

describe('options of a query', () => {
  const query = "SELECT COUNT(*) FROM t WHERE rare = 'r17' AND id < 1000";
  it.each<[string, string[]]>([
    ['', ['inverted(rare)', 'sorted(id)']],
    ['SET useIndexes = false;', []],
    ["SET skipIndexes = 'rare=inverted';", ['sorted(id)']],
    ["SET skipIndexes = 'rare=bloom,inverted&id=sorted';", []],
  ])('%s', async (options, indexes) => {
    expect((await table.run(`${options} ${query}`)).stats.indexesUsed).toEqual(indexes);
  });

  it.each(["SET skipIndexes = 'rare'", 'SET useIndexes = maybe'])('%s is refused', async (text) => {
    await expect(table.sql(`${text}; ${query}`)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('segments without matches are not loaded', () => {
  it.each<[string, string[]]>([
    ['id < 0', []],
    ['id > 1000000 OR word IS NULL AND id = -4', []],
    ["rare = 'zzz'", []],
    ["rare = 'r40x'", ['bloom(rare)']],
    ["rare IN ('r40x', 'r41x')", ['bloom(rare)']],
    ['amount = 7', ['bloom(amount)']],
    ['ratio = 123.25', ['bloom(ratio)']],
  ])('%s', async (predicate, indexes) => {
    const fresh = await openMemoryTable(schema, rows.slice(0, 5000), {
      config,
      segmentRows: 2500,
    });
    try {
      const query = `SELECT COUNT(*) FROM t WHERE ${predicate}`;
      const { rows: found, stats } = await fresh.run(query);
      expect(found).toEqual([[0n]]);
      expect(stats).toMatchObject({ segmentsPruned: 2, indexesUsed: indexes });
      const blooms = indexes.length === 0 ? 0 : 50_000;
      expect(fresh.engine.cachedBytes).toBeLessThanOrEqual(blooms);
    } finally {
      await fresh.close();
    }
  });

  it.each([0, 2])(
    'when none is left, with %i threads, answers are those of no rows',
    async (threads) => {
      const few = await openMemoryTable(schema, rows.slice(0, 500), {
        ...{ config, threads, segmentRows: 100 },
        spanningGroupsMin: 0,
      });
      try {
        expect(await few.sql('SELECT word, COUNT(*) FROM t WHERE id < 0 GROUP BY word')).toEqual(
          [],
        );
        expect(await few.sql('SELECT id, word FROM t WHERE id < 0 ORDER BY id')).toEqual([]);
        expect(await few.sql('SELECT COUNT(*), MAX(id) FROM t WHERE id < 0')).toEqual([[0n, null]]);
      } finally {
        await few.close();
      }
    },
  );

  it('of two segments one may be left', async () => {
    const { rows: found, stats } = await table.run('SELECT COUNT(*) FROM t WHERE id < 100');
    expect(found).toEqual([[100n]]);
    expect(stats).toMatchObject({ segmentsPruned: 1, segmentsMatched: 1 });
  });

  it('NaN is in no least and greatest value', async () => {
    const nans = (await table.sql('SELECT COUNT(*) FROM t WHERE ratio > 1e300'))[0]![0];
    expect(nans).toBeGreaterThan(0n);
  });
});

it('a damaged index is an error, not another answer', async () => {
  const damaged = await openMemoryTable(schema, rows.slice(0, 20_000), {
    config,
    damage: (file, { indexes }) => {
      const { buffers } = indexes.find(({ kind, columns: [name] }) => {
        return kind === 'inverted' && name === 'rare';
      })!;
      file[buffers[1]!.offsetBytes]! ^= 1;
    },
  });
  try {
    const query = `SELECT COUNT(*) FROM t WHERE rare = '${rows[0]![2]}'`;
    const error = await damaged.sql(query).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: 'CORRUPT_DATA' });
    expect(await damaged.sql(`SET useIndexes = false; ${query}`)).toHaveLength(1);
  } finally {
    await damaged.close();
  }
});
