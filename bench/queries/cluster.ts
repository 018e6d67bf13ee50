import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ListedProcess, readProcessList } from '../../src/cli/process-list.ts';
import { freePorts } from '../coordinator/free-ports.ts';
import { repositoryRoot } from '../root.ts';

/** A cluster of processes on this machine, run by `nyala up`: one of each role, and two servers. */
export interface BenchCluster {
  /** Base URLs. */
  readonly controller: string;
  readonly broker: string;
  /** What runs. */
  processes(): Promise<ListedProcess[]>;
  /** Stops all of them and removes their data. */
  stop(): Promise<void>;
}

/** Runs a command of the built program to its end. @throws Error with what it printed when it fails. */
export async function runNyala(args: readonly string[]): Promise<void> {
  const { child, output } = spawnNyala(args);
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`nyala ${args[0]} ended with ${code}: ${output()}`);
}

/**
 * Starts a cluster; resolves when all its processes are ready.
 *
 * @param settings sections of the configuration file beside ports and data, by role.
 */
export async function startBenchCluster(
  settings: Readonly<Record<'server' | 'broker' | 'controller', object>>,
): Promise<BenchCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'nyala-queries-'));
  const data = join(directory, 'data');
  const [port = 0, peerPort = 0, httpPort = 0, controller = 0, broker = 0] = await freePorts(5);
  const [server = 0] = await freePorts(1);
  const configuration = {
    data,
    topology: { coordinators: 1, controllers: 1, servers: 2, brokers: 1 },
    coordinator: { port, peerPort, httpPort },
    controller: { port: controller, ...settings.controller },
    server: { port: server, ...settings.server },
    broker: { port: broker, ...settings.broker },
  };
  const file = join(directory, 'topology.yaml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(configuration));
  const { child, output } = spawnNyala(['up', '--topology', file]);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.on('close', resolve));
    }
    await rm(directory, { recursive: true });
  };
  while (!output().includes('Stop them with Ctrl-C')) {
    if (child.exitCode !== null) {
      await stop();
      throw new Error(`nyala up ended: ${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const url = (at: number): string => `http://127.0.0.1:${at}`;
  return {
    controller: url(controller),
    broker: url(broker),
    processes: () => readProcessList(data),
    stop,
  };
}

/** Processor time that a process has had, in milliseconds; Linux counts it in hundredths of a second. */
export async function processorMs(processId: number): Promise<number> {
  const text = await readFile(`/proc/${processId}/stat`, 'utf8');
  // The command, in parentheses, may hold blanks; user and system time are fields 14 and 15.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Memory of a process that is in RAM, in bytes. */
export async function residentBytes(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

function spawnNyala(args: readonly string[]): { child: ChildProcess; output: () => string } {
  const program = join(repositoryRoot(), 'bin', 'nyala.js');
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes) => {
      output += bytes;
    });
  }
  return { child, output: () => output };
}
