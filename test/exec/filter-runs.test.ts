import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuildConfig, DEFAULT_BUILD_CONFIG } from '../../src/base/index-config.ts';
import { BATCH_ROWS, FILTERED_BATCHES_MAX } from '../../src/base/limits.ts';
import type { TableSchema } from '../../src/base/types.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'zone', type: 'INT' },
    { name: 'k', type: 'INT' },
    { name: 'x', type: 'DOUBLE' },
  ],
};

/** So many batches that each share of a task has several; the last one is not full. */
const ZONES = 25;
const ROWS = ZONES * BATCH_ROWS - 1000;
const zoneOf = (row: number): number => Math.floor(row / BATCH_ROWS);
const kOf = (row: number): number | null => (row % 10 === 9 ? null : (row * 7919) % 1000);
const xOf = (row: number): number => zoneOf(row) + ((row * 31) % 1024) / 1024;

interface Case {
  readonly condition: string;
  readonly passes: (row: number) => boolean;
}

const is = (row: number, test: (k: number) => boolean): boolean => {
  const k = kOf(row);
  return k !== null && test(k);
};

const cases: readonly Case[] = [
  { condition: 'k = 123', passes: (row) => is(row, (k) => k === 123) },
  { condition: 'k < 700', passes: (row) => is(row, (k) => k < 700) },
  { condition: 'k IN (1, 5, 998)', passes: (row) => is(row, (k) => [1, 5, 998].includes(k)) },
  { condition: 'k IS NULL AND zone = 7', passes: (row) => kOf(row) === null && zoneOf(row) === 7 },
  {
    // Zones that fail, zones of which some rows pass, and zones that pass, side by side.
    condition: 'x >= 4.25 AND x < 9.5 AND k < 50',
    passes: (row) => xOf(row) >= 4.25 && xOf(row) < 9.5 && is(row, (k) => k < 50),
  },
  {
    condition: 'zone BETWEEN 3 AND 5 OR k = 77 OR x > 21.75',
    passes: (row) =>
      (zoneOf(row) >= 3 && zoneOf(row) <= 5) || is(row, (k) => k === 77) || xOf(row) > 21.75,
  },
  {
    condition: 'k + zone = 500 AND k > 490',
    passes: (row) => is(row, (k) => k + zoneOf(row) === 500 && k > 490),
  },
];

const indexed: BuildConfig = {
  ...DEFAULT_BUILD_CONFIG,
  indexes: [{ kind: 'inverted', columns: ['k'], parameters: {} }],
};

describe.each([
  { name: 'by scans on two threads', threads: 2, config: DEFAULT_BUILD_CONFIG, options: '' },
  { name: 'by indexes', threads: 0, config: indexed, options: "SET useIndexes = 'always'; " },
])('filters over several zones at once, $name', ({ threads, config, options }) => {
  let table: MemoryTable;
  beforeAll(async () => {
    const rows = Array.from({ length: ROWS }, (_, row) => [zoneOf(row), kOf(row), xOf(row)]);
    table = await openMemoryTable(schema, rows, { threads, config });
  });
  afterAll(() => table.close());

  it.each(cases)('$condition', async ({ condition, passes }) => {
    const byZone = new Map<number, [bigint, bigint]>();
    for (let row = 0; row < ROWS; row++) {
      if (!passes(row)) continue;
      const [count, sum] = byZone.get(zoneOf(row)) ?? [0n, 0n];
      byZone.set(zoneOf(row), [count + 1n, sum + BigInt(kOf(row) ?? 0)]);
    }
    const expected = [...byZone].map(([zone, [count, sum]]) => [zone, count, sum]);
    const select = 'SELECT zone, COUNT(*), COALESCE(SUM(k), 0) FROM t';
    const rest = 'GROUP BY zone ORDER BY zone LIMIT 100';
    expect(await table.sql(`${options}${select} WHERE ${condition} ${rest}`)).toEqual(expected);
  });
});

it('has rows enough for shares of several batches', () => {
  expect(ROWS / BATCH_ROWS / 12).toBeGreaterThanOrEqual(2);
  expect(FILTERED_BATCHES_MAX).toBeGreaterThan(2);
});
