import { mkdir, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../../bench/coordinator/free-ports.ts';
import { prepareNyala } from '../../../bench/coordinator/nyala.ts';
import type { Address } from '../../../src/io/network.ts';
import { type NyalaProcess, nyala, runNyala } from '../../cli/process.ts';
import { temporaryFolder } from '../../ingest/temporary-folder.ts';
import { describeZooKeeper, startZooKeeper } from '../../support/zookeeper.ts';

const ROWS = 1_000;
const SQL = 'SELECT kind, COUNT(*), SUM(amount) FROM orders GROUP BY kind ORDER BY kind';
const ANSWER = [
  ['even', ROWS / 2, 249_500],
  ['odd', ROWS / 2, 250_000],
];

const folder = temporaryFolder();
const processes: NyalaProcess[] = [];
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const { child, ended } of processes.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  for (const close of closing.splice(0)) await close();
});

async function startRole(...args: string[]): Promise<NyalaProcess> {
  const role = nyala(args);
  processes.push(role);
  await role.prints('listens on');
  return role;
}

/** Processes of our coordinator, as many as the ensemble has members. */
async function startOurCoordinators(serverCount: number): Promise<Address[]> {
  const directory = folder.path(`coord-of-${serverCount}`);
  const servers = await prepareNyala({ directory, serverCount });
  for (const server of servers) {
    closing.push(() => server.kill());
    server.start();
  }
  for (const server of servers) await server.serves();
  return servers.map(({ address }) => address);
}

async function startRealCoordinator(): Promise<Address[]> {
  const zooKeeper = await startZooKeeper();
  closing.push(zooKeeper.close);
  return [...zooKeeper.addresses];
}

/** Loads a table, asks for it, and asks again after its server was killed and started anew. */
async function liveThroughLossOfServer(name: string, coordinators: Address[]): Promise<void> {
  const hosts = coordinators.map(({ host, port }) => `${host}:${port}`).join(',');
  const coord = ['--coord', `${hosts}/nyala/cluster`];
  const ports = (await freePorts(3)).map(String) as [string, string, string];
  const [controllerPort, serverPort, brokerPort] = ports;
  const directory = folder.path(name);
  await mkdir(directory, { recursive: true });
  const startServer = () => {
    const resources = ['--memory', '256m', '--threads', '1', '--data', `${directory}/server`];
    return startRole('server', ...coord, ...resources, '--port', serverPort);
  };
  const data = ['--data', `${directory}/controller`];
  await startRole('controller', ...coord, ...data, '--port', controllerPort);
  const server = await startServer();
  await startRole('broker', ...coord, '--port', brokerPort);
  const file = `${directory}/orders.csv`;
  const lines = Array.from({ length: ROWS }, (_, n) => `${n % 2 === 0 ? 'even' : 'odd'},${n}\n`);
  await writeFile(file, `kind,amount\n${lines.join('')}`);
  const controller = ['--controller', `http://127.0.0.1:${controllerPort}`];
  expect(await runNyala(['load', 'orders', file, ...controller])).toMatchObject({ code: 0 });

  const answers = { resultTable: { rows: ANSWER }, numServersResponded: 1 };
  const polls = { timeout: 30_000, interval: 100 };
  await expect.poll(() => ask(brokerPort), polls).toMatchObject(answers);
  server.child.kill('SIGKILL');
  await server.ended;
  await startServer();
  await expect.poll(() => ask(brokerPort), polls).toMatchObject(answers);
}

async function ask(brokerPort: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${brokerPort}/query/sql`, {
    method: 'POST',
    body: JSON.stringify({ sql: SQL }),
  });
  return response.json();
}

describe('a cluster lives through the loss of a server', () => {
  it.each([1, 3])(
    'on our coordinator with %i node(s)',
    async (count) => {
      await liveThroughLossOfServer(`ours-${count}`, await startOurCoordinators(count));
    },
    120_000,
  );

  describeZooKeeper('on somebody else', () => {
    it('that is Apache ZooKeeper', async () => {
      await liveThroughLossOfServer('theirs', await startRealCoordinator());
    }, 120_000);
  });
});
