import { assert } from '../../base/assert.ts';
import { EngineError, errorMessage } from '../../base/errors.ts';
import {
  COORDINATOR_SEGMENT_BYTES_FIRST,
  COORDINATOR_SEGMENT_BYTES_MAX,
} from '../../base/limits.ts';
import type { Disk } from '../../io/disk.ts';
import type { DiskStanding, Persist, StateSnapshot, StoredRaft } from '../core/raft/types.ts';
import { type DirectoryNames, damagedFolderName, snapshotName, sortNames } from './file-names.ts';
import { type LogPlace, LogWriter } from './log-writer.ts';
import { type Recovered, recover } from './recovery.ts';
import { writeSnapshotFile } from './snapshot-file.ts';

/** What a storage is opened with. */
export interface RaftStorageOptions {
  readonly disk: Disk;
  /** Made if missing; nobody else may write to it. */
  readonly directory: string;
  /** Lengths of the log's files: the first, and at most (default: see limits). */
  readonly segmentBytes?: { readonly first: number; readonly max: number };
  /** Told each finding when the storage is opened. */
  readonly log?: (line: string) => void;
}

/** An open storage and what was in it. */
export interface OpenedRaftStorage {
  readonly storage: RaftStorage;
  readonly stored: StoredRaft;
  /** What was repaired or is damaged, in words, with file and offset. */
  readonly findings: readonly string[];
}

/** Snapshots that stay, the newest included: the log reaches back to the other one. */
const SNAPSHOTS_KEPT = 2;

/**
 * The durable state of consensus in one directory: a log that holds entries and hard states, and
 * snapshots. Formats are drawn in segment-header.ts, record-layout.ts and snapshot-file.ts.
 *
 * Caller must: stop using it when `persist` or `markSound` has failed, since what is on disk is then
 * unknown until it is opened again; every later call fails. Keeps: what `persist` has resolved for is
 * there after any crash, or `open` says `damaged`. The one loss that no single disk can show is that
 * of its very last write, when whole sectors of it are as if it had never happened.
 */
export class RaftStorage {
  readonly #place: LogPlace;
  readonly #log: LogWriter;
  /** Indexes of the snapshots that are there, oldest first. */
  readonly #snapshots: number[];
  #logBytesSinceSnapshot: number;
  #appending: Promise<unknown> = Promise.resolve();
  #savingSnapshot: Promise<unknown> = Promise.resolve();
  #failure: unknown = null;

  private constructor(
    place: LogPlace,
    log: LogWriter,
    snapshots: readonly number[],
    logBytesSinceSnapshot: number,
  ) {
    this.#place = place;
    this.#log = log;
    this.#snapshots = [...snapshots];
    this.#logBytesSinceSnapshot = logBytesSinceSnapshot;
  }

  /**
   * Opens a directory and reads what it holds. A write that was cut short, and so never acknowledged,
   * is taken away. When something that was acknowledged may be missing, a new log is begun with what
   * can be trusted, the files that cannot are moved into a folder `damaged-…`, and the standing is
   * `damaged` at every start until `markSound`.
   *
   * @throws EngineError CORRUPT_DATA for files of another version of the format; IO when the disk
   *   cannot be read or written.
   */
  static async open(options: RaftStorageOptions): Promise<OpenedRaftStorage> {
    const { disk, directory } = options;
    const segmentBytes = options.segmentBytes ?? {
      first: COORDINATOR_SEGMENT_BYTES_FIRST,
      max: COORDINATOR_SEGMENT_BYTES_MAX,
    };
    const place = { disk, directory, segmentBytes };
    await disk.makeDirectory(directory);
    const names = sortNames(await disk.list(directory));
    // After a crash of the process alone, names that were seen may not have reached the disk.
    await disk.syncDirectory(directory);
    const recovered = await recover(disk, directory, names);
    for (const name of names.temporary) await disk.remove(`${directory}/${name}`);
    const log = await openLog(place, names, recovered);
    try {
      await moveAside(place, names, recovered.unusable);
      const snapshots = names.snapshots.filter(({ name }) => !recovered.unusable.includes(name));
      const indexes = snapshots.map(({ index }) => index);
      const storage = new RaftStorage(place, log, indexes, recovered.entriesBytes);
      await storage.#removeUnneeded();
      const { hardState, snapshot, entries } = recovered;
      const standing = standingOf(names, recovered);
      const isWaiting = standing === 'damaged' && recovered.tail !== null;
      const findings = [...recovered.findings, ...(isWaiting ? [waiting(directory)] : [])];
      for (const finding of findings) options.log?.(finding);
      return { storage, stored: { standing, hardState, snapshot, entries }, findings };
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** Bytes of the log's records since the newest snapshot was begun. */
  get logBytesSinceSnapshot(): number {
    return this.#logBytesSinceSnapshot;
  }

  /**
   * Performs persists in order, as one group commit: usually one write. Durable when it resolves. A
   * crash leaves a prefix: hard states before snapshots before entries, persist by persist.
   */
  persist(batch: readonly Persist[]): Promise<void> {
    return this.#append(async () => {
      for (const { hardState, snapshot, entries } of batch) {
        if (hardState !== null) await this.#log.addHardState(hardState);
        if (snapshot !== null) await this.#install(snapshot);
        if (entries.length === 0) continue;
        this.#logBytesSinceSnapshot += await this.#log.addEntries(entries);
      }
      await this.#log.flush();
    });
  }

  /**
   * Remembers durably that the node may vote on the strength of this disk.
   *
   * Caller must: call it when the standing was not `sound` and the node's status says `mayVote`,
   * before the persists of that step; it need not be waited for.
   */
  markSound(): Promise<void> {
    return this.#append(async () => {
      if (this.#log.isSound) return;
      await this.#log.addSound();
      await this.#log.flush();
    });
  }

  /**
   * Stores the state at an applied index, then removes what the two newest snapshots do not need.
   * `persist` can go on beside it. One that is not newer than the newest is ignored.
   *
   * When it fails before the snapshot has its name, as it does on a full disk, nothing is lost and
   * the storage goes on.
   */
  saveSnapshot(snapshot: StateSnapshot): Promise<void> {
    const saving = this.#savingSnapshot.then(async () => {
      this.#assertUsable();
      if (snapshot.index <= this.#newestSnapshot) return;
      const bytesBefore = this.#logBytesSinceSnapshot;
      this.#logBytesSinceSnapshot = 0;
      try {
        await this.#writeSnapshot(snapshot);
      } catch (error) {
        this.#logBytesSinceSnapshot += bytesBefore;
        throw error;
      }
      await this.#removeUnneeded();
    });
    this.#savingSnapshot = saving.catch(() => {});
    return saving;
  }

  /** Waits for what is under way and lets go of the files. */
  async close(): Promise<void> {
    await this.#appending;
    await this.#savingSnapshot;
    await this.#log.close();
  }

  get #newestSnapshot(): number {
    return this.#snapshots.at(-1) ?? 0;
  }

  /** One after the other, and none after one that failed. */
  #append(action: () => Promise<void>): Promise<void> {
    const appending = this.#appending.then(async () => {
      this.#assertUsable();
      try {
        await action();
      } catch (error) {
        this.#failure ??= error;
        throw error;
      }
    });
    this.#appending = appending.catch(() => {});
    return appending;
  }

  /**
   * Takes over a snapshot of a leader in place of the log up to its index. After a crash before the
   * log knows of it, the snapshot alone shows that the log does not lead to it.
   */
  async #install(snapshot: StateSnapshot): Promise<void> {
    await this.#log.flush();
    const saving = this.#savingSnapshot.then(() => this.#writeSnapshot(snapshot));
    this.#savingSnapshot = saving.catch(() => {});
    await saving;
    this.#logBytesSinceSnapshot = 0;
    if (this.#log.terms.termAt(snapshot.index) !== snapshot.term) {
      await this.#log.addPosition(snapshot.index, snapshot.term);
    }
    await this.#removeUnneeded();
  }

  async #writeSnapshot(snapshot: StateSnapshot): Promise<void> {
    assert(snapshot.index > this.#newestSnapshot, 'a snapshot is newer than the one before');
    const { disk, directory } = this.#place;
    const path = `${directory}/${snapshotName(snapshot.index)}`;
    const aside = `${path}.tmp`;
    try {
      await writeSnapshotFile(disk, aside, snapshot);
    } catch (error) {
      await disk.remove(aside).catch(() => {});
      throw error;
    }
    try {
      await disk.rename(aside, path);
      await disk.syncDirectory(directory);
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
    this.#snapshots.push(snapshot.index);
  }

  /** Removes what the kept snapshots do not need; what a crash leaves of it goes at the next start. */
  async #removeUnneeded(): Promise<void> {
    const { disk, directory } = this.#place;
    const surplus = this.#snapshots.splice(0, Math.max(0, this.#snapshots.length - SNAPSHOTS_KEPT));
    // The only snapshot there is may turn out to be unreadable: then the log has to do without.
    const oldest = this.#snapshots.length < SNAPSHOTS_KEPT ? 0 : this.#snapshots[0]!;
    const names = [...surplus.map(snapshotName), ...this.#log.dropBefore(oldest)];
    for (const name of names) await disk.remove(`${directory}/${name}`);
  }

  #assertUsable(): void {
    if (this.#failure === null) return;
    throw new EngineError(
      'IO',
      `coord: storage ${this.#place.directory}: expected a disk that works, found an earlier ` +
        `failure: ${errorMessage(this.#failure)}; what is stored is known again after a restart`,
      { cause: this.#failure },
    );
  }
}

/** Goes on with the log, or begins one with what can be trusted. */
async function openLog(
  place: LogPlace,
  names: DirectoryNames,
  recovered: Recovered,
): Promise<LogWriter> {
  const { snapshot, tail, unusable } = recovered;
  const baseIndex = snapshot?.index ?? 0;
  const baseTerm = snapshot?.term ?? 0;
  const state = { ...recovered, baseIndex, baseTerm };
  if (tail === null) return LogWriter.begin(place, nextSequence(names), state);
  const segments = names.segments.filter(({ name }) => !unusable.includes(name));
  const log = await LogWriter.resume(place, segments, tail, state);
  if (recovered.needsPosition) {
    await log.addPosition(baseIndex, baseTerm);
    await log.flush();
  }
  return log;
}

/** 1 in a new directory only, so that a log that was begun again is never taken for a fresh one. */
function nextSequence({ segments, snapshots }: DirectoryNames): number {
  if (segments.length === 0 && snapshots.length === 0) return 1;
  return (segments.at(-1)?.sequence ?? 1) + 1;
}

function standingOf(names: DirectoryNames, recovered: Recovered): DiskStanding {
  if (recovered.isSound) return 'sound';
  const { hardState, snapshot, entries, tail } = recovered;
  const holdsNothing = hardState.term === 0 && snapshot === null && entries.length === 0;
  const isNew = tail === null ? nextSequence(names) === 1 : names.segments.at(-1)!.sequence === 1;
  return holdsNothing && isNew ? 'fresh' : 'damaged';
}

function waiting(directory: string): string {
  return `${directory}: intact, but the node has not been filled by others since its disk was new or damaged`;
}

async function moveAside(
  { disk, directory }: LogPlace,
  names: DirectoryNames,
  unusable: readonly string[],
): Promise<void> {
  if (unusable.length === 0) return;
  const folder = `${directory}/${damagedFolderName(names.segments.at(-1)?.sequence ?? 0)}`;
  await disk.makeDirectory(folder);
  for (const name of unusable) await disk.rename(`${directory}/${name}`, `${folder}/${name}`);
  await disk.syncDirectory(folder);
  await disk.syncDirectory(directory);
}
