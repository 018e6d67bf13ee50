import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeDisk } from '../../src/io/node-disk.ts';

describe('the disk of this machine', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nyala-disk-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('writes and reads at positions and extends files', async () => {
    const file = await nodeDisk.open(join(directory, 'f'), 'write');
    await file.write(Uint8Array.of(4, 5), 3);
    await file.write(Uint8Array.of(1, 2, 3), 0);
    await file.sync();
    expect(await file.sizeBytes()).toBe(5);
    const into = new Uint8Array(4).fill(9);
    expect(await file.read(into, 2)).toBe(3);
    expect([...into]).toEqual([3, 4, 5, 9]);
    await file.truncate(2);
    await file.close();
    expect([...(await nodeDisk.readFile(join(directory, 'f')))]).toEqual([1, 2]);
  });

  it('reads into shared memory', async () => {
    await writeFile(join(directory, 'f'), 'hello');
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const view = new Uint8Array(memory.buffer, 64, 5);
    const file = await nodeDisk.open(join(directory, 'f'), 'read');
    expect(await file.read(view, 0)).toBe(5);
    await file.close();
    expect(String.fromCharCode(...view)).toBe('hello');
  });

  it('keeps the content of a file that is opened for writing', async () => {
    await writeFile(join(directory, 'f'), 'abc');
    const file = await nodeDisk.open(join(directory, 'f'), 'write');
    await file.write(Uint8Array.of(0x5a), 1);
    await file.close();
    expect(new TextDecoder().decode(await nodeDisk.readFile(join(directory, 'f')))).toBe('aZc');
  });

  it('replaces files whole and leaves nothing aside', async () => {
    const path = join(directory, 'f');
    await Promise.all(
      [1, 2, 3].map((byte) => nodeDisk.replaceFile(path, Uint8Array.of(byte, byte))),
    );
    const content = await nodeDisk.readFile(path);
    expect(content[0]).toBe(content[1]);
    expect(await nodeDisk.list(directory)).toEqual(['f']);
    await expect(nodeDisk.replaceFile(join(directory, 'no', 'f'), content)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('lists names in order, and nothing for a directory that is not there', async () => {
    await nodeDisk.makeDirectory(join(directory, 'b', 'c'));
    await nodeDisk.makeDirectory(join(directory, 'b', 'c'));
    await writeFile(join(directory, 'a'), '');
    await nodeDisk.syncDirectory(directory);
    expect(await nodeDisk.list(directory)).toEqual(['a', 'b']);
    expect(await nodeDisk.list(join(directory, 'none'))).toEqual([]);
  });

  it('renames over another file, removes anything, and does not mind what is gone', async () => {
    await writeFile(join(directory, 'a'), 'new');
    await writeFile(join(directory, 'b'), 'old');
    await nodeDisk.rename(join(directory, 'a'), join(directory, 'b'));
    expect(await nodeDisk.sizeBytes(join(directory, 'b'))).toBe(3);
    expect(await nodeDisk.sizeBytes(join(directory, 'a'))).toBeNull();
    expect(await nodeDisk.sizeBytes(directory)).toBeNull();
    await nodeDisk.remove(join(directory, 'b'));
    await nodeDisk.remove(join(directory, 'b'));
    expect(await nodeDisk.list(directory)).toEqual([]);
  });

  it('names the path and a code in errors', async () => {
    const missing = join(directory, 'missing');
    const expected = { code: 'NOT_FOUND', message: expect.stringContaining(missing) };
    await expect(nodeDisk.open(missing, 'read')).rejects.toMatchObject(expected);
    await expect(nodeDisk.readFile(missing)).rejects.toMatchObject(expected);
    await expect(nodeDisk.rename(missing, `${missing}2`)).rejects.toMatchObject(expected);
    await expect(nodeDisk.readFile(directory)).rejects.toMatchObject({ code: 'IO' });
    await writeFile(missing, '');
    await expect(nodeDisk.makeDirectory(missing)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('creates a directory with its parents, once or again', async () => {
    const path = join(directory, 'a', 'b', 'c');
    await Promise.all([nodeDisk.makeDirectory(path), nodeDisk.makeDirectory(path)]);
    await nodeDisk.makeDirectory(path);
    expect(await nodeDisk.list(join(directory, 'a', 'b'))).toEqual(['c']);
  });

  it('says so when a directory cannot be there', async () => {
    await writeFile(join(directory, 'f'), '');
    for (const path of [join(directory, 'f'), join(directory, 'f', 'a'), '/proc/nyala/a/b']) {
      await expect(nodeDisk.makeDirectory(path)).rejects.toMatchObject({ name: 'EngineError' });
    }
  });
});
