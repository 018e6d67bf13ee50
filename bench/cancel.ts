/**
 * `npm run bench:cancel -- [--scale 5] [--threads 1,2] [--rounds 12] [--seed N] [--only NAME,…]`: heavy
 * queries on the hits table, each cancelled at random moments of its run: how long after the cancel the
 * caller gets the error.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Prng } from '../src/base/prng.ts';
import { type Database, openDatabase } from '../src/client/index.ts';
import { prepareCopy, prepareTable } from './data.ts';
import { nyala } from './engines/nyala.ts';
import { repositoryRoot } from './root.ts';
import { HITS } from './suites/hits.ts';
import { alignTable } from './table.ts';

/** Beyond the limits that queries have by default: these are to be heavy. */
const SETTINGS =
  'SET timeoutMs = 600000; SET numGroupsLimit = 1000000000; SET maxQueryMemoryBytes = 100000000000;';

/** A query that is not done by then is cancelled, which tells its length as well. */
const LENGTH_MS_MAX = 8_000;

/** By name; `fresh` is another number each time, so that nothing found for one run serves the next. */
const QUERIES: Readonly<Record<string, (fresh: number) => string>> = {
  groups: () =>
    'SELECT WatchID, ClientIP, COUNT(*) FROM hits GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 9',
  'groups of texts': () => 'SELECT URL, Title, COUNT(*) FROM hits GROUP BY 1, 2 ORDER BY 3 LIMIT 9',
  'groups of computed texts': (fresh) =>
    `SELECT CONCAT(URL, '${fresh}', CAST(UserID AS VARCHAR)), COUNT(*) FROM hits GROUP BY 1 LIMIT 9`,
  'groups to the caller': () => 'SELECT WatchID, URL, COUNT(*) FROM hits GROUP BY 1, 2',
  'groups that are merged': () =>
    'SELECT UserID, ClientIP, MODE(RegionID), COUNT(DISTINCT URL) FROM hits GROUP BY 1, 2 LIMIT 9',
  'grouping sets': () =>
    'SELECT RegionID, UserID, COUNT(*) FROM hits GROUP BY ROLLUP (RegionID, UserID) LIMIT 9',
  'sub-query': () =>
    'SELECT c, COUNT(*) FROM (SELECT WatchID, COUNT(*) AS c FROM hits GROUP BY 1) AS s GROUP BY 1',
  distinct: () =>
    'SELECT COUNT(DISTINCT UserID), COUNT(DISTINCT URL) FROM hits WHERE IsRefresh = 0',
  'distinct rows': () => 'SELECT DISTINCT WatchID, URL FROM hits ORDER BY 1 LIMIT 9',
  median: () => 'SELECT MEDIAN(CAST(WatchID AS DOUBLE)), MEDIAN(UserID) FROM hits',
  'medians of groups': () =>
    'SELECT RegionID, MEDIAN(CAST(WatchID AS DOUBLE)) FROM hits GROUP BY 1',
  sketches: () =>
    'SELECT UserID, DISTINCTCOUNTHLL(URL), DISTINCTCOUNTTHETASKETCH(URL) FROM hits GROUP BY 1 LIMIT 9',
  'quantile sketches': () => 'SELECT RegionID, PERCENTILETDIGEST(WatchID, 50) FROM hits GROUP BY 1',
  list: () =>
    'SELECT COUNT(DISTINCT URL), ARRAY_LENGTH(ARRAY_AGG(WatchID)) FROM hits WHERE CounterID < 1000',
  moments: () => 'SELECT UserID, STDDEV_SAMP(WatchID) FROM hits GROUP BY 1 ORDER BY 2 DESC LIMIT 9',
  'first rows': () => 'SELECT WatchID, URL, Title FROM hits ORDER BY Title, WatchID LIMIT 500000',
  'all rows': () => 'SELECT WatchID, URL FROM hits ORDER BY URL, WatchID LIMIT 5000000',
  'rows to the caller': () => 'SELECT WatchID, URL, Title, EventTime FROM hits LIMIT 2000000',
  'regular expression': (fresh) =>
    `SELECT COUNT(*) FROM hits WHERE REGEXP_LIKE(URL, '([a-z]+/)*x${fresh}.*[0-9]{3}$')`,
  replacement: (fresh) =>
    `SELECT REGEXP_REPLACE(Referer, '^https?://([^/]+)/.*$', '$1${fresh}'), COUNT(*) FROM hits GROUP BY 1`,
  'computed text': (fresh) =>
    `SELECT MIN(UPPER(REVERSE(CONCAT(URL, '${fresh}', Title)))) FROM hits`,
};

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '12' },
    seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
    only: { type: 'string', default: Object.keys(QUERIES).join() },
    data: { type: 'string', default: join(repositoryRoot(), 'data', 'bench') },
  },
});
const seed = Number(values.seed);
const prng = new Prng(seed);
console.log(`cancel: SEED=${seed}`);
const folder = await prepareDatabase();
for (const threads of values.threads.split(',').map(Number)) await measure(threads);

async function prepareDatabase(): Promise<string> {
  const table = await prepareTable(HITS, Number(values.scale), values.data);
  const found = await nyala.probe();
  if ('missing' in found) throw new Error(found.missing);
  const engine = { name: nyala.name, build: found.build };
  const copy = await prepareCopy(table, engine, values.data, async (into) => {
    const startedMs = performance.now();
    await nyala.load(table, { folder: into, threads: 2 });
    return { loadMs: performance.now() - startedMs, loadPeakBytes: 0 };
  });
  return copy.folder;
}

async function measure(threads: number): Promise<void> {
  const database = await openDatabase({ dataDirectory: folder, threads });
  const rows = [['query', 'whole ms', 'cancels', 'p50 ms', 'p99 ms', 'max ms']];
  const all: number[] = [];
  for (const name of values.only.split(',')) {
    const query = QUERIES[name];
    if (query === undefined) throw new Error(`cancel: no query is named ${name}`);
    const sql = () => `${SETTINGS} ${query(prng.integer(0, 1_000_000_000))}`;
    const lengthMs = (await cancelAfter(database, sql(), LENGTH_MS_MAX)).elapsedMs;
    const latencies: number[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const { latencyMs } = await cancelAfter(database, sql(), prng.float() * lengthMs);
      if (latencyMs !== null) latencies.push(latencyMs);
    }
    all.push(...latencies);
    rows.push([name, lengthMs.toFixed(0), ...figures(latencies)]);
  }
  rows.push(['all', '', ...figures(all)]);
  await database.close();
  console.log(`\n${alignTable(rows)}\n\n${threads} threads, Node ${process.version}.`);
}

/**
 * Runs a statement and cancels it.
 *
 * @returns how long it ran, and how much of that was after the moment of the cancel; null when it was over.
 */
async function cancelAfter(
  database: Database,
  sql: string,
  delayMs: number,
): Promise<{ readonly elapsedMs: number; readonly latencyMs: number | null }> {
  const controller = new AbortController();
  const startedMs = performance.now();
  const timer = setTimeout(() => controller.abort(), delayMs);
  try {
    await database.sql(sql, { signal: controller.signal });
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  // A timer is late when the thread is busy: what counts is when it was due.
  const elapsedMs = performance.now() - startedMs;
  return { elapsedMs, latencyMs: elapsedMs > delayMs ? elapsedMs - delayMs : null };
}

function figures(latencies: readonly number[]): string[] {
  const sorted = [...latencies].sort((left, right) => left - right);
  const at = (share: number): string =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]?.toFixed(1) ?? '';
  return [`${sorted.length}`, at(0.5), at(0.99), at(1)];
}
