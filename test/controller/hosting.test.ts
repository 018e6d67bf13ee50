import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordsOf } from '../../src/controller/load-plan.ts';
import { readRebalanceConfig } from '../../src/controller/rebalance-parameters.ts';
import type { Clock } from '../../src/io/clock.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { until } from '../coord/harness.ts';
import { CatalogCluster, type Controller, schemaOf, visibleFiles } from './catalog-cluster.ts';

const DAY_MS = 86_400_000;

/** The rows of these tests are days since 1970. */
const TIME = { timeColumnName: 'n', timeType: 'DAYS' };

let cluster: CatalogCluster;

beforeEach(() => {
  cluster = new CatalogCluster();
});
afterEach(async () => {
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

const onDay = (day: number): Clock => ({
  nowMs: () => day * DAY_MS,
  monotonicMs: () => nodeClock.monotonicMs(),
  schedule: (delayMs, action) => nodeClock.schedule(delayMs, action),
  soon: (action) => nodeClock.soon(action),
});

async function leader(id: string, day = 0): Promise<Controller> {
  const controller = await cluster.controller(id, { clock: onDay(day) });
  await controller.lead();
  return controller;
}

async function load({ catalog }: Controller, days: readonly number[]): Promise<void> {
  const uploads = days.map((day) => cluster.upload('t', `day${day}`, day));
  await catalog.commitLoad('t', await Promise.all(uploads));
}

function namesOf(controller: Controller): string[] {
  return visibleFiles(controller, 't').map((text) => text.split(' ')[0]!);
}

function placed({ state }: Controller): Record<string, string> {
  const entries = [...recordsOf(state, 't')].map(([id, { servers, move }]) => [
    id,
    `${move === undefined ? '' : 'moves '}${[...servers].sort().join()}`,
  ]);
  return Object.fromEntries(entries);
}

async function rebalance(controller: Controller): Promise<void> {
  const config = readRebalanceConfig(new URLSearchParams());
  const { jobId, isNoOp } = await controller.catalog.rebalancer.start('t', config);
  if (isNoOp) return;
  await until('the rebalance is done', async () => {
    const [job] = controller.state.rebalances.get('t')?.jobs ?? [];
    return job?.id === jobId && job?.status === 'DONE';
  });
}

describe('retention', () => {
  it('drops segments whose latest row is too old, and no others', async () => {
    await cluster.server('Server_a');
    const first = await leader('first', 110);
    await first.catalog.createTable(schemaOf('t'));
    const kept = { retentionTimeUnit: 'DAYS', retentionTimeValue: '10' };
    await first.catalog.configure('t', { segmentsConfig: { ...TIME, ...kept } });
    await load(first, [100, 105, 106, 110]);
    await first.state.settled();
    expect(namesOf(first)).toHaveLength(4);
    await first.close();
    const next = await leader('next', 116);
    await until('old ones are gone', async () => namesOf(next).join() === 'day106,day110');
    await next.close();
  });
});

describe('tenants, tiers and groups', () => {
  it('put new segments on servers with their tags, and move them by their age', async () => {
    for (const id of ['Server_a', 'Server_b', 'Server_c']) await cluster.server(id);
    const first = await leader('first', 110);
    await first.catalog.updateTags('Server_a', ['hot_OFFLINE']);
    await first.catalog.updateTags('Server_b', ['cold']);
    await first.catalog.createTable(schemaOf('t'));
    const tier = { segmentSelectorType: 'time', segmentAge: '7d', serverTag: 'cold' };
    await first.catalog.configure('t', {
      segmentsConfig: { ...TIME, replication: '1' },
      tenants: { server: 'hot' },
      tierConfigs: [{ name: 'cold', ...tier }],
    });
    await load(first, [100, 105, 110]);
    await first.state.settled();
    expect(placed(first)).toEqual({ day100: 'Server_b', day105: 'Server_a', day110: 'Server_a' });
    await first.close();
    // Nobody asks for that.
    const later = await leader('later', 112);
    await until('what is old has moved', async () => {
      await later.state.settled();
      return later.state.rebalances.get('t')?.jobs[0]?.status === 'DONE';
    });
    expect(placed(later)).toEqual({ day100: 'Server_b', day105: 'Server_b', day110: 'Server_a' });
    // Everything is where it should be: neither the server that has come nor one that has gone changes that.
    const jobs = later.state.rebalances.get('t')?.jobs.length;
    await cluster.server('Server_d');
    await later.close();
    const last = await leader('last', 112);
    await last.catalog.createTable(schemaOf('other'));
    await last.state.settled();
    expect(last.state.rebalances.get('t')?.jobs.length).toBe(jobs);
    await last.close();
    const operator = await leader('operator', 112);
    await operator.catalog.updateTags('Server_b', []);
    await expect(rebalance(operator)).rejects.toMatchObject({
      code: 'SERVER_UNAVAILABLE',
      message: expect.stringContaining('the tag cold'),
    });
    await operator.close();
  });

  it('have each group of servers hold the whole table, and fill the place of one that is gone', async () => {
    for (const id of ['Server_a', 'Server_b', 'Server_c', 'Server_d']) await cluster.server(id);
    const controller = await leader('first');
    await controller.catalog.createTable(schemaOf('t'));
    const replicaGroupPartitionConfig = {
      ...{ replicaGroupBased: true, numReplicaGroups: 2, numInstancesPerReplicaGroup: 2 },
    };
    await controller.catalog.configure('t', {
      instanceAssignmentConfigMap: { OFFLINE: { replicaGroupPartitionConfig } },
    });
    await load(controller, [0, 1, 2, 3]);
    await controller.state.settled();
    expect(controller.state.instancePartitions.get('t')?.groups).toEqual([
      ['Server_a', 'Server_b'],
      ['Server_c', 'Server_d'],
    ]);
    const even = 'Server_a,Server_c';
    const odd = 'Server_b,Server_d';
    expect(placed(controller)).toEqual({ day0: even, day1: odd, day2: even, day3: odd });
    await cluster.server('Server_e');
    await controller.catalog.updateTags('Server_b', ['spare']);
    await rebalance(controller);
    await controller.state.settled();
    const replaced = 'Server_d,Server_e';
    expect(placed(controller)).toEqual({ day0: even, day1: replaced, day2: even, day3: replaced });
    await controller.close();
  });
});
