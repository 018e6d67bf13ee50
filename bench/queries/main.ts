/**
 * `npm run bench:queries -- [--seconds N] [--connections N] [--overload-seconds N]`: how many queries a
 * second a cluster answers, and how it behaves when ten times as many come as it can answer. One broker,
 * two servers that hold all of the demo table each, a coordinator, a controller and the load generator
 * share this machine; all are processes of their own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { demoParquetPath } from '../suites/flights.ts';
import { alignTable } from '../table.ts';
import {
  type BenchCluster,
  processorMs,
  residentBytes,
  runNyala,
  startBenchCluster,
} from './cluster.ts';
import type { QueryJob, QueryLoadResult } from './generator.ts';

const SEGMENT_ROWS = 3_000_000;
const OVERLOAD = 10;
const OVERLOAD_CONNECTIONS = 4_000;
/** V8 compiles what runs some hundred times a second only after tens of thousands of calls. */
const WARM_UP_MS = 45_000;
const OVERLOAD_WARM_UP_MS = 10_000;
const RECOVERY_MS = 10_000;

const SCHEMA = {
  schemaName: 'flights',
  dateTimeFieldSpecs: [
    {
      name: 'date',
      dataType: 'TIMESTAMP',
      format: '1:MILLISECONDS:TIMESTAMP',
      granularity: '1:MILLISECONDS',
    },
  ],
  dimensionFieldSpecs: [
    { name: 'origin', dataType: 'STRING' },
    { name: 'destination', dataType: 'STRING' },
  ],
  metricFieldSpecs: [
    { name: 'delay', dataType: 'LONG' },
    { name: 'distance', dataType: 'LONG' },
  ],
};
const TABLE = {
  tableName: 'flights',
  tableType: 'OFFLINE',
  segmentsConfig: { timeColumnName: 'date', replication: '2', schemaName: 'flights' },
  tenants: {},
  tableIndexConfig: {
    loadMode: 'MMAP',
    starTreeIndexConfigs: [
      {
        dimensionsSplitOrder: ['origin', 'destination'],
        functionColumnPairs: ['COUNT__*', 'SUM__distance'],
        maxLeafRecords: 1000,
      },
    ],
  },
  routing: { instanceSelectorType: 'replicaGroup' },
};

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '32' },
    'overload-seconds': { type: 'string', default: '60' },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const connections = Number(values.connections);
const overloadMs = Number(values['overload-seconds']) * 1_000;

const cluster = await startBenchCluster({
  controller: { replication: 2 },
  server: { memory: '256m' },
  broker: {},
});
const generator = fork(new URL('./generator.js', import.meta.url));
try {
  await prepare(cluster);
  await measureThroughput(cluster);
  if (overloadMs > 0) await measureOverload(cluster);
} finally {
  generator.kill();
  await cluster.stop();
}

async function prepare({ controller }: BenchCluster): Promise<void> {
  for (const [path, body] of Object.entries({ '/schemas': SCHEMA, '/tables': TABLE })) {
    const response = await fetch(`${controller}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path}: ${await response.text()}`);
  }
  const place = ['--controller', controller, '--segment-rows', `${SEGMENT_ROWS}`];
  await runNyala(['load', 'flights', demoParquetPath(), ...place]);
}

/** Filtered aggregates whose rows indexes find, each of other airports. */
async function measureThroughput(cluster: BenchCluster): Promise<void> {
  const pairs = await rowsOf(
    cluster,
    'SELECT origin, destination, COUNT(*), SUM(distance) FROM flights GROUP BY origin, destination LIMIT 100000',
  );
  const queries = pairs.map(([origin, destination, count, sum]) => ({
    sql:
      'SELECT COUNT(*), SUM(distance) FROM flights ' +
      `WHERE origin = '${origin}' AND destination = '${destination}'`,
    rows: JSON.stringify([[count, sum]]),
  }));
  console.log(`${queries.length} queries like ${queries[0]!.sql}`);
  const job = { queries, connections, ratePerSecond: null, warmUpMs: WARM_UP_MS, measureMs };
  await measure(cluster, `${connections} connections`, job);
}

async function measureOverload(cluster: BenchCluster): Promise<void> {
  const sql =
    'SELECT origin, destination, COUNT(*), AVG(delay) FROM flights WHERE distance > 100 ' +
    'GROUP BY origin, destination ORDER BY COUNT(*) DESC, origin, destination LIMIT 10';
  const queries = [{ sql, rows: JSON.stringify(await rowsOf(cluster, sql)) }];
  console.log(`\nOverload with ${sql}`);
  const steady = { queries, warmUpMs: OVERLOAD_WARM_UP_MS, measureMs };
  const peak = await measure(cluster, `peak, ${connections} connections`, {
    ...steady,
    connections,
    ratePerSecond: null,
  });
  const perSecond = peak.answered / (measureMs / 1_000);
  const flood = { queries, connections: OVERLOAD_CONNECTIONS, warmUpMs: 0 };
  await measure(cluster, `${OVERLOAD} × as many`, {
    ...flood,
    ratePerSecond: OVERLOAD * perSecond,
    measureMs: overloadMs,
  });
  await sleep(RECOVERY_MS);
  const usual = { ...steady, connections, ratePerSecond: perSecond / 2, warmUpMs: 0 };
  await measure(cluster, `half as many, ${RECOVERY_MS / 1_000} s later`, usual);
}

async function rowsOf({ broker }: BenchCluster, sql: string): Promise<unknown[][]> {
  const response = await fetch(`${broker}/query/sql`, {
    method: 'POST',
    body: JSON.stringify({ sql }),
  });
  const answer = (await response.json()) as { resultTable?: { rows: unknown[][] } };
  if (answer.resultTable === undefined) throw new Error(`${sql}: ${JSON.stringify(answer)}`);
  return answer.resultTable.rows;
}

/** Runs a job and prints what came of it. */
async function measure(
  cluster: BenchCluster,
  title: string,
  job: Omit<QueryJob, 'broker'>,
): Promise<QueryLoadResult> {
  const processes = [...(await cluster.processes()), { name: 'load', processId: generator.pid! }];
  const used = () => Promise.all(processes.map(({ processId }) => processorMs(processId!)));
  const before = await used();
  const whole = { ...job, broker: cluster.broker };
  const result = await perform(generator, whole);
  const after = await used();
  const seconds = job.measureMs / 1_000;
  const runMs = job.measureMs + job.warmUpMs;
  const resident = await Promise.all(processes.map(({ processId }) => residentBytes(processId!)));
  const { answered, refused, unsent, answerMs, refusalMs, problems } = result;
  console.log(
    `\n${title}: ${(answered / seconds).toFixed(0)} answers/s, p50 ${ms(answerMs.p50)}, ` +
      `p99 ${ms(answerMs.p99)}, slowest ${ms(answerMs.max)}`,
  );
  if (refused + unsent > 0) {
    console.log(
      `${(refused / seconds).toFixed(0)} refusals/s, p50 ${ms(refusalMs.p50)}, p99 ` +
        `${ms(refusalMs.p99)}, slowest ${ms(refusalMs.max)}; ${(unsent / seconds).toFixed(0)}/s not sent`,
    );
  }
  for (const problem of problems) console.log(`PROBLEM ${problem}`);
  const rows = processes.map(({ name }, index) => [
    name,
    `${((100 * (after[index]! - before[index]!)) / runMs).toFixed(0)} %`,
    `${(resident[index]! / 2 ** 20).toFixed(0)} MiB`,
  ]);
  console.log(alignTable([['process', 'of a core', 'resident'], ...rows]));
  return result;
}

function perform(child: ChildProcess, job: QueryJob): Promise<QueryLoadResult> {
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as QueryLoadResult));
    child.once('exit', (code) => reject(new Error(`the load generator ended with ${code}`)));
    child.send(job);
  });
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
