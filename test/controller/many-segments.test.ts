import { expect, it } from 'vitest';
import { SEGMENT_PAGE_BYTES_MAX } from '../../src/base/limits.ts';
import { followCluster } from '../../src/broker/cluster-view.ts';
import type { CoordinatorClient } from '../../src/coord/client.ts';
import { until } from '../coord/harness.ts';
import { CatalogCluster } from './catalog-cluster.ts';

const COUNT = 2_000;
const SERVERS = ['Server_a', 'Server_b', 'Server_c'];

/** The lengths of all nodes below a path, by their paths. */
async function nodeLengths(client: CoordinatorClient, path: string): Promise<Map<string, number>> {
  const stat = await client.exists(path);
  const lengths = new Map([[path, stat?.dataLengthBytes ?? 0]]);
  for (const name of await client.children(path)) {
    for (const [below, length] of await nodeLengths(client, `${path}/${name}`)) {
      lengths.set(below, length);
    }
  }
  return lengths;
}

it(`${COUNT} segments are in small nodes, and become visible, replaced and gone at once`, async () => {
  const cluster = new CatalogCluster();
  for (const server of SERVERS) await cluster.server(server);
  const controller = await cluster.controller('Controller_1');
  await controller.lead();
  const { catalog } = controller;
  const client = await cluster.connect();
  const view = await followCluster(
    client,
    () => {},
    (error) => cluster.errors.push(error),
  );

  const sizes = new Set<number>();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      sizes.add(view.routing('t')?.size ?? 0);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const upload = (prefix: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, n) => cluster.upload('t', `${prefix}_${n}`, n)));
  const sees = async (count: number) => {
    await until(`the broker sees ${count}`, () => view.routing('t')?.size === count);
    sizes.add(count);
  };

  await catalog.commitLoad('t', await upload('first', COUNT));
  await sees(COUNT);
  for (const servers of view.routing('t')!.values()) expect(servers).toHaveLength(2);

  const pages = await nodeLengths(client, '/nyala/segments/t');
  expect(pages.size).toBeGreaterThan(COUNT / 300);
  const lengths = await nodeLengths(client, '/nyala');
  expect(Math.max(...lengths.values())).toBeLessThanOrEqual(SEGMENT_PAGE_BYTES_MAX);

  const old = Array.from({ length: COUNT / 2 }, (_, n) => `first_${n}`);
  await catalog.commitLoad('t', await upload('second', 10), old);
  await sees(COUNT / 2 + 10);
  await catalog.dropSegments('t', ['first_1999', 'second_3']);
  await sees(COUNT / 2 + 8);
  await catalog.dropTable('t');
  await until('the table is gone', () => view.routing('t') === null);
  isOver = true;
  await watching;
  // Nothing in between was ever seen.
  expect([...sizes]).toEqual([0, COUNT, COUNT / 2 + 10, COUNT / 2 + 8]);

  await view.close();
  await controller.close();
  await cluster.close();
  expect(cluster.errors).toEqual([]);
}, 60_000);
