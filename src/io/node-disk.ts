import { constants } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { EngineError, type ErrorCode, errorMessage } from '../base/errors.ts';
import type { Disk, DiskFile, OpenMode } from './disk.ts';

let temporaryCount = 0;

/**
 * Linux writes through to the disk with O_DSYNC. Elsewhere the flag is missing or, as on macOS, does
 * not reach past the disk's own cache, which fdatasync by Node does.
 */
const HAS_DURABLE_WRITES = process.platform === 'linux';

/** The file system of this machine. */
export const nodeDisk: Disk = {
  open: (path, mode) =>
    explain(path, async () => {
      const syncsWrites = mode === 'durable' && !HAS_DURABLE_WRITES;
      return new NodeFile(path, await open(path, openFlags(mode), 0o644), syncsWrites);
    }),
  readFile: (path) => explain(path, async () => new Uint8Array(await readFile(path))),
  replaceFile: (path, bytes) => explain(path, () => replaceFile(path, bytes)),
  rename: (from, to) => explain(from, () => rename(from, to)),
  remove: (path) => explain(path, () => rm(path, { recursive: true, force: true })),
  makeDirectory: (path) => explain(path, () => makeDirectory(path)),
  list: (path) => explain(path, () => list(path)),
  sizeBytes: (path) => explain(path, () => sizeBytes(path)),
  syncDirectory: (path) => explain(path, () => syncDirectory(path)),
};

function openFlags(mode: OpenMode): number {
  if (mode === 'read') return constants.O_RDONLY;
  const flags = constants.O_RDWR | constants.O_CREAT;
  return mode === 'durable' && HAS_DURABLE_WRITES ? flags | constants.O_DSYNC : flags;
}

/**
 * Creates parents one by one. Node's own `recursive` never returns where a parent can be seen but not
 * be written to, as in /proc.
 */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
    await syncDirectory(dirname(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await mkdir(path).catch(async (again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw again;
    });
    await syncDirectory(dirname(path));
  }
}

class NodeFile implements DiskFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #syncsWrites: boolean;

  /** @param syncsWrites whether each write is followed by fdatasync. */
  constructor(path: string, handle: FileHandle, syncsWrites: boolean) {
    this.#path = path;
    this.#handle = handle;
    this.#syncsWrites = syncsWrites;
  }

  read(into: Uint8Array, positionBytes: number): Promise<number> {
    return explain(this.#path, async () => {
      let done = 0;
      while (done < into.length) {
        const position = positionBytes + done;
        const { bytesRead } = await this.#handle.read(into, done, into.length - done, position);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    });
  }

  write(bytes: Uint8Array, positionBytes: number): Promise<void> {
    return explain(this.#path, async () => {
      await writeAll(this.#handle, bytes, positionBytes);
      if (this.#syncsWrites) await this.#handle.datasync();
    });
  }

  sync(): Promise<void> {
    return explain(this.#path, () => this.#handle.sync());
  }

  truncate(lengthBytes: number): Promise<void> {
    return explain(this.#path, () => this.#handle.truncate(lengthBytes));
  }

  sizeBytes(): Promise<number> {
    return explain(this.#path, async () => (await this.#handle.stat()).size);
  }

  close(): Promise<void> {
    return explain(this.#path, () => this.#handle.close());
  }
}

async function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
  positionBytes: number,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const position = positionBytes + done;
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position);
    done += bytesWritten;
  }
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  temporaryCount++;
  const aside = `${path}.${process.pid}-${temporaryCount}.tmp`;
  try {
    const handle = await open(aside, 'wx', 0o644);
    try {
      await writeAll(handle, bytes, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

async function list(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function sizeBytes(path: string): Promise<number | null> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : null;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function explain<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new EngineError(errorCode(error), `disk: ${path}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

function errorCode(error: unknown): ErrorCode {
  const code = systemCode(error);
  if (code === 'ENOENT') return 'NOT_FOUND';
  if (code === 'EEXIST') return 'ALREADY_EXISTS';
  return 'IO';
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
