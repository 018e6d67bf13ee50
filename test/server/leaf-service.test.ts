import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpLeafService } from '../../src/broker/leaf-client.ts';
import type { LeafService } from '../../src/exec/leaf-service.ts';
import { reduce } from '../../src/exec/reduce.ts';
import type { HttpClient, Listener } from '../../src/io/network.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { serverHandler } from '../../src/server/http.ts';
import type { QueryPlan } from '../../src/sql/plan.ts';
import { planQuery } from '../../src/sql/query.ts';
import { answerRows, type MemoryTable, openMemoryTable } from '../support/memory-table.ts';

const schema = {
  name: 't',
  columns: [
    { name: 'id', type: 'BIGINT' },
    { name: 'name', type: 'STRING' },
  ],
} as const;
const rows = Array.from({ length: 300 }, (_, index) => [
  2n ** 60n + BigInt(index),
  index % 3 === 0 ? null : `name ${index % 7}`,
]);
const ANY_PORT = { host: '127.0.0.1', port: 0 };

let table: MemoryTable;
let listener: Listener;
let client: HttpClient;
let internalErrors: unknown[] = [];

beforeAll(async () => {
  table = await openMemoryTable(schema, rows, { segmentRows: 100 });
  const handler = serverHandler({
    engine: table.engine,
    clock: nodeClock,
    openFile: async () => null,
    cacheStatus: async () => null,
    servedSegments: () => ({ t: ['s0', 's1', 's2'] }),
    onInternalError: (error) => internalErrors.push(error),
  });
  listener = await nodeNetwork.serveHttp(ANY_PORT, handler);
  client = nodeNetwork.httpClient(listener.address);
});
afterAll(async () => {
  await client.close();
  await listener.close();
  await table.close();
});

function plan(sql: string): QueryPlan {
  return planQuery(sql, { resolveTable: () => schema, tableNames: () => ['t'], nowMs: 0 }).plan;
}

describe.each<[string, () => LeafService]>([
  ['an engine in this process', () => table.engine],
  ['a server behind HTTP', () => httpLeafService('server1', client, nodeClock)],
])('%s', (_name, service) => {
  it('answers a leaf plan over the named segments', async () => {
    const query = plan(
      'SELECT name, COUNT(*), MAX(id) FROM t WHERE id > 1152921504606846975 GROUP BY name ' +
        'ORDER BY name NULLS FIRST LIMIT 2',
    );
    const result = await service().execute(query.leaf!, ['s0', 's2'], 10_000);
    const { partial, stats, release } = result;
    const answer = reduce(query, [partial], table.engine.mainContext);
    release();
    expect(answerRows(answer)).toEqual([
      [null, 67n, 2n ** 60n + 297n],
      ['name 0', 19n, 2n ** 60n + 294n].map((value, index) =>
        index === 0 ? value : expect.anything(),
      ),
    ]);
    expect(stats).toMatchObject({ segmentsQueried: 2, totalDocs: 200, docsScanned: 200 });
  });

  it('refuses a segment that it does not hold', async () => {
    const { leaf } = plan('SELECT COUNT(*) FROM t WHERE id > 0');
    await expect(service().execute(leaf!, ['s0', 'elsewhere'], 10_000)).rejects.toMatchObject({
      code: 'SEGMENT_UNAVAILABLE',
      message: expect.stringContaining('elsewhere'),
    });
  });

  it('reports an error of the query with its place in the statement', async () => {
    const { leaf } = plan('SELECT SUM(id * 16) FROM t');
    await expect(service().execute(leaf!, ['s0'], 10_000)).rejects.toMatchObject({
      code: 'NUMERIC_OVERFLOW',
      position: { line: 1 },
    });
  });

  it('gives up when the time is over', async () => {
    const { leaf } = plan('SELECT COUNT(*) FROM t WHERE id > 0');
    await expect(service().execute(leaf!, ['s0', 's1', 's2'], 1e-6)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });
});

describe('a server behind HTTP', () => {
  const post = (body: string) =>
    client.request({ method: 'POST', path: '/v1/leaf', body, timeoutMs: 5_000 });

  it.each(['', '{', 'null', '[]', '{"plan":"{}"}', '{"plan":"x","segments":[],"timeoutMs":5}'])(
    'refuses the body %j as a bad request, and stays well',
    async (body) => {
      const response = await post(body);
      expect(response.status).toBe(400);
      expect(JSON.parse(Buffer.from(response.body).toString())).toMatchObject({
        code: 'BAD_REQUEST',
      });
    },
  );

  it('says what it serves, and that it is well', async () => {
    const tables = await client.request({ method: 'GET', path: '/tables', timeoutMs: 5_000 });
    expect(JSON.parse(Buffer.from(tables.body).toString())).toEqual({ t: ['s0', 's1', 's2'] });
    const health = await client.request({ method: 'GET', path: '/health', timeoutMs: 5_000 });
    expect(health.status).toBe(200);
    expect(internalErrors).toEqual([]);
    internalErrors = [];
  });

  it('is unavailable when nothing listens there', async () => {
    const gone = await nodeNetwork.serveHttp(ANY_PORT, () => new Response());
    await gone.close();
    const away = nodeNetwork.httpClient(gone.address);
    const { leaf } = plan('SELECT COUNT(*) FROM t');
    await expect(
      httpLeafService('away', away, nodeClock).execute(leaf!, ['s0'], 5_000),
    ).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    await away.close();
  });
});
