import { describe, expect, it } from 'vitest';
import { equalBytes } from '../../../src/base/bytes.ts';
import { Prng } from '../../../src/base/prng.ts';
import type { Entry, Persist, StateSnapshot } from '../../../src/coord/core/raft/types.ts';
import { RaftStorage } from '../../../src/coord/storage/raft-storage.ts';
import { nodeDisk } from '../../../src/io/node-disk.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { temporaryDirectory } from '../harness.ts';
import { CONFIG, DIRECTORY, SEGMENT_BYTES, snapshotOf } from './workload.ts';

const simulated = () => new SimulatedDisk({ prng: new Prng(1), clock: null });

function open(disk: SimulatedDisk) {
  return RaftStorage.open({ disk, directory: DIRECTORY, segmentBytes: SEGMENT_BYTES });
}

async function openSound(disk: SimulatedDisk): Promise<RaftStorage> {
  const { storage } = await open(disk);
  await storage.markSound();
  return storage;
}

function entry(index: number, term = 1, payload = new Uint8Array(100).fill(index)): Entry {
  return { index, term, config: null, payload };
}

function entries(start: number, end: number, term = 1): Entry[] {
  return Array.from({ length: end - start }, (_, place) => entry(start + place, term));
}

function persist(part: Partial<Persist>): Persist {
  return { number: 1, hardState: null, snapshot: null, entries: [], ...part };
}

function snapshotAt(index: number, term = 1): StateSnapshot {
  return snapshotOf(index, term, new Uint8Array(300).fill(index));
}

async function reopened(disk: SimulatedDisk) {
  const { storage, stored, findings } = await open(disk);
  await storage.close();
  return { stored, findings };
}

async function names(disk: SimulatedDisk): Promise<string[]> {
  return disk.list(DIRECTORY);
}

describe('the storage of consensus', () => {
  it('gives back what was persisted, on the disk of this machine', async () => {
    const place = await temporaryDirectory();
    try {
      const options = { disk: nodeDisk, directory: `${place.directory}/a/coord` };
      const first = await RaftStorage.open(options);
      expect(first.stored.standing).toBe('fresh');
      await first.storage.markSound();
      const big = entry(4, 2, new Uint8Array(300_000).fill(7));
      const withConfig = { ...entry(3, 2), config: CONFIG };
      const hardState = { term: 2, votedFor: 3, voteFloorIndex: 0 };
      await first.storage.persist([
        persist({ hardState: { term: 1, votedFor: 1, voteFloorIndex: 0 }, entries: entries(1, 3) }),
        persist({ number: 2, hardState, entries: [withConfig, big] }),
      ]);
      await first.storage.saveSnapshot(snapshotAt(2));
      await first.storage.close();
      const { storage, stored, findings } = await RaftStorage.open(options);
      await storage.close();
      expect(findings).toEqual([]);
      expect(stored).toMatchObject({ standing: 'sound', hardState, snapshot: snapshotAt(2) });
      expect(stored.entries[0]).toEqual(withConfig);
      expect(equalBytes(stored.entries[1]!.payload, big.payload)).toBe(true);
      await nodeDisk.remove(`${place.directory}/a`);
    } finally {
      await place.remove();
    }
  });

  it('commits a batch by one write and nothing else', async () => {
    const disk = simulated();
    const storage = await openSound(disk);
    const before = disk.operations.length;
    await storage.persist([
      persist({ hardState: { term: 1, votedFor: 1, voteFloorIndex: 0 }, entries: entries(1, 4) }),
      persist({ number: 2, entries: entries(4, 6) }),
    ]);
    const kinds = disk.operations
      .slice(before)
      .map((operation) => (operation.kind === 'change' ? operation.change.kind : operation.kind));
    expect(kinds).toEqual(['write', 'settle']);
    await storage.close();
  });

  it('cuts the log before an entry that is not the next one', async () => {
    const disk = simulated();
    const storage = await openSound(disk);
    await storage.persist([persist({ entries: entries(1, 90) })]);
    await storage.persist([persist({ entries: entries(5, 7, 2) })]);
    await storage.close();
    const { stored } = await reopened(disk);
    expect(stored.entries).toEqual([...entries(1, 5), ...entries(5, 7, 2)]);
  });

  it('keeps what follows a leader\u2019s snapshot only when the log leads to it', async () => {
    for (const [term, kept] of [
      [1, entries(4, 6)],
      [2, []],
    ] as const) {
      const disk = simulated();
      const storage = await openSound(disk);
      await storage.persist([persist({ entries: entries(1, 6) })]);
      await storage.persist([persist({ snapshot: snapshotAt(3, term) })]);
      await storage.close();
      expect((await reopened(disk)).stored).toMatchObject({ snapshot: { index: 3, term } });
      expect((await reopened(disk)).stored.entries).toEqual(kept);
    }
  });

  it('goes on after a leader\u2019s snapshot that is ahead of the log', async () => {
    const disk = simulated();
    const storage = await openSound(disk);
    await storage.persist([persist({ entries: entries(1, 3) })]);
    await storage.persist([
      persist({ snapshot: snapshotAt(70, 4) }),
      persist({ number: 2, entries: entries(71, 73, 4) }),
    ]);
    await storage.close();
    const { stored } = await reopened(disk);
    expect(stored).toMatchObject({ standing: 'sound', snapshot: { index: 70, term: 4 } });
    expect(stored.entries).toEqual(entries(71, 73, 4));
  });

  it('goes on after a snapshot of an entry that its own disk had not got yet', async () => {
    const disk = simulated();
    const storage = await openSound(disk);
    await storage.persist([persist({ entries: entries(1, 3) })]);
    await storage.saveSnapshot(snapshotAt(3));
    disk.crash('lost');
    const again = await open(disk);
    expect(again.stored).toMatchObject({ standing: 'sound', snapshot: { index: 3 }, entries: [] });
    await again.storage.persist([persist({ entries: entries(4, 6) })]);
    await again.storage.close();
    const { stored } = await reopened(disk);
    expect(stored).toMatchObject({ standing: 'sound', snapshot: { index: 3 } });
    expect(stored.entries).toEqual(entries(4, 6));
  });

  it('removes what the two newest snapshots do not need', async () => {
    const disk = simulated();
    const storage = await openSound(disk);
    for (let index = 1; index <= 200; index++) {
      await storage.persist([persist({ entries: [entry(index)] })]);
      if (index % 50 === 0) await storage.saveSnapshot(snapshotAt(index));
    }
    expect(storage.logBytesSinceSnapshot).toBe(0);
    await storage.persist([persist({ entries: [entry(201)] })]);
    expect(storage.logBytesSinceSnapshot).toBe(152);
    await storage.close();
    const left = await names(disk);
    expect(left.filter((name) => name.startsWith('snapshot'))).toEqual([
      'snapshot.0000000000000096',
      'snapshot.00000000000000c8',
    ]);
    expect(left.filter((name) => name.startsWith('log')).length).toBeLessThan(5);
    const { storage: again, stored } = await open(disk);
    expect(stored.entries).toEqual([entry(201)]);
    expect(again.logBytesSinceSnapshot).toBe(152);
    await again.close();
  });

  it('writes snapshots beside persists without holding them up', async () => {
    const disk = simulated();
    const storage = await openSound(disk);
    await storage.persist([persist({ entries: entries(1, 20) })]);
    const order: string[] = [];
    const saving = storage
      .saveSnapshot(snapshotOf(10, 1, new Uint8Array(3_000_000)))
      .then(() => order.push('snapshot'));
    await storage.persist([persist({ entries: entries(20, 22) })]);
    order.push('persist');
    await saving;
    expect(order).toEqual(['persist', 'snapshot']);
    await storage.close();
  });

  it('ignores a snapshot that is not newer', async () => {
    const disk = simulated();
    const storage = await openSound(disk);
    await storage.persist([persist({ entries: entries(1, 20) })]);
    await Promise.all([storage.saveSnapshot(snapshotAt(9)), storage.saveSnapshot(snapshotAt(8))]);
    await storage.close();
    expect((await reopened(disk)).stored.snapshot?.index).toBe(9);
  });
});

describe('a disk that was never marked sound', () => {
  it('is fresh while it holds nothing, and damaged once it holds something', async () => {
    const disk = simulated();
    expect((await reopened(disk)).stored.standing).toBe('fresh');
    const { storage, stored } = await open(disk);
    expect(stored.standing).toBe('fresh');
    await storage.persist([persist({ hardState: { term: 1, votedFor: 0, voteFloorIndex: 0 } })]);
    await storage.close();
    expect((await reopened(disk)).stored.standing).toBe('damaged');
    await (await openSound(disk)).close();
    expect((await reopened(disk)).stored.standing).toBe('sound');
  });
});

describe('when the disk fails', () => {
  it('a failed write or sync ends the storage', async () => {
    for (const fault of ['failWrite', 'failSync'] as const) {
      const disk = simulated();
      const storage = await openSound(disk);
      disk.faults[fault] = () => true;
      const call = storage.persist([persist({ entries: entries(1, 2) })]);
      await expect(call).rejects.toMatchObject({ code: 'IO' });
      disk.faults[fault] = () => false;
      const again = storage.persist([persist({ entries: entries(1, 2) })]);
      await expect(again).rejects.toThrow(/storage .* known again after a restart/);
      await expect(storage.saveSnapshot(snapshotAt(1))).rejects.toMatchObject({ code: 'IO' });
      await storage.close();
    }
  });

  it('a full disk fails a snapshot and loses nothing', async () => {
    const disk = simulated();
    const storage = await openSound(disk);
    await storage.persist([persist({ entries: entries(1, 3) })]);
    disk.faults.capacityBytes = 4_096;
    const big = snapshotOf(2, 1, new Uint8Array(5_000));
    await expect(storage.saveSnapshot(big)).rejects.toThrow(/ENOSPC/);
    await storage.persist([persist({ entries: entries(3, 4) })]);
    expect((await names(disk)).filter((name) => name.startsWith('snapshot'))).toEqual([]);
    expect(storage.logBytesSinceSnapshot).toBeGreaterThan(0);
    disk.faults.capacityBytes = 1_000_000;
    await storage.saveSnapshot(big);
    await storage.close();
    expect((await reopened(disk)).stored.entries).toEqual(entries(3, 4));
  });

  it('a full disk fails a persist, and what was acknowledged before stays', async () => {
    const disk = simulated();
    const storage = await openSound(disk);
    await storage.persist([persist({ entries: entries(1, 3) })]);
    disk.faults.capacityBytes = 2_048;
    const call = storage.persist([persist({ entries: entries(3, 40) })]);
    await expect(call).rejects.toThrow(/ENOSPC/);
    await storage.close();
    disk.faults.capacityBytes = 1_000_000;
    const { stored } = await reopened(disk);
    expect(stored.standing).toBe('sound');
    expect(stored.entries.slice(0, 2)).toEqual(entries(1, 3));
  });
});

describe('files of another version', () => {
  it.each([
    ['log.0000000000000001', [0x4e, 0x59, 0x43, 0x4c, 0, 0, 0, 1], 1],
    ['snapshot.0000000000000001', [0x4e, 0x59, 0x43, 0x53, 0, 0, 0, 1], 1],
  ])('%s is refused with what to do, and left alone', async (name, bytes, version) => {
    const files = new Map([[`${DIRECTORY}/${name}`, Uint8Array.from(bytes)]]);
    const image = { files, directories: new Set([DIRECTORY]) };
    const disk = new SimulatedDisk({ prng: new Prng(1), clock: null, image });
    await expect(open(disk)).rejects.toMatchObject({
      code: 'CORRUPT_DATA',
      message: expect.stringMatching(
        `${name}: expected version 2 .* found version ${version}; move`,
      ),
    });
    expect(await names(disk)).toEqual([name]);
  });
});
