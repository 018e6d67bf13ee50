import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3_PART_BYTES } from '../../src/base/store-limits.ts';
import type { HttpClient } from '../../src/io/network.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { nodeRandom } from '../../src/io/node-random.ts';
import { webHttpClient } from '../../src/io/web-http-client.ts';
import { openFolderStore } from '../../src/store/folder-store.ts';
import { openS3Store } from '../../src/store/s3-store.ts';
import { type SegmentStore, segmentKey } from '../../src/store/segment-store.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';
import { S3_CREDENTIALS, type S3Server, startS3Server } from '../support/s3-server.ts';

const folder = temporaryFolder();
const bytes = (text: string) => new TextEncoder().encode(text);
const clients: HttpClient[] = [];
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await server.close();
});

type Store = SegmentStore & { tables(): Promise<string[]> };

function bucket(prefix: string, connect: typeof nodeNetwork.httpClient): Store {
  const http = connect({ host: '127.0.0.1', port: server.port });
  clients.push(http);
  const location = server.location(prefix);
  return openS3Store({
    ...{ location, http, credentials: S3_CREDENTIALS, clock: nodeClock, random: nodeRandom },
  });
}

const KINDS: readonly [string, (name: string) => Promise<Store>][] = [
  ['a folder', (name) => openFolderStore(nodeDisk, folder.path(name))],
  ['a bucket', async (name) => bucket(`tests/${name}`, nodeNetwork.httpClient)],
  ['a bucket over fetch', async (name) => bucket(`fetch-${name}`, webHttpClient)],
];

describe.each(KINDS)('%s as the deep store', (_, open) => {
  it('gives back what was put, in pieces and at any offset', async () => {
    const store = await open('pieces');
    const key = segmentKey('t', 's1');
    expect(await store.put(key, [bytes('hello '), bytes('world')])).toBe(11);
    const stored = await store.open(key);
    expect(stored.lengthBytes).toBe(11);
    const into = new Uint8Array(new SharedArrayBuffer(5));
    await stored.read(into, 6);
    expect(Buffer.from(into).toString()).toBe('world');
    await stored.read(new Uint8Array(0), 11);
    await expect(stored.read(new Uint8Array(3), 10)).rejects.toMatchObject({
      code: 'CORRUPT_DATA',
    });
    await stored.close();
  });

  it('takes an empty object and one that comes over time', async () => {
    const store = await open('empty');
    expect(await store.put(segmentKey('t', 'none'), [])).toBe(0);
    async function* slow() {
      yield bytes('a');
      yield bytes('');
      yield bytes('b');
    }
    expect(await store.put(segmentKey('t', 'some'), slow())).toBe(2);
    const stored = await store.open(segmentKey('t', 'none'));
    expect(stored.lengthBytes).toBe(0);
    await stored.close();
  });

  it.each([
    ['one byte less than a part', S3_PART_BYTES - 1],
    ['exactly a part', S3_PART_BYTES],
    ['several parts and a bit', 3 * S3_PART_BYTES + 5],
  ])('keeps large objects: %s', async (_name, lengthBytes) => {
    const store = await open('large');
    const all = new Uint8Array(lengthBytes).map(
      (_value, index) => (index * 7 + (index >> 12)) & 255,
    );
    const key = segmentKey('t', 'large');
    function* pieces() {
      for (let at = 0; at < all.length; at += 1_000_003) yield all.subarray(at, at + 1_000_003);
    }
    expect(await store.put(key, pieces())).toBe(lengthBytes);
    const stored = await store.open(key);
    const read = new Uint8Array(lengthBytes);
    await stored.read(read, 0);
    expect(Buffer.compare(read, all)).toBe(0);
    const middle = new Uint8Array(100);
    await stored.read(middle, lengthBytes - 200);
    expect(middle).toEqual(all.slice(lengthBytes - 200, lengthBytes - 100));
    await stored.close();
  });

  it('puts again under a name', async () => {
    const store = await open('again');
    const key = segmentKey('t', 's');
    await store.put(key, [bytes('first')]);
    await store.put(key, [bytes('second one')]);
    const stored = await store.open(key);
    expect(stored.lengthBytes).toBe(10);
    await stored.close();
    expect(await store.list('t')).toEqual(['s']);
  });

  it('lists tables and segments, and deletes', async () => {
    const store = await open('lists');
    await store.put(segmentKey('t', 'b'), [bytes('x')]);
    await store.put(segmentKey('t', 'a'), [bytes('x')]);
    await store.put(segmentKey('t2', 'c'), [bytes('x')]);
    expect(await store.list('t')).toEqual(['a', 'b']);
    expect(await store.list('none')).toEqual([]);
    expect(await store.tables()).toEqual(['t', 't2']);
    await store.delete(segmentKey('t', 'a'));
    await store.delete(segmentKey('t', 'a'));
    expect(await store.list('t')).toEqual(['b']);
  });

  it('shows nothing of an object whose bytes stop coming', async () => {
    const store = await open('broken');
    async function* failing() {
      yield new Uint8Array(S3_PART_BYTES + 1);
      throw new Error('connection lost');
    }
    await expect(store.put(segmentKey('t', 's'), failing())).rejects.toThrow('connection lost');
    expect(await store.list('t')).toEqual([]);
    await expect(store.open(segmentKey('t', 's'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('says NOT_FOUND for a segment that is not there', async () => {
    const store = await open('missing');
    await expect(store.open(segmentKey('t', 's'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each([
    '../outside/s.segment',
    't/../s.segment',
    't/../../etc/passwd',
    '/etc/passwd',
    't/a/b.segment',
    't\\s.segment',
    't/s.segment\0',
    't/.segment',
    't/s.txt',
    '__proto__/s.segment',
    't/s',
    't/s~.segment',
    't/s~00.segment',
    't/s~0123456789abcdef~0123456789abcdef.segment',
    '',
  ])('refuses the name %j', async (key) => {
    const store = await open('names');
    await expect(store.put(key, [bytes('x')])).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(store.open(key)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(store.delete(key)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(store.list('../x')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});
