import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrokerRole } from '../../src/broker/role.ts';
import type { ControllerRole } from '../../src/controller/role.ts';
import type { ServerRole } from '../../src/server/role.ts';
import { json, TestCluster } from '../controller/cluster.ts';
import { until } from '../coord/harness.ts';

let cluster: TestCluster;
let controller: ControllerRole;
let broker: BrokerRole;
const servers: ServerRole[] = [];

beforeAll(async () => {
  cluster = await TestCluster.start();
  controller = await cluster.controller('Controller_1', 2);
  for (const id of ['Server_a', 'Server_b']) servers.push(await cluster.server(id));
  broker = await cluster.broker();
  for (const day of [1, 2, 3]) {
    const lines = Array.from({ length: 10 }, (_, n) => `${n},2024-01-0${day} 0${n}:00:00`);
    const file = join(cluster.directory, `day${day}.csv`);
    writeFileSync(file, ['id,at', ...lines, ''].join('\n'));
    await cluster.load(controller, 'events', file);
  }
});
afterAll(async () => {
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

function ask(sql: string) {
  return json(broker, '/query/sql', { method: 'POST', body: JSON.stringify({ sql }) });
}

async function configure(config: object): Promise<void> {
  const init = { method: 'PUT', body: JSON.stringify(config) };
  expect((await json(controller, '/tables/events', init)).status).toBe(200);
}

describe('a broker of a cluster', () => {
  it('leaves out segments by the times that the tree knows', async () => {
    const { body } = await ask("SELECT COUNT(*) FROM events WHERE at < '2024-01-01 05:00:00'");
    expect(body).toMatchObject({
      resultTable: { rows: [[5]] },
      numSegmentsPrunedByBroker: 2,
      numSegmentsQueried: 1,
    });
  });

  it('answers while one of two servers is gone', async () => {
    await servers[1]!.close();
    for (let round = 0; round < 5; round++) {
      const { body } = await ask('SELECT COUNT(*), MAX(id) FROM events WHERE id >= 0');
      expect(body).toMatchObject({ resultTable: { rows: [[30, 9]] }, exceptions: [] });
    }
  });

  it('keeps the rate that a table configuration sets', async () => {
    await configure({ quota: { maxQueriesPerSecond: 0.001 } });
    await until(
      'the broker knows',
      async () => (await ask('SELECT id FROM events')).status === 429,
    );
    const { body, headers } = await ask('SELECT id FROM events');
    expect(body.exceptions).toMatchObject([{ errorCode: 429 }]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(10);
    await configure({});
    await until('it knows again', async () => (await ask('SELECT id FROM events')).status === 200);
  });
});
