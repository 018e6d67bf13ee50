import { EngineError } from '../../base/errors.ts';
import type { Disk } from '../../io/disk.ts';
import type { Entry, HardState, StateSnapshot } from '../core/raft/types.ts';
import type { DirectoryNames, SegmentName } from './file-names.ts';
import type { LogTail } from './log-writer.ts';
import type { PlacedRecord } from './record-reader.ts';
import { missingSnapshot, Replay } from './replay.ts';
import { isVersionOne, type SegmentHeader } from './segment-header.ts';
import { readSegment, type SegmentContent } from './segment-reader.ts';
import { decodeSnapshotFile } from './snapshot-file.ts';

/** What could be read from a data directory. Nothing in it has been changed yet. */
export interface Recovered {
  readonly snapshot: StateSnapshot | null;
  /** The entries after the snapshot. */
  readonly entries: readonly Entry[];
  readonly hardState: HardState;
  readonly isSound: boolean;
  /** Where the log goes on; null when something that was acknowledged may be missing. */
  readonly tail: LogTail | null;
  /** The log does not hold the snapshot's last entry, so it has to be told where it goes on. */
  readonly needsPosition: boolean;
  /** Bytes of the records of `entries`. */
  readonly entriesBytes: number;
  /** Files that are of no use, and that nobody asked to be removed. */
  readonly unusable: readonly string[];
  /** What was found, in words. */
  readonly findings: readonly string[];
}

/**
 * Reads what a data directory holds: the newest intact snapshot and the log after it.
 *
 * What a write left that never arrived whole is not part of the log. Anything else that does not
 * hold ends what is trusted: from there on only the newest hard state is looked for.
 *
 * @throws EngineError CORRUPT_DATA for files of another version of the format; IO when a file cannot
 *   be read.
 */
export async function recover(
  disk: Disk,
  directory: string,
  names: DirectoryNames,
): Promise<Recovered> {
  await refuseVersionOne(disk, directory, names);
  if (names.segments.length === 0 && names.snapshots.length === 0) return NOTHING;
  const findings: string[] = [];
  const { snapshot, unusable } = await newestSnapshot(disk, directory, names, findings);
  const index = snapshot?.index ?? 0;
  // Such a segment and those after it hold every entry after the snapshot; see LogWriter.dropBefore.
  const first = names.segments.findLastIndex(({ firstIndex }) => firstIndex <= index + 1);
  const log = new LogReading(directory, index, findings);
  for (const name of names.segments.slice(Math.max(0, first))) {
    log.take(name, await disk.readFile(`${directory}/${name.name}`));
  }
  const { tail, replay } = log.finish();
  const entries = replay?.followsSnapshot === true ? replay.entriesAfter(snapshot) : null;
  const isWell = tail !== null && replay !== null;
  const stale = isWell ? names.segments.filter(log.isSuperseded) : names.segments;
  return {
    snapshot,
    entries: entries ?? [],
    hardState: isWell
      ? replay.hardState
      : atLeast(log.newestHardState, entries?.at(-1)?.term ?? 0, snapshot?.term ?? 0),
    isSound: isWell && replay.isSound,
    tail,
    needsPosition: entries === null,
    entriesBytes: log.bytesAfterSnapshot,
    unusable: [...unusable, ...stale.map(({ name }) => name)],
    findings,
  };
}

const NO_HARD_STATE: HardState = { term: 0, votedFor: 0, voteFloorIndex: 0 };

const NOTHING: Recovered = {
  snapshot: null,
  entries: [],
  hardState: NO_HARD_STATE,
  isSound: false,
  tail: null,
  needsPosition: false,
  entriesBytes: 0,
  unusable: [],
  findings: [],
};

/** Refuses a file of another version, rather than taking it for damage. */
export function wrongVersion(path: string, version: number): EngineError {
  return new EngineError(
    'CORRUPT_DATA',
    `coord: ${path}: expected version 2 of the storage format, found version ${version}; ` +
      (version === 1
        ? 'move the data directory away and start with an empty one, or run the release that wrote it'
        : 'run the release that wrote it'),
  );
}

/** @throws EngineError CORRUPT_DATA when there is a log of version 1 of the format. */
export async function refuseVersionOne(
  disk: Disk,
  directory: string,
  names: DirectoryNames,
): Promise<void> {
  for (const name of names.versionOneLogs) {
    const path = `${directory}/${name}`;
    if (isVersionOne(await disk.readFile(path))) throw wrongVersion(path, 1);
  }
}

async function newestSnapshot(
  disk: Disk,
  directory: string,
  names: DirectoryNames,
  findings: string[],
): Promise<{ snapshot: StateSnapshot | null; unusable: string[] }> {
  const unusable: string[] = [];
  for (const { name, index } of names.snapshots.toReversed()) {
    const path = `${directory}/${name}`;
    const found = decodeSnapshotFile(await disk.readFile(path));
    if (!('kind' in found) && found.index === index) return { snapshot: found, unusable };
    if ('kind' in found && found.kind === 'version') throw wrongVersion(path, found.version);
    const reason = 'kind' in found ? found.reason : `it is of index ${found.index}`;
    findings.push(`${path}: the snapshot cannot be used: ${reason}`);
    unusable.push(name);
  }
  return { snapshot: null, unusable };
}

/** A hard state is never older than what is stored beside it. */
function atLeast(hardState: HardState, ...terms: number[]): HardState {
  const term = Math.max(hardState.term, ...terms);
  return term === hardState.term ? hardState : { ...hardState, term, votedFor: 0 };
}

/** Takes the segments of a log, oldest first, as long as each can be trusted. */
class LogReading {
  readonly #directory: string;
  readonly #snapshotIndex: number;
  readonly #findings: string[];
  /** The last segment, while everything is well. */
  #last: { name: SegmentName; content: SegmentContent } | null = null;
  /** Segments before this one were given up at an earlier start. */
  #beginsAt = 0;
  #isDamaged = false;
  #replay: Replay | null = null;
  /** The newest that was seen anywhere, also behind damage: its checksums hold. */
  newestHardState: HardState = NO_HARD_STATE;
  bytesAfterSnapshot = 0;

  constructor(directory: string, snapshotIndex: number, findings: string[]) {
    this.#directory = directory;
    this.#snapshotIndex = snapshotIndex;
    this.#findings = findings;
  }

  readonly isSuperseded = ({ sequence }: SegmentName): boolean => sequence < this.#beginsAt;

  take(name: SegmentName, bytes: Uint8Array): void {
    const content = readSegment(bytes);
    if ('kind' in content) {
      if (content.kind === 'version') throw wrongVersion(this.#path(name), content.version);
      this.#damage(name, 0, content.reason);
      return;
    }
    this.#noteHardState(content.header.hardState);
    this.#follow(name, content);
    for (const placed of content.records) this.#apply(name, placed);
    for (const { record } of content.strays) {
      if (record.kind === 'hardState') this.#noteHardState(record.hardState);
    }
    this.#last = { name, content };
  }

  /** The log, and where it goes on: null when it is damaged. */
  finish(): { tail: LogTail | null; replay: Replay | null } {
    return { tail: this.#tail(), replay: this.#replay };
  }

  #tail(): LogTail | null {
    if (this.#last === null) {
      if (!this.#isDamaged) this.#findings.push(`${this.#directory}: damaged: there is no log`);
      return null;
    }
    const { name, content } = this.#last;
    const { end, endBytes, chain } = content;
    if (end.kind === 'damaged') this.#damage(name, endBytes, end.reason);
    if (this.#isDamaged || end.kind === 'damaged') return null;
    const tail = { capacityBytes: content.header.capacityBytes, endBytes, chain };
    if (end.kind === 'clean') return { ...tail, garbageEndBytes: endBytes };
    this.#findings.push(
      `${this.#path(name)} at offset ${endBytes}: repaired: removed a write that had not arrived ` +
        `whole and was never acknowledged: ${end.reason}`,
    );
    return { ...tail, garbageEndBytes: end.garbageEndBytes };
  }

  /** Checks that a segment is the next one, and begins with it if it depends on none before. */
  #follow(name: SegmentName, { header }: SegmentContent): void {
    if (header.sequence !== name.sequence || header.lastIndex + 1 !== name.firstIndex) {
      this.#damage(name, 0, 'its name is not the one it was written with');
      return;
    }
    if (header.begins) {
      this.#begin(name, header);
      return;
    }
    if (this.#isDamaged) return;
    if (this.#last === null) {
      this.#begin(name, header);
      return;
    }
    const { name: lastName, content: last } = this.#last;
    if (header.sequence !== lastName.sequence + 1) {
      this.#damage(name, 0, `the segment before it is missing, ${lastName.name} is there`);
      return;
    }
    if (header.chain === last.chain) return;
    const reason = last.end.kind === 'clean' ? 'its last records are missing' : last.end.reason;
    this.#damage(lastName, last.endBytes, `${reason}, and ${name.name} was begun after it`);
  }

  #begin(name: SegmentName, header: SegmentHeader): void {
    this.#isDamaged = false;
    if (header.begins) this.#beginsAt = name.sequence;
    this.#replay = new Replay(header, this.#snapshotIndex);
    this.bytesAfterSnapshot = 0;
    if (!this.#replay.followsSnapshot) this.#damage(name, 0, missingSnapshot(header.lastIndex));
  }

  #apply(name: SegmentName, placed: PlacedRecord): void {
    const { record, offsetBytes, lengthBytes } = placed;
    if (record.kind === 'hardState') this.#noteHardState(record.hardState);
    if (this.#isDamaged || this.#replay === null) return;
    const problem = this.#replay.apply(record);
    if (problem !== null) {
      this.#damage(name, offsetBytes, problem);
      return;
    }
    const isAfter = record.kind === 'entry' && record.entry.index > this.#snapshotIndex;
    if (isAfter) this.bytesAfterSnapshot += lengthBytes;
  }

  #noteHardState(hardState: HardState): void {
    if (hardState.term >= this.newestHardState.term) this.newestHardState = hardState;
  }

  #damage(name: SegmentName, offsetBytes: number, reason: string): void {
    if (this.#isDamaged) return;
    this.#isDamaged = true;
    this.#findings.push(`${this.#path(name)} at offset ${offsetBytes}: damaged: ${reason}`);
  }

  #path({ name }: SegmentName): string {
    return `${this.#directory}/${name}`;
  }
}
