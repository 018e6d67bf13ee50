/**
 * `npm run bench:star-tree -- [--scale S] [--threads 0,1,2] [--rounds N]`: aggregates of SSB answered from
 * star-trees beside the same engine's scan of the rows, taking turns, with equal answers: sums, averages
 * and HyperLogLog exactly; quantiles of sketches lie between exact quantiles around them.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Database, openDatabase } from '../src/client/index.ts';
import { compareAnswers, plainRows, type Rows } from './compare-answers.ts';
import { prepareCopy, prepareTable } from './data.ts';
import { nyala } from './engines/nyala.ts';
import { repositoryRoot } from './root.ts';
import { SSB } from './suites/ssb.ts';
import { QUANTILE_BOUND, STAR_TREE_CONFIG, STAR_TREE_QUERIES } from './suites/star-tree.ts';
import { alignTable } from './table.ts';
import { geometricMean, median } from './timing.ts';

type TreeQuery = (typeof STAR_TREE_QUERIES)[number];

const WARM_UP_ROUNDS = 20;
/** A scan takes so much longer that fewer rounds of it say as much. */
const ROUNDS_PER_SCAN = 5;
const TIMEOUT = 'SET timeoutMs = 600000; ';

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    threads: { type: 'string', default: '0,1,2' },
    rounds: { type: 'string', default: '100' },
    data: { type: 'string', default: join(repositoryRoot(), 'data', 'bench') },
  },
});
const rounds = Math.max(ROUNDS_PER_SCAN, Number.parseInt(values.rounds, 10) || 1);
const folder = await prepare(Number(values.scale));
const header = ['query', 'threads', 'scan ms', 'star-tree ms', 'ratio', 'records', 'answers'];
const rows: string[][] = [];
for (const threads of values.threads.split(',').map(Number)) rows.push(...(await measure(threads)));
console.log(alignTable([header, ...rows]));
console.log(`\nMedians of ${rounds} rounds in which both took turns, Node ${process.version}.`);

/** The folder of the table with its trees. */
async function prepare(scale: number): Promise<string> {
  const table = await prepareTable(SSB, scale, values.data);
  const found = await nyala.probe();
  if ('missing' in found) throw new Error(found.missing);
  const copy = { name: 'StarTree', build: found.build };
  const { folder: own, stored } = await prepareCopy(table, copy, values.data, async (into) => {
    const startedMs = performance.now();
    const database = await openDatabase({ dataDirectory: into, threads: availableParallelism() });
    await database.load(SSB.table, [table.parquetPath], { config: STAR_TREE_CONFIG });
    await database.close();
    const loadPeakBytes = process.resourceUsage().maxRSS * 1024;
    return { loadMs: performance.now() - startedMs, loadPeakBytes };
  });
  const seconds = (stored.loadMs / 1000).toFixed(1);
  const megabytes = (stored.sizeBytes / 1e6).toFixed(0);
  console.log(`${table.rowCount} rows with star-trees: loaded in ${seconds} s, ${megabytes} MB\n`);
  return own;
}

async function measure(threads: number): Promise<string[][]> {
  const database = await openDatabase({ dataDirectory: folder, threads });
  const lines: string[][] = [];
  const ratios: number[] = [];
  for (const query of STAR_TREE_QUERIES) {
    const { treeMs, scanMs, records, verdict } = await raceOf(database, query);
    ratios.push(scanMs / treeMs);
    const figures = [scanMs.toFixed(2), treeMs.toFixed(3), `${(scanMs / treeMs).toFixed(1)}×`];
    lines.push([query.name, `${threads}`, ...figures, records.toLocaleString('en'), verdict]);
  }
  await database.close();
  const mean = `${geometricMean(ratios).toFixed(1)}×`;
  return [...lines, ['geometric mean', `${threads}`, '', '', mean, '', '']];
}

async function raceOf(database: Database, query: TreeQuery) {
  const tree = TIMEOUT + query.sql;
  const scan = `SET useStarTree = false; ${tree}`;
  const first = await database.sql(tree);
  const { docsScanned: records, indexesUsed } = first.stats;
  if (!indexesUsed.some((name) => name.startsWith('startree')))
    throw new Error(`${query.name} is not answered from a star-tree`);
  const verdict = await compared(database, query, plainRows(first.rows));
  for (let round = 0; round < WARM_UP_ROUNDS; round++) await database.sql(tree);
  const times = { tree: [] as number[], scan: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.tree.push(await timeOf(database, tree));
    if (round % ROUNDS_PER_SCAN === 0) times.scan.push(await timeOf(database, scan));
  }
  return { treeMs: median(times.tree), scanMs: median(times.scan), records, verdict };
}

async function timeOf(database: Database, sql: string): Promise<number> {
  const startedMs = performance.now();
  await database.sql(sql);
  return performance.now() - startedMs;
}

/** How answers agree. @throws Error when they do not. */
async function compared(
  database: Database,
  { name, sql, exact, ...shape }: TreeQuery,
  found: Rows,
): Promise<string> {
  const scanned = async (text: string) =>
    plainRows((await database.sql(`SET useStarTree = false; ${TIMEOUT}${text}`)).rows);
  if (exact === undefined) {
    const difference = compareAnswers(found, await scanned(sql), shape);
    if (difference !== null) throw new Error(`${name}: ${difference}`);
    return 'equal';
  }
  const bounds = await scanned(exact);
  found.forEach((row, at) => {
    const [low, high] = bounds[at]!.slice(-2).map(Number);
    const value = Number(row.at(-1));
    if (low! <= value && value <= high!) return;
    throw new Error(`${name}: row ${at + 1}: ${value} is not from ${low} to ${high}`);
  });
  return `±${QUANTILE_BOUND} %`;
}
