import { resolve } from 'node:path';
import { EngineError } from '../../base/errors.ts';
import { nodeDisk } from '../../io/node-disk.ts';
import { reportBackgroundError } from '../background-errors.ts';
import { readConfiguration } from '../configuration.ts';
import {
  isRunning,
  type ListedProcess,
  processListPath,
  readProcessList,
  writeProcessList,
} from '../process-list.ts';
import { Supervisor } from '../supervisor.ts';
import { durationText, print, untilStopped } from '../terminal.ts';
import { instancesOf, ROLES } from '../topology.ts';

/** `nyala up`: runs every process of a topology on this machine until it is told to stop. */
export async function up(options: { readonly topology: string }): Promise<void> {
  const configuration = await readConfiguration(options.topology);
  const instances = instancesOf(configuration);
  const directory = resolve(configuration.data);
  await refuseSecond(directory);
  const logDirectory = `${directory}/logs`;
  await nodeDisk.makeDirectory(logDirectory);
  let writing = Promise.resolve();
  const supervisor = new Supervisor({
    command: [process.execPath, process.argv[1]!],
    logDirectory,
    report: print,
    onChange: (processes: readonly ListedProcess[]) => {
      writing = writing
        .then(() => writeProcessList(directory, processes))
        .catch(reportBackgroundError);
    },
  });
  try {
    for (const role of ROLES) {
      await supervisor.start(instances.filter((instance) => instance.role === role));
    }
    print();
    print(`${instances.length} processes run after ${durationText(performance.now())}`);
    await untilStopped(`Their output is in ${logDirectory}. Stop them with Ctrl-C.`);
  } finally {
    await supervisor.stop();
    await writing;
    await nodeDisk.remove(processListPath(directory));
  }
}

/** @throws EngineError CONFLICT while processes of this data folder run. */
async function refuseSecond(directory: string): Promise<void> {
  const listed = await readProcessList(directory);
  const running = listed.filter(({ processId }) => processId !== null && isRunning(processId));
  if (running.length === 0) return;
  const names = running.map(({ name, processId }) => `${name} (${processId})`).join(', ');
  throw new EngineError('CONFLICT', `processes with data in ${directory} run already: ${names}`);
}
