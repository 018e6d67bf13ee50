import type { Disk, DiskFile } from '../../../src/io/disk.ts';
import type { Sabotage } from './sabotage.ts';

export const acknowledgeBeforeSync: Sabotage = {
  name: 'acknowledge-before-sync',
  sentence: 'The disk is never asked to make anything durable.',
  plant: () => ({ disk: (disk) => withoutSyncs(disk) }),
};

function withoutSyncs(disk: Disk): Disk {
  return {
    open: async (path, mode) =>
      withoutSync(await disk.open(path, mode === 'durable' ? 'write' : mode)),
    readFile: (path) => disk.readFile(path),
    replaceFile: (path, bytes) => disk.replaceFile(path, bytes),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    list: (path) => disk.list(path),
    sizeBytes: (path) => disk.sizeBytes(path),
    syncDirectory: (path) => disk.syncDirectory(path),
  };
}

function withoutSync(file: DiskFile): DiskFile {
  return {
    read: (into, positionBytes) => file.read(into, positionBytes),
    write: (bytes, positionBytes) => file.write(bytes, positionBytes),
    sync: () => Promise.resolve(),
    truncate: (lengthBytes) => file.truncate(lengthBytes),
    sizeBytes: () => file.sizeBytes(),
    close: () => file.close(),
  };
}
