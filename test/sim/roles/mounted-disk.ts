import type { Disk } from '../../../src/io/disk.ts';

/** A disk of a machine with another one mounted at a path. */
export function mountedDisk(own: Disk, mountPath: string, mounted: Disk): Disk {
  const at = (path: string): Disk =>
    path === mountPath || path.startsWith(`${mountPath}/`) ? mounted : own;
  return {
    open: (path, mode) => at(path).open(path, mode),
    readFile: (path) => at(path).readFile(path),
    replaceFile: (path, bytes) => at(path).replaceFile(path, bytes),
    rename: (from, to) => at(from).rename(from, to),
    remove: (path) => at(path).remove(path),
    makeDirectory: (path) => at(path).makeDirectory(path),
    list: (path) => at(path).list(path),
    sizeBytes: (path) => at(path).sizeBytes(path),
    syncDirectory: (path) => at(path).syncDirectory(path),
  };
}
