import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { Clock } from '../../src/io/clock.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const D = '/d';

async function newDisk(clock: Clock | null = null, seed = 1): Promise<SimulatedDisk> {
  const image = { files: new Map(), directories: new Set([D]) };
  return new SimulatedDisk({ prng: new Prng(seed), clock, image });
}

/** A file of a name and bytes, both durable. */
async function put(disk: SimulatedDisk, name: string, bytes: Uint8Array): Promise<void> {
  await disk.replaceFile(`${D}/${name}`, bytes);
}

const content = (disk: SimulatedDisk, name: string) => disk.image().files.get(`${D}/${name}`);

describe('a crash of the simulated disk', () => {
  it('loses names and bytes that were not synced, and only those', async () => {
    const disk = await newDisk();
    await put(disk, 'a', Uint8Array.of(1));
    const a = await disk.open(`${D}/a`, 'write');
    await a.write(Uint8Array.of(2), 0);
    const b = await disk.open(`${D}/b`, 'durable');
    await b.write(Uint8Array.of(3), 0);
    disk.crash('lost');
    expect(content(disk, 'a')).toEqual(Uint8Array.of(1));
    expect(content(disk, 'b')).toBeUndefined();
  });

  it('keeps durable writes of a file whose name is durable', async () => {
    const disk = await newDisk();
    await put(disk, 'a', new Uint8Array(2));
    const a = await disk.open(`${D}/a`, 'durable');
    await a.write(Uint8Array.of(7), 1);
    await disk.rename(`${D}/a`, `${D}/b`);
    disk.crash('lost');
    expect(content(disk, 'a')).toEqual(Uint8Array.of(0, 7));
  });

  it('of the process alone loses nothing, and syncs nothing', async () => {
    const disk = await newDisk();
    await put(disk, 'a', Uint8Array.of(1));
    const a = await disk.open(`${D}/a`, 'write');
    await a.write(Uint8Array.of(2), 0);
    disk.crash('process');
    expect(content(disk, 'a')).toEqual(Uint8Array.of(2));
    disk.crash('lost');
    expect(content(disk, 'a')).toEqual(Uint8Array.of(1));
  });

  it('tears writes at sectors only', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const disk = await newDisk(null, seed);
      await put(disk, 'a', new Uint8Array(1_536));
      const a = await disk.open(`${D}/a`, 'write');
      await a.write(new Uint8Array(1_400).fill(1), 100);
      disk.crash(seed % 2 === 0 ? 'subset' : 'reordered');
      const bytes = content(disk, 'a')!;
      const sectors = [0, 512, 1_024].map((at) => [...bytes.subarray(at, at + 512)]);
      const sums = sectors.map((sector) => sector.reduce((sum, byte) => sum + byte, 0));
      for (const [place, sum] of sums.entries()) expect([0, [412, 512, 476][place]]).toContain(sum);
      seen.add(sums.join());
    }
    expect(seen.size).toBeGreaterThan(5);
  });

  it('leaves calls of before without an answer', async () => {
    const timers: (() => void)[] = [];
    const clock: Clock = {
      nowMs: () => 0,
      monotonicMs: () => 0,
      schedule: (_delayMs, action) => {
        timers.push(action);
        return { cancel: () => {} };
      },
      soon: (action) => void timers.push(action),
    };
    const disk = await newDisk(clock);
    let answers = 0;
    void disk.open(`${D}/a`, 'write').then(() => answers++);
    disk.crash('kept');
    for (const fire of timers) fire();
    await Promise.resolve();
    expect(answers).toBe(0);
    expect(content(disk, 'a')).toEqual(new Uint8Array());
  });
});

describe('an open file of the simulated disk', () => {
  it('stays readable when its name is gone or is of another file, until it is closed', async () => {
    const disk = await newDisk();
    for (const name of ['a', 'b']) await put(disk, name, Uint8Array.of(1));
    const [a, b] = [await disk.open(`${D}/a`, 'read'), await disk.open(`${D}/b`, 'read')];
    await disk.remove(`${D}/a`);
    await put(disk, 'b', Uint8Array.of(2));
    for (const file of [a, b]) {
      const into = new Uint8Array(1);
      expect(await file.read(into, 0)).toBe(1);
      expect(into).toEqual(Uint8Array.of(1));
    }
    await b.close();
    await expect(b.read(new Uint8Array(1), 0)).rejects.toThrow('after it was closed');
  });
});

describe('faults of the simulated disk', () => {
  it('a sync that failed never makes durable what it was for', async () => {
    const disk = await newDisk();
    await put(disk, 'a', Uint8Array.of(1));
    const a = await disk.open(`${D}/a`, 'write');
    await a.write(Uint8Array.of(2), 0);
    disk.faults.failSync = () => true;
    await expect(a.sync()).rejects.toMatchObject({ code: 'IO' });
    disk.faults.failSync = () => false;
    await a.sync();
    disk.crash('lost');
    expect(content(disk, 'a')).toEqual(Uint8Array.of(1));
  });

  it('writes get lost, miss their place, or find no room', async () => {
    const disk = await newDisk();
    await put(disk, 'a', new Uint8Array(4));
    const a = await disk.open(`${D}/a`, 'durable');
    disk.faults.loseWrite = () => true;
    await a.write(Uint8Array.of(1), 0);
    disk.faults.loseWrite = () => false;
    disk.faults.misdirectWrite = () => 2;
    await a.write(Uint8Array.of(1), 0);
    disk.faults.misdirectWrite = () => 0;
    disk.faults.capacityBytes = 4;
    await expect(a.write(Uint8Array.of(1), 4)).rejects.toThrow(/ENOSPC/);
    disk.flipBit(`${D}/a`, 3, 4);
    expect(content(disk, 'a')).toEqual(Uint8Array.of(0, 0, 1, 16));
    disk.faults.failRead = () => true;
    await expect(disk.readFile(`${D}/a`)).rejects.toMatchObject({ code: 'IO' });
    disk.wipe();
    expect(disk.image().files.size).toBe(0);
  });

  it('come out the same for the same seed', async () => {
    const run = async () => {
      const disk = await newDisk(null, 5);
      await put(disk, 'a', new Uint8Array(4_096));
      const a = await disk.open(`${D}/a`, 'write');
      for (let at = 0; at < 4_000; at += 100) await a.write(Uint8Array.of(at), at);
      disk.crash('subset');
      return content(disk, 'a');
    };
    expect(await run()).toEqual(await run());
  });
});
