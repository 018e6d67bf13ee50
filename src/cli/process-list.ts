import { EngineError } from '../base/errors.ts';
import { nodeDisk } from '../io/node-disk.ts';

/** A process of a cluster that runs on this machine. */
export interface ListedProcess {
  readonly name: string;
  /** Null while there is none: it has died and will be started again. */
  readonly processId: number | null;
  /** True once it has said that it listens. */
  readonly isReady: boolean;
}

/** True when such a process runs now. */
export function isRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
}

/** Where `nyala up` writes which processes it runs, below the data folder. */
export function processListPath(dataDirectory: string): string {
  return `${dataDirectory}/processes.json`;
}

/** Writes the list, all at once. */
export async function writeProcessList(
  dataDirectory: string,
  processes: readonly ListedProcess[],
): Promise<void> {
  const text = `${JSON.stringify(processes, null, 2)}\n`;
  await nodeDisk.replaceFile(processListPath(dataDirectory), new TextEncoder().encode(text));
}

/**
 * Reads the list; empty when `nyala up` does not run there.
 *
 * @throws EngineError CORRUPT_DATA.
 */
export async function readProcessList(dataDirectory: string): Promise<ListedProcess[]> {
  const path = processListPath(dataDirectory);
  if ((await nodeDisk.sizeBytes(path)) === null) return [];
  const text = new TextDecoder().decode(await nodeDisk.readFile(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EngineError('CORRUPT_DATA', `${path} does not hold JSON; delete it`, {
      cause: error,
    });
  }
}
