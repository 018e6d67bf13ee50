import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema, Value } from '../../src/base/types.ts';
import { type Reducer, reducerOver } from '../../src/broker/reducer.ts';
import type { ExecutionContext } from '../../src/exec/context.ts';
import { QueryStop } from '../../src/exec/query-stop.ts';
import type { Clock } from '../../src/io/clock.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { groupFinish } from '../../src/sql/plan.ts';
import { planQuery } from '../../src/sql/query.ts';
import { answerRows, type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
process.stdout.write(`stopping: SEED=${seed}\n`);

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'k', type: 'INT' },
    { name: 'id', type: 'BIGINT' },
    { name: 'x', type: 'DOUBLE' },
    { name: 's', type: 'STRING' },
    { name: 'u', type: 'STRING' },
  ],
};

/** One of each kind of work that takes long on many rows. */
const STATEMENTS: Readonly<Record<string, string>> = {
  groups: 'SELECT id, k, COUNT(*), SUM(id) FROM t GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT 9',
  'groups of texts': 'SELECT s, u, COUNT(*) FROM t GROUP BY 1, 2 ORDER BY 3, 1, 2 LIMIT 9',
  'groups of computed texts':
    "SELECT CONCAT(s, '#', CAST(id AS VARCHAR)) AS c, COUNT(*) FROM t GROUP BY 1 ORDER BY 1",
  'groups that are merged':
    'SELECT k, MODE(s), MODE(id), COUNT(DISTINCT u), SUM(DISTINCT id) FROM t GROUP BY 1 ORDER BY 1',
  'grouping sets': 'SELECT k, s, COUNT(*) FROM t GROUP BY ROLLUP (k, s) ORDER BY 1, 2',
  'a sub-query':
    'SELECT c, COUNT(*) FROM (SELECT u, COUNT(*) AS c FROM t GROUP BY 1) AS q GROUP BY 1 ORDER BY 1',
  'distinct values': 'SELECT COUNT(DISTINCT id), COUNT(DISTINCT s), COUNT(DISTINCT x) FROM t',
  'distinct rows': 'SELECT DISTINCT id, s FROM t ORDER BY 1, 2',
  medians: 'SELECT MEDIAN(x), MEDIAN(id), QUANTILE_DISC(x, 0.3) FROM t',
  'medians of groups': 'SELECT k, MEDIAN(x), MEDIAN(id) FROM t GROUP BY 1 ORDER BY 1',
  sketches:
    'SELECT k, DISTINCTCOUNTHLL(u), DISTINCTCOUNTTHETASKETCH(u), PERCENTILETDIGEST(x, 50), ' +
    'PERCENTILEKLL(x, 50) FROM t GROUP BY 1 ORDER BY 1',
  lists: 'SELECT k, ARRAY_AGG(id ORDER BY id), LISTAGG(s) FROM t GROUP BY 1 ORDER BY 1',
  moments: 'SELECT k, STDDEV_SAMP(x), CORR(x, id) FROM t GROUP BY 1 ORDER BY 1',
  'first rows': 'SELECT id, s, u FROM t ORDER BY s, u, id LIMIT 40',
  'all rows': 'SELECT id, u FROM t ORDER BY u, id',
  windows: 'SELECT id, RANK() OVER (PARTITION BY k ORDER BY x), SUM(x) OVER (ORDER BY id) FROM t',
  'a regular expression': "SELECT COUNT(*) FROM t WHERE REGEXP_LIKE(u, '([a-z]+/)*x.*[0-9]$')",
};

interface Stopped {
  /** Rows; null: the query has stopped. */
  readonly rows: Value[][] | null;
  /** How often was looked whether it has to. */
  readonly looks: number;
}

const reducers = new WeakMap<ExecutionContext, Reducer>();

/** Queries take turns on the working memory of one. */
function reducerOf(context: ExecutionContext): Reducer {
  const known = reducers.get(context) ?? reducerOver(context, nodeClock);
  reducers.set(context, known);
  return known;
}

/** A signal that is aborted from its n-th look on. */
function signalAtLook(look: number): { readonly signal: AbortSignal; looks: number } {
  const counter = { signal: new AbortController().signal, looks: 0 };
  Object.defineProperty(counter.signal, 'aborted', { get: () => ++counter.looks >= look });
  return counter;
}

/** Runs a statement that has to stop at a look; what it throws must say just that. */
async function runUntil(table: MemoryTable, text: string, look: number): Promise<Stopped> {
  const { mainContext } = table.engine;
  const { plan, limits } = planQuery(text, {
    resolveTable: () => schema,
    tableNames: () => ['t'],
    nowMs: 0,
    evaluateConstant: () => null,
  });
  const counter = signalAtLook(look);
  const { signal } = counter;
  const stop = new QueryStop(nodeClock, 600_000, signal);
  try {
    const options = { signal, limits, finish: groupFinish(plan.reduce) };
    const { partial, release } = await table.execute(text, options);
    try {
      const answer = await reducerOf(mainContext)(plan, [partial], limits, stop);
      return { rows: answerRows(answer), looks: counter.looks };
    } finally {
      release();
    }
  } catch (error) {
    expect(error).toMatchObject({ code: 'CANCELLED' });
    return { rows: null, looks: counter.looks };
  } finally {
    stop.dispose();
  }
}

/** What the thread holds. */
function held({ engine: { mainContext } }: MemoryTable): object {
  const { state, batch, control } = mainContext;
  const { heapBytes } = control;
  return { state: state.usedBytes, batch: batch.usedBytes, heapBytes };
}

function rowsOf(count: number): Value[][] {
  const prng = new Prng(seed);
  return Array.from({ length: count }, (_, row) => [
    prng.integer(0, 40),
    BigInt(prng.integer(0, count)) * 1_000_003n,
    prng.integer(0, 8) === 0 ? null : prng.float() * 100,
    `text ${prng.integer(0, count / 4)}`,
    `a/b/${prng.integer(0, 3)}x${row}`,
  ]);
}

describe.each([
  { batchRows: 64, segmentRows: 110 },
  { batchRows: 64, segmentRows: 110, spanningGroupsMin: 1 },
])('a query that is stopped at any look, with %o', (options) => {
  let table: MemoryTable;
  beforeAll(async () => {
    table = await openMemoryTable(schema, rowsOf(330), options);
  });
  afterAll(() => table.close());

  it.each(Object.entries(STATEMENTS))('%s: leaves nothing behind', async (_, text) => {
    const before = held(table);
    const { rows } = await runUntil(table, text, Infinity);
    const { looks } = await runUntil(table, text, Infinity);
    expect(held(table)).toEqual(before);
    expect(looks).toBeGreaterThan(5);
    for (let look = 1; look <= looks; look++) {
      expect(await runUntil(table, text, look), `look ${look}`).toEqual({
        rows: null,
        looks: look,
      });
      expect(held(table), `look ${look}`).toEqual(before);
    }
    expect((await runUntil(table, text, Infinity)).rows).toEqual(rows);
  });
});

describe('a query over many rows that is stopped', () => {
  const prng = new Prng(seed);
  let table: MemoryTable;
  beforeAll(async () => {
    table = await openMemoryTable(schema, rowsOf(150_000), { segmentRows: 75_000 });
  });
  afterAll(() => table.close());

  it.each(Object.entries(STATEMENTS))('%s: leaves nothing behind', async (_, text) => {
    const before = held(table);
    const { rows } = await runUntil(table, text, Infinity);
    // The first time columns are loaded, too.
    const { looks } = await runUntil(table, text, Infinity);
    expect(looks).toBeGreaterThan(10);
    for (let round = 0; round < 4; round++) {
      const look = prng.integer(1, looks);
      expect((await runUntil(table, text, look)).rows, `look ${look}`).toBe(null);
      expect(held(table), `look ${look}`).toEqual(before);
    }
    expect((await runUntil(table, text, Infinity)).rows).toEqual(rows);
  });
});

/** On which every step takes so long that others get a turn behind it. */
function slowClock(): Clock {
  let ms = 0;
  return {
    ...nodeClock,
    monotonicMs: () => {
      ms += 25;
      return ms;
    },
  };
}

describe('a numbering of texts that is stopped halfway', () => {
  const text = STATEMENTS['groups of texts']!;
  const open = (): Promise<MemoryTable> =>
    openMemoryTable(schema, rowsOf(330), {
      ...{ batchRows: 64, segmentRows: 110, spanningGroupsMin: 1, clock: slowClock() },
    });

  it('is made anew by the next query, and finished by one that waits for it', async () => {
    const whole = await open();
    const { rows, looks } = await runUntil(whole, text, Infinity);
    await whole.close();
    for (let look = 1; look <= looks; look++) {
      const table = await open();
      const [stopped, waiting] = await Promise.all([
        runUntil(table, text, look),
        look % 2 === 0 ? runUntil(table, text, Infinity) : null,
      ]);
      // One that another helps may be through before.
      if (waiting === null) expect(stopped.rows, `look ${look}`).toBe(null);
      if (waiting !== null) expect(waiting.rows, `look ${look}`).toEqual(rows);
      expect((await runUntil(table, text, Infinity)).rows, `look ${look}`).toEqual(rows);
      await table.close();
    }
  });
});
