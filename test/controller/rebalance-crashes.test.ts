import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REBALANCE_PAUSE_MS } from '../../src/base/placement-limits.ts';
import { recordsOf } from '../../src/controller/load-plan.ts';
import { readRebalanceConfig } from '../../src/controller/rebalance-parameters.ts';
import { childPath, clusterPaths, encodeNode, servingName } from '../../src/coord/cluster/paths.ts';
import { createEphemeral } from '../../src/coord/cluster/presence.ts';
import { until } from '../coord/harness.ts';
import { CatalogCluster, type Controller, Crash, schemaOf } from './catalog-cluster.ts';

const SEGMENTS = 6;
const REPLICAS = 2;
/** More than a rebalance waits between two looks, so that it looks while segments are on their way. */
const SLOW_MS = 2.5 * REBALANCE_PAUSE_MS;
const CONFIG = readRebalanceConfig(new URLSearchParams({ batchSizePerServer: '2' }));

let cluster: CatalogCluster;

beforeEach(() => {
  cluster = new CatalogCluster();
});
afterEach(async () => {
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

async function setUp(): Promise<void> {
  for (const server of ['Server_a', 'Server_b']) await cluster.server(server);
  const first = await cluster.controller('first');
  await first.lead();
  await first.catalog.createTable(schemaOf('t'));
  const names = Array.from({ length: SEGMENTS }, (_, n) => `s${n}`);
  const uploads = names.map((name, n) => cluster.upload('t', name, n));
  await first.catalog.commitLoad('t', await Promise.all(uploads));
  await first.close();
}

/** A server that says that it is there, and never serves anything. */
async function idleServer(id: string): Promise<void> {
  const client = await cluster.connect();
  const path = childPath(clusterPaths.liveServers, id);
  await createEphemeral(client, path, encodeNode(path, { id, host: id, port: 1, incarnation: id }));
}

/** Looks all the time for segments that too few of their servers serve. */
function watchReplicas({ state }: Controller): () => Promise<string[]> {
  const problems = new Set<string>();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const [page, { segments }] of state.segments.get('t')?.pages ?? []) {
        for (const [id, { servers }] of Object.entries(segments)) {
          const serving = servers.filter((server) => {
            const node = state.serving.get(`t/${servingName(server, page)}`);
            return node !== undefined && Object.hasOwn(node.segments, id);
          });
          if (serving.length < REPLICAS) problems.add(`${id} on ${servers.join()}: ${serving}`);
        }
      }
      await sleep(2);
    }
  })();
  return async () => {
    isOver = true;
    await watching;
    return [...problems];
  };
}

function latestStatus({ state }: Controller): string | undefined {
  return state.rebalances.get('t')?.jobs[0]?.status;
}

function counts({ state }: Controller): Record<string, number> {
  const held: Record<string, number> = {};
  for (const [id, { servers, move }] of recordsOf(state, 't')) {
    if (move !== undefined) held[`${id} moves`] = 1;
    for (const server of servers) held[server] = (held[server] ?? 0) + 1;
  }
  return held;
}

/** Runs work in a controller that ends at a write; returns true when it has not come to that. */
async function runUntilCrash(
  write: number,
  when: 'before' | 'after',
  work: (controller: Controller) => Promise<unknown>,
  end: string,
): Promise<boolean> {
  const controller = await cluster.controller('stopped', { crash: { write, when } });
  try {
    await controller.lead();
    await work(controller);
    await until('it has ended', async () => {
      return controller.writes() >= write || latestStatus(controller) === end;
    });
    return controller.writes() < write;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return false;
  } finally {
    await controller.close();
  }
}

describe.each(['before', 'after'] as const)('when its controller ends %s any write', (when) => {
  it('a rebalance is ended by the next one, and replicas are always there', async () => {
    for (let write = 1, isDone = false; !isDone; write++) {
      cluster = new CatalogCluster();
      await setUp();
      const watch = await cluster.controller('watch');
      const stop = watchReplicas(watch);
      await cluster.server('Server_c', SLOW_MS);
      isDone = await runUntilCrash(
        write,
        when,
        ({ catalog }) => catalog.rebalancer.start('t', CONFIG),
        'DONE',
      );
      const next = await cluster.controller('next');
      await next.lead();
      if (latestStatus(next) === undefined) await next.catalog.rebalancer.start('t', CONFIG);
      await until('the next one has ended it', async () => latestStatus(next) === 'DONE');
      await next.state.settled();
      expect(counts(next)).toEqual({ Server_a: 4, Server_b: 4, Server_c: 4 });
      const again = await next.catalog.rebalancer.start('t', CONFIG);
      expect(again.isNoOp).toBe(true);
      expect(await stop()).toEqual([]);
      for (const controller of [watch, next]) await controller.close();
      await cluster.close();
      expect(write).toBeLessThan(30);
    }
    cluster = new CatalogCluster();
  }, 120_000);

  it('a cancelled one leaves segments where they were', async () => {
    for (let write = 1, isDone = false; !isDone; write++) {
      cluster = new CatalogCluster();
      await setUp();
      await idleServer('Server_c');
      const before = await cluster.controller('before');
      await before.lead();
      await before.catalog.rebalancer.start('t', CONFIG);
      await until('segments move', async () => counts(before).Server_c === 2);
      await before.close();
      isDone = await runUntilCrash(
        write,
        when,
        ({ catalog }) => catalog.rebalancer.cancel('t'),
        'CANCELLED',
      );
      const next = await cluster.controller('next');
      await next.lead();
      if (latestStatus(next) === 'IN_PROGRESS') await next.catalog.rebalancer.cancel('t');
      await until('nothing moves', async () => counts(next).Server_c === undefined);
      expect(counts(next)).toEqual({ Server_a: SEGMENTS, Server_b: SEGMENTS });
      expect(latestStatus(next)).toBe('CANCELLED');
      await next.close();
      await cluster.close();
      expect(write).toBeLessThan(30);
    }
    cluster = new CatalogCluster();
  }, 120_000);
});

describe('a rebalance to a server that never serves', () => {
  const parameters = (text: string) => readRebalanceConfig(new URLSearchParams(text));

  async function rebalanced(text: string): Promise<[string, Record<string, number>]> {
    await setUp();
    await idleServer('Server_c');
    const controller = await cluster.controller('first');
    await controller.lead();
    const stop = watchReplicas(controller);
    await controller.catalog.rebalancer.start('t', parameters(text));
    await until('it has ended', async () => latestStatus(controller) !== 'IN_PROGRESS', 60);
    await controller.state.settled();
    const ended: [string, Record<string, number>] = [latestStatus(controller)!, counts(controller)];
    const problems = await stop();
    if (ended[0] === 'FAILED') expect(problems).toEqual([]);
    await controller.close();
    return ended;
  }

  it('fails after a time without progress, and leaves segments where they were', async () => {
    const ended = await rebalanced('externalViewStabilizationTimeoutInMs=1');
    expect(ended).toEqual(['FAILED', { Server_a: SEGMENTS, Server_b: SEGMENTS }]);
  });

  it('goes on with best efforts as long as enough others serve', async () => {
    const even = { Server_a: 4, Server_b: 4, Server_c: 4 };
    const timeout = 'externalViewStabilizationTimeoutInMs=1&bestEfforts=true';
    expect(await rebalanced(timeout)).toEqual(['DONE', even]);
  });

  it('does not wait for it when segments may be away', async () => {
    const even = { Server_a: 4, Server_b: 4, Server_c: 4 };
    expect(await rebalanced('downtime=true')).toEqual(['DONE', even]);
  });
});
