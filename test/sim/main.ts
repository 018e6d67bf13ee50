import { readArguments, type SimArguments, USAGE } from './cli/arguments.ts';
import { runProcesses, TOTALS_MARK } from './cli/processes.ts';
import { failureCount, type Totals, totalsLine } from './cli/totals.ts';
import { requestOf, systemOf, workThrough } from './cli/work.ts';
import { failureReport } from './report.ts';
import { catchAll, catchOne } from './sabotage/catch.ts';

const PROGRESS_EVERY_MS = 10_000;
const SEEDS_UNTIL_CAUGHT_MAX = 2_000;

/**
 * The simulator's command line.
 *
 * @param script what Node is to run for the processes of a long run.
 * @returns the exit code: 1 when a promise was broken, or a planted bug was not caught; 2 for a
 *   command line that says nothing.
 */
export async function main(args: readonly string[], script: string): Promise<number> {
  let asked: SimArguments;
  try {
    asked = readArguments(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return 2;
  }
  if (asked.worker !== null) return work(asked, asked.worker);
  const system = systemOf(asked);
  if (asked.allSabotages) {
    return (await catchAll(system, SEEDS_UNTIL_CAUGHT_MAX, console.log)) ? 0 : 1;
  }
  if (asked.seed !== null) return runSeed(asked, asked.seed);
  if (asked.sabotage !== null && asked.seeds === null) {
    const isCaught = await catchOne(system, asked.sabotage, SEEDS_UNTIL_CAUGHT_MAX, console.log);
    return isCaught ? 0 : 1;
  }
  return runMany(asked, script);
}

async function runSeed(asked: SimArguments, seed: number): Promise<number> {
  console.log(`SEED=${seed}`);
  const outcome = await systemOf(asked).simulate(seed, requestOf(asked));
  console.log(failureReport(outcome, asked));
  console.log(`trace hash ${outcome.traceHash}, ${outcome.events} events`);
  return outcome.failure === null ? 0 : 1;
}

async function runMany(asked: SimArguments, script: string): Promise<number> {
  const firstSeed = asked.firstSeed ?? Date.now() % 2 ** 31;
  console.log(`SEED=${firstSeed}`);
  const startedMs = performance.now();
  let nextMs = startedMs + PROGRESS_EVERY_MS;
  const total = await runProcesses(script, asked, firstSeed, (totals) => {
    if (performance.now() < nextMs) return;
    nextMs += PROGRESS_EVERY_MS;
    console.log(`${seconds(startedMs)}: ${totalsLine(totals)}`);
  });
  console.log(`${totalsLine(total)}, in ${seconds(startedMs)}`);
  return failureCount(total) === 0 ? 0 : 1;
}

async function work(asked: SimArguments, worker: number): Promise<number> {
  const range = {
    firstSeed: (asked.firstSeed ?? 1) + worker,
    stride: asked.processes,
    share: 1 / asked.processes,
  };
  const tell = (totals: Totals): void => console.log(TOTALS_MARK + JSON.stringify(totals));
  await workThrough(asked, range, console.log, tell);
  return 0;
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1_000).toFixed(0)} s`;
}
