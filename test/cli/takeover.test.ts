import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../../bench/coordinator/free-ports.ts';
import { until } from '../coord/harness.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { type NyalaProcess, nyala } from './process.ts';

const folder = temporaryFolder();
const [coordinatorPort, httpPort, ...controllerPorts] = await freePorts(4);
const processes: NyalaProcess[] = [];

async function start(...args: string[]): Promise<NyalaProcess> {
  const role = nyala(args);
  processes.push(role);
  await role.prints('listens on');
  return role;
}

function startController(port: number): Promise<NyalaProcess> {
  const coord = ['--coord', `127.0.0.1:${coordinatorPort}`];
  return start('controller', ...coord, '--data', folder.path(`c${port}`), '--port', `${port}`);
}

/** Creates a table through a controller; the status of its answer, 0 when there is none. */
async function create(port: number, schemaName: string): Promise<number> {
  const dimensionFieldSpecs = [{ name: 'a', dataType: 'INT' }];
  const body = JSON.stringify({ schemaName, dimensionFieldSpecs });
  const request = { method: 'POST', body, signal: AbortSignal.timeout(1_000) };
  const answer = await fetch(`http://127.0.0.1:${port}/schemas`, request).catch(() => null);
  return answer?.status ?? 0;
}

async function tables(port: number): Promise<string[]> {
  return (await (await fetch(`http://127.0.0.1:${port}/schemas`)).json()) as string[];
}

beforeAll(async () => {
  const data = ['--data', folder.path('coord'), '--port', `${coordinatorPort}`];
  await start('coord', ...data, '--http-port', `${httpPort}`);
}, 60_000);
afterAll(async () => {
  for (const { child, ended } of processes.reverse()) {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await ended;
  }
});

it('a standby controller leads when the leader is killed, and when it is stopped', async () => {
  const [one, two] = controllerPorts as [number, number];
  const killed = await startController(one);
  await startController(two);
  await until('a change is passed on', async () => (await create(two, 'passed_on')) === 200);
  killed.child.kill('SIGKILL');
  await until('the standby leads', async () => (await create(two, 'after_kill')) === 200);

  const back = await startController(one);
  await until('one is passed back', async () => (await create(one, 'passed_back')) === 200);
  const leader = processes[2]!;
  leader.child.kill('SIGSTOP');
  await until('the other one leads', async () => (await create(one, 'after_stop')) === 200);
  leader.child.kill('SIGCONT');
  // It may not know yet that it does not lead, and changes nothing on its own then.
  await until('it passes on', async () => (await create(two, 'after_all')) === 200);
  expect((await tables(one)).sort()).toEqual([
    'after_all',
    'after_kill',
    'after_stop',
    'passed_back',
    'passed_on',
  ]);
  expect(back.child.exitCode).toBeNull();
}, 60_000);
