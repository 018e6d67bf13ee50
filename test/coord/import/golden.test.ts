import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readZooKeeperDirectory } from '../../../src/coord/import/read-directory.ts';
import { zooKeeperPassword } from '../../../src/coord/import/session-password.ts';
import { nodeDisk } from '../../../src/io/node-disk.ts';
import { shown, sorted } from './shown.ts';

/** Files of ZooKeeper 3.8.0 and what it showed of them; real-zookeeper.test.ts writes them anew. */
const GOLDEN = fileURLToPath(new URL('golden/', import.meta.url));
const ORDER = ['snapshot.0', 'log.1', 'snapshot.11', 'log.13'] as const;

const host = {
  disk: nodeDisk,
  gunzip: async (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)),
};

describe('files that Apache ZooKeeper wrote', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nyala-golden-'));
    await cp(GOLDEN, directory, { recursive: true });
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  const file = (name: string) => join(directory, 'version-2', name);
  const read = () => readZooKeeperDirectory(host, directory, directory);

  async function change(name: string, edit: (bytes: Buffer) => Buffer): Promise<void> {
    await writeFile(file(name), edit(await readFile(file(name))));
  }

  async function truth() {
    const text = await readFile(join(GOLDEN, 'truth.json'), 'utf8');
    const revive = (_: string, value: unknown) =>
      typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
    return JSON.parse(text, revive);
  }

  it('give the tree that the server showed, and its sessions', async () => {
    const { nodes, session } = await truth();
    const { tree, replayedCount, notices } = await read();
    expect([...sorted(shown(tree))]).toEqual(nodes);
    expect(replayedCount).toBeGreaterThan(5);
    expect(notices).toEqual([]);
    const id = BigInt(session.id);
    expect(tree.sessions.get(id)).toBe(30_000);
    expect(Buffer.from(zooKeeperPassword(id)).toString('hex')).toBe(session.password);
  });

  it('give the same from the empty snapshot and all logs', async () => {
    await rm(file('snapshot.11'));
    const { nodes } = await truth();
    const { tree } = await read();
    expect([...sorted(shown(tree))]).toEqual(nodes);
  });

  it('may be compressed with gzip, but not with snappy', async () => {
    const { nodes } = await truth();
    await writeFile(file('snapshot.11.gz'), gzipSync(await readFile(file('snapshot.11'))));
    await rm(file('snapshot.11'));
    const { tree, snapshotPath } = await read();
    expect(snapshotPath).toMatch(/snapshot\.11\.gz$/);
    expect([...sorted(shown(tree))]).toEqual(nodes);
    await cp(file('snapshot.11.gz'), file('snapshot.12.snappy'));
    await expect(read()).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: expect.stringContaining('snapshot.12.snappy'),
    });
  });

  it('may have an unfinished newest snapshot: the one before counts', async () => {
    const { nodes } = await truth();
    await change('snapshot.11', (bytes) => bytes.subarray(0, bytes.length - 40));
    const { tree, notices } = await read();
    expect([...sorted(shown(tree))]).toEqual(nodes);
    expect(notices).toEqual([expect.stringContaining('snapshot.11')]);
  });

  it('are refused when no snapshot is whole, or none is there', async () => {
    for (const name of ['snapshot.0', 'snapshot.11']) {
      await change(name, (bytes) => flipped(bytes, 200));
    }
    await expect(read()).rejects.toMatchObject({
      code: 'CORRUPT_DATA',
      message: expect.stringMatching(/snapshot\.11: offset \d+: expected/),
    });
    for (const name of ['snapshot.0', 'snapshot.11']) await rm(file(name));
    await expect(read()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('may end in a transaction that was cut off, by zeros or by the end', async () => {
    const whole = await read();
    const bytes = await readFile(file('log.13'));
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
    for (const missing of [1, 5, 30]) {
      const zeroed = Buffer.from(bytes);
      zeroed.fill(0, end - missing);
      for (const cut of [zeroed, bytes.subarray(0, end - missing)]) {
        await writeFile(file('log.13'), cut);
        const state = await read();
        expect(state.zxid).toBe(whole.zxid - 1n);
        expect(state.replayedCount).toBe(whole.replayedCount - 1);
      }
    }
  });

  it('are refused with file and offset wherever a byte of the log is damaged', async () => {
    // As the server leaves it: with zeros that a damaged length may lead into.
    const bytes = Buffer.concat([await readFile(file('log.13')), Buffer.alloc(70_000)]);
    const starts = recordStarts(bytes);
    const last = starts.at(-1)!;
    for (let offset = 0; offset < last; offset++) {
      // The database's id means nothing.
      if (offset >= 8 && offset < 16) continue;
      await writeFile(file('log.13'), flipped(bytes, offset));
      const record = starts.findLast((start) => start <= offset) ?? 0;
      await expect(read(), `offset ${offset}`).rejects.toMatchObject({
        code: 'CORRUPT_DATA',
        message: expect.stringMatching(
          offset < 16 ? /log\.13: offset [04]:/ : new RegExp(`log\\.13: offset ${record}: `),
        ),
      });
    }
  });

  it('are refused when a log is missing', async () => {
    await rm(file('snapshot.11'));
    await rm(file('log.1'));
    await expect(read()).rejects.toMatchObject({
      code: 'CORRUPT_DATA',
      message: expect.stringContaining('transactions between them are missing'),
    });
  });

  it('name what is unknown', async () => {
    await change('log.13', (bytes) => bytes.subarray(0, 16));
    for (const name of ORDER) expect(await nodeDisk.sizeBytes(file(name))).not.toBeNull();
    await change('log.13', (bytes) => Buffer.concat([Buffer.from('ZKXX'), bytes.subarray(4)]));
    await expect(read()).rejects.toThrow('log.13: offset 0: expected the magic');
  });
});

function flipped(bytes: Buffer, offset: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[offset]! ^= 0x55;
  return copy;
}

/** Where the records of a log begin. */
function recordStarts(bytes: Buffer): number[] {
  const starts: number[] = [];
  for (let offset = 16; bytes.readInt32BE(offset + 8) > 0; ) {
    starts.push(offset);
    offset += 12 + bytes.readInt32BE(offset + 8) + 1;
  }
  return starts;
}
