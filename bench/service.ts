/**
 * `npm run bench:service`: what a user of the whole program sees: how fast the demo file loads, how
 * soon a second start answers, what it holds in memory while idle, and what HTTP adds to the engine.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { repositoryRoot } from './root.ts';
import { DEMO_QUERIES } from './suites/flights.ts';
import { median } from './timing.ts';

const PORT_OFFSET = 30_000;
const BROKER = `http://127.0.0.1:${8099 + PORT_OFFSET}`;
const STARTS = 5;
const WARM_UP_REQUESTS = 3000;
const WARM_UP_ROUNDS = 50;
const ROUNDS = 200;
const ANSWER_ROWS_MAX = 100;

const directory = await mkdtemp(join(tmpdir(), 'nyala-service-'));
try {
  const first = await start();
  console.log(`load            ${first.loaded}`);
  await stop(first.child);
  const starts: number[] = [];
  let residentMb = 0;
  for (let round = 0; round < STARTS; round++) {
    const { child, firstAnswerMs } = await start();
    starts.push(firstAnswerMs);
    residentMb = await residentMemoryMb(child);
    if (round < STARTS - 1) await stop(child);
    else await measureHttp(child);
  }
  console.log(`start           first answer ${median(starts).toFixed(0)} ms after the command`);
  console.log(
    `idle memory     ${residentMb.toFixed(0)} MB resident, the touched arena pages included`,
  );
} finally {
  await rm(directory, { recursive: true });
}

interface Started {
  readonly child: ChildProcess;
  /** From starting the process to its first answer over HTTP. */
  readonly firstAnswerMs: number;
  /** The line about the load; empty when the table was there. */
  readonly loaded: string;
}

async function start(): Promise<Started> {
  const startedMs = performance.now();
  const args = ['--data', directory, '--port-offset', `${PORT_OFFSET}`, '--demo'];
  const child = spawn(process.execPath, ['scripts/start.js', ...args], { cwd: repositoryRoot() });
  let errors = '';
  child.stderr.on('data', (bytes) => {
    errors += bytes;
  });
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`nyala start ended: ${errors}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const firstAnswerMs = performance.now() - startedMs;
  // The sample query of the start runs on its own; memory is looked at when all is quiet.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const loaded = /: (.* accepted, .*)/.exec(errors)?.[1] ?? '';
  return { child, firstAnswerMs, loaded };
}

async function answers(): Promise<boolean> {
  try {
    const body = JSON.stringify({ sql: DEMO_QUERIES[1]!.sql });
    const response = await fetch(`${BROKER}/query/sql`, { method: 'POST', body });
    return 'resultTable' in ((await response.json()) as object);
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await new Promise((resolve) => child.on('close', resolve));
}

async function residentMemoryMb(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** What a client waits for beyond the time in the engine, which the broker reports with each answer. */
async function measureHttp(child: ChildProcess): Promise<void> {
  const pool = new Pool(BROKER);
  const added: number[] = [];
  // A server that has just started is still being compiled by V8; what counts is one that runs.
  for (let round = 0; round < WARM_UP_REQUESTS; round++) await ask(pool, 'SELECT 1');
  for (const { name, sql } of DEMO_QUERIES) {
    const { engineMs, addedMs, rowCount } = await measureQuery(pool, sql);
    if (rowCount > ANSWER_ROWS_MAX) continue;
    added.push(addedMs);
    console.log(
      `${name.padEnd(24)}${engineMs.toFixed(2)} ms in the engine, HTTP adds ${addedMs.toFixed(2)} ms`,
    );
  }
  await pool.close();
  await stop(child);
  console.log(`HTTP            adds ${median(added).toFixed(2)} ms at the median of these queries`);
  console.log(
    `                and ${(await bareServerMs()).toFixed(2)} ms to a plain node:http server`,
  );
}

async function bareServerMs(): Promise<number> {
  const port = 9999 + PORT_OFFSET;
  const program = fileURLToPath(new URL('bare-server.js', import.meta.url));
  const child = spawn(process.execPath, [program, `${port}`]);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const pool = new Pool(`http://127.0.0.1:${port}`);
  const { addedMs } = await measureQuery(pool, 'SELECT 1');
  await pool.close();
  await stop(child);
  return addedMs;
}

async function measureQuery(pool: Pool, sql: string) {
  const engine: number[] = [];
  const added: number[] = [];
  let rowCount = 0;
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const startedMs = performance.now();
    const answer = await ask(pool, sql);
    const elapsedMs = performance.now() - startedMs;
    rowCount = answer.rowCount;
    if (round < WARM_UP_ROUNDS) continue;
    engine.push(answer.engineMs);
    added.push(elapsedMs - answer.engineMs);
  }
  return { engineMs: median(engine), addedMs: median(added), rowCount };
}

async function ask(pool: Pool, sql: string): Promise<{ engineMs: number; rowCount: number }> {
  const body = JSON.stringify({ sql });
  const response = await pool.request({ path: '/query/sql', method: 'POST', body });
  const answer = (await response.body.json()) as { numRowsResultSet: number };
  const timing = String(response.headers['server-timing']);
  const engineMs = Number(/total;dur=([\d.]+)/.exec(timing)?.[1]);
  return { engineMs, rowCount: answer.numRowsResultSet };
}
