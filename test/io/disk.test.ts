import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { Disk } from '../../src/io/disk.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { SimulatedDisk } from '../sim/simulated-disk.ts';

/** One suite for every disk, so that what runs on the simulated one runs on a real one. */
const DISKS: { name: string; make: () => Disk }[] = [
  { name: 'the disk of this machine', make: () => nodeDisk },
  {
    name: 'the simulated disk',
    make: () => {
      const directories = new Set([tmpdir()]);
      const image = { files: new Map(), directories };
      return new SimulatedDisk({ prng: new Prng(1), clock: null, image });
    },
  },
];

describe.each(DISKS)('$name', ({ make }) => {
  let disk: Disk;
  let directory: string;
  beforeEach(async () => {
    disk = make();
    directory = await mkdtemp(join(tmpdir(), 'nyala-disk-'));
    await disk.makeDirectory(directory);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const path = (name: string) => `${directory}/${name}`;
  const put = (name: string, ...bytes: number[]) =>
    disk.replaceFile(path(name), Uint8Array.from(bytes));
  const content = async (name: string) => [...(await disk.readFile(path(name)))];

  it.each(['write', 'durable'] as const)(
    '%s: writes at positions, extends and cuts',
    async (mode) => {
      const file = await disk.open(path('f'), mode);
      await file.write(Uint8Array.of(4, 5), 3);
      await file.write(Uint8Array.of(1, 2), 0);
      await file.sync();
      expect(await file.sizeBytes()).toBe(5);
      const into = new Uint8Array(4).fill(9);
      expect(await file.read(into, 2)).toBe(3);
      expect([...into]).toEqual([0, 4, 5, 9]);
      await file.truncate(2);
      await file.truncate(3);
      await file.close();
      expect(await content('f')).toEqual([1, 2, 0]);
      expect(await disk.sizeBytes(path('f'))).toBe(3);
    },
  );

  it.each(['write', 'durable'] as const)('%s: keeps what a file holds', async (mode) => {
    await put('f', 1, 2, 3);
    const file = await disk.open(path('f'), mode);
    await file.write(Uint8Array.of(9), 1);
    await file.close();
    expect(await content('f')).toEqual([1, 9, 3]);
  });

  it('takes the bytes of a write when it is called', async () => {
    const file = await disk.open(path('f'), 'write');
    const bytes = Uint8Array.of(1, 2);
    await file.write(bytes, 0);
    bytes.fill(7);
    await file.close();
    expect(await content('f')).toEqual([1, 2]);
  });

  it('reads from the start to the end and no further', async () => {
    await put('f', 1, 2);
    const file = await disk.open(path('f'), 'read');
    expect(await file.read(new Uint8Array(2), 5)).toBe(0);
    expect(await file.read(new Uint8Array(0), 0)).toBe(0);
    await file.close();
  });

  it('replaces files whole', async () => {
    await put('f', 1, 2, 3);
    await put('f', 4);
    expect(await content('f')).toEqual([4]);
    expect(await disk.list(directory)).toEqual(['f']);
  });

  it('goes on writing to a file that gets another name', async () => {
    const file = await disk.open(path('a'), 'durable');
    await file.write(Uint8Array.of(1), 0);
    await put('b', 8, 8);
    await disk.rename(path('a'), path('b'));
    await file.write(Uint8Array.of(2), 1);
    await file.close();
    await disk.syncDirectory(directory);
    expect(await content('b')).toEqual([1, 2]);
    expect(await disk.list(directory)).toEqual(['b']);
  });

  it('makes, lists and removes directories', async () => {
    await disk.makeDirectory(path('a/b'));
    await disk.makeDirectory(path('a/b'));
    await put('a/b/f', 1);
    await put('c', 1);
    expect(await disk.list(directory)).toEqual(['a', 'c']);
    expect(await disk.list(path('a'))).toEqual(['b']);
    expect(await disk.sizeBytes(path('a'))).toBeNull();
    await disk.rename(path('c'), path('a/c'));
    await disk.remove(path('a/b'));
    await disk.remove(path('a/b'));
    expect(await disk.list(path('a'))).toEqual(['c']);
    expect(await disk.list(path('nothing'))).toEqual([]);
  });

  it('names the path and a code in errors', async () => {
    const missing = path('missing');
    const expected = { code: 'NOT_FOUND', message: expect.stringContaining(missing) };
    await expect(disk.open(missing, 'read')).rejects.toMatchObject(expected);
    await expect(disk.readFile(missing)).rejects.toMatchObject(expected);
    await expect(disk.rename(missing, path('x'))).rejects.toMatchObject(expected);
    await expect(disk.open(path('no/f'), 'durable')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(disk.readFile(directory)).rejects.toMatchObject({ code: 'IO' });
    expect(await disk.sizeBytes(missing)).toBeNull();
    await put('f', 1);
    await expect(disk.makeDirectory(path('f'))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });
});
