import { expect, it } from 'vitest';
import { CoordinatorClient } from '../../src/coord/client.ts';
import { sleep } from '../../src/io/clock.ts';
import type { ClientProgram } from './client.ts';
import { buildCluster, type ClusterPlan, clientAddresses } from './cluster.ts';
import { World } from './world.ts';

const SESSION_MS = 6_000;
const ISOLATED_MS = 7_000;
const CALM_MS = 10_000;

const PLAN: ClusterPlan = {
  voters: 3,
  observers: 0,
  clients: 4,
  sessionTimeoutMs: SESSION_MS,
  snapshotEntries: 1_000,
  raftSizes: null,
  clockDrift: 0,
  alterations: {},
};

it('a session outlives that its coordinator cannot be reached any more, whichever it is', async () => {
  const world = new World(1, 1);
  buildCluster(world, PLAN);
  const sessions = new Map<string, Set<bigint>>();
  const program: ClientProgram = async (io) => {
    const client = await CoordinatorClient.connect(io);
    const ids = new Set<bigint>();
    sessions.set(io.name, ids);
    for (;;) {
      ids.add(client.sessionId);
      await sleep(io.clock, 500);
    }
  };
  for (const node of world.nodes) node.start();
  for (const client of world.clients) client.start(clientAddresses(world), program);
  await world.scheduler.run(CALM_MS);
  for (const { host } of world.nodes) {
    world.links.setDark(host, true);
    await world.scheduler.run(world.scheduler.nowMs + ISOLATED_MS);
    world.links.setDark(host, false);
    world.network.flush();
    await world.scheduler.run(world.scheduler.nowMs + CALM_MS);
  }
  expect(world.scheduler.failure).toBeNull();
  expect([...sessions.values()].map((ids) => ids.size)).toEqual(PLAN_ONE_EACH);
});

const PLAN_ONE_EACH = Array.from({ length: PLAN.clients }, () => 1);
