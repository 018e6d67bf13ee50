import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { SimArguments } from './arguments.ts';
import { addTotals, noTotals, type Totals } from './totals.ts';

/** What a process of a long run writes for its parent: one such line for each simulation. */
export const TOTALS_MARK = 'totals ';

/**
 * Runs the simulator in several processes beside each other and adds up what they tell.
 *
 * @param script what Node is to run with the given arguments.
 * @param progress hears of the sum so far.
 */
export async function runProcesses(
  script: string,
  asked: SimArguments,
  firstSeed: number,
  progress: (totals: Totals) => void,
): Promise<Totals> {
  const latest: Totals[] = Array.from({ length: asked.processes }, noTotals);
  const running = latest.map((_, worker) => {
    const args = workerArguments(asked, firstSeed, worker);
    return runOne(script, args, (totals) => {
      latest[worker] = totals;
      progress(sum(latest));
    });
  });
  const codes = await Promise.all(running);
  const total = sum(latest);
  const crashed = codes.filter((code) => code !== 0).length;
  if (crashed > 0) addTotals(total, { ...noTotals(), failures: { 'ended process': crashed } });
  return total;
}

function workerArguments(asked: SimArguments, firstSeed: number, worker: number): string[] {
  const args = ['--worker', String(worker), '--first-seed', String(firstSeed)];
  args.push('--processes', String(asked.processes), '--events', String(asked.events));
  if (asked.isCluster) args.push('--cluster');
  if (asked.hours !== null) args.push('--hours', String(asked.hours));
  if (asked.seeds !== null) args.push('--seeds', String(asked.seeds));
  if (asked.sabotage !== null) args.push('--sabotage', asked.sabotage);
  return args;
}

function runOne(
  script: string,
  args: readonly string[],
  onTotals: (totals: Totals) => void,
): Promise<number | null> {
  const child = spawn(process.execPath, ['--enable-source-maps', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    if (line.startsWith(TOTALS_MARK)) onTotals(JSON.parse(line.slice(TOTALS_MARK.length)));
    else console.log(line);
  });
  return new Promise((resolve) => {
    let code: number | null = null;
    let isRead = false;
    const finish = (): void => {
      if (isRead) resolve(code);
    };
    lines.on('close', () => {
      isRead = true;
      if (code !== null) finish();
    });
    child.on('close', (exitCode) => {
      code = exitCode ?? 1;
      finish();
    });
  });
}

function sum(list: readonly Totals[]): Totals {
  const total = noTotals();
  for (const totals of list) addTotals(total, totals);
  return total;
}
