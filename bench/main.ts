/** `npm run bench`: the demo queries on Nyala and, in the same run, on the engines beside it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { demoParquetPath, type Engine, type MissingEngine, repositoryRoot } from './engine.ts';
import { openNyala } from './nyala.ts';
import { openClickHouse } from './peers/clickhouse.ts';
import { openDuckDb } from './peers/duckdb.ts';
import { DEMO_QUERIES } from './queries.ts';
import { race } from './race.ts';
import {
  type BenchReport,
  describeMachine,
  type QueryResult,
  renderConditions,
  renderTable,
} from './report.ts';

const USAGE = `npm run bench -- [options]
  --threads N    threads that a query may use, in every engine (default: all cores)
  --rounds N     timed rounds, at least 1 (default: 15)
  --filter TEXT  only queries whose name contains TEXT
  --markdown     print only the table and its conditions, for a document`;

const options = readOptions();
const queries = DEMO_QUERIES.filter(({ name }) => name.includes(options.filter));
if (queries.length === 0) stop(`bench: no query has '${options.filter}' in its name`);

const startedAt = new Date().toISOString();
const { engines, missing } = await openEngines();
const results: QueryResult[] = [];
for (const query of queries) {
  const result = await race(engines, query, options.rounds);
  for (const [name, difference] of Object.entries(result.differences)) {
    process.stderr.write(`${query.name}: ${engines[0]?.name} and ${name} differ: ${difference}\n`);
    process.exitCode = 1;
  }
  progress(query.name);
  results.push(result);
}
for (const engine of engines) await engine.close();

const report: BenchReport = {
  startedAt,
  machine: describeMachine(),
  threads: options.threads,
  rounds: options.rounds,
  engines: engines.map(({ name, version }) => ({ name, version })),
  missing,
  queries: results,
};
console.log(`\n${renderTable(report)}\n\n${renderConditions(report)}`);
progress(`\nsaved in ${await save(report)}`);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        threads: { type: 'string', default: String(availableParallelism()) },
        rounds: { type: 'string', default: '15' },
        filter: { type: 'string', default: '' },
        markdown: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) stop(USAGE, 0);
    const threads = positiveInteger('threads', values.threads);
    const rounds = positiveInteger('rounds', values.rounds);
    return { threads, rounds, filter: values.filter, markdown: values.markdown };
  } catch (error) {
    return stop(`bench: ${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

function positiveInteger(name: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new Error(`--${name} must be a whole number, not '${text}'`);
  return Number(text);
}

async function openEngines(): Promise<{ engines: Engine[]; missing: MissingEngine[] }> {
  const engineOptions = { parquetPath: demoParquetPath(), threads: options.threads };
  const engines: Engine[] = [];
  const missing: MissingEngine[] = [];
  for (const open of [openNyala, openDuckDb, openClickHouse]) {
    const startedMs = performance.now();
    const engine: Engine | MissingEngine = await open(engineOptions);
    if ('missing' in engine) {
      missing.push(engine);
      process.stderr.write(`${engine.name}: skipped: ${engine.missing}\n`);
    } else {
      engines.push(engine);
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      progress(`${engine.name} ${engine.version}: loaded in ${seconds} s`);
    }
  }
  return { engines, missing };
}

async function save(report: BenchReport): Promise<string> {
  const folder = join(repositoryRoot(), 'bench', 'results');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${report.startedAt.replaceAll(/[:.]/g, '-')}.json`);
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  return relative(process.cwd(), path);
}

function progress(line: string): void {
  if (!options.markdown) console.log(line);
}

function stop(message: string, code = 1): never {
  (code === 0 ? process.stdout : process.stderr).write(`${message}\n`);
  process.exit(code);
}
