import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BrokerRole } from '../../src/broker/role.ts';
import type { ControllerRole } from '../../src/controller/role.ts';
import { json, TestCluster } from './cluster.ts';

let cluster: TestCluster;
let controller: ControllerRole;
let broker: BrokerRole;

const send = (method: string, path: string, body?: unknown) =>
  json(controller, path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
const get = async (path: string) => (await json(controller, path)).body;
const query = async (sql: string) => {
  const headers = { 'pinot-use-http-status-for-errors': 'true' };
  return json(broker, '/query/sql', { method: 'POST', body: JSON.stringify({ sql }), headers });
};
const count = async () => (await query('SELECT COUNT(*) FROM t')).body.resultTable?.rows;

async function load(table = 't'): Promise<void> {
  const path = join(cluster.directory, `${table}.csv`);
  writeFileSync(path, 'n\n1\n2\n3\n');
  await cluster.load(controller, table, path);
}

beforeEach(async () => {
  cluster = await TestCluster.start();
  controller = await cluster.controller('Controller_1', 2);
  await cluster.server('Server_a');
  await cluster.server('Server_b');
  broker = await cluster.broker();
  await load();
});
afterEach(async () => {
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

it('a disabled table answers nothing and is on no server, until it is enabled with all it had', async () => {
  const files = await get('/segments/t/crc');
  expect(await send('PUT', '/tables/t/state?state=disable')).toMatchObject({
    status: 200,
    body: { status: "Request to disable table 't' successful" },
  });
  expect(await get('/tables/t_OFFLINE/state')).toEqual({ state: 'disabled' });
  const refused = await query('SELECT COUNT(*) FROM t');
  expect(refused).toMatchObject({ status: 404 });
  expect(refused.body.exceptions).toEqual([
    {
      errorCode: 191,
      message: 'TableIsDisabledError: broker: table t is disabled; enable it first',
    },
  ]);
  const places = async () => Object.values((await get('/tables/t/externalview')).OFFLINE);
  await expect.poll(places).toEqual([{ Server_a: 'OFFLINE', Server_b: 'OFFLINE' }]);
  expect(await get('/segments/t/crc')).toEqual(files);
  const [debug] = await get('/debug/tables/t');
  expect(debug).toMatchObject({ tableName: 't_OFFLINE', numSegments: 1, numServers: 2 });
  expect(debug.segmentDebugInfos[0].serverState.Server_b).toMatchObject({
    ...{ idealState: 'ONLINE', externalView: 'OFFLINE', errorInfo: null },
  });
  // Servers would not take over what is new.
  await expect(load()).rejects.toMatchObject({
    message: expect.stringContaining('table t is disabled; PUT /tables/t/state?state=enable'),
  });
  expect((await send('POST', '/tables/t/rebalance')).status).toBe(409);

  for (const _ of ['once', 'again']) {
    expect((await send('PUT', '/tables/t/state?state=enable')).status).toBe(200);
    expect(await get('/tables/t/state')).toEqual({ state: 'enabled' });
    // At once, and not after some time.
    expect(await count()).toEqual([[3]]);
  }
  expect(await places()).toEqual([{ Server_a: 'ONLINE', Server_b: 'ONLINE' }]);
  expect((await get('/debug/tables/t'))[0].segmentDebugInfos).toEqual([]);
  expect((await get('/debug/tables/t?verbosity=1'))[0].segmentDebugInfos).toHaveLength(1);
  await load();
  expect(await count()).toEqual([[6]]);
});

it('a disabled table stays so over all restarts, and its segments can be dropped and reindexed', async () => {
  await load();
  await send('PUT', '/tables/t/state?state=disable');
  const [{ OFFLINE: names }] = await get('/segments/t');
  expect((await send('DELETE', `/segments/t/${names[0]}`)).status).toBe(200);
  const config = { tableName: 't', tableIndexConfig: { invertedIndexColumns: ['n'] } };
  expect((await send('POST', '/tables', config)).status).toBe(200);
  await controller.close();
  controller = await cluster.controller('Controller_2', 2);
  await cluster.server('Server_c');
  expect(await get('/tables/t/state')).toEqual({ state: 'disabled' });
  expect((await query('SELECT COUNT(*) FROM t')).body.exceptions[0].errorCode).toBe(191);
  await send('PUT', '/tables/t/state?state=enable');
  expect(await count()).toEqual([[3]]);
  const { indexes } = await get(`/segments/t/${names[1]}/metadata?columns=*`);
  expect(indexes).toContain('inverted(n)');
});

it('a table of the name of a disabled one that was dropped is enabled', async () => {
  await send('PUT', '/tables/t/state?state=disable');
  await send('DELETE', '/tables/t');
  await load();
  expect(await count()).toEqual([[3]]);
});

it('a table that is not there is neither', async () => {
  expect((await send('PUT', '/tables/u/state?state=disable')).status).toBe(404);
  expect((await send('PUT', '/tables/u/state?state=enable')).status).toBe(404);
  expect((await send('PUT', '/tables/t/state?state=off')).status).toBe(400);
});
