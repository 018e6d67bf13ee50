import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../../src/base/prng.ts';
import {
  type InspectedRecord,
  readRecords,
  verifyDirectory,
} from '../../../src/coord/storage/inspect.ts';
import { RaftStorage } from '../../../src/coord/storage/raft-storage.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { CONFIG, DIRECTORY, snapshotOf } from './workload.ts';

const folder = join(import.meta.dirname, 'golden');
const ACCOUNT = 'records.json';

/** A log of two segments with every kind of record, and a snapshot. */
async function writeGoldenFiles(): Promise<void> {
  if (existsSync(folder)) return;
  const disk = new SimulatedDisk({ prng: new Prng(1), clock: null });
  const segmentBytes = { first: 2_048, max: 2_048 };
  const { storage } = await RaftStorage.open({ disk, directory: DIRECTORY, segmentBytes });
  await storage.markSound();
  const payload = (index: number) => new Uint8Array(index * 100).fill(index === 5 ? 0 : index);
  const entry = (index: number, term: number, config: typeof CONFIG | null = null) => ({
    index,
    term,
    config,
    payload: payload(index),
  });
  const nothing = { number: 1, hardState: null, snapshot: null, entries: [] };
  const hardState = { term: 2, votedFor: 3, voteFloorIndex: 0 };
  await storage.persist([{ ...nothing, hardState, entries: [entry(1, 1), entry(2, 2)] }]);
  await storage.persist([{ ...nothing, entries: [entry(2, 2, CONFIG), entry(3, 2)] }]);
  await storage.persist([{ ...nothing, snapshot: snapshotOf(4, 2, Uint8Array.of(1, 2, 3)) }]);
  await storage.persist([{ ...nothing, entries: [entry(5, 2), entry(6, 2)] }]);
  await storage.close();
  mkdirSync(folder, { recursive: true });
  for (const [path, bytes] of disk.image().files)
    writeFileSync(join(folder, basename(path)), bytes);
  writeFileSync(join(folder, ACCOUNT), await account());
}

/** What the files hold, readable in a diff. */
async function account(): Promise<string> {
  const disk = goldenDisk();
  const records: InspectedRecord[] = [];
  for await (const record of readRecords(disk, DIRECTORY)) records.push(record);
  const reports = await verifyDirectory(disk, DIRECTORY);
  const options = { disk, directory: DIRECTORY };
  const { storage, stored, findings } = await RaftStorage.open(options);
  await storage.close();
  const text = JSON.stringify({ records, reports, stored, findings }, showBytes, 1);
  return `${text}\n`;
}

function goldenDisk(): SimulatedDisk {
  const names = readdirSync(folder).filter((name) => name !== ACCOUNT);
  const files = new Map(
    names.map((name) => [`${DIRECTORY}/${name}`, new Uint8Array(readFileSync(join(folder, name)))]),
  );
  const image = { files, directories: new Set([DIRECTORY]) };
  return new SimulatedDisk({ prng: new Prng(1), clock: null, image });
}

function showBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

if (process.env.UPDATE) await writeGoldenFiles();

describe('logs and snapshots written by earlier versions', () => {
  it('stay readable', async () => {
    expect(await account()).toBe(readFileSync(join(folder, ACCOUNT), 'utf8'));
  });
});
