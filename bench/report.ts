import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { MissingEngine } from './engine.ts';
import type { DemoQuery } from './queries.ts';
import { geometricMean, median } from './timing.ts';

/** What one query took. */
export interface QueryResult {
  readonly name: string;
  readonly sql: string;
  /** Per engine that ran it, by name: one sample a round. */
  readonly samplesMs: Readonly<Record<string, readonly number[]>>;
  /** Per engine whose answer was not the first engine's: the first difference. */
  readonly differences: Readonly<Record<string, string>>;
}

/** A whole run, as the JSON file holds it. */
export interface BenchReport {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly threads: number;
  readonly rounds: number;
  /** The first one is compared with the others. */
  readonly engines: readonly { readonly name: string; readonly version: string }[];
  readonly missing: readonly MissingEngine[];
  readonly queries: readonly QueryResult[];
}

/** Where the numbers come from. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
}

/** This machine. */
export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
  };
}

/** Makes a query's result out of samples in the order of `engineNames`. */
export function queryResult(
  query: DemoQuery,
  engineNames: readonly string[],
  samples: readonly (readonly number[])[],
  differences: Readonly<Record<string, string>>,
): QueryResult {
  const samplesMs = Object.fromEntries(engineNames.map((name, index) => [name, samples[index]!]));
  return { name: query.name, sql: query.sql, samplesMs, differences };
}

/** The median of an engine's samples for a query, or null when it did not run it. */
export function medianMs(query: QueryResult, engine: string): number | null {
  const samples = query.samplesMs[engine];
  return samples === undefined || samples.length === 0 ? null : median(samples);
}

/** How many times faster the first engine is than another, over all queries that both ran. */
export function overallRatio(report: BenchReport, other: string): number | null {
  const first = report.engines[0]!.name;
  const ratios = report.queries.flatMap((query) => ratioOf(query, first, other) ?? []);
  return ratios.length === 0 ? null : geometricMean(ratios);
}

/**
 * The table of medians, in Markdown that reads as well in a terminal. A ratio is the other engine's
 * median over the first engine's: above 1 the first one is faster.
 */
export function renderTable(report: BenchReport): string {
  const names = report.engines.map(({ name }) => name);
  const [first = '', ...others] = names;
  const header = ['query', ...names.map((name) => `${name} ms`), ...others.map((o) => `vs ${o}`)];
  const rows = report.queries.map((query) => [
    query.name,
    ...names.map((name) => (query.differences[name] ? 'differs' : formatMs(medianMs(query, name)))),
    ...others.map((other) => formatRatio(ratioOf(query, first, other))),
  ]);
  const mean = [
    'geometric mean',
    ...names.map((name) => formatMs(meanOfMedians(report, name))),
    ...others.map((other) => formatRatio(overallRatio(report, other))),
  ];
  return alignTable([header, ...rows, mean]);
}

/** What a reader of the table must know, in one paragraph. */
export function renderConditions(report: BenchReport): string {
  const { machine } = report;
  const engines = report.engines.map(({ name, version }) => `${name} ${version}`).join(', ');
  const memory = `${Math.round(machine.memoryBytes / 2 ** 30)} GiB`;
  return (
    `Medians of ${report.rounds} rounds in which the engines took turns, ${report.threads} ` +
    `thread(s) each, on ${machine.processor} (${machine.cores} cores, ${memory}), ` +
    `Node ${machine.node}: ${engines}. Answers were checked to be equal; a ratio above 1× means ` +
    `that ${report.engines[0]!.name} is faster.`
  );
}

/** Pads the cells of rows, the first of which is the header; all but the first column are numbers. */
export function alignTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [header, ...body] = rows.map((row) =>
    line(
      row.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      ),
    ),
  );
  const rule = `|${widths
    .map((width, column) => `${'-'.repeat(width + 1)}${column === 0 ? '-' : ':'}`)
    .join('|')}|`;
  return [header, rule, ...body].join('\n');
}

function ratioOf(query: QueryResult, first: string, other: string): number | null {
  const own = medianMs(query, first);
  const theirs = medianMs(query, other);
  return own === null || theirs === null ? null : theirs / own;
}

function meanOfMedians(report: BenchReport, engine: string): number | null {
  const medians = report.queries.flatMap((query) => medianMs(query, engine) ?? []);
  return medians.length === 0 ? null : geometricMean(medians);
}

function formatMs(value: number | null): string {
  return value === null ? '' : value.toFixed(value < 10 ? 2 : 1);
}

function formatRatio(value: number | null): string {
  return value === null ? '' : `${value.toFixed(value < 10 ? 2 : 1)}×`;
}
