import { promisify } from 'node:util';
import zookeeper, { type Client, type Event } from 'node-zookeeper-client';
import { expect, it } from 'vitest';
import type { Address } from '../../../src/io/network.ts';
import { describeZooKeeper, startZooKeeper } from '../../support/zookeeper.ts';
import { startOurs } from './our-coordinator.ts';

const { CreateMode } = zookeeper;

/** Uses the client as an application does and writes down all that it is told. */
async function useClient({ host, port }: Address): Promise<string[]> {
  const client = zookeeper.createClient(`${host}:${port}`, { sessionTimeout: 8_000 });
  const connected = new Promise((resolve) => client.once('connected', resolve));
  client.connect();
  await connected;
  const told: string[] = [`timeout ${client.getSessionTimeout()}`];
  try {
    await useConnected(client, told);
  } finally {
    client.close();
  }
  return told;
}

async function useConnected(client: Client, told: string[]): Promise<void> {
  const onEvent = ({ name, path }: Event): void => {
    told.push(`event ${name} ${path}`);
  };
  const note = async (what: string, answer: Promise<unknown>): Promise<void> => {
    const text = await answer.then(
      (result) => JSON.stringify(result, withoutIdsAndTimes) ?? 'done',
      (error: Error) => `error ${error.name}`,
    );
    told.push(`${what}: ${text}`);
  };
  const create = promisify(client.create.bind(client));
  const remove = promisify(client.remove.bind(client));
  const setData = promisify(client.setData.bind(client));
  const exists = promisify(client.exists.bind(client));
  const getData = promisify(client.getData.bind(client));
  const getChildren = promisify(client.getChildren.bind(client));
  const data = Buffer.from('data');

  await note('watch for /n', exists('/n', onEvent));
  await note('create /n', create('/n', data, CreateMode.PERSISTENT));
  await note('create /n again', create('/n', data, CreateMode.PERSISTENT));
  await note('create numbered', create('/n/s-', data, CreateMode.PERSISTENT_SEQUENTIAL));
  await note('create numbered again', create('/n/s-', data, CreateMode.EPHEMERAL_SEQUENTIAL));
  await note('create below ephemeral', create('/n/s-0000000001/x', data, CreateMode.PERSISTENT));
  await note('create without parent', create('/none/x', data, CreateMode.PERSISTENT));
  await note('get', getData('/n', onEvent));
  // Servers keep the names of children in no order.
  const list = getChildren('/n', onEvent).then((names) => [...names].sort());
  await note('list', list);
  await note('set', setData('/n', Buffer.from('new'), 0));
  await note('set an old version', setData('/n', Buffer.from('new'), 0));
  await note('remove a parent', remove('/n', -1));
  await note('remove a child', remove('/n/s-0000000000', -1));
  await note(
    'exists',
    exists('/n', () => {}),
  );
  await note(
    'exists not',
    exists('/none', () => {}),
  );
  const good = client.transaction().create('/t', data).check('/t', 0).setData('/t', data);
  await note('transaction', promisify(good.commit.bind(good))());
  const bad = client.transaction().create('/u', data).remove('/n', 9);
  await note('failed transaction', promisify(bad.commit.bind(bad))());
  client.addAuthInfo('digest', Buffer.from('alice:secret'));
  await note(
    'after authentication',
    getData('/n', () => {}),
  );
}

/** Ids and times, which no two servers share, and the bytes in which this client keeps numbers. */
function withoutIdsAndTimes(key: string, value: unknown): unknown {
  return /zxid|time/i.test(key) ? '#' : value;
}

describeZooKeeper('the npm package node-zookeeper-client', () => {
  it('is told the same by our coordinator and by the real one', async () => {
    const [ours, theirs] = await Promise.all([startOurs(), startZooKeeper()]);
    try {
      const told = await useClient(theirs.addresses[0]!);
      expect(told.length).toBeGreaterThan(20);
      expect(await useClient(ours.addresses[0]!)).toEqual(told);
    } finally {
      await Promise.all([ours.close(), theirs.close()]);
    }
  });
});
