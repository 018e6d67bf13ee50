import { describe, expect, it } from 'vitest';
import { equalBytes } from '../../../src/base/bytes.ts';
import { Prng } from '../../../src/base/prng.ts';
import type { Entry, StoredRaft } from '../../../src/coord/core/raft/types.ts';
import { RaftStorage } from '../../../src/coord/storage/raft-storage.ts';
import type { DiskImage } from '../../sim/disk-model.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { imagesOf } from './crash-images.ts';
import { DIRECTORY, SEGMENT_BYTES, snapshotOf } from './workload.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const HARD_STATE = { term: 3, votedFor: 2, voteFloorIndex: 0 };

function diskWith(image: DiskImage): SimulatedDisk {
  return new SimulatedDisk({ prng: new Prng(1), clock: null, image });
}

function open(disk: SimulatedDisk) {
  return RaftStorage.open({ disk, directory: DIRECTORY, segmentBytes: SEGMENT_BYTES });
}

async function read(disk: SimulatedDisk) {
  const { storage, stored, findings } = await open(disk);
  await storage.close();
  return { stored, findings };
}

function entry(index: number): Entry {
  // Every fifth payload is zeros, which look most like a place that was never written.
  const payload = new Uint8Array(700).fill(index % 5 === 0 ? 0 : index);
  return { index, term: index < 20 ? 1 : 3, config: null, payload };
}

const ENTRIES = Array.from({ length: 60 }, (_, place) => entry(place + 1));

/** Sixty entries over many segments, snapshots at 20 and 40, several entries in the last write. */
async function writtenDisk(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk({ prng: new Prng(1), clock: null });
  const { storage } = await open(disk);
  await storage.markSound();
  const nothing = { number: 1, hardState: null, snapshot: null };
  for (let index = 1; index <= 57; index += 3) {
    const hardState = index === 19 ? HARD_STATE : null;
    await storage.persist([
      { ...nothing, hardState, entries: ENTRIES.slice(index - 1, index + 2) },
    ]);
    if (index === 22 || index === 43) {
      const term = ENTRIES[index - 3]!.term;
      await storage.saveSnapshot(snapshotOf(index - 2, term, new Uint8Array(150).fill(index)));
    }
  }
  await storage.persist([{ ...nothing, entries: ENTRIES.slice(57) }]);
  await storage.close();
  return disk;
}

function isComplete({ standing, hardState, snapshot, entries }: StoredRaft): boolean {
  const first = snapshot?.index ?? 0;
  return (
    standing === 'sound' &&
    hardState.term === HARD_STATE.term &&
    hardState.votedFor === HARD_STATE.votedFor &&
    entries.length === 60 - first &&
    areTrue(entries, first)
  );
}

/** True when the entries are ones that were written, without gaps. */
function areTrue(entries: readonly Entry[], previousIndex: number): boolean {
  return entries.every(({ index, term, payload }, place) => {
    const written = ENTRIES[index - 1]!;
    const isNext = index === previousIndex + 1 + place;
    return isNext && term === written.term && equalBytes(payload, written.payload);
  });
}

function summary({ standing, hardState, snapshot, entries }: StoredRaft): string {
  const indexes = entries.map(({ index, term }) => `${index}/${term}`);
  return JSON.stringify({ standing, hardState, snapshot: snapshot?.index, indexes });
}

/** What is there in all when a damaged directory was opened and opened again. */
async function expectDamaged(disk: SimulatedDisk, reason: RegExp): Promise<StoredRaft> {
  const filesBefore = [...disk.image().files.values()];
  const first = await read(disk);
  expect(first.stored.standing).toBe('damaged');
  expect(first.findings.join('\n')).toMatch(reason);
  expect(areTrue(first.stored.entries, first.stored.snapshot?.index ?? 0)).toBe(true);
  // Nothing is deleted but what two sound snapshots make superfluous.
  const filesAfter = [...disk.image().files.values()];
  const isKept = (bytes: Uint8Array) => filesAfter.some((other) => equalBytes(bytes, other));
  expect(filesBefore.every(isKept)).toBe(true);
  const second = await read(disk);
  expect(summary(second.stored)).toBe(summary(first.stored));
  return first.stored;
}

describe('a bit that flips', () => {
  it('is never taken for the truth: all is there, or the disk is damaged', async () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    const { files, directories } = (await writtenDisk()).image();
    let soundCount = 0;
    let damagedCount = 0;
    for (const [path, bytes] of files) {
      for (let at = 0; at < bytes.length; at++) {
        const share = bytes[at] === 0 ? 32 : path.includes('/log.') && at >= 64 ? 8 : 1;
        if (prng.uint32() % share !== 0) continue;
        const disk = diskWith({ files, directories });
        disk.flipBit(path, at, prng.integer(0, 8));
        const { stored, findings } = await read(disk);
        if (stored.standing === 'damaged') {
          damagedCount++;
          expect(areTrue(stored.entries, stored.snapshot?.index ?? 0)).toBe(true);
          expect(findings.join('\n'), `byte ${at} of ${path}`).toMatch(/at offset \d+: damaged/);
        } else {
          soundCount++;
          expect(isComplete(stored), `byte ${at} of ${path}`).toBe(true);
        }
      }
    }
    process.stdout.write(`${damagedCount} flips damaged the disk, ${soundCount} did not\n`);
    expect(Math.min(damagedCount, soundCount)).toBeGreaterThan(500);
  }, 120_000);
});

describe('damage', () => {
  const logPaths = (disk: SimulatedDisk) =>
    [...disk.image().files.keys()].filter((path) => path.includes('/log.')).sort();
  const snapshotPath = (index: number) =>
    `${DIRECTORY}/snapshot.${index.toString(16).padStart(16, '0')}`;

  it('stays until the node says that it is sound again', async () => {
    const disk = await writtenDisk();
    disk.flipBit(logPaths(disk).at(-2)!, 200, 0);
    await expectDamaged(disk, /log\..* at offset \d+: damaged: the checksum/);
    const { storage, stored } = await open(disk);
    const next = { ...entry(1), index: stored.entries.at(-1)!.index + 1, term: 9 };
    await storage.persist([{ number: 1, hardState: null, snapshot: null, entries: [next] }]);
    await storage.close();
    expect((await read(disk)).stored.standing).toBe('damaged');
    const again = await open(disk);
    await again.storage.markSound();
    await again.storage.close();
    const { stored: healed } = await read(disk);
    expect(healed.standing).toBe('sound');
    expect(healed.entries.length).toBe(stored.entries.length + 1);
    expect(healed.entries.at(-1)).toEqual(next);
  });

  it('keeps the entries before it, and the newest vote also from behind it', async () => {
    const disk = await writtenDisk();
    // The older snapshot is gone, so the log is needed from the first entry after nothing on.
    await disk.remove(snapshotPath(20));
    await disk.remove(snapshotPath(41));
    const stored = await expectDamaged(disk, /no intact snapshot reaches that far/);
    expect(stored).toMatchObject({ hardState: HARD_STATE, snapshot: null, entries: [] });
  });

  it('is the same damage when the power fails while it is dealt with', async () => {
    const prng = new Prng(seed);
    const disk = await writtenDisk();
    disk.flipBit(logPaths(disk).at(-1)!, 700, 2);
    const image = disk.image();
    const damaged = diskWith(image);
    const { stored } = await read(damaged);
    let imageCount = 0;
    for (const left of imagesOf(damaged.operations, prng, image)) {
      imageCount++;
      const again = (await read(diskWith(left.image))).stored;
      expect(summary(again)).toBe(summary(stored));
      expect(areTrue(again.entries, again.snapshot?.index ?? 0)).toBe(true);
    }
    expect(imageCount).toBeGreaterThan(50);
  });

  it('of the newest snapshot is none while the older one and the log are there', async () => {
    const disk = await writtenDisk();
    disk.flipBit(snapshotPath(41), 150, 1);
    const { stored, findings } = await read(disk);
    expect(isComplete(stored)).toBe(true);
    expect(stored.snapshot?.index).toBe(20);
    expect(findings.join()).toMatch(/snapshot\.0*29: the snapshot cannot be used: the checksum/);
    expect([...disk.image().files.keys()].join()).toMatch(/damaged-[0-9a-f]+\/snapshot\.0*29/);
    expect((await read(disk)).findings).toEqual([]);
  });

  it('of the newest snapshot is none wherever in a segment the older one was made', async () => {
    for (let index = 1; index < 24; index++) {
      const disk = new SimulatedDisk({ prng: new Prng(1), clock: null });
      const { storage } = await open(disk);
      await storage.markSound();
      for (const one of ENTRIES.slice(0, 30)) {
        await storage.persist([{ number: 1, hardState: null, snapshot: null, entries: [one] }]);
      }
      for (const at of [index, 28]) {
        await storage.saveSnapshot(snapshotOf(at, ENTRIES[at - 1]!.term, new Uint8Array(9)));
      }
      await storage.close();
      disk.flipBit(snapshotPath(28), 60, 1);
      const { stored } = await read(disk);
      expect(stored).toMatchObject({ standing: 'sound', snapshot: { index } });
      expect(stored.entries.length).toBe(30 - index);
    }
  });

  it('of a write that the disk lost is noticed by the next one', async () => {
    for (const fault of ['lost', 'misdirected']) {
      const disk = await writtenDisk();
      const { storage } = await open(disk);
      const append = (index: number) =>
        storage.persist([
          { number: 1, hardState: null, snapshot: null, entries: [{ ...entry(1), index }] },
        ]);
      if (fault === 'lost') disk.faults.loseWrite = (path) => path.includes('/log.');
      else disk.faults.misdirectWrite = () => 1_536;
      await append(61);
      disk.faults.loseWrite = () => false;
      disk.faults.misdirectWrite = () => 0;
      await append(62);
      await storage.close();
      await expectDamaged(
        disk,
        /damaged: .*(later write is intact|was begun after it|each of its)/,
      );
    }
  });

  it('of a file that is missing, empty or cut short is named', async () => {
    for (const [change, reason] of [
      [
        (disk: SimulatedDisk, path: string) => disk.remove(path),
        /the segment before it is missing/,
      ],
      [cut(0), /damaged: 0 bytes only/],
      [cut(1_000), /the file has 1000 bytes, its header says 6144/],
    ] as const) {
      const disk = await writtenDisk();
      await change(disk, logPaths(disk).at(-2)!);
      await expectDamaged(disk, reason);
    }
    const disk = await writtenDisk();
    for (const path of logPaths(disk)) await disk.remove(path);
    const stored = await expectDamaged(disk, /there is no log/);
    expect(stored).toMatchObject({
      hardState: { term: 3, votedFor: 0, voteFloorIndex: 0 },
      snapshot: { index: 41 },
    });
  });

  it('of everything is not a fresh disk', async () => {
    const disk = new SimulatedDisk({ prng: new Prng(1), clock: null });
    await read(disk);
    disk.flipBit(logPaths(disk)[0]!, 3, 3);
    expect((await expectDamaged(disk, /the magic "NYCL" is missing/)).entries).toEqual([]);
  });
});

function cut(lengthBytes: number) {
  return async (disk: SimulatedDisk, path: string): Promise<void> => {
    const file = await disk.open(path, 'write');
    await file.truncate(lengthBytes);
    await file.sync();
  };
}
