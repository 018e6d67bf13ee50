import { describe, expect, it } from 'vitest';
import { equalBytes } from '../../../src/base/bytes.ts';
import { Prng } from '../../../src/base/prng.ts';
import type { Entry, StateSnapshot, StoredRaft } from '../../../src/coord/core/raft/types.ts';
import { RaftStorage } from '../../../src/coord/storage/raft-storage.ts';
import type { DiskImage } from '../../sim/disk-model.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { imagesOf } from './crash-images.ts';
import { DIRECTORY, type History, runWorkload, SEGMENT_BYTES } from './workload.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

describe('after a power failure at any moment', () => {
  it('everything acknowledged is there, nothing else, and the disk is sound', async () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    const disk = new SimulatedDisk({ prng, clock: null });
    const history = await runWorkload(disk, prng, 120);
    let imageCount = 0;
    const check = async (image: DiskImage, events: History, at: number): Promise<StoredRaft> => {
      imageCount++;
      const found = await open(new SimulatedDisk({ prng, clock: null, image }));
      const problem = problemOf(found, events, at);
      if (problem !== null) throw new Error(`image ${imageCount}, operation ${at}: ${problem}`);
      return found;
    };
    for (const { image, at } of imagesOf(disk.operations, prng)) {
      const found = await check(image, history, at);
      if (imageCount % 500 !== 0) continue;
      // The power fails again while it repairs what the first failure left, and as it goes on.
      const left = new SimulatedDisk({ prng, clock: null, image });
      const later = await runWorkload(left, prng, 4, found);
      for (const second of imagesOf(left.operations, prng, image)) {
        await check(second.image, later, second.at);
      }
    }
    process.stdout.write(`${disk.operations.length} operations, ${imageCount} images\n`);
    expect(imageCount).toBeGreaterThan(5_000);
  }, 120_000);

  it('also when the process alone had ended before, and started again', async () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    const disk = new SimulatedDisk({ prng, clock: null });
    const history = await runWorkload(disk, prng, 40);
    for (let at = 1; at <= disk.operations.length; at++) {
      const operations = disk.operations.slice(0, at);
      const restarted = new SimulatedDisk({ prng, clock: null, operations });
      const found = await open(restarted);
      expect(problemOf(found, history, at)).toBeNull();
      restarted.crash('lost');
      const again = await open(restarted);
      expect(problemOf(again, history, at)).toBeNull();
      // What it has been told at its start, the node relies on, acknowledged or not.
      expect(again.hardState).toEqual(found.hardState);
      expect(again.snapshot?.index).toBe(found.snapshot?.index);
      expect(areSameEntries(again.entries, found.entries)).toBe(true);
    }
  }, 120_000);
});

async function open(disk: SimulatedDisk): Promise<StoredRaft> {
  const options = { disk, directory: DIRECTORY, segmentBytes: SEGMENT_BYTES };
  const { storage, stored } = await RaftStorage.open(options);
  await storage.close();
  return stored;
}

/** Compares what was found with what may be there after so many operations; null when all is well. */
function problemOf(found: StoredRaft, history: History, at: number): string | null {
  const { standing, hardState, snapshot, entries } = found;
  const snapshotIndex = snapshot?.index ?? 0;
  const until = <T extends { readonly at: number }>(list: readonly T[]) =>
    list.filter((event) => event.at <= at);
  const needed = Math.max(0, ...until(history.acknowledgedSnapshots).map(({ index }) => index));
  if (snapshotIndex < needed) return `snapshot ${needed} was acknowledged, found ${snapshotIndex}`;
  const source = until(history.snapshots).find((event) => event.snapshot.index === snapshotIndex);
  if (snapshot !== null && !isSameSnapshot(snapshot, source?.snapshot))
    return `snapshot ${snapshotIndex} differs`;
  const acknowledged = until(history.acknowledged).at(-1)?.count ?? 0;
  const firstPossible = Math.max(0, acknowledged - 1, source?.installed ?? 0);
  const possible = until(history.states).slice(firstPossible);
  const isPossible = possible.some(
    ({ state }) =>
      state.baseIndex <= snapshotIndex &&
      standing === (state.isSound ? 'sound' : 'fresh') &&
      hardState.term === state.hardState.term &&
      hardState.votedFor === state.hardState.votedFor &&
      areSameEntries(
        entries,
        state.entries.filter(({ index }) => index > snapshotIndex),
      ),
  );
  if (isPossible) return null;
  const indexes = `${entries[0]?.index} to ${entries.at(-1)?.index}`;
  const what = `${standing}, term ${hardState.term}, snapshot ${snapshotIndex}, entries ${indexes}`;
  return `none of ${possible.length} states is ${what}`;
}

function isSameSnapshot(left: StateSnapshot, right: StateSnapshot | undefined): boolean {
  return (
    right !== undefined &&
    left.term === right.term &&
    equalBytes(left.bytes, right.bytes) &&
    JSON.stringify(left.config) === JSON.stringify(right.config)
  );
}

function areSameEntries(left: readonly Entry[], right: readonly Entry[]): boolean {
  const isSame = (entry: Entry, other: Entry) =>
    entry.index === other.index &&
    entry.term === other.term &&
    equalBytes(entry.payload, other.payload) &&
    (entry.config === other.config ||
      JSON.stringify(entry.config) === JSON.stringify(other.config));
  return left.length === right.length && left.every((entry, at) => isSame(entry, right[at]!));
}
