import type { Entry, HardState, StateSnapshot } from '../core/raft/types.ts';
import type { LogRecord } from './record-reader.ts';
import type { SegmentHeader } from './segment-header.ts';

/** The log as its records leave it, one after the other. */
export class Replay {
  readonly #snapshotIndex: number;
  /** The log goes on after this index; a term of null is not known. */
  #baseIndex: number;
  #baseTerm: number | null;
  readonly #entries: Entry[] = [];
  hardState: HardState;
  isSound: boolean;

  /** @param snapshotIndex the index of the snapshot that the log is to follow, 0 for none. */
  constructor(header: SegmentHeader, snapshotIndex: number) {
    this.#snapshotIndex = snapshotIndex;
    this.#baseIndex = header.lastIndex;
    this.#baseTerm = header.lastTerm;
    this.hardState = header.hardState;
    this.isSound = header.isSound;
  }

  get lastIndex(): number {
    return this.#baseIndex + this.#entries.length;
  }

  /** True when no entry is missing between the snapshot and the log. */
  get followsSnapshot(): boolean {
    return this.#baseIndex <= this.#snapshotIndex;
  }

  /** Performs a record, or says why it cannot come here; nothing has changed then. */
  apply(record: LogRecord): string | null {
    switch (record.kind) {
      case 'entry':
        return this.#append(record.entry);
      case 'hardState':
        this.hardState = record.hardState;
        return null;
      case 'position':
        if (record.index > this.#snapshotIndex) return missingSnapshot(record.index);
        this.#baseIndex = record.index;
        this.#baseTerm = record.term;
        this.#entries.length = 0;
        return null;
      case 'sound':
        this.isSound = true;
        return null;
    }
  }

  /**
   * The entries after a snapshot, null when the log does not hold the snapshot's last entry: it ends
   * before, or was about to be replaced by the snapshot. Then no entry follows.
   */
  entriesAfter(snapshot: StateSnapshot | null): readonly Entry[] | null {
    if (snapshot === null) return this.#entries;
    const { index, term } = snapshot;
    if (index > this.lastIndex) return null;
    const count = index - this.#baseIndex;
    const found = count === 0 ? this.#baseTerm : this.#entries[count - 1]!.term;
    return found === null || found === term ? this.#entries.slice(count) : null;
  }

  #append(entry: Entry): string | null {
    if (entry.index > this.lastIndex + 1) {
      return `expected an entry up to index ${this.lastIndex + 1}, found ${entry.index}`;
    }
    const count = entry.index - 1 - this.#baseIndex;
    if (count < 0) {
      this.#baseIndex = entry.index - 1;
      this.#baseTerm = null;
    }
    this.#entries.length = Math.max(0, count);
    this.#entries.push(entry);
    return null;
  }
}

/** Why a log that begins after an index does not do. */
export function missingSnapshot(index: number): string {
  return `the log goes on after index ${index}, and no intact snapshot reaches that far`;
}
