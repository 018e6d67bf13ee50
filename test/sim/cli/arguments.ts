import { parseArgs } from 'node:util';

/** What a run of the simulator was asked for. */
export interface SimArguments {
  /** Whole clusters rather than coordinators. */
  readonly isCluster: boolean;
  /** One seed only, with its whole report. */
  readonly seed: number | null;
  /** Where a long run begins; drawn when it is not given. */
  readonly firstSeed: number | null;
  /** Cluster-hours to simulate; null with a seed or a number of seeds. */
  readonly hours: number | null;
  readonly seeds: number | null;
  readonly processes: number;
  /** Name of a planted bug. */
  readonly sabotage: string | null;
  /** Runs every planted bug until it is caught. */
  readonly allSabotages: boolean;
  /** Last happenings that a failure shows. */
  readonly events: number;
  /** Set in the processes of a long run: which of them this is. */
  readonly worker: number | null;
}

/** How the command is used. */
export const USAGE = `usage: npm run sim -- [options]
  --cluster         whole clusters of all roles (default: coordinators with clients)
  --seed N          one simulation, with a report
  --seeds N         so many, one after another
  --hours N         simulated cluster-hours, in long simulations (default 1)
  --first-seed N    where --seeds and --hours begin (default: by the clock)
  --processes N     beside each other (default 2)
  --sabotage NAME   with a planted bug; see catalogue.ts of test/sim/sabotage
  --all-sabotages   every planted bug until it is caught
  --events N        last events that a failure shows (default 60)`;

/**
 * Reads the command line.
 *
 * @throws Error for an option that is unknown or no number.
 */
export function readArguments(args: readonly string[]): SimArguments {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      cluster: { type: 'boolean' },
      seed: text,
      'first-seed': text,
      hours: text,
      seeds: text,
      processes: text,
      sabotage: text,
      'all-sabotages': { type: 'boolean' },
      events: text,
      worker: text,
    },
  });
  const seed = numberOf('seed', values.seed);
  const seeds = numberOf('seeds', values.seeds);
  const hours = numberOf('hours', values.hours);
  return {
    isCluster: values.cluster ?? false,
    seed,
    firstSeed: numberOf('first-seed', values['first-seed']),
    hours: hours ?? (seed === null && seeds === null ? 1 : null),
    seeds,
    processes: numberOf('processes', values.processes) ?? 2,
    sabotage: values.sabotage ?? null,
    allSabotages: values['all-sabotages'] ?? false,
    events: numberOf('events', values.events) ?? 60,
    worker: numberOf('worker', values.worker),
  };
}

function numberOf(name: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0) {
    throw new Error(`sim: expected a number for --${name}, found '${value}'`);
  }
  return number;
}
