import type { Outcome } from '../outcome.ts';

/** What a number of simulations add up to. */
export interface Totals {
  seeds: number;
  simulatedMs: number;
  events: number;
  faults: number;
  operations: number;
  undecided: number;
  /** Failures by kind. */
  failures: Record<string, number>;
}

export function noTotals(): Totals {
  return {
    seeds: 0,
    simulatedMs: 0,
    events: 0,
    faults: 0,
    operations: 0,
    undecided: 0,
    failures: {},
  };
}

export function addOutcome(totals: Totals, outcome: Outcome): void {
  const kinds = outcome.failure === null ? {} : { [outcome.failure.kind]: 1 };
  addTotals(totals, { ...outcome, seeds: 1, failures: kinds });
}

export function addTotals(totals: Totals, other: Totals): void {
  totals.seeds += other.seeds;
  totals.simulatedMs += other.simulatedMs;
  totals.events += other.events;
  totals.faults += other.faults;
  totals.operations += other.operations;
  totals.undecided += other.undecided;
  for (const [kind, count] of Object.entries(other.failures)) {
    totals.failures[kind] = (totals.failures[kind] ?? 0) + count;
  }
}

export function failureCount(totals: Totals): number {
  return Object.values(totals.failures).reduce((sum, count) => sum + count, 0);
}

/** All of it in one line. */
export function totalsLine(totals: Totals): string {
  const kinds = Object.entries(totals.failures).map(([kind, count]) => `${count} ${kind}`);
  return (
    `${totals.seeds} seeds, ${(totals.simulatedMs / 3_600_000).toFixed(2)} simulated cluster-hours, ` +
    `${totals.faults} faults, ${totals.operations} operations, ` +
    `${totals.undecided} undecided, ${failureCount(totals)} violations` +
    (kinds.length > 0 ? ` (${kinds.join(', ')})` : '')
  );
}
