import { describe, expect, it } from 'vitest';
import type { TableSchema } from '../../src/base/types.ts';
import { valueAt } from '../../src/exec/vector-build.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import type { Engine } from '../../src/server/engine.ts';
import type { SegmentSource } from '../../src/server/segment-source.ts';
import type { AggregateLeaf } from '../../src/sql/plan.ts';
import { memorySource, openEngine, openMemoryTable } from '../support/memory-table.ts';

const MEBIBYTE = 1_048_576;
const schema: TableSchema = {
  name: 't',
  columns: ['a', 'b', 'c'].map((name) => ({ name, type: 'BIGINT' })),
};

/** A segment whose columns take 8 bytes a row each: no code fits these values. */
function wideSegment(name: string, rowCount: number) {
  const builder = new SegmentBuilder(schema);
  const values = BigInt64Array.from({ length: rowCount }, (_, row) => BigInt(row) ** 4n * 7n + 1n);
  builder.append(schema.columns.map(() => ({ kind: 'integers', values, nulls: null })));
  const { metadata, parts } = builder.build(name, 0);
  return { metadata, bytes: Buffer.concat(parts) };
}

function sumPlan(...columns: string[]): AggregateLeaf {
  return {
    kind: 'aggregate',
    table: 't',
    columns,
    filter: null,
    indexUse: { enabled: true, forced: false, skipped: {}, starTree: true },
    keys: [],
    aggregates: columns.map((name) => ({
      function: 'sum',
      args: [{ kind: 'column', name, type: 'BIGINT' }],
      filter: null,
      type: 'BIGINT',
    })),
  };
}

/** Counts reads of column data. */
function counted(source: SegmentSource): SegmentSource & { reads: number } {
  return {
    reads: 0,
    async read(into, offsetBytes) {
      this.reads++;
      await source.read(into, offsetBytes);
    },
  };
}

async function run(engine: Engine, plan: AggregateLeaf, ...segments: string[]): Promise<number> {
  const { partial, release } = await engine.execute(plan, segments, 10_000);
  release();
  return partial.kind === 'aggregate' ? partial.groupCount : 0;
}

describe('columns in memory', () => {
  it('are read on first use and stay while there is room', async () => {
    const engine = await openEngine(0, 96 * MEBIBYTE);
    const { metadata, bytes } = wideSegment('s', 1000);
    const source = counted(memorySource(bytes));
    engine.addSegment(metadata, source);
    expect(source.reads).toBe(0);
    await run(engine, sumPlan('a'), 's');
    await run(engine, sumPlan('a'), 's');
    expect(source.reads).toBe(1);
    await run(engine, sumPlan('a', 'b'), 's');
    expect(source.reads).toBe(2);
  });

  it('are not read for what the metadata of the segment say', async () => {
    const engine = await openEngine(0, 96 * MEBIBYTE);
    const { metadata, bytes } = wideSegment('s', 1000);
    const source = counted(memorySource(bytes));
    engine.addSegment(metadata, source);
    const sum = sumPlan('a');
    const [aggregate] = sum.aggregates;
    const most: AggregateLeaf = { ...sum, aggregates: [{ ...aggregate!, function: 'max' }] };
    const { partial, stats } = await engine.execute(most, ['s', 's'], 10_000);
    const states = partial.kind === 'aggregate' ? partial.states : [];
    const values = states.map((state) =>
      state.kind === 'vector' ? valueAt(state.vector, 0) : null,
    );
    expect(values).toEqual([2000n, 2000n, metadata.columns[0]!.max]);
    expect(stats).toMatchObject({ docsScanned: 2000, entriesScannedPostFilter: 0 });
    expect([source.reads, engine.cachedBytes]).toEqual([0, 0]);
  });

  it('leave by least recent use when the budget is full, and the budget is kept', async () => {
    const engine = await openEngine(0, 86 * MEBIBYTE);
    const rowCount = 1_600_000;
    const { metadata, bytes } = wideSegment('s', rowCount);
    const source = counted(memorySource(bytes));
    engine.addSegment(metadata, source);
    for (const column of ['a', 'b', 'a', 'c', 'a']) await run(engine, sumPlan(column), 's');
    // Room for two columns of 12.8 MB: c pushes b out and not a, which was used after it.
    expect(source.reads).toBe(3);
    expect(engine.cachedBytes).toBeLessThan(32 * MEBIBYTE);
    await run(engine, sumPlan('b'), 's');
    expect(source.reads).toBe(4);
  });

  it('that a query needs together and do not fit are a clear error, and the engine lives on', async () => {
    const engine = await openEngine(0, 86 * MEBIBYTE);
    const { metadata, bytes } = wideSegment('s', 1_600_000);
    engine.addSegment(metadata, memorySource(bytes));
    await expect(run(engine, sumPlan('a', 'b', 'c'), 's')).rejects.toMatchObject({
      code: 'MEMORY_LIMIT',
      message: expect.stringContaining('--memory'),
    });
    expect(await run(engine, sumPlan('a'), 's')).toBe(1);
  });

  it('that fit only one query at a time make the others wait', async () => {
    const engine = await openEngine(0, 86 * MEBIBYTE);
    const { metadata, bytes } = wideSegment('s', 1_600_000);
    engine.addSegment(metadata, memorySource(bytes));
    const pairs = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
      ['a', 'b', 'c'],
      ['a', 'c'],
    ];
    const settled = await Promise.allSettled(
      pairs.map((columns) => run(engine, sumPlan(...columns), 's')),
    );
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  it('with a flipped bit are refused by their checksum every time', async () => {
    const engine = await openEngine(0, 96 * MEBIBYTE);
    const { metadata, bytes } = wideSegment('s', 1000);
    const damaged = Buffer.from(bytes);
    damaged[metadata.columns[1]!.buffers[0]!.offsetBytes + 100]! ^= 4;
    engine.addSegment(metadata, memorySource(damaged));
    for (const _ of [1, 2]) {
      await expect(run(engine, sumPlan('b'), 's')).rejects.toMatchObject({
        code: 'CORRUPT_DATA',
      });
    }
    expect(await run(engine, sumPlan('a'), 's')).toBe(1);
  });
});

describe('an engine', () => {
  it('refuses a budget without room for columns', async () => {
    await expect(openEngine(2, 32 * MEBIBYTE)).rejects.toMatchObject({
      code: 'MEMORY_LIMIT',
      message: expect.stringContaining('at least'),
    });
  });

  it('says which segment it does not hold', async () => {
    const engine = await openEngine(0, 96 * MEBIBYTE);
    await expect(run(engine, sumPlan('a'), 'gone')).rejects.toMatchObject({
      code: 'SEGMENT_UNAVAILABLE',
      message: expect.stringContaining('gone'),
    });
  });

  it.each([0, 2])('ends a query at its time limit on %i threads', async (threads) => {
    const engine = await openEngine(threads, 256 * MEBIBYTE);
    const { metadata, bytes } = wideSegment('s', 1000);
    engine.addSegment(metadata, memorySource(bytes));
    await expect(engine.execute(sumPlan('a'), ['s'], 0)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    expect(await run(engine, sumPlan('a'), 's')).toBe(1);
    await engine.close();
  });

  it.each([0, 2])('says where an expression fails on %i threads', async (threads) => {
    const table = await openMemoryTable(schema, [[2n ** 63n - 1n, 0n, 0n]], { threads });
    await expect(table.sql('SELECT a + 1 FROM t')).rejects.toMatchObject({
      code: 'NUMERIC_OVERFLOW',
      position: { line: 1, column: 10 },
    });
    await table.close();
  });

  it('replaces a segment of the same name', async () => {
    const engine = await openEngine(0, 96 * MEBIBYTE);
    for (const rowCount of [10, 20]) {
      const { metadata, bytes } = wideSegment('s', rowCount);
      engine.addSegment(metadata, memorySource(bytes));
    }
    const { stats } = await engine.execute(sumPlan('a'), ['s'], 1000);
    expect(stats).toMatchObject({ totalDocs: 20, segmentsQueried: 1, docsScanned: 20 });
  });
});
