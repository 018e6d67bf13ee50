import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CoordinatorClient } from '../../../src/coord/client.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/coord/core/snapshot.ts';
import { readZooKeeperDirectory } from '../../../src/coord/import/read-directory.ts';
import { importedState } from '../../../src/coord/import/state.ts';
import { writeSnapshotFile } from '../../../src/coord/storage/snapshot-file.ts';
import { dumpDirectory, dumpText } from '../../../src/coord/tools/dump.ts';
import { seedDirectory } from '../../../src/coord/tools/seed-directory.ts';
import { snapshotOfDirectory, snapshotOfFile } from '../../../src/coord/tools/snapshot-copy.ts';
import { verifyDirectory } from '../../../src/coord/tools/verify.ts';
import { framed } from '../../../src/coord/zk/framing.ts';
import { decodeConnectResponse } from '../../../src/coord/zk/handshake.ts';
import { nodeDisk } from '../../../src/io/node-disk.ts';
import { connectClient, startNode, temporaryDirectory, text, utf8 } from '../harness.ts';
import { connectRequest, Wire } from '../wire.ts';

const GOLDEN = fileURLToPath(new URL('../import/golden/', import.meta.url));

describe('a data directory', () => {
  let place: Awaited<ReturnType<typeof temporaryDirectory>>;
  let directory: string;

  beforeEach(async () => {
    place = await temporaryDirectory();
    directory = join(place.directory, 'node');
    await using(directory, async (client) => {
      await client.create('/a', utf8('one'));
      for (let index = 0; index < 30; index++) {
        await client.create('/a/n-', utf8(String(index)), { sequential: true });
      }
      await client.set('/a', Uint8Array.of(0xff, 0xfe));
      await client.delete('/a/n-0000000003');
    });
  });

  afterEach(() => place.remove());

  /** Runs a node on a directory for as long as an action takes; it writes a snapshot now and then. */
  async function using(
    path: string,
    action: (client: CoordinatorClient) => Promise<void>,
  ): Promise<void> {
    const node = await startNode(path, { snapshotEntries: 10 });
    const client = await connectClient([node.address]);
    await action(client);
    await client.close();
    await node.close();
  }

  it('is found intact, and nothing is changed by looking', async () => {
    const before = await readdir(directory);
    const found = await verifyDirectory(nodeDisk, directory);
    expect(found.problems).toEqual([]);
    expect(found.snapshotCount).toBeGreaterThan(0);
    expect(found.recordCount).toBeGreaterThan(0);
    expect(found.lastIndex).toBeGreaterThan(33);
    expect(await readdir(directory)).toEqual(before);
  });

  it('is found damaged wherever a byte of a file has changed', async () => {
    for (const name of (await readdir(directory)).filter((each) =>
      /^(log|snapshot)\./.test(each),
    )) {
      const path = join(directory, name);
      const bytes = await readFile(path);
      const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
      for (const offset of [0, 20, 70, Math.floor(end / 2), end - 1]) {
        const copy = Buffer.from(bytes);
        copy[offset]! ^= 0x55;
        await writeFile(path, copy);
        const { problems } = await verifyDirectory(nodeDisk, directory);
        expect(problems.join('\n'), `${name} at ${offset}`).toContain(name);
      }
      await writeFile(path, bytes);
    }
  });

  it('can be read by people and by programs', async () => {
    const lines = [];
    for await (const line of dumpDirectory(nodeDisk, directory)) lines.push(line);
    const node = lines.find((line) => line.type === 'node' && line.path === '/a');
    expect(node).toMatchObject({ data: 'one', acl: ['world:anyone:31'] });
    expect(lines).toContainEqual(
      expect.objectContaining({ type: 'entry', kind: 'setData', data: { base64: '//4=' } }),
    );
    const entry = lines.find(({ type, kind }) => type === 'entry' && kind === 'delete')!;
    expect(dumpText(entry)).toMatch(/^entry offset=\d+ index=0x.* kind=delete path=\/a\/n-0{9}3/);
    expect(JSON.stringify(lines)).not.toContain('password');
  });

  it('can be copied and begun again elsewhere, never over data', async () => {
    const copy = join(place.directory, 'copy');
    await writeSnapshotFile(nodeDisk, copy, await snapshotOfDirectory(nodeDisk, directory));
    const snapshot = snapshotOfFile(await nodeDisk.readFile(copy), copy, null);
    const restored = join(place.directory, 'restored');
    await seedDirectory(nodeDisk, restored, snapshot);
    await using(restored, async (client) => {
      const { data, stat } = await client.get('/a');
      expect([...data]).toEqual([0xff, 0xfe]);
      expect(stat).toMatchObject({ version: 1, childCount: 29, childVersion: 31 });
      expect(await client.create('/a/n-', utf8(''), { sequential: true })).toBe('/a/n-0000000030');
    });
    expect((await verifyDirectory(nodeDisk, restored)).problems).toEqual([]);
    await expect(seedDirectory(nodeDisk, restored, snapshot)).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
  });

  it('can be begun from the state alone, which needs to be told its members', async () => {
    const snapshot = await snapshotOfDirectory(nodeDisk, directory);
    expect(() => snapshotOfFile(snapshot.bytes, 'state', null)).toThrow('--nodes');
    expect(snapshotOfFile(snapshot.bytes, 'state', snapshot.config)).toEqual({
      ...snapshot,
      term: 1,
    });
    const damaged = snapshot.bytes.slice();
    damaged[40]! ^= 1;
    expect(() => snapshotOfFile(damaged, 'state', null)).toThrow('coord: state: ');
  });

  it('is made of what a ZooKeeper server left, and its clients go on with their sessions', async () => {
    const zooKeeper = join(place.directory, 'zookeeper');
    await cp(GOLDEN, zooKeeper, { recursive: true });
    const host = { disk: nodeDisk, gunzip: () => Promise.reject(new Error('not compressed')) };
    const { tree, zxid } = await readZooKeeperDirectory(host, zooKeeper, zooKeeper);
    const bytes = encodeSnapshot({ zxid, state: importedState(tree, 1) });
    expect(decodeSnapshot(bytes, 'test').state.tree.containerPaths).toEqual(
      new Set(['/container']),
    );
    const imported = join(place.directory, 'imported');
    const { config } = await snapshotOfDirectory(nodeDisk, directory);
    await seedDirectory(nodeDisk, imported, { index: Number(zxid), term: 1, config, bytes });
    const node = await startNode(imported);
    const client = await connectClient([node.address]);
    expect(text((await client.get('/multi')).data)).toBe('changed');
    const mine = await client.get('/mine');
    const { session } = JSON.parse(await readFile(join(GOLDEN, 'truth.json'), 'utf8'));
    expect(mine.stat.ephemeralOwner).toBe(BigInt(session.id));
    const wire = await Wire.open(node.address);
    const password = Uint8Array.from(Buffer.from(session.password, 'hex'));
    wire.send(framed(connectRequest({ sessionId: BigInt(session.id), password })));
    const packet = (await wire.packet())!;
    const response = decodeConnectResponse(packet.view(packet.remainingBytes));
    expect(response.sessionId).toBe(BigInt(session.id));
    wire.close();
    await client.close();
    await node.close();
  });
});
