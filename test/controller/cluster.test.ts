import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectionFactory } from 'pinot-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrokerRole } from '../../src/broker/role.ts';
import type { ControllerRole } from '../../src/controller/role.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import type { ServerRole } from '../../src/server/role.ts';
import { until } from '../coord/harness.ts';
import { json, TestCluster } from './cluster.ts';

let cluster: TestCluster;
let controller: ControllerRole;
let broker: BrokerRole;
const servers: ServerRole[] = [];

const ask = (sql: string, init: RequestInit = {}) =>
  json(broker, '/query/sql', { method: 'POST', body: JSON.stringify({ sql }), ...init });

function csv(name: string, lines: readonly string[]): string {
  const path = join(cluster.directory, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

beforeAll(async () => {
  cluster = await TestCluster.start();
  controller = await cluster.controller();
  servers.push(await cluster.server('Server_a'), await cluster.server('Server_b'));
  broker = await cluster.broker();
  const lines = [
    'city,visits,day',
    ...Array.from({ length: 100 }, (_, n) => `c${n % 4},${n},2024-01-0${(n % 9) + 1}`),
  ];
  await cluster.load(controller, 'visits', csv('first.csv', lines));
});
afterAll(async () => {
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

describe('a cluster', () => {
  it('answers in Pinot form, with the fields in Pinot order', async () => {
    const { body, headers, text } = await ask(
      'SELECT city, SUM(visits) FROM visits GROUP BY city ORDER BY city',
    );
    expect(body.resultTable).toEqual({
      dataSchema: { columnNames: ['city', 'sum(visits)'], columnDataTypes: ['STRING', 'LONG'] },
      rows: [
        ['c0', 1200],
        ['c1', 1225],
        ['c2', 1250],
        ['c3', 1275],
      ],
    });
    expect(body).toMatchObject({
      exceptions: [],
      partialResult: false,
      numDocsScanned: 100,
      totalDocs: 100,
      numServersQueried: 1,
      numServersResponded: 1,
      numSegmentsQueried: 1,
      numRowsResultSet: 4,
      brokerId: 'Broker_1',
      tablesQueried: ['visits'],
    });
    expect(Object.keys(JSON.parse(text)).slice(0, 5)).toEqual([
      'resultTable',
      'numRowsResultSet',
      'partialResult',
      'exceptions',
      'numGroupsLimitReached',
    ]);
    expect(headers.get('x-pinot-error-code')).toBe('-1');
  });

  it('answers GET and the older path, and options in the request or the text', async () => {
    const sql = encodeURIComponent('SELECT COUNT(*) FROM visits');
    for (const path of ['/query/sql', '/query']) {
      const { body } = await json(broker, `${path}?sql=${sql}&queryOptions=timeoutMs=5000`);
      expect(body.resultTable.rows).toEqual([[100]]);
    }
    const { body } = await ask("SET clientQueryId = 'mine'; SELECT COUNT(*) FROM visits");
    expect(body.clientRequestId).toBe('mine');
  });

  it('answers a failed query with status 200, unless the client asks for statuses', async () => {
    const failed = await ask('SELECT nothing FROM visits');
    expect(failed.status).toBe(200);
    expect(failed.headers.get('x-pinot-error-code')).toBe('710');
    expect(failed.body).not.toHaveProperty('resultTable');
    expect(failed.body.exceptions).toEqual([
      { errorCode: 710, message: expect.stringContaining('nothing') },
    ]);
    const headers = { 'Pinot-Use-Http-Status-For-Errors': 'true' };
    expect((await ask('SELECT nothing FROM visits', { headers })).status).toBe(400);
    expect((await ask('SELECT 1 FROM nowhere', { headers })).status).toBe(404);
  });

  it('refuses what is no query with status 400 or 404', async () => {
    expect(await ask('', { body: '{}' })).toMatchObject({
      status: 400,
      body: { code: 400, error: "Payload is missing the query string field 'sql'" },
    });
    expect((await ask('', { body: `"${'x'.repeat(9 * 1_048_576)}"` })).status).toBe(413);
    expect((await json(broker, '/nothing')).status).toBe(404);
  });

  it('explains a query in Pinot columns', async () => {
    const { body } = await ask('EXPLAIN PLAN FOR SELECT COUNT(*) FROM visits WHERE visits > 5');
    expect(body.resultTable.dataSchema.columnNames).toEqual([
      'Operator',
      'Operator_Id',
      'Parent_Id',
    ]);
    expect(body.resultTable.rows.length).toBeGreaterThan(1);
  });

  it('serves the npm package pinot-client', async () => {
    const at = `127.0.0.1:${controller.address.port}`;
    const connection = await ConnectionFactory.fromController(at);
    try {
      const answer = await connection.execute('visits', 'SELECT COUNT(*) FROM visits');
      expect(answer.resultTable.rows).toEqual([[100]]);
      await expect(connection.execute('visits', 'SELECT x FROM visits')).rejects.toThrow('710');
    } finally {
      connection.close();
    }
  });

  it('tells Pinot clients about tables, schemas and instances', async () => {
    expect((await json(controller, '/tables')).body).toEqual({ tables: ['visits'] });
    expect((await json(controller, '/schemas')).body).toEqual(['visits']);
    const schema = (await json(controller, '/tables/visits/schema')).body;
    expect(schema).toMatchObject({
      schemaName: 'visits',
      dimensionFieldSpecs: [
        { name: 'city', dataType: 'STRING' },
        { name: 'visits', dataType: 'LONG' },
        { name: 'day', dataType: 'STRING' },
      ],
      metricFieldSpecs: [],
      dateTimeFieldSpecs: [],
    });
    expect((await json(controller, '/tables/visits_OFFLINE')).body).toHaveProperty('OFFLINE');
    expect((await json(controller, '/tables/visits/instances')).body.brokers).toEqual([
      { tableType: 'offline', instances: ['Broker_1'] },
    ]);
    expect((await json(controller, '/v2/brokers/tables?state=ONLINE')).body).toEqual({
      visits: [{ instanceName: 'Broker_1', ...broker.address }],
    });
    expect((await json(controller, '/instances')).body.instances).toEqual([
      'Controller_1',
      'Broker_1',
      'Server_a',
      'Server_b',
    ]);
    expect((await json(controller, '/tables/visit')).body).toEqual({
      code: 404,
      error: 'controller: no table "visit" (did you mean visits?)',
    });
    expect((await json(controller, '/health')).text).toBe('OK');
  });

  it('passes SQL from the controller on to a broker', async () => {
    const body = JSON.stringify({ sql: 'SELECT COUNT(*) FROM visits' });
    const answer = await json(controller, '/sql', { method: 'POST', body });
    expect(answer.body.resultTable.rows).toEqual([[100]]);
  });

  it('takes a table from a Pinot schema and answers that it is empty', async () => {
    const body = JSON.stringify({
      schemaName: 'empty',
      dimensionFieldSpecs: [{ name: 'a', dataType: 'STRING' }],
      dateTimeFieldSpecs: [
        { name: 'ts', dataType: 'TIMESTAMP', format: 'TIMESTAMP', granularity: '1:SECONDS' },
      ],
    });
    const created = await json(controller, '/schemas', { method: 'POST', body });
    expect(created.body.status).toBe('empty successfully added');
    await until('the broker knows the table', async () => {
      const { body } = await ask('SELECT COUNT(*), MAX(ts) FROM empty');
      return JSON.stringify(body.resultTable?.rows) === '[[0,null]]';
    });
    const removed = await json(controller, '/tables/empty', { method: 'DELETE' });
    expect(removed.body).toEqual({ status: 'Tables: [empty_OFFLINE] deleted' });
  });

  it('shows a second load at once when it is done, and never a part of it', async () => {
    const lines = ['city,visits,day', ...Array.from({ length: 50 }, () => 'new,1,2024-02-01')];
    const file = csv('second.csv', lines);
    let isLoading = true;
    const counts = new Set<number>();
    const asking = (async () => {
      while (isLoading)
        counts.add((await ask('SELECT COUNT(*) FROM visits')).body.resultTable.rows[0][0]);
    })();
    await cluster.load(controller, 'visits', file);
    isLoading = false;
    const { body } = await ask('SELECT COUNT(*) FROM visits');
    await asking;
    expect(body.resultTable.rows).toEqual([[150]]);
    expect(body.numServersQueried).toBe(2);
    expect([...counts].filter((count) => count !== 100 && count !== 150)).toEqual([]);
  });

  it('takes other rows for a segment under its name, all at once, while it answers', async () => {
    const schema = { name: 'prices', columns: [{ name: 'price', type: 'INT' }] } as const;
    const send = async (value: number, replaces: readonly string[]) => {
      const builder = new SegmentBuilder(schema);
      const values = new Int32Array(1_000).fill(value);
      builder.append([{ kind: 'integers', values, nulls: null }]);
      const body = Buffer.concat(builder.build('today', 0).parts);
      const path = '/v1/tables/prices/segments';
      const sent = await json(controller, `${path}/today`, { method: 'PUT', body });
      const commit = JSON.stringify({ segments: [sent.body.object], replaces });
      return json(controller, path, { method: 'POST', body: commit });
    };
    const sum = async () => {
      const { body } = await ask('SELECT SUM(price), COUNT(*) FROM prices');
      expect(body.exceptions).toEqual([]);
      return body.resultTable.rows[0];
    };
    expect((await send(1, [])).body).toEqual({ segments: 1, rows: 1_000 });
    expect(await sum()).toEqual([1_000, 1_000]);
    expect(await send(2, [])).toMatchObject({ status: 409 });
    const seen = new Set<string>();
    let isOver = false;
    const asking = (async () => {
      while (!isOver) seen.add(String(await sum()));
    })();
    expect((await send(3, ['today'])).body).toEqual({ segments: 1, rows: 1_000 });
    expect(await sum()).toEqual([3_000, 1_000]);
    isOver = true;
    await asking;
    expect(['1000,1000', '3000,1000']).toEqual(expect.arrayContaining([...seen]));
    expect((await json(controller, '/segments/prices')).body).toEqual([{ OFFLINE: ['today'] }]);
    await json(controller, '/tables/prices', { method: 'DELETE' });
  });

  it('indexes a table that has data, while it answers', async () => {
    const query = "SELECT COUNT(*) FROM visits WHERE city = 'c1'";
    const before = (await ask(query)).body.resultTable.rows;
    const config = {
      tableName: 'visits_OFFLINE',
      tableIndexConfig: { invertedIndexColumns: ['city'], bloomFilterColumns: ['visits'] },
    };
    const put = (body: unknown) =>
      json(controller, '/tables/visits', { method: 'PUT', body: JSON.stringify(body) });
    const { body: refused } = await put({ tableIndexConfig: { invertedIndexColumns: ['cty'] } });
    expect(refused).toMatchObject({ code: 400 });
    expect(refused.error).toMatch(/did you mean city/);
    const { body: status } = await put(config);
    expect(status).toEqual({ status: 'Table config updated for visits' });
    expect((await json(controller, '/tables/visits')).body.OFFLINE.tableIndexConfig).toMatchObject(
      config.tableIndexConfig,
    );
    await until('the broker knows', async () => {
      const { body } = await ask(`EXPLAIN PLAN FOR ${query}`);
      return JSON.stringify(body.resultTable.rows).includes('[indexes: inverted(city)]');
    });
    await until('servers have opened the new files', async () => {
      const { body } = await ask(`SET useIndexes = always; ${query}`);
      expect(body.exceptions).toEqual([]);
      expect(body.resultTable.rows).toEqual(before);
      return body.numEntriesScannedInFilter === 0;
    });
  });

  it('refuses a load whose columns differ from the table', async () => {
    const file = csv('other.csv', ['different', '1']);
    const before = readdirSync(join(cluster.directory, 'segments/visits'));
    await expect(cluster.load(controller, 'visits', file)).rejects.toThrow(/different|city/);
    expect(readdirSync(join(cluster.directory, 'segments/visits'))).toEqual(before);
    expect((await ask('SELECT COUNT(*) FROM visits')).body.resultTable.rows).toEqual([[150]]);
  });

  it('keeps no segment of a load that fails after some were sent', async () => {
    const before = readdirSync(join(cluster.directory, 'segments/visits'));
    const rows = Array.from({ length: 1_100_000 }, () => 'x,1,2024-01-01');
    const file = csv('long.csv', ['city,visits,day', ...rows, 'x,wrong,2024-01-01']);
    await expect(cluster.load(controller, 'visits', file)).rejects.toThrow('line 1100002');
    expect(readdirSync(join(cluster.directory, 'segments/visits'))).toEqual(before);
  });

  it('refuses a segment that is none, and names that leave the store', async () => {
    const put = (path: string) => json(controller, path, { method: 'PUT', body: 'not a segment' });
    expect(await put('/v1/tables/visits/segments/s')).toMatchObject({ status: 400 });
    expect(await put('/v1/tables/visits/segments/..%2f..%2fx')).toMatchObject({ status: 400 });
    const body = JSON.stringify({ segments: ['missing'] });
    const commit = await json(controller, '/v1/tables/visits/segments', { method: 'POST', body });
    expect(commit).toMatchObject({ status: 404 });
  });

  it('fails a query that needs a server that is gone, and answers again when it is back', async () => {
    await servers[1]!.close();
    await until('the query fails', async () => {
      const { body } = await ask('SELECT SUM(visits) FROM visits');
      return [305, 427].includes(body.exceptions[0]?.errorCode);
    });
    servers[1] = await cluster.server('Server_b');
    await until('the query is answered', async () => {
      const { body } = await ask('SELECT SUM(visits) FROM visits');
      return body.resultTable?.rows[0][0] === 5000;
    });
  });

  it('lets a second controller take over, and passes changes to the one that leads', async () => {
    const second = await cluster.controller('Controller_2');
    const body = JSON.stringify({
      schemaName: 'passed',
      dimensionFieldSpecs: [{ name: 'a', dataType: 'INT' }],
    });
    expect((await json(second, '/schemas', { method: 'POST', body })).status).toBe(200);
    await until('both know', async () => {
      const { body: tables } = await json(second, '/schemas');
      return tables.includes('passed');
    });
    await controller.close();
    controller = second;
    await until('the second one leads', async () => {
      const { status } = await json(second, '/tables/passed', { method: 'DELETE' });
      return status === 200;
    });
    expect((await ask('SELECT COUNT(*) FROM visits')).body.resultTable.rows).toEqual([[150]]);
  });

  it('forgets a dropped table', async () => {
    await json(controller, '/tables/visits', { method: 'DELETE' });
    await until('the broker forgets it', async () => {
      const { body } = await ask('SELECT COUNT(*) FROM visits');
      return body.exceptions[0]?.errorCode === 190;
    });
  });
});
