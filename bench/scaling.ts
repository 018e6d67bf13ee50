/**
 * `npm run bench:scaling -- [--scales 0.1,0.3,1,3] [--rounds N]`: the scan-bound queries of SSB on
 * Nyala alone, on one and two threads and tables of several sizes: nanoseconds a row, and how much
 * the second thread helps.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readBandwidth } from './bandwidth.ts';
import { prepareCopy, prepareTable } from './data.ts';
import { nyala } from './engines/nyala.ts';
import { startHost } from './host.ts';
import { raceHot } from './race.ts';
import { medianMs, type QueryResult } from './report.ts';
import { repositoryRoot } from './root.ts';
import { SSB } from './suites/ssb.ts';
import { alignTable } from './table.ts';
import { geometricMean } from './timing.ts';

const QUERIES = ['q1.1', 'q1.2', 'q1.3', 'q2.1', 'q3.1', 'q4.1'];
const THREADS = [1, 2];

const { values } = parseArgs({
  options: {
    scales: { type: 'string', default: '0.1,0.3,1,3' },
    rounds: { type: 'string', default: '15' },
    data: { type: 'string', default: join(repositoryRoot(), 'data', 'bench') },
  },
});
const rounds = Math.max(1, Number.parseInt(values.rounds, 10) || 1);
const queries = SSB.queries.filter(({ name }) => QUERIES.includes(name));
const rows: string[][] = [];
for (const scale of values.scales.split(',').map(Number)) rows.push(...(await measure(scale)));
const speeds = [];
for (const threads of THREADS) speeds.push(await readBandwidth(threads));
const header = ['query', 'rows', '1 thread ns/row', '2 threads ns/row', 'speed-up'];
console.log(alignTable([header, ...rows]));
console.log(`\nMedians of ${rounds} rounds in which both took turns, Node ${process.version}.`);
console.log(
  `Reading memory and nothing else: ${speeds.map((speed) => (speed / 1e9).toFixed(1)).join(' and ')} GB/s ` +
    `with one thread and two: ${(speeds[1]! / speeds[0]!).toFixed(2)}×.`,
);

async function measure(scale: number): Promise<string[][]> {
  const table = await prepareTable(SSB, scale, values.data);
  const { rowCount, parquetPath } = table;
  const setup = { engine: nyala.name, suite: SSB.name, rowCount, parquetPath };
  const found = await nyala.probe();
  if ('missing' in found) throw new Error(found.missing);
  const engine = { name: nyala.name, build: found.build };
  const { folder } = await prepareCopy(table, engine, values.data, async (into) => {
    const host = startHost({ ...setup, folder: into, threads: availableParallelism() });
    const loaded = await host.load();
    await host.close();
    return loaded;
  });
  const hosts = THREADS.map((threads) => ({
    ...startHost({ ...setup, folder, threads }),
    name: String(threads),
  }));
  for (const host of hosts) await host.open();
  const results: QueryResult[] = [];
  for (const query of queries) results.push(await raceHot(hosts, query, rounds));
  for (const host of hosts) await host.close();
  const perRow = results.map((result) =>
    hosts.map(({ name }) => ((medianMs(result, name) ?? Number.NaN) * 1e6) / rowCount),
  );
  const means = THREADS.map((_, index) => geometricMean(perRow.map((both) => both[index]!)));
  return [...perRow, means].map((both, index) => [
    results[index]?.name ?? 'geometric mean',
    rowCount.toLocaleString('en'),
    ...both.map((nanoseconds) => nanoseconds.toFixed(3)),
    `${(both[0]! / both[1]!).toFixed(2)}×`,
  ]);
}
