import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BATCH_ROWS } from '../../src/base/limits.ts';
import type { TableSchema } from '../../src/base/types.ts';
import { reducerOver } from '../../src/broker/reducer.ts';
import { analyzedPlan } from '../../src/exec/profile-text.ts';
import { QueryStop } from '../../src/exec/query-stop.ts';
import { ReduceProfile } from '../../src/exec/reduce-profile.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { planQuery } from '../../src/sql/query.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 'flights',
  columns: [
    { name: 'id', type: 'INT' },
    { name: 'origin', type: 'STRING' },
    { name: 'delay', type: 'INT' },
    { name: 'price', type: 'DOUBLE' },
  ],
};
const ORIGINS = ['SFO', 'ORD', 'SEA', 'JFK'];
const rows = Array.from({ length: 3 * BATCH_ROWS + 100 }, (_, row) => [
  row,
  ORIGINS[row % 4]!,
  (row * 7919) % 120,
  ((row * 104_729) % 100_003) / 100.5,
]);

/** Segments of two batches, and of one and a bit. */
let table: MemoryTable;
beforeAll(async () => {
  table = await openMemoryTable(schema, rows, { segmentRows: 2 * BATCH_ROWS });
});
afterAll(() => table.close());

async function analyze(text: string): Promise<string[]> {
  const { plan, limits } = planQuery(`EXPLAIN ANALYZE ${text}`, {
    resolveTable: () => schema,
    tableNames: () => ['flights'],
    nowMs: 0,
  });
  const stop = new QueryStop(nodeClock, 60_000);
  const options = { limits, isProfiled: true };
  const leaf = plan.leaf && (await table.engine.execute(plan.leaf, ['s0', 's1'], 60_000, options));
  const profile = new ReduceProfile(nodeClock);
  const reduce = reducerOver(table.engine.mainContext, nodeClock);
  const partials = leaf === null ? [] : [leaf.partial];
  const { rowCount } = await reduce(plan, partials, limits, stop, profile);
  stop.dispose();
  const measured = leaf && { stats: leaf.stats, profile: leaf.profile! };
  return analyzedPlan(plan, measured, profile, rowCount);
}

const MASKED_TIME = '[time: * ms]';
const TIME = /\[time: \d+\.\d{3} ms\]/g;

/** Golden: the query, `----`, what EXPLAIN ANALYZE says with times masked. `UPDATE=1` rewrites. */
describe('EXPLAIN ANALYZE', () => {
  const file = new URL('analyze.plan', import.meta.url);
  const blocks = readFileSync(file, 'utf8')
    .trim()
    .split(/\n{2,}/);
  const found = new Map<string, string>();

  it.each(blocks)('%s', async (block) => {
    const query = block.split('\n----')[0]!;
    const lines = (await analyze(query)).map((line) => line.replaceAll(TIME, MASKED_TIME));
    const actual = `${query}\n----\n${lines.join('\n')}`;
    found.set(block, actual);
    if (process.env.UPDATE !== '1') expect(actual).toBe(block);
  });

  afterAll(() => {
    if (process.env.UPDATE !== '1') return;
    writeFileSync(file, `${blocks.map((block) => found.get(block) ?? block).join('\n\n')}\n`);
  });

  it('measures nothing when it is not asked to', async () => {
    const { profile } = await table.execute('SELECT COUNT(*) FROM flights WHERE id > 5');
    expect(profile).toBeNull();
  });
});
