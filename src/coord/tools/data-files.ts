import type { Disk } from '../../io/disk.ts';
import type { StateSnapshot } from '../core/raft/types.ts';
import { sortNames } from '../storage/file-names.ts';
import { readSegment, type SegmentContent } from '../storage/segment-reader.ts';
import { decodeSnapshotFile } from '../storage/snapshot-file.ts';

/** A file of a data directory, read and checked by itself. */
export type DataFile =
  | { readonly kind: 'snapshot'; readonly path: string; readonly snapshot: StateSnapshot }
  | { readonly kind: 'log'; readonly path: string; readonly content: SegmentContent }
  | { readonly kind: 'unreadable'; readonly path: string; readonly reason: string };

/**
 * The files of a data directory one after the other: snapshots, then the log, both oldest first. What
 * a stopped write left aside is left out.
 */
export async function* dataFiles(disk: Disk, directory: string): AsyncGenerator<DataFile> {
  const names = sortNames(await disk.list(directory));
  for (const { name } of names.snapshots) {
    const path = `${directory}/${name}`;
    const found = decodeSnapshotFile(await disk.readFile(path));
    if ('kind' in found) yield { kind: 'unreadable', path, reason: reasonOf(found) };
    else yield { kind: 'snapshot', path, snapshot: found };
  }
  for (const { name } of names.segments) {
    const path = `${directory}/${name}`;
    const found = readSegment(await disk.readFile(path));
    if ('kind' in found) yield { kind: 'unreadable', path, reason: reasonOf(found) };
    else yield { kind: 'log', path, content: found };
  }
}

function reasonOf(
  problem: { kind: 'damaged'; reason: string } | { kind: 'version'; version: number },
) {
  if (problem.kind === 'damaged') return problem.reason;
  return `it is of version ${problem.version} of the storage format, which is not this release's`;
}
