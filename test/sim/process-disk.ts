import type { Disk, DiskFile } from '../../src/io/disk.ts';
import type { SimulatedProcess } from './process.ts';

/** A disk as one process sees it: nothing it began settles, and it begins nothing, once it is dead. */
export function processDisk(process: SimulatedProcess, disk: Disk): Disk {
  const call = <T>(action: () => Promise<T>): Promise<T> => gated(process, action);
  return {
    open: async (path, mode) => processFile(process, await call(() => disk.open(path, mode))),
    readFile: (path) => call(() => disk.readFile(path)),
    replaceFile: (path, bytes) => call(() => disk.replaceFile(path, bytes)),
    rename: (from, to) => call(() => disk.rename(from, to)),
    remove: (path) => call(() => disk.remove(path)),
    makeDirectory: (path) => call(() => disk.makeDirectory(path)),
    list: (path) => call(() => disk.list(path)),
    sizeBytes: (path) => call(() => disk.sizeBytes(path)),
    syncDirectory: (path) => call(() => disk.syncDirectory(path)),
  };
}

function processFile(process: SimulatedProcess, file: DiskFile): DiskFile {
  const call = <T>(action: () => Promise<T>): Promise<T> => gated(process, action);
  return {
    read: (into, positionBytes) => call(() => file.read(into, positionBytes)),
    write: (bytes, positionBytes) => call(() => file.write(bytes, positionBytes)),
    sync: () => call(() => file.sync()),
    truncate: (lengthBytes) => call(() => file.truncate(lengthBytes)),
    sizeBytes: () => call(() => file.sizeBytes()),
    close: () => call(() => file.close()),
  };
}

function gated<T>(process: SimulatedProcess, action: () => Promise<T>): Promise<T> {
  if (!process.isAlive) return new Promise(() => {});
  return process.gate(action());
}
