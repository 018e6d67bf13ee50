import {
  COORDINATOR_BACKGROUND_WRITE_BYTES,
  COORDINATOR_LOG_WRITE_BYTES_MAX,
} from '../../base/limits.ts';
import type { Disk, DiskFile } from '../../io/disk.ts';
import { encodeConfig } from '../config-codec.ts';
import type { Entry, HardState } from '../core/raft/types.ts';
import { type SegmentName, segmentName } from './file-names.ts';
import { LogTerms } from './log-terms.ts';
import { recordBytes } from './record-layout.ts';
import { RecordWriter } from './record-writer.ts';
import { encodeSegmentHeader, headerChain, SEGMENT_HEADER_BYTES } from './segment-header.ts';

/** Where a log lives. */
export interface LogPlace {
  readonly disk: Disk;
  readonly directory: string;
  /** Of the first segment, and of a segment at most unless one entry needs more. */
  readonly segmentBytes: { readonly first: number; readonly max: number };
}

/** What a log begins or goes on with. */
export interface LogState {
  /** The log is empty and goes on after this index and term; `entries` follow. */
  readonly baseIndex: number;
  readonly baseTerm: number;
  readonly entries: readonly Entry[];
  readonly hardState: HardState;
  readonly isSound: boolean;
}

/** The segment that a log goes on in. */
export interface LogTail {
  readonly capacityBytes: number;
  /** Where the records end. */
  readonly endBytes: number;
  /** Checksum of the last record. */
  readonly chain: number;
  /** Up to where a write that never arrived whole left something; `endBytes` when nowhere. */
  readonly garbageEndBytes: number;
}

/** A file of zeros that becomes the next segment. */
interface Spare {
  readonly path: string;
  readonly file: DiskFile;
  readonly capacityBytes: number;
}

const SPARE_NAME = 'log.next.tmp';
const BEGUN_NAME = 'log.begun.tmp';
const GROWTH = 4;
const CAPACITY_STEP_BYTES = 4_096;

/** A part of the segment after which the next one is prepared. */
const PREPARE_FROM = 0.5;

/**
 * The log's open end. Records are put together in memory and written by one system call, into a
 * file that was filled with zeros before: the file system has nothing to record but the data.
 *
 * Caller must: call one method at a time, and none after one has failed. Keeps: records are durable
 * when `flush` resolves, and earlier ones before later ones.
 */
export class LogWriter {
  readonly #place: LogPlace;
  readonly #records = new RecordWriter();
  readonly #terms: LogTerms;
  /** All there are, oldest first; records go to the last. */
  readonly #segments: SegmentName[];
  #hardState: HardState;
  #isSound: boolean;
  #file: DiskFile;
  #capacityBytes: number;
  #endBytes: number;
  #spare: Promise<Spare | null> | null = null;
  #isClosing = false;

  private constructor(
    place: LogPlace,
    state: LogState,
    segments: readonly SegmentName[],
    file: DiskFile,
    tail: Omit<LogTail, 'garbageEndBytes'>,
  ) {
    this.#place = place;
    this.#terms = new LogTerms(state.baseIndex, state.baseTerm);
    for (const { index, term } of state.entries) this.#terms.append(index, term);
    this.#hardState = state.hardState;
    this.#isSound = state.isSound;
    this.#segments = [...segments];
    this.#file = file;
    this.#capacityBytes = tail.capacityBytes;
    this.#endBytes = tail.endBytes;
    this.#beginWrite(tail.chain);
  }

  /** Begins a log that depends on no earlier segment. It has its name once it is whole. */
  static async begin(place: LogPlace, sequence: number, state: LogState): Promise<LogWriter> {
    const entriesBytes = state.entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
    const needed = SEGMENT_HEADER_BYTES + entriesBytes;
    const path = `${place.directory}/${BEGUN_NAME}`;
    const spare = await prepare(place.disk, path, capacity(place.segmentBytes.first, needed));
    const header = encodeSegmentHeader({
      sequence,
      capacityBytes: spare.capacityBytes,
      lastIndex: state.baseIndex,
      lastTerm: state.baseTerm,
      hardState: state.hardState,
      begins: true,
      isSound: state.isSound,
      chain: 0,
    });
    await spare.file.write(header, 0);
    const firstIndex = state.baseIndex + 1;
    const segment = { name: segmentName(sequence, firstIndex), sequence, firstIndex };
    const tail = {
      capacityBytes: spare.capacityBytes,
      endBytes: SEGMENT_HEADER_BYTES,
      chain: headerChain(header),
    };
    const empty = { ...state, entries: [] };
    const log = new LogWriter(place, empty, [segment], spare.file, tail);
    await log.addEntries(state.entries);
    await log.flush();
    await place.disk.rename(spare.path, `${place.directory}/${segment.name}`);
    await place.disk.syncDirectory(place.directory);
    return log;
  }

  /**
   * Goes on with a log.
   *
   * @param segments all there are; the last is the one that `tail` describes.
   */
  static async resume(
    place: LogPlace,
    segments: readonly SegmentName[],
    tail: LogTail,
    state: LogState,
  ): Promise<LogWriter> {
    const path = `${place.directory}/${segments.at(-1)!.name}`;
    const file = await place.disk.open(path, 'durable');
    // What was read may not be on the disk: after a crash of the process alone it may be on its way,
    // and after a sync that failed the system shows what it has given up. Only writing it again helps.
    const bytes = new Uint8Array(Math.max(tail.endBytes, tail.garbageEndBytes));
    await file.read(bytes, 0);
    bytes.fill(0, tail.endBytes);
    await file.write(bytes, 0);
    return new LogWriter(place, state, segments, file, tail);
  }

  get terms(): Pick<LogTerms, 'lastIndex' | 'termAt'> {
    return this.#terms;
  }

  get isSound(): boolean {
    return this.#isSound;
  }

  /**
   * Adds entries; one that is not the next cuts the log before it.
   *
   * @returns the bytes they take.
   */
  async addEntries(entries: readonly Entry[]): Promise<number> {
    let sum = 0;
    for (const entry of entries) {
      const config = entry.config === null ? null : encodeConfig(entry.config);
      const bytes = entryBytes(entry, config);
      if (!this.#hasRoom(bytes)) await this.#makeRoom(bytes);
      this.#terms.append(entry.index, entry.term);
      this.#records.entry(entry.index, entry.term, config, entry.payload);
      sum += bytes;
    }
    return sum;
  }

  async addHardState(hardState: HardState): Promise<void> {
    const bytes = recordBytes(4);
    if (!this.#hasRoom(bytes)) await this.#makeRoom(bytes);
    this.#hardState = hardState;
    this.#records.hardState(hardState);
  }

  /** Empties the log, to go on after an index and term. */
  async addPosition(index: number, term: number): Promise<void> {
    const bytes = recordBytes(0);
    if (!this.#hasRoom(bytes)) await this.#makeRoom(bytes);
    this.#terms.reset(index, term);
    this.#records.position(index, term);
  }

  /** Says that the node may vote on the strength of this disk. */
  async addSound(): Promise<void> {
    const bytes = recordBytes(0);
    if (!this.#hasRoom(bytes)) await this.#makeRoom(bytes);
    this.#isSound = true;
    this.#records.sound();
  }

  /** Makes everything added so far durable. */
  async flush(): Promise<void> {
    const bytes = this.#records.finish();
    if (bytes.length === 0) return;
    await this.#file.write(bytes, this.#endBytes);
    this.#endBytes += bytes.length;
    this.#beginWrite(this.#records.chain);
    if (this.#endBytes >= this.#capacityBytes * PREPARE_FROM) this.#spare ??= this.#prepareSpare();
  }

  /**
   * Takes leave of segments that are not needed when a snapshot at `index` is there.
   *
   * A segment that was begun when the log ended at or before the snapshot holds, with those after
   * it, every entry after the snapshot: entries are only ever added.
   *
   * @returns their names.
   */
  dropBefore(index: number): string[] {
    const kept = this.#segments.findLastIndex(({ firstIndex }) => firstIndex <= index + 1);
    return this.#segments.splice(0, Math.max(0, kept)).map(({ name }) => name);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const spare = await this.#spare;
    await spare?.file.close();
    if (spare != null) await this.#place.disk.remove(spare.path);
    await this.#file.close();
  }

  #beginWrite(chain: number): void {
    const { sequence } = this.#segments.at(-1)!;
    this.#records.begin({ sequence, offsetBytes: this.#endBytes, chain });
  }

  #hasRoom(bytes: number): boolean {
    const writeBytes = this.#records.lengthBytes + bytes;
    if (this.#endBytes + writeBytes > this.#capacityBytes) return false;
    return writeBytes <= COORDINATOR_LOG_WRITE_BYTES_MAX || this.#records.lengthBytes === 0;
  }

  async #makeRoom(bytes: number): Promise<void> {
    await this.flush();
    if (!this.#hasRoom(bytes)) await this.#nextSegment(bytes);
  }

  /** The name comes last: a segment that can be seen has its header. */
  async #nextSegment(bytes: number): Promise<void> {
    const { disk, directory } = this.#place;
    const { file, path, capacityBytes } = await this.#takeSpare(SEGMENT_HEADER_BYTES + bytes);
    const sequence = this.#segments.at(-1)!.sequence + 1;
    const { lastIndex, lastTerm } = this.#terms;
    const header = encodeSegmentHeader({
      sequence,
      capacityBytes,
      lastIndex,
      lastTerm,
      hardState: this.#hardState,
      begins: false,
      isSound: this.#isSound,
      chain: this.#records.chain,
    });
    await file.write(header, 0);
    const firstIndex = lastIndex + 1;
    const name = segmentName(sequence, firstIndex);
    await disk.rename(path, `${directory}/${name}`);
    await disk.syncDirectory(directory);
    const full = this.#file;
    this.#file = file;
    this.#capacityBytes = capacityBytes;
    this.#endBytes = SEGMENT_HEADER_BYTES;
    this.#segments.push({ name, sequence, firstIndex });
    this.#beginWrite(headerChain(header));
    await full.close();
  }

  async #takeSpare(neededBytes: number): Promise<Spare> {
    const spare = await this.#spare;
    this.#spare = null;
    if (spare != null && spare.capacityBytes >= neededBytes) return spare;
    await spare?.file.close();
    const { disk, directory } = this.#place;
    return prepare(disk, `${directory}/${SPARE_NAME}`, capacity(this.#plannedBytes, neededBytes));
  }

  get #plannedBytes(): number {
    return Math.min(this.#capacityBytes * GROWTH, this.#place.segmentBytes.max);
  }

  /** Null when it did not work: it is tried again, and reported, when there is no way around it. */
  async #prepareSpare(): Promise<Spare | null> {
    const { disk, directory } = this.#place;
    const path = `${directory}/${SPARE_NAME}`;
    try {
      return await prepare(disk, path, this.#plannedBytes, () => this.#isClosing);
    } catch {
      await disk.remove(path).catch(() => {});
      return null;
    }
  }
}

/** Fills a file with zeros, in pieces that leave the disk to others in between. */
async function prepare(
  disk: Disk,
  path: string,
  capacityBytes: number,
  isCancelled: () => boolean = () => false,
): Promise<Spare> {
  const zeros = new Uint8Array(Math.min(capacityBytes, COORDINATOR_BACKGROUND_WRITE_BYTES));
  const filling = await disk.open(path, 'write');
  try {
    // What an earlier attempt or a spare that was too small has left is not known to be zeros.
    await filling.truncate(0);
    for (let at = 0; at < capacityBytes && !isCancelled(); at += zeros.length) {
      await filling.write(zeros.subarray(0, capacityBytes - at), at);
      await filling.sync();
    }
  } finally {
    await filling.close();
  }
  return { path, file: await disk.open(path, 'durable'), capacityBytes };
}

function capacity(plannedBytes: number, neededBytes: number): number {
  if (neededBytes <= plannedBytes) return plannedBytes;
  return Math.ceil(neededBytes / CAPACITY_STEP_BYTES) * CAPACITY_STEP_BYTES;
}

function entryBytes(
  entry: Entry,
  config = entry.config === null ? null : encodeConfig(entry.config),
): number {
  return recordBytes(entry.payload.length + (config === null ? 0 : 4 + config.length));
}
