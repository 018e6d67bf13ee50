import { beforeEach, describe, expect, it } from 'vitest';
import { crc32c } from '../../src/base/checksum.ts';
import { LOAD_FAILURE_CHARACTERS_MAX } from '../../src/base/limits.ts';
import type { SegmentRecord } from '../../src/coord/cluster/segment-nodes.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeRandom } from '../../src/io/node-random.ts';
import type { Engine } from '../../src/server/engine.ts';
import { HostedSegments } from '../../src/server/hosted-segments.ts';
import { planQuery } from '../../src/sql/query.ts';
import { newObjectName, segmentKey } from '../../src/store/segment-store.ts';
import { ManualClock } from '../coord/memory-tcp.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { buildSegments, openEngine } from '../support/memory-table.ts';

const GRACE_MS = 1_000;
const schema = { name: 't', columns: [{ name: 'n', type: 'INT' }] } as const;
const { plan } = planQuery('SELECT SUM(n), COUNT(*) FROM t WHERE n >= 0', {
  resolveTable: () => schema,
  tableNames: () => ['t'],
  nowMs: 0,
});

/** A store that knows which files are open, and can hold reads back. */
class WatchedStore extends MemoryStore {
  readonly openFiles: string[] = [];
  reading: Promise<void> = Promise.resolve();

  override async open(key: string) {
    const stored = await super.open(key);
    this.openFiles.push(key);
    let isOpen = true;
    return {
      ...stored,
      read: async (into: Uint8Array, offsetBytes: number) => {
        await this.reading;
        if (!isOpen) throw new Error(`${key} was read after it was closed`);
        return stored.read(into, offsetBytes);
      },
      close: async () => {
        isOpen = false;
        this.openFiles.splice(this.openFiles.indexOf(key), 1);
      },
    };
  }
}

let store: WatchedStore;
let clock: ManualClock;
let engine: Engine;
let hosted: HostedSegments;
const errors: unknown[] = [];

beforeEach(async () => {
  store = new WatchedStore();
  clock = new ManualClock();
  engine = await openEngine(0, 128 * 1_048_576);
  hosted = new HostedSegments({
    ...{ engine, clock, graceMs: GRACE_MS },
    store: async () => store,
    onError: (error) => errors.push(error),
  });
});

/** Puts a segment `s0` of these values into the store; its record. */
async function put(...values: number[]): Promise<SegmentRecord> {
  const [built] = buildSegments(
    schema,
    values.map((value) => [value]),
  );
  const file = segmentKey('t', newObjectName('s0', 0, nodeRandom));
  await store.put(file, [built!.file]);
  const lengthBytes = built!.file.length;
  const trailer = new DataView(built!.file.buffer, built!.file.byteOffset + lengthBytes - 28);
  const crc = trailer.getUint32(12, true);
  const its = { rowCount: values.length, lengthBytes, createdAtMs: 0, crc, file };
  return { ...its, servers: ['Server_a'] };
}

const host = (records: Record<string, SegmentRecord>) =>
  hosted.host('t', '0', new Map(Object.entries(records)));

/** Rows that a query of all rows has read. */
async function ask(id = 's0'): Promise<number> {
  const { stats, release } = await engine.execute(plan.leaf!, [id], 10_000);
  release();
  return stats.docsScanned;
}

describe('segments of a server', () => {
  it('are served under their ids, each with the checksum of its file', async () => {
    const record = await put(1, 2, 3);
    expect(await host({ s0: record })).toBe(true);
    expect(await host({ s0: record })).toBe(false);
    expect(hosted.serving('t', '0')).toEqual({ segments: { s0: record.crc }, failed: {} });
    expect(hosted.served()).toEqual({ t: ['s0'] });
    expect(hosted.serving('t', '1')).toBeNull();
    await hosted.close();
    expect(store.openFiles).toEqual([]);
  });

  it('of two versions of rows are there at once', async () => {
    await host({ s0: await put(1, 2), 's0~1': await put(10) });
    expect(hosted.served()).toEqual({ t: ['s0', 's0~1'] });
    expect([await ask('s0'), await ask('s0~1')]).toEqual([2, 1]);
  });

  it('take another file without a gap, and queries go on to read the one they began with', async () => {
    const [first, second] = [await put(1, 2, 3), await put(1, 2, 3)];
    await host({ s0: first });
    let goOn = () => {};
    store.reading = new Promise((resolve) => {
      goOn = resolve;
    });
    const asking = ask();
    const hosting = host({ s0: second });
    expect(hosted.served()).toEqual({ t: ['s0'] });
    goOn();
    await hosting;
    await asking;
    await turn();
    expect(store.openFiles).toEqual([second.file]);
    expect(hosted.serving('t', '0')?.segments).toEqual({ s0: second.crc });
    await ask();
    expect(errors).toEqual([]);
  });

  it('that are not wanted any more are answered for the grace time, and not closed under a query', async () => {
    const record = await put(1, 2, 3);
    await host({ s0: record });
    expect(await host({})).toBe(true);
    expect(hosted.serving('t', '0')).toBeNull();
    let goOn = () => {};
    store.reading = new Promise((resolve) => {
      goOn = resolve;
    });
    const asking = ask();
    clock.advance(GRACE_MS);
    await turn();
    expect(store.openFiles).toEqual([record.file]);
    await expect(ask()).rejects.toMatchObject({ code: 'SEGMENT_UNAVAILABLE' });
    goOn();
    await asking;
    await turn();
    expect(store.openFiles).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('that are wanted again within that time were never away', async () => {
    const record = await put(1, 2, 3);
    await host({ s0: record });
    await host({});
    await host({ s0: record });
    clock.advance(2 * GRACE_MS);
    await turn();
    await ask();
    expect(store.openFiles).toEqual([record.file]);
  });

  it('that cannot be opened say why, and are tried again', async () => {
    const record = await put(1);
    const bytes = store.objects.get(record.file)!;
    store.objects.delete(record.file);
    await host({ s0: record, s1: { ...record, crc: 7 } });
    expect(hosted.serving('t', '0')).toEqual({
      segments: {},
      failed: { s0: expect.stringContaining('there is no'), s1: expect.any(String) },
    });
    store.objects.set(record.file, bytes);
    await host({ s0: record, s1: { ...record, crc: 7 } });
    expect(hosted.serving('t', '0')).toEqual({
      segments: { s0: record.crc },
      failed: { s1: expect.stringContaining(`CRC-32C 7, found ${record.crc}`) },
    });
    expect(store.openFiles).toEqual([record.file]);
    for (const reason of Object.values(hosted.serving('t', '0')!.failed)) {
      expect(reason.length).toBeLessThanOrEqual(LOAD_FAILURE_CHARACTERS_MAX);
    }
  });

  it('have the footer checksum that stands for the whole file', async () => {
    const record = await put(1, 2, 3);
    const bytes = store.objects.get(record.file)!;
    const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 28);
    const start = Number(view.getBigUint64(0, true));
    const footer = bytes.subarray(start, start + view.getUint32(8, true));
    expect(crc32c(footer)).toBe(record.crc);
  });
});

/** Lets everything that is ready happen. */
function turn(): Promise<void> {
  return new Promise((resolve) => nodeClock.schedule(5, resolve));
}
