import { EngineError } from '../base/errors.ts';
import { SEGMENT_LOADS_MAX } from '../base/limits.ts';
import { inParallel } from '../base/parallel.ts';
import { Slots } from '../base/slots.ts';
import type { Disk, DiskFile } from '../io/disk.ts';
import { readSegmentMetadata } from '../store/segment-metadata.ts';
import {
  isTableName,
  objectOfFileName,
  parseSegmentKey,
  type StoredSegment,
  segmentKey,
} from '../store/segment-store.ts';

/** A file that is there. */
interface CachedFile {
  readonly lengthBytes: number;
  /** Reads that are under way. */
  pins: number;
  lastUse: number;
}

/** Files are written here and moved to their names when they are whole, checked and synced. */
const PARTIAL_FOLDER = '.partial';

/**
 * Files of segments on a server's disk, by key, within a budget: when room is needed, those go that
 * no read has under way, least recently used first.
 *
 * Keeps: the files and those that are being written never take more than the budget, at any time;
 * after a crash only whole files are there.
 */
export class CachedFiles {
  readonly budgetBytes: number;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #files = new Map<string, CachedFile>();
  /** How many open segments there are of a key: the files of others go first. */
  readonly #holders = new Map<string, number>();
  /** Files are removed and room is taken by one at a time: nothing removes what has come back since. */
  readonly #turn = new Slots(1);
  #usedBytes = 0;
  #useCount = 0;
  #partialCount = 0;
  #evictionCount = 0;

  private constructor(disk: Disk, directory: string, budgetBytes: number) {
    this.#disk = disk;
    this.#directory = directory;
    this.budgetBytes = budgetBytes;
  }

  /**
   * Takes over what is in the folder from before: files whose length, header and footer hold, as far
   * as the budget allows; others are removed.
   */
  static async open(disk: Disk, directory: string, budgetBytes: number): Promise<CachedFiles> {
    const files = new CachedFiles(disk, directory, budgetBytes);
    await disk.remove(`${directory}/${PARTIAL_FOLDER}`);
    await disk.makeDirectory(`${directory}/${PARTIAL_FOLDER}`);
    const keys: string[] = [];
    for (const table of await disk.list(directory)) {
      // The folder may be a disk of its own, with `lost+found` in it.
      if (!isTableName(table)) continue;
      const names = (await disk.list(`${directory}/${table}`)).map(objectOfFileName);
      keys.push(...names.filter((name) => name !== null).map((name) => segmentKey(table, name)));
    }
    await inParallel(keys, SEGMENT_LOADS_MAX, (key) => files.#takeOver(key));
    await files.#turn.take(() => files.#makeRoom(0, true));
    return files;
  }

  /** Bytes of files that are there or being written. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Files that are there. */
  get count(): number {
    return this.#files.size;
  }

  /** Files that were removed for others so far. */
  get evictionCount(): number {
    return this.#evictionCount;
  }

  /** The length of a file in bytes, or null when it is not there. */
  lengthBytes(key: string): number | null {
    return this.#files.get(key)?.lengthBytes ?? null;
  }

  /** Says that somebody has a segment open, until `release`. */
  hold(key: string): void {
    this.#holders.set(key, (this.#holders.get(key) ?? 0) + 1);
  }

  /** Takes back one `hold`. */
  release(key: string): void {
    const count = (this.#holders.get(key) ?? 1) - 1;
    if (count === 0) this.#holders.delete(key);
    else this.#holders.set(key, count);
  }

  /**
   * Reads from a file, which stays meanwhile. One that cannot be read or is shorter than it should be
   * is removed.
   *
   * @returns false when the file is not there, or not any more.
   */
  async read(key: string, into: Uint8Array, offsetBytes: number): Promise<boolean> {
    const file = this.#files.get(key);
    if (file === undefined) return false;
    file.pins++;
    file.lastUse = this.#useCount++;
    try {
      if (await readFrom(this.#disk, this.#path(key), into, offsetBytes)) return true;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    } finally {
      file.pins--;
    }
    await this.drop(key);
    return false;
  }

  /**
   * Brings a file in.
   *
   * @param mayEvict whether files that segments are open of may go for it.
   * @param fill writes it and checks it; what it throws is thrown on, and nothing is kept.
   * @returns false when there is no room.
   */
  async add(
    key: string,
    lengthBytes: number,
    mayEvict: boolean,
    fill: (file: DiskFile) => Promise<void>,
  ): Promise<boolean> {
    const hasRoom = await this.#turn.take(() => this.#makeRoom(lengthBytes, mayEvict));
    if (!hasRoom) return false;
    const partial = `${this.#directory}/${PARTIAL_FOLDER}/${this.#partialCount++}`;
    try {
      await this.#write(partial, fill);
      const folder = `${this.#directory}/${parseSegmentKey(key).table}`;
      await this.#disk.makeDirectory(folder);
      await this.#disk.rename(partial, this.#path(key));
      await this.#disk.syncDirectory(folder);
    } catch (error) {
      await this.#disk.remove(partial);
      this.#usedBytes -= lengthBytes;
      throw error;
    }
    this.#files.set(key, { lengthBytes, pins: 0, lastUse: this.#useCount++ });
    return true;
  }

  /** Removes a file, even under a read; no error when it is not there. */
  async drop(key: string): Promise<void> {
    const file = this.#files.get(key);
    if (file === undefined) return;
    this.#files.delete(key);
    await this.#turn.take(() => this.#remove(key, file));
  }

  async #takeOver(key: string): Promise<void> {
    const lengthBytes = (await this.#disk.sizeBytes(this.#path(key))) ?? 0;
    const file: CachedFile = { lengthBytes, pins: 0, lastUse: this.#useCount++ };
    try {
      await readSegmentMetadata(key, fileSource(this.#disk, this.#path(key), lengthBytes));
      this.#files.set(key, file);
      this.#usedBytes += lengthBytes;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      await this.#disk.remove(this.#path(key));
    }
  }

  async #write(path: string, fill: (file: DiskFile) => Promise<void>): Promise<void> {
    const file = await this.#disk.open(path, 'write');
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async #makeRoom(lengthBytes: number, mayEvict: boolean): Promise<boolean> {
    if (lengthBytes > this.budgetBytes) return false;
    while (this.#usedBytes + lengthBytes > this.budgetBytes) {
      const oldest = this.#oldest(mayEvict);
      if (oldest === null) return false;
      const [key, file] = oldest;
      this.#files.delete(key);
      this.#evictionCount++;
      await this.#remove(key, file);
    }
    this.#usedBytes += lengthBytes;
    return true;
  }

  #oldest(mayEvict: boolean): [string, CachedFile] | null {
    let oldest: [string, CachedFile] | null = null;
    const isHeld = ([key]: [string, CachedFile]) => this.#holders.has(key);
    for (const candidate of this.#files) {
      if (candidate[1].pins > 0 || (isHeld(candidate) && !mayEvict)) continue;
      const isBefore =
        oldest === null ||
        (isHeld(oldest) !== isHeld(candidate)
          ? isHeld(oldest)
          : candidate[1].lastUse < oldest[1].lastUse);
      if (isBefore) oldest = candidate;
    }
    return oldest;
  }

  async #remove(key: string, { lengthBytes }: CachedFile): Promise<void> {
    await this.#disk.remove(this.#path(key));
    this.#usedBytes -= lengthBytes;
  }

  #path(key: string): string {
    return `${this.#directory}/${key}`;
  }
}

/** A file that is being written, to read what was written. */
export function writtenSegment(file: DiskFile, lengthBytes: number): StoredSegment {
  return {
    lengthBytes,
    read: async (into, offsetBytes) => {
      if ((await file.read(into, offsetBytes)) !== into.length) throw tooShort();
    },
    close: async () => {},
  };
}

function fileSource(disk: Disk, path: string, lengthBytes: number): StoredSegment {
  return {
    lengthBytes,
    read: async (into, offsetBytes) => {
      if (!(await readFrom(disk, path, into, offsetBytes))) throw tooShort();
    },
    close: async () => {},
  };
}

function tooShort(): EngineError {
  return new EngineError('CORRUPT_DATA', 'server: the cached file is shorter than it should be');
}

async function readFrom(
  disk: Disk,
  path: string,
  into: Uint8Array,
  offsetBytes: number,
): Promise<boolean> {
  const file = await disk.open(path, 'read');
  try {
    return (await file.read(into, offsetBytes)) === into.length;
  } finally {
    await file.close();
  }
}
