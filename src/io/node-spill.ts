import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { EngineError, errorMessage } from '../base/errors.ts';
import type { Disk, SpillDisk } from './disk.ts';
import { nodeRandom } from './node-random.ts';
import { randomHex } from './random.ts';

/** Temporary files of this machine. A thread that ends closes what it has opened: Node keeps a list of that. */
export const nodeSpillDisk: SpillDisk = {
  create: (folder) =>
    explain(folder, () => {
      mkdirSync(folder, { recursive: true });
      const path = `${folder}/${randomHex(nodeRandom, 16)}.spill`;
      const file = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      return file;
    }),
  write: (file, bytes, positionBytes) =>
    explain('a temporary file', () => {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(file, bytes, done, bytes.length - done, positionBytes + done);
      }
    }),
  read: (file, into, positionBytes) =>
    explain('a temporary file', () => {
      let done = 0;
      while (done < into.length) {
        const read = readSync(file, into, done, into.length - done, positionBytes + done);
        if (read === 0) break;
        done += read;
      }
      return done;
    }),
  close: (file) => explain('a temporary file', () => closeSync(file)),
};

/**
 * Removes what processes have left in a folder that ended within the moment in which a temporary file has a
 * name. One that lives loses nothing by it.
 */
export async function removeStaleSpill(disk: Disk, folder: string): Promise<void> {
  for (const name of await disk.list(folder)) await disk.remove(`${folder}/${name}`);
}

function explain<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const message =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? `disk: no space is left for what a query spills (${what}); free some, or SET ` +
          'maxQueryMemoryBytes higher'
        : `disk: spilling into ${what} failed: ${errorMessage(error)}`;
    throw new EngineError('IO', message, { cause: error });
  }
}
