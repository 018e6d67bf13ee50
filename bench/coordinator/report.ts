import type { Machine } from '../table.ts';
import { median } from '../timing.ts';

/** One kind of load. */
export interface Cell {
  readonly serverCount: number;
  /** Of 100 requests, how many read. */
  readonly readPercent: number;
  readonly outstanding: number;
}

/** What one round measured for one system under one kind of load. */
export interface CellSample extends Cell {
  readonly system: string;
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What one round measured for the servers of one system. */
export interface EnsembleSample {
  readonly system: string;
  readonly serverCount: number;
  /** From starting the processes to the first answered write. */
  readonly startMs: number;
  /** From killing the leader to the next answered write; null where nobody led. */
  readonly electionMs: number | null;
  /** Resident memory of each server after the load. */
  readonly residentBytes: readonly number[];
}

/** A whole run, as the JSON file holds it. */
export interface CoordinatorReport {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly secondsPerCell: number;
  /** The first one is compared with the other. */
  readonly systems: readonly string[];
  readonly cells: readonly CellSample[];
  readonly ensembles: readonly EnsembleSample[];
}

/** Medians over the rounds and how many times better the first system is, as text. */
export function renderCoordinatorReport(report: CoordinatorReport): string {
  return [...renderCells(report), '', ...renderEnsembles(report)].join('\n');
}

function renderCells({ cells, systems }: CoordinatorReport): string[] {
  const lines = [row('servers', 'reads', 'waiting', 'what', ...systems, 'ratio')];
  for (const cell of distinctCells(cells)) {
    const place = [`${cell.serverCount}`, `${cell.readPercent} %`, `${cell.outstanding}`];
    for (const [what, pick, isMoreBetter] of MEASURES) {
      const medians = systems.map((system) => {
        const samples = cells.filter((sample) => sample.system === system && isSame(sample, cell));
        return median(samples.map(pick));
      });
      if (medians.every((value) => value === 0)) continue;
      lines.push(row(...place, what, ...medians.map(number), ratio(medians, isMoreBetter)));
    }
  }
  return lines;
}

const MEASURES: readonly (readonly [string, (sample: CellSample) => number, boolean])[] = [
  ['writes/s', (sample) => sample.writesPerSecond, true],
  ['reads/s', (sample) => sample.readsPerSecond, true],
  ['p50 ms', (sample) => sample.p50Ms, false],
  ['p99 ms', (sample) => sample.p99Ms, false],
];

function renderEnsembles({ ensembles, systems }: CoordinatorReport): string[] {
  const lines = [row('servers', '', '', 'what', ...systems, 'ratio')];
  const counts = [...new Set(ensembles.map(({ serverCount }) => serverCount))];
  for (const serverCount of counts) {
    for (const [what, pick] of ENSEMBLE_MEASURES) {
      const medians = systems.map((system) => {
        const samples = ensembles.filter(
          (sample) => sample.system === system && sample.serverCount === serverCount,
        );
        return median(samples.map(pick).filter((value) => value !== null));
      });
      if (medians.some((value) => Number.isNaN(value))) continue;
      const place = [`${serverCount}`, '', '', what];
      lines.push(row(...place, ...medians.map(number), ratio(medians, false)));
    }
  }
  return lines;
}

const ENSEMBLE_MEASURES: readonly (readonly [string, (sample: EnsembleSample) => number | null])[] =
  [
    ['start ms', (sample) => sample.startMs],
    ['election ms', (sample) => sample.electionMs],
    ['MiB a server', ({ residentBytes }) => Math.max(...residentBytes) / 1_048_576],
  ];

function distinctCells(cells: readonly CellSample[]): Cell[] {
  const distinct: Cell[] = [];
  for (const cell of cells) if (!distinct.some((other) => isSame(cell, other))) distinct.push(cell);
  return distinct;
}

function isSame(one: Cell, other: Cell): boolean {
  return (
    one.serverCount === other.serverCount &&
    one.readPercent === other.readPercent &&
    one.outstanding === other.outstanding
  );
}

/** Above 1 the first system is better. */
function ratio([ours = Number.NaN, theirs = Number.NaN]: number[], isMoreBetter: boolean): string {
  return (isMoreBetter ? ours / theirs : theirs / ours).toFixed(2);
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function row(...columns: readonly string[]): string {
  return columns.map((column) => column.padStart(15)).join('');
}
