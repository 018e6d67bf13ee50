import { writeFile } from 'node:fs/promises';
import { afterAll, expect, it } from 'vitest';
import { freePorts } from '../../bench/coordinator/free-ports.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { type NyalaProcess, nyala } from './process.ts';

/** A text index over these takes several times a controller's session. */
const ROWS = 400_000;
const WORDS = 50_021;

const folder = temporaryFolder();
const [coordinatorPort, httpPort, serverPort, ...controllerPorts] = await freePorts(5);
const processes: NyalaProcess[] = [];
afterAll(async () => {
  for (const { child, ended } of processes.reverse()) {
    child.kill('SIGKILL');
    await ended;
  }
});

async function start(role: string, port: number, ...args: string[]): Promise<void> {
  const data = ['--data', folder.path(`${role}${port}`)];
  const process = nyala([role, '--port', `${port}`, ...data, ...args]);
  processes.push(process);
  await process.prints('listens on');
}

async function ask(port: number, method: string, path: string, body?: unknown) {
  const request = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, request);
  return { status: answer.status, text: await answer.text() };
}

/** What a controller answers to `/health` until some work has ended; the longest time between two. */
async function watchHealth(port: number, work: Promise<unknown>) {
  let isOver = false;
  const end = work.finally(() => {
    isOver = true;
  });
  const statuses = new Set<number>();
  let answers = 0;
  while (!isOver) {
    statuses.add((await ask(port, 'GET', '/health')).status);
    answers++;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await end;
  return { answers, statuses: [...statuses] };
}

it('a controller that builds segments for longer than its session answers, and goes on to lead', async () => {
  const [one, two] = controllerPorts as [number, number];
  const coord = ['--coord', `127.0.0.1:${coordinatorPort}`];
  await start('coord', coordinatorPort!, '--http-port', `${httpPort}`);
  await start('controller', one, ...coord);
  await start('controller', two, ...coord);
  await start('server', serverPort!, ...coord, '--memory', '256m');
  const words = (row: number) =>
    Array.from({ length: 12 }, (_, at) => `w${(row * 31 + at * 7919) % WORDS}`).join(' ');
  const lines = Array.from({ length: ROWS }, (_, row) => `${row},${words(row)}`);
  await writeFile(folder.path('rows.csv'), ['id,words', ...lines].join('\n'));

  const dimensionFieldSpecs = [
    { name: 'id', dataType: 'INT' },
    { name: 'words', dataType: 'STRING' },
  ];
  const schema = { schemaName: 't', dimensionFieldSpecs };
  expect(await ask(one, 'POST', '/schemas', schema)).toMatchObject({ status: 200 });
  const leader = () => ask(one, 'GET', '/zk/stat?path=/nyala/leader');
  const term = await leader();
  expect(term.text).toContain('"version"');

  const uri = encodeURIComponent(`file://${folder.path('rows.csv')}`);
  const path = `/ingestFromURI?tableNameWithType=t_OFFLINE&sourceURIStr=${uri}`;
  const ingestion = ask(one, 'POST', path);
  const during = await watchHealth(one, ingestion);
  expect(await ingestion).toMatchObject({ status: 200 });

  const config = {
    tableName: 't',
    tableType: 'OFFLINE',
    fieldConfigList: [{ name: 'words', indexTypes: ['TEXT'] }],
  };
  const indexing = ask(one, 'POST', '/tables', config);
  const then = await watchHealth(one, indexing);
  expect(await indexing).toMatchObject({ status: 200 });
  for (const { answers, statuses } of [during, then]) {
    expect(statuses).toEqual([200]);
    // Several each second, also where the machine has other things to do.
    expect(answers).toBeGreaterThan(20);
  }
  expect(await leader()).toEqual(term);
  const segments = JSON.parse((await ask(two, 'GET', '/segments/t')).text)[0].OFFLINE;
  const metadata = await ask(two, 'GET', `/segments/t/${segments[0]}/metadata?columns=*`);
  expect(JSON.parse(metadata.text).indexes).toContain('text(words)');
}, 120_000);
