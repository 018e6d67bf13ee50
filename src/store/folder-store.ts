import { EngineError } from '../base/errors.ts';
import type { Disk, DiskFile } from '../io/disk.ts';
import {
  type ByteParts,
  checkTableName,
  objectOfFileName,
  parseSegmentKey,
  type SegmentStore,
  type StoredSegment,
} from './segment-store.ts';

/** A deep store that also says which folder it is, for servers that read segments in place. */
export interface FolderStore extends SegmentStore {
  /** Where the objects lie: `<directory>/<table>/<object>.segment`. */
  readonly directory: string;
  /** Tables that have a folder, sorted. */
  tables(): Promise<string[]>;
}

/**
 * A deep store in a folder of a local or shared file system. An object is written under another
 * name, synced, then renamed, so that a crash leaves either nothing or all of it.
 *
 * @param directory the store's folder; created when it is missing.
 */
export async function openFolderStore(disk: Disk, directory: string): Promise<FolderStore> {
  await disk.makeDirectory(directory);
  return {
    directory,
    put: (key, parts) => put(disk, directory, key, parts),
    open: async (key) => {
      parseSegmentKey(key);
      return openStored(disk, `${directory}/${key}`, key);
    },
    list: async (table) => {
      checkTableName(table);
      const files = await disk.list(`${directory}/${table}`);
      return files.map(objectOfFileName).filter((name) => name !== null);
    },
    tables: () => disk.list(directory),
    delete: async (key) => {
      const { table } = parseSegmentKey(key);
      await disk.remove(`${directory}/${key}`);
      // What was being stored when whoever did it ended.
      await disk.remove(asideOf(`${directory}/${key}`));
      await disk.syncDirectory(`${directory}/${table}`);
    },
  };
}

async function put(disk: Disk, directory: string, key: string, parts: ByteParts): Promise<number> {
  const { table } = parseSegmentKey(key);
  const path = `${directory}/${key}`;
  const aside = asideOf(path);
  await disk.makeDirectory(`${directory}/${table}`);
  await disk.syncDirectory(directory);
  const file = await disk.open(aside, 'write');
  let lengthBytes = 0;
  try {
    await file.truncate(0);
    for await (const part of parts) {
      await file.write(part, lengthBytes);
      lengthBytes += part.length;
    }
    await file.sync();
  } catch (error) {
    await file.close();
    await disk.remove(aside);
    throw error;
  }
  await file.close();
  await disk.rename(aside, path);
  await disk.syncDirectory(`${directory}/${table}`);
  return lengthBytes;
}

/** Where an object lies until it is whole. */
function asideOf(path: string): string {
  return `${path}.partial`;
}

async function openStored(disk: Disk, path: string, key: string): Promise<StoredSegment> {
  const file = await disk.open(path, 'read');
  const lengthBytes = await file.sizeBytes();
  return {
    lengthBytes,
    read: (into, offsetBytes) => readAll(file, key, into, offsetBytes),
    close: () => file.close(),
  };
}

async function readAll(
  file: DiskFile,
  key: string,
  into: Uint8Array,
  offsetBytes: number,
): Promise<void> {
  const read = await file.read(into, offsetBytes);
  if (read !== into.length) {
    throw new EngineError(
      'CORRUPT_DATA',
      `store: ${key} should hold ${into.length} bytes at ${offsetBytes}, ` +
        `found ${read}; restore the file or delete the segment`,
    );
  }
}
