import { EngineError } from '../../base/errors.ts';
import type { Disk } from '../../io/disk.ts';
import type { StateSnapshot } from '../core/raft/types.ts';
import { RaftStorage } from '../storage/raft-storage.ts';

/**
 * Puts a snapshot into an empty data directory, so that a node that starts there goes on from it as
 * from its own.
 *
 * Caller must: give the same snapshot to every member of the ensemble, or to none. The directory
 * vouches that its node has made no promise to others, which nobody can see who looks at one member.
 *
 * @throws EngineError ALREADY_EXISTS when there is anything in the directory.
 */
export async function seedDirectory(
  disk: Disk,
  directory: string,
  snapshot: StateSnapshot,
): Promise<void> {
  await expectEmpty(disk, directory);
  const { storage } = await RaftStorage.open({ disk, directory });
  try {
    const hardState = { term: snapshot.term, votedFor: 0, voteFloorIndex: 0 };
    await storage.persist([{ number: 1, hardState, snapshot, entries: [] }]);
    await storage.markSound();
  } finally {
    await storage.close();
  }
}

/** @throws EngineError ALREADY_EXISTS when there is anything in the directory. */
export async function expectEmpty(disk: Disk, directory: string): Promise<void> {
  const [first] = await disk.list(directory);
  if (first === undefined) return;
  throw new EngineError(
    'ALREADY_EXISTS',
    `coord: ${directory}: expected an empty data directory, found ${first}; choose another, ` +
      'nothing is ever written over data',
  );
}
