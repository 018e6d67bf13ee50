/**
 * The file system as a role sees it. Paths are absolute or relative to the process, `/`-separated.
 *
 * Caller must: call `sync` before relying on data, and `syncDirectory` before relying on names.
 * Keeps: errors are `EngineError` with code NOT_FOUND, ALREADY_EXISTS or IO and the path in the text.
 */
export interface Disk {
  /** Opens a file. */
  open(path: string, mode: OpenMode): Promise<DiskFile>;
  /** The whole file. */
  readFile(path: string): Promise<Uint8Array>;
  /** Replaces the file durably: writes aside, syncs, renames, syncs the directory. */
  replaceFile(path: string, bytes: Uint8Array): Promise<void>;
  /** Moves a file over another in one step. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a whole directory; no error when it is not there. */
  remove(path: string): Promise<void>;
  /** Creates a directory and its parents, all durably; no error when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Names (not paths) in a directory, sorted; empty when the directory is not there. */
  list(path: string): Promise<string[]>;
  /** Size in bytes, or null when there is no such file. */
  sizeBytes(path: string): Promise<number | null>;
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

/** What files are read through. */
export type FileOpener = Pick<Disk, 'open'>;

/**
 * Temporary files as a thread that runs queries sees them. Synchronous, because such a thread is busy with one
 * query until that ends. A file has no name: it is gone when it is closed, and when the process ends.
 *
 * Caller must: close a file on the thread that created it; threads that end close theirs.
 * Keeps: errors are `EngineError` with code IO.
 */
export interface SpillDisk {
  /**
   * Creates a file, and its folder when that is missing.
   *
   * @returns its number, by which every thread of the process can read it.
   */
  create(folder: string): number;
  /** Writes all of `bytes` at `positionBytes`. */
  write(file: number, bytes: Uint8Array, positionBytes: number): void;
  /** Reads at `positionBytes` into all of `into` as far as the file goes; returns the bytes read. */
  read(file: number, into: Uint8Array, positionBytes: number): number;
  close(file: number): void;
}

/** Where queries put what does not fit into their memory. */
export interface SpillArea {
  readonly disk: SpillDisk;
  /** Nothing else lies in it. Several processes may share it. */
  readonly folder: string;
}

/**
 * How a file is opened.
 *
 * - `read`: it must exist.
 * - `write`: it is created if missing and keeps its content; `sync` makes writes durable.
 * - `durable`: as `write`, and each `write` is durable when it resolves, as if `sync` of that range
 *   followed. One system call (O_DSYNC) where there is such a flag; cheapest inside a file whose
 *   bytes were written and synced before, since then the file system has nothing else to record.
 */
export type OpenMode = 'read' | 'write' | 'durable';

/**
 * An open file.
 *
 * Caller must: close it. Keeps: reads never pass the end; writes extend the file.
 */
export interface DiskFile {
  /** Reads at `positionBytes` into all of `into` as far as the file goes; returns the bytes read. */
  read(into: Uint8Array, positionBytes: number): Promise<number>;
  /** Writes all of `bytes` at `positionBytes`. */
  write(bytes: Uint8Array, positionBytes: number): Promise<void>;
  /** Makes what was written durable (fsync). */
  sync(): Promise<void>;
  /** Cuts or extends the file to a length. */
  truncate(lengthBytes: number): Promise<void>;
  /** Current length in bytes. */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}
