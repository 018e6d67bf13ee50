/** `npm run bench`: a suite's queries on Nyala and, in the same run, on the engines beside it. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { renderChart } from './chart.ts';
import { prepareCopy, prepareTable } from './data.ts';
import { ENGINES } from './engines/all.ts';
import type { BenchTable } from './engines/engine.ts';
import { type Host, startHost } from './host.ts';
import { raceCold, raceHot } from './race.ts';
import {
  type BenchEngine,
  type BenchReport,
  type BenchRun,
  type QueryResult,
  renderConditions,
  renderCosts,
  renderProblems,
  renderTable,
} from './report.ts';
import { repositoryRoot } from './root.ts';
import { SUITES } from './suites/all.ts';
import { describeMachine } from './table.ts';

const USAGE = `npm run bench -- [options]
  --suite NAME      ${SUITES.map(({ name }) => name).join(', ')} (default: flights)
  --scale S         size of a generated table (default: 1)
  --threads N[,N]   threads that a query may use, in every engine (default: all cores)
  --rounds N        timed rounds, at least 1 (default: 15)
  --cold N          timed rounds after opening the database again, 0 for none (default: 3)
  --filter TEXT     only queries whose name contains TEXT
  --engines A,B     only these engines beside Nyala (default: all that are installed)
  --data FOLDER     where tables and loaded databases are kept (default: data/bench)
  --markdown        print only the tables and their conditions, for a document`;

const options = readOptions();
const { suite } = options;
const queries = suite.queries.filter(({ name }) => name.includes(options.filter));
if (queries.length === 0)
  stop(`bench: no query of ${suite.name} has '${options.filter}' in its name`);

const startedAt = new Date().toISOString();
const table = await timed('table', () => prepareTable(suite, options.scale, options.data));
const { engines, missing } = await prepareEngines();
const runs: BenchRun[] = [];
for (const threads of options.threads) runs.push(await runQueries(threads));

const report: BenchReport = {
  suite: suite.name,
  scale: options.scale,
  rowCount: table.rowCount,
  startedAt,
  machine: describeMachine(),
  rounds: options.rounds,
  coldRounds: options.cold,
  parquetBytes: (await stat(table.parquetPath)).size,
  engines,
  missing,
  runs,
};
for (const run of runs) {
  console.log(`\nHot, ${run.threads} thread(s)\n\n${renderTable(report, run, 'hot')}`);
  if (options.cold === 0) continue;
  console.log(`\nCold, ${run.threads} thread(s)\n\n${renderTable(report, run, 'cold')}`);
}
console.log(`\n${renderCosts(report)}\n\n${renderConditions(report)}`);
const problems = renderProblems(report);
if (problems !== '') {
  console.log(`\n${problems}`);
  process.exitCode = 1;
}
progress(`\nsaved in ${await save()}`);

async function prepareEngines() {
  const present: (BenchEngine & { readonly folder: string })[] = [];
  const absent: { name: string; missing: string }[] = [];
  for (const kind of ENGINES) {
    const { name } = kind;
    if (!kind.takesPart(suite)) continue;
    if (name !== ENGINES[0]!.name && options.engines !== null && !options.engines.includes(name)) {
      continue;
    }
    const found = await kind.probe();
    if ('missing' in found) {
      absent.push({ name, ...found });
      process.stderr.write(`${name}: skipped: ${found.missing}\n`);
      continue;
    }
    const { version, build } = found;
    if (!kind.hasFiles) {
      present.push({ name, version, stored: null, folder: '' });
      continue;
    }
    const { folder, stored } = await timed(`${name} ${version}`, () =>
      prepareCopy(table, { name, build }, options.data, (into) => load(name, into)),
    );
    present.push({ name, version, stored, folder });
  }
  return { engines: present, missing: absent };
}

async function load(engine: string, folder: string) {
  const host = startHost(hostSetup(engine, folder, availableParallelism()));
  try {
    return await host.load();
  } finally {
    await host.close();
  }
}

async function runQueries(threads: number): Promise<BenchRun> {
  const hosts: Host[] = engines.map(({ name, folder }) =>
    startHost(hostSetup(name, folder, threads)),
  );
  const openMs: Record<string, number> = {};
  for (const host of hosts) openMs[host.name] = await host.open();
  const results: QueryResult[] = [];
  for (const query of queries) {
    results.push(await raceHot(hosts, query, options.rounds));
    progress(`${query.name}, ${threads} thread(s): hot`);
  }
  const peakBytes: Record<string, number> = {};
  // A process that has ended has no peak; its queries say why.
  for (const host of hosts) peakBytes[host.name] = await host.peak().catch(() => Number.NaN);
  if (options.cold > 0) {
    for (const [index, query] of queries.entries()) {
      results[index] = await raceCold(hosts, query, results[index]!, options.cold);
      progress(`${query.name}, ${threads} thread(s): cold`);
    }
  }
  for (const host of hosts) await host.close();
  return { threads, queries: results, peakBytes, openMs };
}

function hostSetup(engine: string, folder: string, threads: number) {
  const { rowCount, parquetPath }: BenchTable = table;
  return { engine, suite: suite.name, rowCount, parquetPath, folder, threads };
}

async function save(): Promise<string> {
  const folder = join(repositoryRoot(), 'bench', 'results');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${suite.name}-${startedAt.replaceAll(/[:.]/g, '-')}.json`);
  await writeFile(path, `${JSON.stringify(report, null, 1)}\n`);
  if (options.filter === '') {
    await writeFile(join(folder, `${suite.name}.svg`), renderChart(report, runs.at(-1)!));
  }
  return relative(process.cwd(), path);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        suite: { type: 'string', default: 'flights' },
        scale: { type: 'string', default: '1' },
        threads: { type: 'string', default: String(availableParallelism()) },
        rounds: { type: 'string', default: '15' },
        cold: { type: 'string', default: '3' },
        filter: { type: 'string', default: '' },
        engines: { type: 'string' },
        data: { type: 'string', default: join(repositoryRoot(), 'data', 'bench') },
        markdown: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) stop(USAGE, 0);
    return {
      suite: findSuite(values.suite),
      scale: positiveNumber('scale', values.scale),
      threads: values.threads.split(',').map((text) => wholeNumber('threads', text, 1)),
      rounds: wholeNumber('rounds', values.rounds, 1),
      cold: wholeNumber('cold', values.cold, 0),
      filter: values.filter,
      engines: values.engines?.split(',') ?? null,
      data: values.data,
      markdown: values.markdown,
    };
  } catch (error) {
    return stop(`bench: ${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

function findSuite(name: string) {
  const found = SUITES.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no suite '${name}'`);
  return found;
}

function wholeNumber(name: string, text: string, least: number): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) < least)
    throw new Error(`--${name} must be a whole number of at least ${least}, not '${text}'`);
  return Number(text);
}

function positiveNumber(name: string, text: string): number {
  if (!(/^[\d.]+$/.test(text) && Number(text) > 0))
    throw new Error(`--${name} must be a number above 0, not '${text}'`);
  return Number(text);
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work();
  progress(`${what}: ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return result;
}

function progress(line: string): void {
  if (!options.markdown) console.log(line);
}

function stop(message: string, code = 1): never {
  (code === 0 ? process.stdout : process.stderr).write(`${message}\n`);
  process.exit(code);
}
