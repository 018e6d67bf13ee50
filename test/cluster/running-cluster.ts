import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFree } from '../../bench/coordinator/free-ports.ts';
import { type ListedProcess, readProcessList } from '../../src/cli/process-list.ts';
import { type NyalaProcess, nyala } from '../cli/process.ts';

/** How many processes of each role. */
export interface Counts {
  readonly coordinators: number;
  readonly controllers: number;
  readonly servers: number;
  readonly brokers: number;
}

/** A cluster of processes on this machine, run by `nyala up`. */
export interface RunningCluster {
  /** Its configuration, for other commands. */
  readonly topologyFile: string;
  readonly up: NyalaProcess;
  /** Base URLs. */
  readonly controllers: readonly string[];
  readonly brokers: readonly string[];
  /** `host:port,…` of the coordinators. */
  readonly coordinators: string;
  /** For data of further processes; goes with the cluster. */
  readonly directory: string;
  /** What runs now. */
  processes(): Promise<ListedProcess[]>;
  /** Stops all of them and removes their data. */
  stop(): Promise<void>;
}

/**
 * Starts `nyala up` with its data in a temporary folder; resolves when all processes are ready.
 *
 * @param replication servers that hold each segment.
 */
export async function startCluster(counts: Counts, replication: number): Promise<RunningCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'nyala-cluster-'));
  const data = join(directory, 'data');
  const topologyFile = join(directory, 'topology.yaml');
  const base = await freeBase(counts);
  const configuration = {
    data,
    topology: counts,
    coordinator: { port: base, peerPort: base + 10, httpPort: base + 20 },
    controller: { port: base + 30, replication },
    server: { port: base + 31, memory: '256m', threads: 1 },
    broker: { port: base + 32 },
  };
  // JSON is YAML.
  await writeFile(topologyFile, JSON.stringify(configuration));
  const up = nyala(['up', '--topology', topologyFile]);
  const stop = async () => {
    up.child.kill('SIGTERM');
    await up.ended;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await up.prints('Stop them with Ctrl-C');
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = (offset: number, count: number) =>
    Array.from({ length: count }, (_, index) => `http://127.0.0.1:${base + offset + 100 * index}`);
  return {
    topologyFile,
    up,
    controllers: urls(30, counts.controllers),
    brokers: urls(32, counts.brokers),
    coordinators: range(base, counts.coordinators, 1)
      .map((port) => `127.0.0.1:${port}`)
      .join(),
    directory,
    processes: () => readProcessList(data),
    stop,
  };
}

/** Below the ports that systems hand out by themselves. */
const BASE_MIN = 20_000;
const BASE_MAX = 30_000;

/** A port such that those which the cluster needs from it on are free. */
async function freeBase(counts: Counts): Promise<number> {
  for (;;) {
    const base = BASE_MIN + 1_000 * Math.floor((Math.random() * (BASE_MAX - BASE_MIN)) / 1_000);
    const ports = [
      ...[0, 10, 20].flatMap((offset) => range(base + offset, counts.coordinators, 1)),
      ...range(base + 30, counts.controllers, 100),
      ...range(base + 31, counts.servers, 100),
      ...range(base + 32, counts.brokers, 100),
    ];
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
}

function range(start: number, count: number, step: number): number[] {
  return Array.from({ length: count }, (_, index) => start + index * step);
}
