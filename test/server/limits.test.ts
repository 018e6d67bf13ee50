import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { TableSchema } from '../../src/base/types.ts';
import { brokerHandler } from '../../src/broker/http.ts';
import { httpLeafService } from '../../src/broker/leaf-client.ts';
import { QueryRunner } from '../../src/broker/query.ts';
import { brokerContext, type Reducer, reducerOver } from '../../src/broker/reducer.ts';
import { QueryStop } from '../../src/exec/query-stop.ts';
import type { FetchHandler, HttpClient, Listener } from '../../src/io/network.ts';
import { loadKernelModule } from '../../src/io/node-assets.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { serverHandler } from '../../src/server/http.ts';
import { planQuery } from '../../src/sql/query.ts';
import { DEFAULT_QUERY_LIMITS } from '../../src/sql/query-limits.ts';
import { type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema: TableSchema = {
  name: 't',
  columns: [
    { name: 'id', type: 'BIGINT' },
    { name: 'x', type: 'DOUBLE' },
  ],
};
const prng = new Prng(4);
const rows = Array.from({ length: 200_000 }, (_, row) => [
  BigInt(row) ** 3n * 977n,
  prng.integer(0, 2 ** 31) / 7,
]);

/** Takes many seconds on any machine, in steps of some ten milliseconds. */
const HEAVY = `SELECT ${Array.from({ length: 400 }, (_, n) => `SUM(exp(sin(x * ${n + 1})))`)} FROM t`;
/** What a cancelled query may still take: generous, since tests share their machine. */
const PATIENCE_MS = 3_000;

let table: MemoryTable;
let reduce: Reducer;
let listener: Listener;
let client: HttpClient;
let handler: FetchHandler;
beforeAll(async () => {
  table = await openMemoryTable(schema, rows, { segmentRows: 100_000, threads: 2 });
  reduce = reducerOver(brokerContext(await loadKernelModule()), nodeClock);
  const onInternalError = (error: unknown) => {
    throw error;
  };
  const servedSegments = () => ({});
  const { engine } = table;
  listener = await nodeNetwork.serveHttp(
    { host: '127.0.0.1', port: 0 },
    serverHandler({
      ...{ engine, clock: nodeClock, servedSegments, onInternalError },
      openFile: async () => null,
      cacheStatus: async () => null,
    }),
  );
  client = nodeNetwork.httpClient(listener.address);
  const service = httpLeafService('server', client, nodeClock);
  const view = {
    tableNames: () => ['t'],
    schema: () => schema,
    indexes: () => [],
    routing: () =>
      new Map([
        ['s0', ['server']],
        ['s1', ['server']],
      ]),
    segment: () => null,
    routingVersion: () => 0,
    servers: () => new Map(),
  };
  const evaluateConstant = () => null;
  const parts = {
    brokerId: 'broker',
    view,
    clock: nodeClock,
    reduce,
    evaluateConstant,
    onInternalError,
  };
  const runner = new QueryRunner({ ...parts, leafService: () => service });
  handler = brokerHandler({ runner, view, onInternalError });
});
afterAll(async () => {
  await client.close();
  await listener.close();
  await table.close();
});

async function ask(path: string, init?: RequestInit) {
  const response = await handler(new Request(`http://broker${path}`, init));
  return { status: response.status, text: await response.text() };
}

function query(sql: string) {
  return ask('/query/sql', { method: 'POST', body: JSON.stringify({ sql }) });
}

/** The error number of a query, or its rows. */
async function outcome(sql: string): Promise<unknown> {
  const { exceptions, resultTable } = JSON.parse((await query(sql)).text);
  return exceptions[0] ?? resultTable.rows;
}

async function runningId(): Promise<string> {
  for (;;) {
    const [id] = Object.keys(JSON.parse((await ask('/queries')).text));
    if (id !== undefined) return id;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a query that is cancelled', () => {
  it('ends soon, and the engine is ready for the next', async () => {
    const abort = new AbortController();
    const { leaf } = planQuery(HEAVY, {
      resolveTable: () => schema,
      tableNames: () => ['t'],
      nowMs: 0,
    }).plan;
    const running = table.engine.execute(leaf!, ['s0', 's1'], 600_000, { signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    const startMs = nodeClock.monotonicMs();
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(nodeClock.monotonicMs() - startMs).toBeLessThan(PATIENCE_MS);
    // The threads answer in order: this one waits for what they have under way.
    expect(await table.sql('SELECT COUNT(*) FROM t WHERE id >= 0')).toEqual([[200_000n]]);
    expect(nodeClock.monotonicMs() - startMs).toBeLessThan(2 * PATIENCE_MS);
  });

  it('is one of those that GET /queries lists, over HTTP and on its servers', async () => {
    const answer = outcome(HEAVY);
    const id = await runningId();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startMs = nodeClock.monotonicMs();
    const cancelled = await ask(`/query/${id}`, { method: 'DELETE' });
    expect(cancelled).toEqual({ status: 200, text: `Cancelled query: ${id}` });
    expect(await answer).toMatchObject({
      errorCode: 503,
      message: expect.stringContaining('cancelled'),
    });
    expect(await outcome('SELECT COUNT(*) FROM t WHERE id >= 0')).toEqual([[200_000]]);
    expect(nodeClock.monotonicMs() - startMs).toBeLessThan(2 * PATIENCE_MS);
    expect(JSON.parse((await ask('/queries')).text)).toEqual({});
    expect(await ask(`/query/${id}`, { method: 'DELETE' })).toMatchObject({ status: 404 });
  });

  it('can be named by its client', async () => {
    const answer = outcome(`SET clientQueryId = 'mine'; ${HEAVY}`);
    await runningId();
    const path = '/query/mine?client=true';
    expect(await ask(path, { method: 'DELETE' })).toMatchObject({ status: 200 });
    expect(await answer).toMatchObject({ errorCode: 503 });
    expect(await ask('/query/mine', { method: 'DELETE' })).toMatchObject({ status: 400 });
  });

  it('ends while the broker sorts', async () => {
    const plan = planQuery('SELECT id FROM t ORDER BY x, id', {
      resolveTable: () => schema,
      tableNames: () => ['t'],
      nowMs: 0,
    });
    const { partial } = await table.engine.execute(plan.plan.leaf!, ['s0', 's1'], 60_000);
    const abort = new AbortController();
    const stop = new QueryStop(nodeClock, 60_000, abort.signal);
    let turns = 0;
    const count = (): void => {
      if (++turns === 2) abort.abort();
      else nodeClock.soon(count);
    };
    nodeClock.soon(count);
    const sorting = reduce(plan.plan, [partial, partial, partial], DEFAULT_QUERY_LIMITS, stop);
    await expect(sorting).rejects.toMatchObject({ code: 'CANCELLED' });
    stop.dispose();
  });
});

describe('limits that a query sets', () => {
  it('on its time are kept by the threads', async () => {
    const startMs = nodeClock.monotonicMs();
    expect(await outcome(`SET timeoutMs = 200; ${HEAVY}`)).toMatchObject({ errorCode: 250 });
    expect(nodeClock.monotonicMs() - startMs).toBeLessThan(PATIENCE_MS);
  });

  it.each([
    // Without an order the first groups that are found would do.
    ['groups', 'SELECT id, COUNT(*) FROM t GROUP BY id ORDER BY id LIMIT 1'],
    ['distinct rows', 'SELECT DISTINCT id FROM t ORDER BY id LIMIT 1'],
  ])('on the number of %s end it with advice, not with fewer', async (_what, sql) => {
    // Each segment alone has fewer.
    expect(await outcome(`SET numGroupsLimit = 150000; ${sql}`)).toMatchObject({
      errorCode: 245,
      message: expect.stringContaining('SET numGroupsLimit'),
    });
    expect(await outcome(`SET numGroupsLimit = 200000; ${sql}`)).toHaveLength(1);
  });

  it.each([
    'SELECT id, x FROM t',
    'SELECT id, x, COUNT(*), SUM(x) FROM t GROUP BY id, x',
    'SELECT id FROM t ORDER BY x',
  ])('on memory end %s, and the process lives on', async (sql) => {
    expect(await outcome(`SET maxQueryMemoryBytes = 1500000; ${sql}`)).toMatchObject({
      errorCode: 245,
      message: expect.stringContaining('SET maxQueryMemoryBytes'),
    });
    expect(await outcome('SELECT COUNT(*) FROM t WHERE id >= 0')).toEqual([[200_000]]);
    expect(await outcome(`SET maxQueryMemoryBytes = 300000000; ${sql} LIMIT 2`)).toHaveLength(2);
  });

  it.each(['timeoutMs', 'numGroupsLimit', 'maxQueryMemoryBytes'])('%s is checked', async (name) => {
    expect(await outcome(`SET ${name} = -5; SELECT 1`)).toMatchObject({
      message: expect.stringContaining(`${name} takes a positive whole number`),
    });
  });
});

it('EXPLAIN ANALYZE tells over HTTP what servers did', async () => {
  const [first, ...others] = (await outcome(
    "EXPLAIN ANALYZE SELECT COUNT(*) FROM t WHERE x > 1 AND id || 'ä' <> 'ö'",
  )) as [string, number, number][];
  expect(first?.[0]).toMatch(/^Reduce .*\[rows: 1\]$/);
  const lines = others.map(([line]) => line);
  expect(lines).toContainEqual(expect.stringMatching(/^Aggregate .*\[rows: \d{6} → \d\] \[time: /));
  expect(lines).toContainEqual(expect.stringMatching(/^Predicate \[expression .*'ä'.*\[bytes: /));
});
