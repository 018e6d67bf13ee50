import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoParquetPath } from '../../bench/suites/flights.ts';
import { Prng } from '../../src/base/prng.ts';
import { nyala, runNyala } from '../cli/process.ts';
import { type KnownQuery, type QueryRecord, startQueryLoad } from './query-load.ts';
import { type RunningCluster, startCluster } from './running-cluster.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const minutes = Number(process.env.NYALA_CLUSTER_MINUTES ?? 0.2);

const COUNTS = { coordinators: 3, controllers: 2, servers: 3, brokers: 2 };
const SEGMENT_ROWS = 250_000;
const IN_FLIGHT = 20;
const FAULT_EVERY_MS = 3_000;
const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 2_500;

const STATEMENTS = [
  'SELECT COUNT(*) FROM flights',
  "SELECT COUNT(*), SUM(delay), MAX(distance) FROM flights WHERE origin = 'SEA'",
  'SELECT origin, COUNT(*) FROM flights GROUP BY origin ORDER BY COUNT(*) DESC, origin LIMIT 5',
  'SELECT SUM(distance) FROM flights WHERE delay > 60',
];

/** Something that was done to a process. */
interface Fault {
  readonly kind: 'kill' | 'pause';
  readonly name: string;
  /** `performance.now()` when it was done. */
  readonly atMs: number;
}

describe(`a cluster of ${Object.values(COUNTS).join('+')} processes`, () => {
  let cluster: RunningCluster;
  let queries: KnownQuery[];

  beforeAll(async () => {
    cluster = await startCluster(COUNTS, 2);
    const controller = ['--controller', cluster.controllers[0]!];
    const segments = ['--segment-rows', `${SEGMENT_ROWS}`];
    const loaded = await runNyala([
      'load',
      'flights',
      demoParquetPath(),
      ...controller,
      ...segments,
    ]);
    expect(loaded.errors).toContain('3,000,000 rows accepted');
    queries = await Promise.all(STATEMENTS.map(async (sql) => ({ sql, rows: await rowsOf(sql) })));
    expect(queries[0]!.rows).toEqual([[3_000_000]]);
  }, 120_000);
  afterAll(() => cluster?.stop(), 60_000);

  async function rowsOf(sql: string): Promise<unknown[]> {
    const response = await fetch(`${cluster.brokers[0]}/query/sql`, {
      method: 'POST',
      body: JSON.stringify({ sql }),
    });
    const { resultTable } = (await response.json()) as { resultTable: { rows: unknown[] } };
    return resultTable.rows;
  }

  async function serversOf(table: string): Promise<string[]> {
    const response = await fetch(`${cluster.controllers[0]}/tables/${table}/instances`);
    const { server } = (await response.json()) as { server: { instances: string[] }[] };
    return server[0]!.instances;
  }

  it('is shown whole by nyala status', async () => {
    const shown = await runNyala(['status', '--topology', cluster.topologyFile]);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.output.match(/\b(up|leader|follower)\b/g)).toHaveLength(
      Object.values(COUNTS).reduce((sum, count) => sum + count),
    );
  }, 30_000);

  it('answers while segments move to a fourth server, and back', { timeout: 300_000 }, async () => {
    const tags = async (id: string, names: string) => {
      const path = `${cluster.controllers[0]}/instances/${id}/updateTags?tags=${names}`;
      expect((await fetch(path, { method: 'PUT' })).status).toBe(200);
    };
    const rebalance = async () => {
      const controller = ['--controller', cluster.controllers[0]!];
      const run = await runNyala(['rebalance', 'flights', ...controller]);
      expect(run).toMatchObject({ code: 0 });
      expect(run.output).toContain('all segments are where they should be');
    };
    const load = startQueryLoad(cluster.brokers, queries, IN_FLIGHT);
    const before = await serversOf('flights');
    const data = join(cluster.directory, 'server-4');
    const place = ['--coord', cluster.coordinators, '--data', data, '--port', '0'];
    const fourth = nyala(['server', ...place, '--memory', '256m', '--threads', '1']);
    try {
      await fourth.prints('server listens on');
      await rebalance();
      const after = await serversOf('flights');
      const [added] = after.filter((id) => !before.includes(id));
      expect(after).toHaveLength(COUNTS.servers + 1);
      await tags(added!, 'spare');
      await rebalance();
      expect(await serversOf('flights')).toEqual(before);
    } finally {
      await load.stop();
      fourth.child.kill('SIGTERM');
      await fourth.ended;
    }
    process.stdout.write(`${describeRun(load.records, [])}\n`);
    expect(problemsOf(load.records)).toEqual([]);
  });

  it('answers while processes die and stop', { timeout: minutes * 60_000 + 120_000 }, async () => {
    process.stdout.write(`SEED=${seed}\n`);
    const load = startQueryLoad(cluster.brokers, queries, IN_FLIGHT);
    const faults = await harass(cluster, new Prng(seed), performance.now() + minutes * 60_000);
    await load.stop();
    process.stdout.write(`${describeRun(load.records, faults)}\n`);
    expect(problemsOf(load.records)).toEqual([]);
  });

  it('answers while all processes are restarted one by one', { timeout: 300_000 }, async () => {
    const load = startQueryLoad(cluster.brokers, queries, IN_FLIGHT);
    const restarted = await runNyala(['restart', '--topology', cluster.topologyFile]);
    await load.stop();
    expect(restarted).toMatchObject({ code: 0 });
    process.stdout.write(`${describeRun(load.records, [])}\n`);
    expect(problemsOf(load.records)).toEqual([]);
  });
});

/** Kills or pauses one process after the other; the next when the one before is back. */
async function harass(cluster: RunningCluster, prng: Prng, endMs: number): Promise<Fault[]> {
  const faults: Fault[] = [];
  while (true) {
    await sleep(FAULT_EVERY_MS);
    if (performance.now() >= endMs) return faults;
    const { name, processId } = prng.pick(await cluster.processes());
    const kind = prng.pick(['kill', 'pause'] as const);
    const pauseMs = prng.integer(PAUSE_MS_MIN, PAUSE_MS_MAX);
    if (processId === null) throw new Error(`${name} does not run`);
    faults.push({ kind, name, atMs: performance.now() });
    if (kind === 'kill') {
      process.kill(processId, 'SIGKILL');
      await isBack(cluster, name, processId);
    } else {
      process.kill(processId, 'SIGSTOP');
      await sleep(pauseMs);
      process.kill(processId, 'SIGCONT');
    }
  }
}

async function isBack(cluster: RunningCluster, name: string, before: number): Promise<void> {
  await expect
    .poll(
      async () => {
        const now = (await cluster.processes()).find((process) => process.name === name);
        return now?.isReady === true && now.processId !== before;
      },
      { timeout: 60_000, interval: 50 },
    )
    .toBe(true);
}

/** Different problems with how often each came. */
function problemsOf(records: readonly QueryRecord[]): string[] {
  const counts = new Map<string, number>();
  for (const { problem } of records) {
    if (problem !== null) counts.set(problem, (counts.get(problem) ?? 0) + 1);
  }
  return [...counts].map(([problem, count]) => `${count} times ${problem}`);
}

function describeRun(records: readonly QueryRecord[], faults: readonly Fault[]): string {
  const latencies = records.map(({ begunMs, answeredMs }) => answeredMs - begunMs);
  const wrong = records.filter(({ problem }) => problem?.startsWith('wrong')).length;
  const failed = records.filter(({ problem }) => problem !== null).length - wrong;
  const lines = [
    `${records.length} queries: ${wrong} wrong, ${failed} failed; latency ${percentiles(latencies)}`,
  ];
  if (faults.length > 0) {
    const recovered = faults.map(({ atMs }) => slowestAfter(records, atMs));
    lines.push(`${faults.length} faults; slowest query after each: ${percentiles(recovered)}`);
  }
  return lines.join('\n');
}

/** The longest that a query took which was under way at a moment, or began within the next second. */
function slowestAfter(records: readonly QueryRecord[], atMs: number): number {
  const near = records.filter(
    ({ begunMs, answeredMs }) => answeredMs >= atMs && begunMs <= atMs + 1_000,
  );
  return near.reduce((max, { begunMs, answeredMs }) => Math.max(max, answeredMs - begunMs), 0);
}

function percentiles(valuesMs: readonly number[]): string {
  const sorted = valuesMs.map(Math.round).sort((left, right) => left - right);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)];
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${sorted.at(-1)} ms`;
}
