import type { StoredTable } from './data.ts';
import { alignTable, type Machine } from './table.ts';
import { geometricMean, median } from './timing.ts';

/** What an engine did with one query. */
export interface EngineOutcome {
  /** One sample a round, with the columns in memory. */
  readonly hotMs: readonly number[];
  /** One sample a round, each after opening the database. */
  readonly coldMs: readonly number[];
  /** Why there are no samples. */
  readonly problem?: Problem;
}

/** What is the matter with an engine's answer. */
export interface Problem {
  readonly kind: 'not supported' | 'failed' | 'differs';
  readonly text: string;
}

/** One query on all engines. */
export interface QueryResult {
  readonly name: string;
  readonly sql: string;
  /** By the engine's name; engines that do not take part are left out. */
  readonly outcomes: Readonly<Record<string, EngineOutcome>>;
}

/** All queries with one number of threads. */
export interface BenchRun {
  readonly threads: number;
  readonly queries: readonly QueryResult[];
  /** Greatest resident memory of each engine's process over all hot rounds, in bytes. */
  readonly peakBytes: Readonly<Record<string, number>>;
  /** How long each engine took from opening to the answer of the suite's opening question. */
  readonly openMs: Readonly<Record<string, number>>;
}

/** An engine that took part. */
export interface BenchEngine {
  readonly name: string;
  readonly version: string;
  /** Null for an engine that keeps no files. */
  readonly stored: StoredTable | null;
}

/** A whole run, as the JSON file holds it. */
export interface BenchReport {
  readonly suite: string;
  readonly scale: number;
  readonly rowCount: number;
  readonly startedAt: string;
  readonly machine: Machine;
  /** As many as were asked for; slow queries have fewer samples. */
  readonly rounds: number;
  readonly coldRounds: number;
  readonly parquetBytes: number;
  /** The first one is compared with the others. */
  readonly engines: readonly BenchEngine[];
  readonly missing: readonly { readonly name: string; readonly missing: string }[];
  readonly runs: readonly BenchRun[];
}

/** Which samples are meant. */
export type Temperature = 'hot' | 'cold';

/** The median of an engine's samples for a query, or null when there are none. */
export function medianMs(
  { outcomes }: QueryResult,
  engine: string,
  temperature: Temperature = 'hot',
): number | null {
  const samples = outcomes[engine]?.[temperature === 'hot' ? 'hotMs' : 'coldMs'] ?? [];
  return samples.length === 0 ? null : median(samples);
}

/** How many times faster the first engine is than another, or null when one of them did not run. */
export function ratioOf(
  query: QueryResult,
  first: string,
  other: string,
  temperature: Temperature = 'hot',
): number | null {
  const own = medianMs(query, first, temperature);
  const theirs = medianMs(query, other, temperature);
  return own === null || theirs === null ? null : theirs / own;
}

/** The geometric mean of the ratios over all queries that both ran, or null without any. */
export function overallRatio(
  { queries }: BenchRun,
  first: string,
  other: string,
  temperature: Temperature = 'hot',
): number | null {
  const ratios = queries.flatMap((query) => ratioOf(query, first, other, temperature) ?? []);
  return ratios.length === 0 ? null : geometricMean(ratios);
}

/**
 * The table of medians, in Markdown that reads as well in a terminal. A ratio is the other engine's
 * median over the first engine's: above 1 the first one is faster.
 */
export function renderTable(
  { engines }: BenchReport,
  run: BenchRun,
  temperature: Temperature,
): string {
  const names = engines.map(({ name }) => name);
  const [first = '', ...others] = names;
  const header = ['query', ...names.map((name) => `${name} ms`), ...others.map((o) => `vs ${o}`)];
  const rows = run.queries.map((query) => [
    query.name,
    ...names.map(
      (name) => query.outcomes[name]?.problem?.kind ?? formatMs(medianMs(query, name, temperature)),
    ),
    ...others.map((other) => formatRatio(ratioOf(query, first, other, temperature))),
  ]);
  const mean = [
    'geometric mean',
    ...names.map((name) => formatMs(meanOfMedians(run, name, temperature))),
    ...others.map((other) => formatRatio(overallRatio(run, first, other, temperature))),
  ];
  return alignTable([header, ...rows, mean]);
}

/** What each engine needs beside time: a row an engine. */
export function renderCosts({ engines, runs, parquetBytes, rowCount }: BenchReport): string {
  const header = [
    'engine',
    'on disk MiB',
    'of Parquet',
    'load s',
    'rows/s',
    'load peak MiB',
    ...runs.flatMap(({ threads }) => [`open ms, ${threads} thr.`, `peak MiB, ${threads} thr.`]),
  ];
  const rows = engines.map(({ name, stored }) => [
    name,
    ...(stored === null
      ? ['', '', '', '', '']
      : [
          formatMiB(stored.sizeBytes),
          `${((100 * stored.sizeBytes) / parquetBytes).toFixed(0)} %`,
          (stored.loadMs / 1000).toFixed(1),
          Math.round((rowCount / stored.loadMs) * 1000).toLocaleString('en'),
          formatMiB(stored.loadPeakBytes),
        ]),
    ...runs.flatMap(({ openMs, peakBytes }) => [
      stored === null ? '' : formatMs(openMs[name] ?? null),
      formatMiB(peakBytes[name] ?? 0),
    ]),
  ]);
  return alignTable([header, ...rows]);
}

/** What went wrong, a line each; empty when nothing did. */
export function renderProblems({ runs }: BenchReport): string {
  const lines = runs.flatMap(({ queries }) =>
    queries.flatMap(({ name, outcomes }) =>
      Object.entries(outcomes).flatMap(([engine, { problem }]) =>
        problem === undefined ? [] : [`${name}, ${engine}: ${problem.kind}: ${problem.text}`],
      ),
    ),
  );
  return [...new Set(lines)].join('\n');
}

/** What a reader of the tables must know, in one paragraph. */
export function renderConditions(report: BenchReport): string {
  const { machine, rowCount, rounds, coldRounds } = report;
  const engines = report.engines.map(({ name, version }) => `${name} ${version}`).join(', ');
  const memory = `${Math.round(machine.memoryBytes / 2 ** 30)} GiB`;
  return (
    `${rowCount.toLocaleString('en')} rows. Hot: medians of up to ${rounds} rounds in which the ` +
    `engines took turns, each in a process of its own. Cold: ${coldRounds} round(s), each after ` +
    'opening the database again and a question about another column, its files in the cache of ' +
    'the operating system. A time ends when ' +
    'all rows of the answer are JavaScript values. Peaks are the resident memory of each process ' +
    `over all hot rounds. On ${machine.processor} (${machine.cores} cores, ${memory}), Node ` +
    `${machine.node}: ${engines}. Answers were checked to be equal; a ratio above 1× means that ` +
    `${report.engines[0]!.name} is faster.`
  );
}

/** A number of milliseconds in three or four digits. */
export function formatMs(value: number | null): string {
  return value === null ? '' : value.toFixed(value < 10 ? 2 : 1);
}

/** A ratio as `2.50×`. */
export function formatRatio(value: number | null): string {
  return value === null ? '' : `${value.toFixed(value < 10 ? 2 : 1)}×`;
}

function formatMiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0);
}

function meanOfMedians(
  { queries }: BenchRun,
  engine: string,
  temperature: Temperature,
): number | null {
  const medians = queries.flatMap((query) => medianMs(query, engine, temperature) ?? []);
  return medians.length === 0 ? null : geometricMean(medians);
}
