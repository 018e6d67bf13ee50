import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import type { Disk, DiskFile } from '../io/disk.ts';
import type { LogEntry } from './core/model.ts';
import { decodeSnapshot, type Snapshot } from './core/snapshot.ts';
import { decodeLogFile, encodeLogHeader, encodeRecords, LOG_HEADER_BYTES } from './log-file.ts';

/** What a data directory held when it was opened. */
export interface StoredState {
  /** Null in a new directory. */
  readonly snapshot: Snapshot | null;
  /** The entries after the snapshot, in order. */
  readonly entries: readonly LogEntry[];
}

/** Snapshots that stay, the newest included: the older one is there for the operator. */
const SNAPSHOTS_KEPT = 2;

/**
 * The coordinator's log and snapshots in one directory:
 *
 *     log.<first zxid>       entries from that zxid on, see log-file.ts
 *     snapshot.<zxid>        the state after that zxid, see core/snapshot.ts
 *
 * Zxids are 16 hexadecimal digits, so that names sort as numbers.
 *
 * Caller must: call one method at a time, and give up when one fails: what is on disk is unknown
 * then. Keeps: an entry is durable when `append` resolves; one `fsync` serves a whole batch.
 */
export class Storage {
  readonly #disk: Disk;
  readonly #directory: string;
  #file: DiskFile;
  #fileBytes: number;
  #lastZxid: bigint;

  private constructor(
    disk: Disk,
    directory: string,
    open: { file: DiskFile; bytes: number; lastZxid: bigint },
  ) {
    this.#disk = disk;
    this.#directory = directory;
    this.#file = open.file;
    this.#fileBytes = open.bytes;
    this.#lastZxid = open.lastZxid;
  }

  /**
   * Opens a directory and reads what it holds. A torn tail, which was never acknowledged, is cut.
   *
   * @throws EngineError CORRUPT_DATA with file and offset when anything else is damaged.
   */
  static async open(
    disk: Disk,
    directory: string,
  ): Promise<{ storage: Storage; stored: StoredState }> {
    await disk.makeDirectory(directory);
    const names = await disk.list(directory);
    for (const name of names) {
      if (name.endsWith('.tmp')) await disk.remove(`${directory}/${name}`);
    }
    const snapshot = await readNewestSnapshot(disk, directory, names);
    const snapshotZxid = snapshot?.zxid ?? 0n;
    const log = await readLog(disk, directory, names, snapshotZxid);
    const lastZxid = log.entries.at(-1)?.zxid ?? snapshotZxid;
    const tail = log.newest ?? { path: `${directory}/${logName(lastZxid + 1n)}`, endBytes: 0 };
    const { file, bytes } = await openForAppend(disk, directory, tail);
    const storage = new Storage(disk, directory, { file, bytes, lastZxid });
    return { storage, stored: { snapshot, entries: log.entries } };
  }

  /** Bytes of the current log file. */
  get logBytes(): number {
    return this.#fileBytes;
  }

  /** Appends entries and makes them durable. */
  async append(entries: readonly LogEntry[]): Promise<void> {
    assert(entries[0]?.zxid === this.#lastZxid + 1n, 'entries are appended without gaps');
    const bytes = encodeRecords(entries);
    await this.#file.write(bytes, this.#fileBytes);
    await this.#file.sync();
    this.#fileBytes += bytes.length;
    this.#lastZxid = entries.at(-1)!.zxid;
  }

  /**
   * Stores the state after the last appended entry, begins a new log file, and removes files that
   * the kept snapshots do not need.
   */
  async writeSnapshot(zxid: bigint, bytes: Uint8Array): Promise<void> {
    assert(zxid === this.#lastZxid, 'a snapshot is of the end of the log');
    await this.#disk.replaceFile(`${this.#directory}/${snapshotName(zxid)}`, bytes);
    if (this.#fileBytes > LOG_HEADER_BYTES) {
      const path = `${this.#directory}/${logName(zxid + 1n)}`;
      const next = await openForAppend(this.#disk, this.#directory, { path, endBytes: 0 });
      await this.#file.close();
      this.#file = next.file;
      this.#fileBytes = next.bytes;
    }
    await this.#removeOld();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #removeOld(): Promise<void> {
    const names = await this.#disk.list(this.#directory);
    const snapshots = zxidsOf(names, 'snapshot');
    const kept = snapshots.slice(-SNAPSHOTS_KEPT);
    for (const zxid of snapshots.slice(0, -SNAPSHOTS_KEPT)) {
      await this.#disk.remove(`${this.#directory}/${snapshotName(zxid)}`);
    }
    const logs = zxidsOf(names, 'log');
    const oldest = kept.length < SNAPSHOTS_KEPT ? 0n : kept[0]!;
    for (const [index, firstZxid] of logs.entries()) {
      const next = logs[index + 1];
      // A file is needed while it holds an entry after the oldest snapshot that stays.
      if (next === undefined || next > oldest + 1n) break;
      await this.#disk.remove(`${this.#directory}/${logName(firstZxid)}`);
    }
    await this.#disk.syncDirectory(this.#directory);
  }
}

async function readNewestSnapshot(
  disk: Disk,
  directory: string,
  names: readonly string[],
): Promise<Snapshot | null> {
  const zxid = zxidsOf(names, 'snapshot').at(-1);
  if (zxid === undefined) return null;
  const path = `${directory}/${snapshotName(zxid)}`;
  const snapshot = decodeSnapshot(await disk.readFile(path), `coord: snapshot ${path}`);
  if (snapshot.zxid !== zxid) {
    throw new EngineError(
      'CORRUPT_DATA',
      `coord: snapshot ${path}: expected zxid ${zxid}, found ${snapshot.zxid}`,
    );
  }
  return snapshot;
}

async function readLog(
  disk: Disk,
  directory: string,
  names: readonly string[],
  snapshotZxid: bigint,
): Promise<{ entries: LogEntry[]; newest: { path: string; endBytes: number } | null }> {
  const files = zxidsOf(names, 'log');
  const firstNeeded = files.findLastIndex((firstZxid) => firstZxid <= snapshotZxid + 1n);
  if (files.length > 0 && firstNeeded === -1) {
    throw new EngineError(
      'CORRUPT_DATA',
      `coord: log ${directory}: expected entries from zxid ${snapshotZxid + 1n} on, found them ` +
        `from ${files[0]} on; a snapshot or log file is missing`,
    );
  }
  const entries: LogEntry[] = [];
  let newest: { path: string; endBytes: number } | null = null;
  let nextZxid = files[firstNeeded] ?? 0n;
  for (const [index, firstZxid] of files.entries()) {
    if (index < firstNeeded) continue;
    const path = `${directory}/${logName(firstZxid)}`;
    if (firstZxid !== nextZxid) {
      throw new EngineError(
        'CORRUPT_DATA',
        `coord: log ${path}: expected the file before it to end with zxid ${firstZxid - 1n}, ` +
          `found ${nextZxid - 1n}`,
      );
    }
    const isNewest = index === files.length - 1;
    const content = decodeLogFile(await disk.readFile(path), path, firstZxid, isNewest);
    for (const entry of content.entries) if (entry.zxid > snapshotZxid) entries.push(entry);
    nextZxid = firstZxid + BigInt(content.entries.length);
    newest = { path, endBytes: content.endBytes };
  }
  // A snapshot is only made of entries that are in the log.
  if (newest !== null && nextZxid <= snapshotZxid) {
    throw new EngineError(
      'CORRUPT_DATA',
      `coord: log ${newest.path}: expected entries up to zxid ${snapshotZxid} of the snapshot, ` +
        `found them up to ${nextZxid - 1n}; the end of the log is missing`,
    );
  }
  return { entries, newest };
}

async function openForAppend(
  disk: Disk,
  directory: string,
  tail: { path: string; endBytes: number },
): Promise<{ file: DiskFile; bytes: number }> {
  const file = await disk.open(tail.path, 'write');
  if (tail.endBytes >= LOG_HEADER_BYTES) {
    if ((await file.sizeBytes()) > tail.endBytes) {
      await file.truncate(tail.endBytes);
      await file.sync();
    }
    return { file, bytes: tail.endBytes };
  }
  await file.truncate(0);
  await file.write(encodeLogHeader(), 0);
  await file.sync();
  await disk.syncDirectory(directory);
  return { file, bytes: LOG_HEADER_BYTES };
}

function zxidsOf(names: readonly string[], prefix: 'log' | 'snapshot'): bigint[] {
  const pattern = new RegExp(`^${prefix}\\.([0-9a-f]{16})$`);
  const zxids: bigint[] = [];
  for (const name of names) {
    const digits = pattern.exec(name)?.[1];
    if (digits !== undefined) zxids.push(BigInt(`0x${digits}`));
  }
  return zxids.sort((left, right) => (left < right ? -1 : 1));
}

function logName(firstZxid: bigint): string {
  return `log.${firstZxid.toString(16).padStart(16, '0')}`;
}

function snapshotName(zxid: bigint): string {
  return `snapshot.${zxid.toString(16).padStart(16, '0')}`;
}
