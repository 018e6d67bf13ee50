import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { LogEntry } from '../../src/coord/core/model.ts';
import { encodeSnapshot } from '../../src/coord/core/snapshot.ts';
import { Tree } from '../../src/coord/core/tree.ts';
import { Storage } from '../../src/coord/storage.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { temporaryDirectory, utf8 } from './harness.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

function entry(zxid: number, data = utf8(`data of ${zxid}`)): LogEntry {
  const acl = [{ permissions: 31, scheme: 'world', id: 'anyone' }];
  return {
    zxid: BigInt(zxid),
    timeMs: 1_700_000_000_000 + zxid,
    sessionId: 0x0100_0000_0000_0001n,
    command: { kind: 'create', path: `/n${zxid}`, data, acl, flags: 0, withStat: false },
  };
}

const emptyState = () => ({ tree: Tree.withSystemNodes(), sessions: new Map() });
const snapshotAt = (zxid: bigint) => encodeSnapshot({ zxid, state: emptyState() });

describe('the coordinator storage', () => {
  let place: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeEach(async () => {
    place = await temporaryDirectory();
  });
  afterEach(() => place.remove());

  const open = () => Storage.open(nodeDisk, place.directory);

  async function write(...batches: number[][]): Promise<void> {
    const { storage } = await open();
    for (const batch of batches) await storage.append(batch.map((zxid) => entry(zxid)));
    await storage.close();
  }

  async function zxids(): Promise<number[]> {
    const { storage, stored } = await open();
    await storage.close();
    return stored.entries.map(({ zxid }) => Number(zxid));
  }

  const logPath = () => join(place.directory, 'log.0000000000000001');

  it('gives back what was appended, over several openings', async () => {
    await write([1, 2], [3]);
    await write([4]);
    const { storage, stored } = await open();
    await storage.close();
    expect(stored.snapshot).toBeNull();
    expect(stored.entries).toEqual([1, 2, 3, 4].map((zxid) => entry(zxid)));
  });

  it('round-trips every kind of command', async () => {
    const commands: LogEntry['command'][] = [
      { kind: 'createSession', timeoutMs: 4_000, password: new Uint8Array(16).fill(7) },
      { kind: 'delete', path: '/a', version: -1 },
      { kind: 'setData', path: '/a', data: null, version: 3 },
      { kind: 'setAcl', path: '/a', acl: [], version: 0 },
      {
        kind: 'multi',
        operations: [
          { kind: 'check', path: '/a', version: 1 },
          { kind: 'create', path: '/b', data: null, acl: [], flags: 5, withStat: true },
        ],
      },
      { kind: 'closeSession' },
    ];
    const entries = commands.map((command, index) => ({ ...entry(index + 1), command }));
    const { storage } = await open();
    await storage.append(entries);
    await storage.close();
    const again = await open();
    await again.storage.close();
    expect(again.stored.entries).toEqual(entries);
  });

  it('cuts a torn tail wherever the append stopped, and goes on after it', async () => {
    await write([1, 2, 3]);
    const whole = await readFile(logPath());
    await write([4]);
    const longer = await readFile(logPath());
    for (let length = whole.length + 1; length < longer.length; length++) {
      await writeFile(logPath(), longer.subarray(0, length));
      expect(await zxids()).toEqual([1, 2, 3]);
      expect((await readFile(logPath())).equals(whole)).toBe(true);
    }
    await write([4]);
    expect(await zxids()).toEqual([1, 2, 3, 4]);
  });

  it('cuts a tail whose length reached the disk before its content', async () => {
    await write([1, 2, 3]);
    await appendFile(logPath(), new Uint8Array(700));
    expect(await zxids()).toEqual([1, 2, 3]);
    const { storage } = await open();
    await storage.append([entry(4, new Uint8Array(4_000).fill(65))]);
    await storage.close();
    const bytes = await readFile(logPath());
    bytes.fill(0, 1_024);
    await writeFile(logPath(), bytes);
    expect(await zxids()).toEqual([1, 2, 3]);
  });

  it('refuses any flipped bit with file and offset, and never takes it for a torn tail', async () => {
    process.stdout.write(`SEED=${seed}\n`);
    const prng = new Prng(seed);
    const { storage } = await open();
    // Zeros at the end of the last entry look most like an unfinished append.
    await storage.append([entry(1), entry(2), entry(3, new Uint8Array(3_000))]);
    await storage.close();
    const whole = await readFile(logPath());
    for (let round = 0; round < 300; round++) {
      const at = prng.integer(0, whole.length);
      const damaged = Uint8Array.from(whole);
      damaged[at]! ^= 1 << prng.integer(0, 8);
      await writeFile(logPath(), damaged);
      await expect(open(), `bit flipped in byte ${at}`).rejects.toMatchObject({
        code: 'CORRUPT_DATA',
        message: expect.stringMatching(/log\.0000000000000001 at offset \d+/),
      });
    }
  });

  it('begins a new file after a snapshot and removes what two snapshots do not need', async () => {
    const { storage } = await open();
    for (let zxid = 1; zxid <= 4; zxid++) {
      await storage.append([entry(zxid)]);
      await storage.writeSnapshot(BigInt(zxid), snapshotAt(BigInt(zxid)));
    }
    await storage.append([entry(5)]);
    await storage.close();
    expect(await readdir(place.directory)).toEqual([
      'log.0000000000000004',
      'log.0000000000000005',
      'snapshot.0000000000000003',
      'snapshot.0000000000000004',
    ]);
    const again = await open();
    expect(again.stored.snapshot?.zxid).toBe(4n);
    expect(again.stored.entries).toEqual([entry(5)]);
    await again.storage.close();
  });

  it('needs no log from before the snapshot', async () => {
    const { storage } = await open();
    await storage.append([entry(1), entry(2)]);
    await storage.writeSnapshot(2n, snapshotAt(2n));
    await storage.close();
    await rm(logPath());
    await write([3]);
    expect(await zxids()).toEqual([3]);
  });

  it('goes on when the machine stopped between a snapshot and the new log file', async () => {
    const { storage } = await open();
    await storage.append([entry(1), entry(2)]);
    await storage.writeSnapshot(2n, snapshotAt(2n));
    await storage.close();
    await rm(join(place.directory, 'log.0000000000000003'));
    expect(await zxids()).toEqual([]);
    await write([3]);
    expect(await zxids()).toEqual([3]);
    await truncate(join(place.directory, 'log.0000000000000001'), 8);
    await expect(open()).rejects.toMatchObject({ code: 'CORRUPT_DATA' });
  });

  it('goes on when the machine stopped while a log file was made', async () => {
    for (const length of [0, 3, 7]) {
      await writeFile(logPath(), new Uint8Array(length));
      expect(await zxids()).toEqual([]);
    }
    await write([1]);
    expect(await zxids()).toEqual([1]);
  });

  it('refuses a log that begins after the snapshot ends, and one with a file missing', async () => {
    const { storage } = await open();
    for (let zxid = 1; zxid <= 3; zxid++) {
      await storage.append([entry(zxid)]);
      await storage.writeSnapshot(BigInt(zxid), snapshotAt(BigInt(zxid)));
    }
    await storage.append([entry(4)]);
    await storage.close();
    await rm(join(place.directory, 'snapshot.0000000000000003'));
    await rm(join(place.directory, 'log.0000000000000003'));
    await expect(open()).rejects.toMatchObject({ code: 'CORRUPT_DATA' });
    await rm(join(place.directory, 'snapshot.0000000000000002'));
    await expect(open()).rejects.toMatchObject({ code: 'CORRUPT_DATA' });
  });

  it('refuses a damaged snapshot rather than an older state', async () => {
    const { storage } = await open();
    await storage.append([entry(1)]);
    await storage.writeSnapshot(1n, snapshotAt(1n));
    await storage.close();
    const path = join(place.directory, 'snapshot.0000000000000001');
    const bytes = await readFile(path);
    bytes[20]! ^= 1;
    await writeFile(path, bytes);
    await expect(open()).rejects.toMatchObject({
      code: 'CORRUPT_DATA',
      message: expect.stringContaining('snapshot.0000000000000001'),
    });
  });
});
