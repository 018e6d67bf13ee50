import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrokerRole } from '../../src/broker/role.ts';
import type { ControllerRole } from '../../src/controller/role.ts';
import type { SegmentPageNode } from '../../src/coord/cluster/segment-nodes.ts';
import { until } from '../coord/harness.ts';
import { json, TestCluster } from './cluster.ts';

let cluster: TestCluster;
let controller: ControllerRole;
let broker: BrokerRole;

const SEGMENTS = 12;
const REPLICAS = 2;

beforeAll(async () => {
  cluster = await TestCluster.start();
  controller = await cluster.controller('Controller_1', REPLICAS);
  for (const id of ['Server_a', 'Server_b', 'Server_c']) await cluster.server(id);
  broker = await cluster.broker();
  for (let n = 0; n < SEGMENTS; n++) {
    const file = join(cluster.directory, `part${n}.csv`);
    await writeFile(file, `n,day\n${n},2024-01-${10 + n}\n${n},2024-01-${10 + n}\n`);
    await cluster.load(controller, 'visits', file);
  }
}, 120_000);
afterAll(async () => {
  await cluster.close();
  expect(cluster.errors).toEqual([]);
}, 60_000);

/** Segments that each server should hold. */
async function held(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { servers, move } of await records()) {
    expect(move).toBeUndefined();
    for (const server of servers) counts[server] = (counts[server] ?? 0) + 1;
  }
  return counts;
}

async function records() {
  const page = JSON.parse(await cluster.read('/nyala/segments/visits/0')) as SegmentPageNode;
  return Object.values(page.segments);
}

async function rebalance(query = '') {
  return json(controller, `/tables/visits/rebalance?${query}`, { method: 'POST' });
}

async function statusOf(jobId: string): Promise<string> {
  const { body } = await json(controller, `/rebalanceStatus/${jobId}`);
  return body.tableRebalanceProgressStats.status;
}

async function ended(jobId: string): Promise<void> {
  await until('the rebalance has ended', async () => (await statusOf(jobId)) !== 'IN_PROGRESS');
}

/** Asks all the time, and looks at how many servers hold each segment, until `work` is done. */
async function underQueries(work: () => Promise<void>): Promise<void> {
  const sql = 'SELECT COUNT(*), SUM(n) FROM visits';
  const right = JSON.stringify([[2 * SEGMENTS, SEGMENTS * (SEGMENTS - 1)]]);
  const wrong: string[] = [];
  let asked = 0;
  let isOver = false;
  const asking = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const { text, body } = await json(broker, '/query/sql', {
        method: 'POST',
        body: JSON.stringify({ sql }),
      });
      asked++;
      if (JSON.stringify(body?.resultTable?.rows) !== right) wrong.push(text);
    }
  });
  try {
    await work();
  } finally {
    isOver = true;
    await Promise.all(asking);
  }
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(0);
}

describe('a rebalance', () => {
  it('has nothing to do when all is balanced', async () => {
    const { body } = await rebalance();
    expect(body).toMatchObject({ status: 'NO_OP', description: 'Table is already balanced' });
    expect((await json(controller, '/table/visits/jobs')).body).toEqual({});
  });

  it('only says what it would do when it is asked to', async () => {
    await cluster.server('Server_d');
    const before = await held();
    const { body } = await rebalance('dryRun=true');
    expect(body).toMatchObject({ jobId: null, status: 'DONE' });
    expect(body.instanceAssignment.OFFLINE.partitionToInstancesMap['0_0']).toEqual([
      'Server_a',
      'Server_b',
      'Server_c',
      'Server_d',
    ]);
    const on = Object.values(body.segmentAssignment as Record<string, object>);
    expect(on.filter((servers) => 'Server_d' in servers)).toHaveLength(6);
    expect(await held()).toEqual(before);
  });

  it('goes from three servers to four while queries run', async () => {
    await underQueries(async () => {
      const { body } = await rebalance('batchSizePerServer=2');
      expect(body.status).toBe('IN_PROGRESS');
      const again = await rebalance();
      expect(again).toMatchObject({
        status: 409,
        body: { error: expect.stringContaining('is under way') },
      });
      await ended(body.jobId);
      expect(await statusOf(body.jobId)).toBe('DONE');
      const jobs = (await json(controller, '/table/visits_OFFLINE/jobs')).body;
      expect(jobs[body.jobId]).toMatchObject({ jobType: 'TABLE_REBALANCE', status: 'DONE' });
    });
    expect(await held()).toEqual({ Server_a: 6, Server_b: 6, Server_c: 6, Server_d: 6 });
  }, 60_000);

  it('empties a server whose tag was taken away, while queries run', async () => {
    const tags = await json(controller, '/instances/Server_a/updateTags?tags=spare', {
      method: 'PUT',
    });
    expect(tags.status).toBe(200);
    expect((await json(controller, '/instances/Server_a')).body.tags).toEqual(['spare']);
    await underQueries(async () => ended((await rebalance()).body.jobId));
    expect(await held()).toEqual({ Server_b: 8, Server_c: 8, Server_d: 8 });
  }, 60_000);

  it('goes by tiers, and keeps the rest of a table where it was', async () => {
    const tierConfigs = [
      { name: 'old', segmentSelectorType: 'fixed', segmentList: [], serverTag: 'spare' },
    ];
    const names = (await json(controller, '/segments/visits')).body[0].OFFLINE as string[];
    const [first, second] = names;
    Object.assign(tierConfigs[0]!, { segmentList: [first, second] });
    const body = JSON.stringify({ tierConfigs });
    expect((await json(controller, '/tables/visits', { method: 'PUT', body })).status).toBe(200);
    await underQueries(async () => ended((await rebalance()).body.jobId));
    expect((await held()).Server_a).toBe(2);
  }, 60_000);

  it('says what is wrong with a request', async () => {
    expect(await rebalance('dryrun=true')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('did you mean dryRun?') },
    });
    expect((await rebalance('lowDiskMode=true')).body.error).toContain('lowDiskMode');
    expect((await rebalance('dryRun=yes')).body.error).toContain('expected true or false');
    expect((await rebalance('batchSizePerServer=x')).body.error).toContain('expected an integer');
    expect((await rebalance('type=REALTIME')).body.error).toContain('REALTIME');
    expect((await rebalance('minAvailableReplicas=5')).body.error).toContain('the 2 replicas');
    expect((await json(controller, '/rebalanceStatus/none')).status).toBe(404);
    const nothing = await json(controller, '/tables/visits/rebalance', { method: 'DELETE' });
    expect(nothing.body).toEqual([]);
    const nobody = await json(controller, '/instances/Server_x/updateTags?tags=a', {
      method: 'PUT',
    });
    expect(nobody.status).toBe(404);
  });
});

describe('a quota', () => {
  it('refuses a load that passes it, and takes it back', async () => {
    const body = JSON.stringify({ quota: { storage: '1K' } });
    expect((await json(controller, '/tables/visits', { method: 'PUT', body })).status).toBe(200);
    const file = join(cluster.directory, 'more.csv');
    await writeFile(file, 'n,day\n1,2024-02-01\n');
    await expect(cluster.load(controller, 'visits', file)).rejects.toThrow('quota.storage is 1024');
    const { body: names } = await json(controller, '/segments/visits');
    expect(names[0].OFFLINE).toHaveLength(SEGMENTS);
  });
});
