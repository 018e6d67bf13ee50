import { expect, it } from 'vitest';
import { connectClient, startNode, until, utf8 } from '../harness.ts';
import { openDoor } from './door.ts';

it('the last snapshot is known as soon as it is written, and after a restart', async () => {
  const door = await openDoor({ snapshotEntries: 10 });
  expect((await door.ask('GET', '/commands/lsnp')).body).toMatchObject({ timestamp: -1 });
  const client = await connectClient([door.node.address]);
  for (let index = 0; index < 12; index++) await client.create(`/n${index}`, utf8(''));
  await until('there is a snapshot', async () => {
    return (await door.ask('GET', '/commands/last_snapshot')).body.timestamp > 0;
  });
  const { body } = await door.ask('GET', '/commands/lsnp');
  expect(Number.parseInt(body.zxid, 16)).toBeGreaterThanOrEqual(10);
  expect((await door.ask('GET', '/commands/dirs')).body.datadir_size).toBeGreaterThan(100);
  expect((await door.ask('GET', '/metrics')).body).toMatch(/^snapshottime_count [1-9]/m);
  await client.close();
  await door.node.close();
  const again = await startNode(door.directory, { httpAddress: door.node.httpAddress });
  expect((await door.ask('GET', '/commands/lsnp')).body).toEqual({ ...body, timestamp: -1 });
  await again.close();
  await door.close();
});
