import { expect, it } from 'vitest';
import { describeZooKeeper, startZooKeeper } from '../support/zookeeper.ts';
import { CatalogCluster, visibleFiles } from './catalog-cluster.ts';

describeZooKeeper('a catalog on Apache ZooKeeper', () => {
  it('loads, replaces and drops, and a controller that was deposed changes nothing', async () => {
    const { addresses, close } = await startZooKeeper({});
    const cluster = new CatalogCluster(addresses[0]!);
    for (const server of ['Server_a', 'Server_b']) await cluster.server(server);
    const first = await cluster.controller('first');
    await first.lead();
    const send = (name: string) => cluster.upload('t', name, 1);
    await first.catalog.commitLoad('t', [await send('a'), await send('b'), await send('c')]);
    await first.catalog.commitLoad('t', [await send('b'), await send('d')], ['a', 'b']);
    await first.catalog.dropSegments('t', ['c']);
    await first.state.settled();
    const names = () => visibleFiles(first, 't').map((text) => text.split(' ')[0]);
    expect(names()).toEqual(['b', 'd']);

    const other = await cluster.connect();
    await other.delete('/nyala/leader/controller');
    const next = await cluster.controller('next');
    await next.lead();
    await expect(first.catalog.dropTable('t')).rejects.toMatchObject({
      code: 'SERVER_UNAVAILABLE',
    });
    expect([...next.state.tables.keys()]).toEqual(['t']);
    await next.catalog.dropTable('t');
    await next.state.settled();
    expect([...next.state.tables.keys()]).toEqual([]);
    await first.close();
    await next.close();
    await cluster.close();
    await close();
    expect(cluster.errors).toEqual([]);
  }, 60_000);
});
