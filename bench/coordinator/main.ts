/** `npm run bench:coord`: our coordinator and Apache ZooKeeper under the same load, taking turns. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../root.ts';
import { describeMachine } from '../table.ts';
import { Ensemble } from './ensemble.ts';
import { prepareNyala } from './nyala.ts';
import {
  type Cell,
  type CellSample,
  type CoordinatorReport,
  type EnsembleSample,
  renderCoordinatorReport,
} from './report.ts';
import { prepareZooKeeper, zooKeeperMissing } from './zookeeper.ts';

const USAGE = `npm run bench:coord -- [options]
  --rounds N     rounds, each with new ensembles (default: 5)
  --servers N,…  sizes of ensembles (default: 1,3)
  --seconds S    measured time for each kind of load in a round (default: 3)`;

const OURS = 'Nyala';
const THEIRS = 'ZooKeeper 3.8';
const READ_PERCENTS = [0, 80, 100];
const OUTSTANDING = [1, 10, 100];
const WARM_UP_MS = 1_000;

const options = readOptions();
const missing = zooKeeperMissing();
if (missing !== null) stop(`bench: Apache ZooKeeper is missing: ${missing}`);
const cells: CellSample[] = [];
const ensembles: EnsembleSample[] = [];
const startedAt = new Date().toISOString();
for (let round = 0; round < options.rounds; round++) {
  for (const serverCount of options.serverCounts) await playRound(serverCount, round);
}
const report: CoordinatorReport = {
  startedAt,
  machine: describeMachine(),
  rounds: options.rounds,
  secondsPerCell: options.seconds,
  systems: [OURS, THEIRS],
  cells,
  ensembles,
};
console.log(`\n${renderCoordinatorReport(report)}`);
console.log(`\nsaved in ${await save(report)}`);

async function playRound(serverCount: number, round: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'nyala-bench-'));
  const systems: Ensemble[] = [];
  try {
    systems.push(new Ensemble(OURS, await prepareNyala({ directory, serverCount })));
    const quiet = { 'org.slf4j.simpleLogger.defaultLogLevel': 'warn' };
    const theirs = { directory, serverCount, java: 'fast', properties: quiet } as const;
    systems.push(new Ensemble(THEIRS, await prepareZooKeeper(theirs)));
    const startMs = new Map<Ensemble, number>();
    for (const system of turn(systems, round)) {
      startMs.set(system, await system.start());
      await system.perform({ kind: 'prepare' });
    }
    let cellNumber = round;
    for (const readPercent of READ_PERCENTS) {
      for (const outstanding of OUTSTANDING) {
        const cell = { serverCount, readPercent, outstanding };
        for (const system of turn(systems, cellNumber++)) cells.push(await measure(system, cell));
      }
    }
    for (const system of turn(systems, round)) {
      await system.perform({ kind: 'check' });
      const residentBytes = system.servers.map((server) => server.residentBytes() ?? Number.NaN);
      const electionMs = await system.loseLeader();
      const start = startMs.get(system)!;
      ensembles.push({
        system: system.name,
        serverCount,
        startMs: start,
        electionMs,
        residentBytes,
      });
    }
  } finally {
    for (const system of systems) await system.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Who goes first changes, so that neither always finds the machine as the other leaves it. */
function turn(systems: readonly Ensemble[], number: number): readonly Ensemble[] {
  return number % 2 === 0 ? systems : systems.toReversed();
}

async function measure(system: Ensemble, cell: Cell): Promise<CellSample> {
  const { readPercent, outstanding } = cell;
  const times = { warmUpMs: WARM_UP_MS, measureMs: options.seconds * 1_000 };
  const result = await system.perform({ kind: 'load', readPercent, outstanding, ...times });
  const seconds = result.elapsedMs / 1_000;
  const sample = {
    ...cell,
    system: system.name,
    readsPerSecond: result.reads / seconds,
    writesPerSecond: result.writes / seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
  };
  console.log(JSON.stringify(sample));
  return sample;
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: 'string', default: '5' },
        servers: { type: 'string', default: '1,3' },
        seconds: { type: 'string', default: '3' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) stop(USAGE, 0);
    return {
      rounds: positive('rounds', values.rounds),
      serverCounts: values.servers.split(',').map((text) => positive('servers', text)),
      seconds: positive('seconds', values.seconds),
    };
  } catch (error) {
    return stop(`bench: ${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

function positive(name: string, text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new Error(`--${name} must be a whole number, not '${text}'`);
  return Number(text);
}

async function save(result: CoordinatorReport): Promise<string> {
  const folder = join(repositoryRoot(), 'bench', 'results');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `coordinator-${result.startedAt.replaceAll(/[:.]/g, '-')}.json`);
  await writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
  return relative(process.cwd(), path);
}

function stop(message: string, code = 1): never {
  (code === 0 ? process.stdout : process.stderr).write(`${message}\n`);
  process.exit(code);
}
