import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ChildServer } from '../../../bench/coordinator/child-server.ts';
import { prepareZooKeeper } from '../../../bench/coordinator/zookeeper.ts';
import { Prng } from '../../../src/base/prng.ts';
import { readZooKeeperDirectory } from '../../../src/coord/import/read-directory.ts';
import { zooKeeperPassword } from '../../../src/coord/import/session-password.ts';
import { nodeDisk } from '../../../src/io/node-disk.ts';
import { describeZooKeeper } from '../../support/zookeeper.ts';
import { createBody, pathBody, RawClient, type ShownNode, setBody } from './raw-client.ts';
import { shown, sorted } from './shown.ts';

const host = {
  disk: nodeDisk,
  gunzip: () => Promise.reject(new Error('there is no compressed snapshot here')),
};

/** `super:test`, which passes every access list. */
const SETTINGS = {
  'DigestAuthenticationProvider.superDigest': 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=',
  extendedTypesEnabled: 'true',
  preAllocSize: '64',
  forceSync: 'no',
  snapCount: '20',
};

describeZooKeeper('the data directory of a real ZooKeeper server', () => {
  let directory: string;
  let server: ChildServer;
  let dataDirectory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nyala-import-'));
    server = (await prepareZooKeeper({ directory, settings: SETTINGS }))[0]!;
    dataDirectory = join(directory, 'zookeeper-1', 'data');
    server.start();
    await server.serves();
  }, 60_000);

  afterEach(async () => {
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });

  it('holds every node with all its facts after everything that can be logged', async () => {
    const one = await RawClient.connect(server.address);
    const two = await RawClient.connect(server.address);
    await fillWithEverything(one, two);
    const truth = await dumpAll(server);
    await server.kill();
    const state = await readZooKeeperDirectory(host, dataDirectory, dataDirectory);
    expect(sorted(shown(state.tree))).toEqual(sorted(truth));
    expect([...state.tree.sessions.keys()]).toContain(one.sessionId);
    expect([...state.tree.sessions.keys()]).not.toContain(two.sessionId);
    expect(state.tree.sessions.get(one.sessionId)).toBe(30_000);
    expect(zooKeeperPassword(one.sessionId)).toEqual(new Uint8Array(one.password));
    one.close();
    if (process.env.UPDATE === '1') await writeGolden(dataDirectory, truth, one);
  }, 60_000);

  it('gives the same tree from every snapshot that a busy server took', async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`SEED=${seed}`);
    const clients = await Promise.all([0, 1, 2, 3].map(() => RawClient.connect(server.address)));
    await Promise.all(clients.map((client, index) => churn(client, new Prng(seed + index), 300)));
    const truth = sorted(await dumpAll(server));
    await server.kill();
    const folder = join(dataDirectory, 'version-2');
    const snapshots = (await readdir(folder)).filter((name) => name.startsWith('snapshot.'));
    expect(snapshots.length).toBeGreaterThan(3);
    for (const kept of snapshots) {
      const copy = join(directory, kept);
      await cp(folder, copy, { recursive: true });
      for (const name of snapshots) if (name !== kept) await rm(join(copy, name));
      const state = await readZooKeeperDirectory(host, copy, copy);
      expect(sorted(shown(state.tree)), `from ${kept}`).toEqual(truth);
    }
    for (const client of clients) client.close();
  }, 120_000);
});

const GOLDEN = fileURLToPath(new URL('golden/', import.meta.url));
const ZEROS_KEPT_BYTES = 64;

/** Keeps the files, the log without most of its zeros, and what the server showed of them. */
async function writeGolden(
  dataDirectory: string,
  truth: Map<string, ShownNode>,
  open: RawClient,
): Promise<void> {
  const folder = join(dataDirectory, 'version-2');
  await rm(GOLDEN, { recursive: true, force: true });
  await mkdir(join(GOLDEN, 'version-2'), { recursive: true });
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name));
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
    const kept = name.startsWith('log.') ? bytes.subarray(0, end + ZEROS_KEPT_BYTES) : bytes;
    await writeFile(join(GOLDEN, 'version-2', name), kept);
  }
  const session = {
    id: String(open.sessionId),
    password: Buffer.from(open.password).toString('hex'),
  };
  const text = JSON.stringify({ session, nodes: [...sorted(truth)] }, replaceBigInt, 1);
  await writeFile(join(GOLDEN, 'truth.json'), `${text}\n`);
}

function replaceBigInt(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

async function dumpAll(server: ChildServer): Promise<Map<string, ShownNode>> {
  const reader = await RawClient.connect(server.address);
  await reader.authenticate('super:test');
  const nodes = await reader.dump();
  await reader.end();
  return nodes;
}

async function fillWithEverything(one: RawClient, two: RawClient): Promise<void> {
  await one.authenticate('ann:secret');
  const owned = [{ permissions: 31, scheme: 'auth', id: '' }];
  await one.create('/plain', 'x');
  await one.create('/null', null);
  await one.create('/create2', 'y', 0, undefined, 15);
  await one.create('/container', 'c', 4, undefined, 19);
  await one.create('/container/child', '', 0);
  await one.createTtl('/ttl', 3_600_000n);
  await one.create('/seq-', '', 2);
  await one.create('/seq-', '', 2);
  await one.create('/mine', 'e', 1);
  await two.create('/theirs', 'e', 1);
  await one.create('/plain/child', 'z', 0, owned);
  await one.set('/plain', 'second');
  await one.set('/plain', 'third', 1);
  await one.set('/plain', 'refused', 9);
  await one.delete('/missing');
  await one.setAcl('/create2', owned);
  await one.setAcl('/create2', [
    { permissions: 1, scheme: 'world', id: 'anyone' },
    { permissions: 31, scheme: 'ip', id: '10.0.0.0/8' },
  ]);
  await one.multi([
    [1, createBody('/multi', 'm')],
    [15, createBody('/multi/a', 'a', 1)],
    [5, setBody('/multi', 'changed')],
    [13, pathBody('/multi', 1)],
    [1, createBody('/multi/b', 'b')],
    [2, pathBody('/multi/b')],
  ]);
  await one.multi([
    [1, createBody('/never', '')],
    [2, pathBody('/missing')],
  ]);
  await one.delete('/seq-0000000004');
  await two.end();
}

/** Random writes of one client in a small tree, so that clients meet and errors are common. */
async function churn(client: RawClient, prng: Prng, count: number): Promise<void> {
  const paths = ['/a', '/b', '/a/x', '/a/y', '/b/x', '/a/x/1', '/a/x/2', '/b/x/1'];
  for (let step = 0; step < count; step++) {
    const path = paths[prng.integer(0, paths.length)]!;
    const kind = prng.integer(0, 10);
    if (kind < 3) await client.create(path, `${step}`, 0, undefined, kind === 0 ? 15 : 1);
    else if (kind === 3) await client.create(path, `e${step}`, 1);
    else if (kind === 4) await client.create(path, `c${step}`, 4, undefined, 19);
    else if (kind < 7) await client.set(path, `s${step}`);
    else if (kind < 9) await client.delete(path);
    else {
      const other = paths[prng.integer(0, paths.length)]!;
      await client.multi([
        [2, pathBody(path)],
        [1, createBody(path, `m${step}`)],
        [5, setBody(other, `m${step}`)],
      ]);
    }
  }
}
