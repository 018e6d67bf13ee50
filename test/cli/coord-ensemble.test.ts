import { mkdir, writeFile } from 'node:fs/promises';
import zookeeper, { type Client } from 'node-zookeeper-client';
import { afterEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../bench/coordinator/free-ports.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { type NyalaProcess, nyala, runNyala } from './process.ts';

const IDS = [1, 2, 3] as const;
const POLLS = { timeout: 20_000, interval: 100 };

interface Row {
  readonly node: string;
  readonly role: string | null;
  readonly zxid: string | null;
}

const folder = temporaryFolder();
const processes = new Map<number, NyalaProcess>();
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const id of [...processes.keys()]) await kill(id);
});

async function kill(id: number): Promise<void> {
  const running = processes.get(id)!;
  processes.delete(id);
  running.child.kill('SIGKILL');
  await running.ended;
}

/** Three processes, their client ports, and how to start one. */
async function ensemble(argumentsOf: (id: number, ports: readonly number[]) => Promise<string[]>) {
  const ports = await freePorts(9);
  const start = async (id: number): Promise<void> => {
    const running = nyala(['coord', ...(await argumentsOf(id, ports))]);
    processes.set(id, running);
    await running.prints('listens on');
  };
  for (const id of IDS) await start(id);
  const hosts = ports.slice(0, 3).map((port) => `127.0.0.1:${port}`);
  return { hosts, start };
}

async function rolesOf(hosts: readonly string[]): Promise<(string | null)[]> {
  return (await status(hosts)).map(({ role }) => role);
}

async function status(hosts: readonly string[]): Promise<Row[]> {
  const { output } = await runNyala([
    'coord',
    'status',
    '--format',
    'json',
    '--coord',
    hosts.join(),
  ]);
  return JSON.parse(output);
}

async function connect(hosts: readonly string[]): Promise<Client> {
  const client = zookeeper.createClient(hosts.join(), { sessionTimeout: 8_000, spinDelay: 50 });
  clients.push(client);
  const connected = new Promise((resolve) => client.once('connected', resolve));
  client.connect();
  await connected;
  return client;
}

function create(client: Client, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { PERSISTENT } = zookeeper.CreateMode;
    client.create(path, Buffer.from(path), PERSISTENT, (error, created) =>
      error ? reject(error) : resolve(created),
    );
  });
}

function children(client: Client): Promise<string[]> {
  return new Promise((resolve, reject) => {
    client.getChildren(
      '/',
      () => {},
      (error, names) => (error ? reject(error) : resolve(names.sort())),
    );
  });
}

/** A leader is killed; the others go on; it comes back and has everything. */
async function survivesLossOfLeader({ hosts, start }: Awaited<ReturnType<typeof ensemble>>) {
  const sorted = async () => (await rolesOf(hosts)).sort();
  await expect.poll(sorted, POLLS).toEqual(['follower', 'follower', 'leader']);
  const leader = (await rolesOf(hosts)).indexOf('leader');
  const client = await connect(hosts.filter((_, index) => index !== leader));
  await create(client, '/before');
  await kill(IDS[leader]!);
  await expect.poll(sorted, POLLS).toEqual(['follower', 'leader', null]);
  await expect
    .poll(() => create(client, '/after').catch((error: { name: string }) => error.name), POLLS)
    .toMatch(/^\/after$|NODE_EXISTS/);
  await start(IDS[leader]!);
  await expect.poll(sorted, POLLS).toEqual(['follower', 'follower', 'leader']);
  const returned = await connect([hosts[leader]!]);
  await expect.poll(() => children(returned), POLLS).toEqual(['after', 'before', 'zookeeper']);
  const table = await runNyala(['coord', 'status', '--coord', hosts.join()]);
  expect(table.code).toBe(0);
  expect(table.output.match(/\bleader\b/g)).toHaveLength(1);
  expect(table.output.match(/\bfollower\b/g)).toHaveLength(2);
}

describe('three processes of nyala coord', () => {
  it('with --nodes live through the death of their leader', async () => {
    const cluster = await ensemble(async (id, ports) => {
      const nodes = IDS.map((n) => `${n}=127.0.0.1:${ports[n + 2]}:${ports[n - 1]}`).join();
      const data = ['--data', folder.path(`node-${id}`), '--http-port', `${ports[id + 5]}`];
      return ['--id', String(id), '--nodes', nodes, ...data];
    });
    await survivesLossOfLeader(cluster);
  }, 120_000);

  it('with a zoo.cfg each live through the death of their leader', async () => {
    const cluster = await ensemble(async (id, ports) => {
      const data = folder.path(`zoo-${id}`);
      await mkdir(data, { recursive: true });
      await writeFile(`${data}/myid`, `${id}\n`);
      const servers = IDS.map(
        (n) => `server.${n}=127.0.0.1:${ports[n + 2]}:1:participant;127.0.0.1:${ports[n - 1]}`,
      );
      const config = `${data}/zoo.cfg`;
      await writeFile(config, `dataDir=${data}\ntickTime=1000\n${servers.join('\n')}\n`);
      return ['--config', config];
    });
    await survivesLossOfLeader(cluster);
  }, 120_000);
});
