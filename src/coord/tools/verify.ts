import { EngineError, errorMessage } from '../../base/errors.ts';
import type { Disk } from '../../io/disk.ts';
import { decodeSnapshot } from '../core/snapshot.ts';
import { sortNames } from '../storage/file-names.ts';
import { recover } from '../storage/recovery.ts';
import { dataFiles } from './data-files.ts';

/** What was found in a data directory. */
export interface Verification {
  /** What is wrong, each with file and, where it is known, offset; empty when all is well. */
  readonly problems: readonly string[];
  /** What is worth knowing and not wrong: a write that was cut short and never acknowledged. */
  readonly notices: readonly string[];
  readonly snapshotCount: number;
  readonly recordCount: number;
  /** The last entry of the log, 0 for none. */
  readonly lastIndex: number;
}

/**
 * Checks every checksum of a data directory, that no entry is missing, and that the tree in each
 * snapshot holds together. Changes nothing.
 */
export async function verifyDirectory(disk: Disk, directory: string): Promise<Verification> {
  const problems: string[] = [];
  const notices: string[] = [];
  let snapshotCount = 0;
  let recordCount = 0;
  for await (const file of dataFiles(disk, directory)) {
    if (file.kind === 'unreadable') problems.push(`${file.path}: ${file.reason}`);
    else if (file.kind === 'snapshot') {
      snapshotCount++;
      const problem = problemOfState(file.snapshot.bytes, file.path);
      if (problem !== null) problems.push(problem);
    } else {
      const { records, end, endBytes } = file.content;
      recordCount += records.length;
      if (end.kind === 'damaged') problems.push(`${file.path}: offset ${endBytes}: ${end.reason}`);
    }
  }
  const recovered = await recover(disk, directory, sortNames(await disk.list(directory)));
  for (const finding of recovered.findings) {
    (finding.includes(': repaired: ') ? notices : problems).push(finding);
  }
  const lastIndex = recovered.entries.at(-1)?.index ?? recovered.snapshot?.index ?? 0;
  return { problems, notices, snapshotCount, recordCount, lastIndex };
}

function problemOfState(bytes: Uint8Array, path: string): string | null {
  try {
    decodeSnapshot(bytes, path);
    return null;
  } catch (error) {
    if (error instanceof EngineError) return errorMessage(error);
    throw error;
  }
}
