import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { Prng } from '../../src/base/prng.ts';
import { SEGMENT_DIRECT_READ_BYTES_MAX } from '../../src/base/store-limits.ts';
import type { Disk } from '../../src/io/disk.ts';
import type { Listener } from '../../src/io/network.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { nodeMetrics } from '../../src/io/node-metrics.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { nodeRandom } from '../../src/io/node-random.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import { SegmentCache, type SegmentCacheOptions } from '../../src/server/segment-cache.ts';
import type { SegmentSupplier } from '../../src/server/segment-fetch.ts';
import { SegmentFiles } from '../../src/server/segment-file.ts';
import { peerSupplier } from '../../src/server/segment-peers.ts';
import { type FolderStore, openFolderStore } from '../../src/store/folder-store.ts';
import { type OpenStore, openStore } from '../../src/store/open-store.ts';
import { type StoredSegment, segmentKey } from '../../src/store/segment-store.ts';
import { ANY_PORT } from '../coord/harness.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { S3_CREDENTIALS, type S3Server, startS3Server } from '../support/s3-server.ts';

const ROWS = 40_000;
const folder = temporaryFolder();
const closers: { close(): Promise<void> }[] = [];
const errors: unknown[] = [];
let testCount = 0;
let directory: string;
/** What is in the deep store, as a folder. */
let origin: FolderStore;

beforeEach(async () => {
  directory = folder.path(`cache-${testCount++}`);
  origin = await openFolderStore(nodeDisk, `${directory}-origin`);
  errors.length = 0;
});

afterEach(async () => {
  for (const closer of closers.splice(0).reverse()) await closer.close();
});

function keep<T extends { close(): Promise<void> }>(closer: T): T {
  closers.push(closer);
  return closer;
}

/** A segment with a column of random numbers, so that its file is some 160 KB. */
function segmentParts(name: string, seed: number): Iterable<Uint8Array> {
  const builder = new SegmentBuilder({ name: 't', columns: [{ name: 'a', type: 'INT' }] });
  const prng = new Prng(seed);
  const values = Int32Array.from({ length: ROWS }, () => prng.integer(0, 2 ** 31 - 1));
  builder.append([{ kind: 'integers', values, nulls: null }]);
  return builder.build(name, 0).parts;
}

async function putSegments(count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, n) => segmentKey('t', `s${n}`));
  for (const [n, key] of keys.entries()) await origin.put(key, segmentParts(`s${n}`, n + 1));
  return keys;
}

function start(options: Partial<SegmentCacheOptions> = {}): Promise<SegmentCache> {
  return SegmentCache.start({
    ...{ disk: nodeDisk, directory, budgetBytes: 10_000_000, store: origin },
    peers: async () => [],
    onError: (error) => errors.push(error),
    ...options,
  });
}

/** Opens a segment until the test ends. */
const hold = async (cache: SegmentCache, key: string) => keep(await cache.open(key));

const fileOf = (key: string) => readFileSync(`${directory}-origin/${key}`);

/** Reads all of a segment as a query reads a large column. */
async function readAll(stored: StoredSegment): Promise<Buffer> {
  const into = Buffer.alloc(stored.lengthBytes);
  await stored.read(into, 0);
  return into;
}

async function expectContent(cache: SegmentCache, key: string): Promise<void> {
  const stored = await cache.open(key);
  expect((await readAll(stored)).equals(fileOf(key))).toBe(true);
  await stored.close();
}

function bytesOnDisk(path = directory): number {
  return readdirSync(path, { withFileTypes: true }).reduce((sum, entry) => {
    const below = join(path, entry.name);
    try {
      return sum + (entry.isDirectory() ? bytesOnDisk(below) : statSync(below).size);
    } catch {
      return sum;
    }
  }, 0);
}

const partials = () => readdirSync(join(directory, '.partial'));

describe('a cache of segments', () => {
  it('fetches a file once, for whoever opens it at the same time', async () => {
    const [key] = await putSegments(1);
    const metrics = nodeMetrics({ withProcess: false });
    const cache = await start({ metrics });
    const opened = await Promise.all([key!, key!, key!].map((each) => hold(cache, each)));
    for (const stored of opened) expect((await readAll(stored)).equals(fileOf(key!))).toBe(true);
    expect(cache.status).toMatchObject({
      ...{ files: 1, filesFromStore: 1, localReads: 3, directReads: 0 },
      ...{ fetchedBytes: opened[0]!.lengthBytes, usedBytes: opened[0]!.lengthBytes },
    });
    expect(partials()).toEqual([]);
    const { body } = await metrics.text();
    expect(body).toContain('nyala_server_segment_cache_events_total{event="filesFromStore"} 1');
    expect(body).toContain(`nyala_server_segment_fetched_bytes_total ${opened[0]!.lengthBytes}`);
    expect(body).toContain(`nyala_server_segment_cache_bytes{of="used"} ${opened[0]!.lengthBytes}`);
  });

  it('says what is not there', async () => {
    const cache = await start();
    await expect(cache.open(segmentKey('t', 'none'))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(
        /t\/none\.segment cannot be fetched from anywhere; deep store: /,
      ),
    });
    await expect(cache.open('../x')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(cache.openLocal(segmentKey('t', 'none'))).toBeNull();
  });

  it('keeps to its budget while many read more than fits, and no answer is wrong', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    console.log(`seed ${seed}`);
    const keys = await putSegments(6);
    const lengthBytes = fileOf(keys[0]!).length;
    const budgetBytes = Math.floor(2.5 * lengthBytes);
    const cache = await start({ budgetBytes });
    const opened = await Promise.all(keys.map((key) => hold(cache, key)));
    expect(cache.status.files).toBe(2);
    const prng = new Prng(seed);
    const plans = Array.from({ length: 8 }, () =>
      Array.from({ length: 25 }, () => {
        const at = prng.integer(0, keys.length);
        const from = prng.integer(0, opened[at]!.lengthBytes);
        return { at, from, length: prng.integer(1, opened[at]!.lengthBytes - from + 1) };
      }),
    );
    await Promise.all(
      plans.map(async (plan) => {
        for (const { at, length, from } of plan) {
          const into = Buffer.alloc(length);
          await opened[at]!.read(into, from);
          expect(into.equals(fileOf(keys[at]!).subarray(from, from + length))).toBe(true);
          expect(bytesOnDisk()).toBeLessThanOrEqual(budgetBytes);
        }
      }),
    );
    const { usedBytes, evicted, localReads, directReads } = cache.status;
    expect(usedBytes).toBe(bytesOnDisk());
    expect(evicted).toBeGreaterThan(0);
    expect(localReads).toBeGreaterThan(0);
    expect(localReads + directReads).toBe(8 * 25);
    expect(partials()).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('lets go of files that nobody has open before others, however lately they were read', async () => {
    const [first, second, third] = await putSegments(3);
    const cache = await start({ budgetBytes: 2.5 * fileOf(first!).length });
    await hold(cache, first!);
    await expectContent(cache, second!);
    await expectContent(cache, third!);
    expect(cache.openLocal(second!)).toBeNull();
    expect(cache.openLocal(first!)).not.toBeNull();
  });

  it('reads a little of a file that is not there from where it is', async () => {
    const [first, second] = await putSegments(2);
    const cache = await start({ budgetBytes: 1.5 * fileOf(first!).length });
    await hold(cache, first!);
    const stored = await hold(cache, second!);
    await stored.read(Buffer.alloc(SEGMENT_DIRECT_READ_BYTES_MAX), 0);
    expect(cache.status).toMatchObject({ files: 1, directReads: 1, evicted: 0 });
    await stored.read(Buffer.alloc(SEGMENT_DIRECT_READ_BYTES_MAX + 1), 0);
    expect(cache.status).toMatchObject({ files: 1, directReads: 1, evicted: 1, localReads: 1 });
  });

  it('reads from where it is what this disk does not take, and says so', async () => {
    const [key] = await putSegments(1);
    const full: Disk = {
      ...nodeDisk,
      rename: async () => {
        throw new EngineError('IO', 'no space left on device');
      },
    };
    const cache = await start({ disk: full });
    await expectContent(cache, key!);
    expect(cache.status).toMatchObject({ files: 0, usedBytes: 0, directReads: 1 });
    expect(errors[0]).toMatchObject({ code: 'IO', message: 'no space left on device' });
    expect(bytesOnDisk()).toBe(0);
  });
});

describe('files of before', () => {
  it('are there after a restart, without a fetch; what was not finished is not', async () => {
    const keys = await putSegments(3);
    const before = await start();
    for (const key of keys) await hold(before, key);
    writeFileSync(join(directory, '.partial/7'), 'half of a file');
    mkdirSync(join(directory, 'lost+found'));
    const opens: string[] = [];
    const store = {
      open: (key: string) => {
        opens.push(key);
        throw new EngineError('IO', 'the bucket is away');
      },
    };
    const cache = await start({ store });
    expect(cache.status).toMatchObject({ files: 3, usedBytes: bytesOnDisk() });
    expect(partials()).toEqual([]);
    for (const key of keys) await expectContent(cache, key);
    expect(cache.status).toMatchObject({ localReads: 3, fetchedBytes: 0 });
    expect(opens).toEqual([]);
  });

  it('are removed when they are cut, changed or under a wrong name', async () => {
    const [cut, changed, misnamed, whole] = await putSegments(4);
    const before = await start();
    for (const key of [cut!, changed!, whole!]) await hold(before, key);
    const path = (key: string) => join(directory, key);
    truncateSync(path(cut!), 1_000);
    const bytes = readFileSync(path(changed!));
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(path(changed!), bytes);
    writeFileSync(path(misnamed!), readFileSync(path(whole!)));
    const cache = await start();
    expect(cache.status).toMatchObject({ files: 1 });
    expect(readdirSync(join(directory, 't'))).toEqual(['s3.segment']);
    for (const key of [cut!, changed!, misnamed!, whole!]) await expectContent(cache, key);
    expect(cache.status).toMatchObject({ files: 4, filesFromStore: 3 });
  });

  it('go until a smaller budget holds', async () => {
    const keys = await putSegments(3);
    const before = await start();
    for (const key of keys) await hold(before, key);
    const budgetBytes = fileOf(keys[0]!).length + 10;
    const cache = await start({ budgetBytes });
    expect(cache.status).toMatchObject({ files: 1, evicted: 2 });
    expect(bytesOnDisk()).toBeLessThanOrEqual(budgetBytes);
  });

  it('are fetched again when somebody has removed or cut them, or their bytes turn out wrong', async () => {
    const [key] = await putSegments(1);
    const cache = await start();
    const stored = await hold(cache, key!);
    rmSync(join(directory, key!));
    expect((await readAll(stored)).equals(fileOf(key!))).toBe(true);
    truncateSync(join(directory, key!), 500);
    expect((await readAll(stored)).equals(fileOf(key!))).toBe(true);
    writeFileSync(join(directory, key!), Buffer.alloc(stored.lengthBytes));
    await stored.discardCopy?.();
    expect((await readAll(stored)).equals(fileOf(key!))).toBe(true);
    expect(cache.status).toMatchObject({ filesFromStore: 4, discarded: 1, directReads: 0 });
    expect(errors).toMatchObject([{ code: 'CORRUPT_DATA' }]);
  });
});

describe('where files come from', () => {
  let s3: S3Server;
  let proxy: FaultProxy;
  let bucket: OpenStore;

  beforeEach(async () => {
    s3 = keep(await startS3Server());
    proxy = keep(await startFaultProxy(s3.port));
    const parts = { disk: nodeDisk, network: nodeNetwork, clock: nodeClock, random: nodeRandom };
    const location = s3.location('files', proxy.port);
    bucket = keep(await openStore(location, { ...parts, s3Credentials: S3_CREDENTIALS }));
  });

  /** A server that has all files of the origin, behind a proxy. */
  async function startPeer(fault: Fault | null = null): Promise<SegmentSupplier> {
    const files = new SegmentFiles(async (_table, _segment, key) => {
      return { key: key!, stored: await origin.open(key!) };
    });
    const listener: Listener = keep(
      await nodeNetwork.serveHttp(ANY_PORT, (request) => {
        const url = new URL(request.url);
        const [, , , table = '', segment = ''] = url.pathname.split('/');
        const key = url.searchParams.get('key');
        return files.send(table, segment, key, request);
      }),
    );
    const peerProxy = keep(await startFaultProxy(listener.address.port));
    // The first request only asks how long the file is.
    peerProxy.fault = ({ headers }) => (headers.range === 'bytes=0-0' ? null : fault);
    return peerSupplier(nodeNetwork, 'Server_b', { host: '127.0.0.1', port: peerProxy.port });
  }

  async function putBoth(): Promise<string> {
    const [key] = await putSegments(1);
    await bucket.put(key!, segmentParts('s0', 1));
    proxy.seen.length = 0;
    return key!;
  }

  it('is a peer first, who has them without the bucket', async () => {
    const key = await putBoth();
    const peer = await startPeer();
    const cache = await start({ store: bucket, peers: async () => [peer] });
    await expectContent(cache, key);
    expect(cache.status).toMatchObject({ filesFromPeers: 1, filesFromStore: 0 });
    expect(proxy.seen).toEqual([]);
  });

  it.each<Fault>([
    { kind: 'flip' },
    { kind: 'cut' },
    { kind: 'short' },
    { kind: 'status', status: 500 },
    { kind: 'lost answer' },
  ])('is the bucket when a peer fails: $kind', async (fault) => {
    const key = await putBoth();
    const peer = await startPeer(fault);
    const cache = await start({ store: bucket, peers: async () => [peer] });
    await expectContent(cache, key);
    const isDamaged = fault.kind === 'flip';
    expect(cache.status).toMatchObject({
      ...{ filesFromPeers: 0, filesFromStore: 1, discarded: isDamaged ? 1 : 0 },
    });
    expect(errors).toHaveLength(isDamaged ? 1 : 0);
  });

  it('is the bucket when no peer is there any more', async () => {
    const key = await putBoth();
    const peers = async () => [
      peerSupplier(nodeNetwork, 'Server_gone', { host: '127.0.0.1', port: 1 }),
    ];
    const cache = await start({ store: bucket, peers });
    await expectContent(cache, key);
    expect(cache.status).toMatchObject({ filesFromStore: 1, discarded: 0 });
  });

  it('is named with the reason when all fail, and nothing stays', async () => {
    const key = await putBoth();
    const peer = await startPeer({ kind: 'flip' });
    proxy.fault = ({ method }) => (method === 'GET' ? { kind: 'flip' } : null);
    const cache = await start({ store: bucket, peers: async () => [peer] });
    await expect(cache.open(key)).rejects.toMatchObject({
      code: 'CORRUPT_DATA',
      message: expect.stringMatching(
        /fetched from anywhere; Server_b \(.*is damaged: .*; deep store: .*is damaged: /,
      ),
    });
    expect(cache.status).toMatchObject({ files: 0, usedBytes: 0, discarded: 2 });
    expect(bytesOnDisk()).toBe(0);
    proxy.fault = () => null;
    await expectContent(cache, key);
  });

  it('is asked again after a slow and a broken answer', async () => {
    const key = await putBoth();
    let count = 0;
    proxy.fault = () => {
      count++;
      if (count === 2) return { kind: 'cut' };
      return count === 3 ? { kind: 'slow', delayMs: 50 } : { kind: 'status', status: 503 };
    };
    const faulty = proxy.fault;
    proxy.fault = (seen) => (count < 3 ? faulty(seen) : null);
    const cache = await start({ store: bucket });
    await expectContent(cache, key);
    expect(cache.status).toMatchObject({ filesFromStore: 1, discarded: 0 });
  });
});
