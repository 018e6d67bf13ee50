import { Client as MinioClient } from 'minio';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import {
  S3_ATTEMPTS_MAX,
  S3_BACKOFF_MS,
  S3_BACKOFF_MS_MAX,
  S3_PART_BYTES,
} from '../../src/base/store-limits.ts';
import type { Clock } from '../../src/io/clock.ts';
import type { HttpClient } from '../../src/io/network.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { nodeRandom } from '../../src/io/node-random.ts';
import type { Random } from '../../src/io/random.ts';
import { openS3Store, type S3Store } from '../../src/store/s3-store.ts';
import { segmentKey } from '../../src/store/segment-store.ts';
import type { S3Credentials } from '../../src/store/store-location.ts';
import { type FaultProxy, type SeenRequest, startFaultProxy } from '../support/fault-proxy.ts';
import { S3_CREDENTIALS, type S3Server, startS3Server } from '../support/s3-server.ts';

const KEY = segmentKey('t', 's');
const bytes = (text: string) => new TextEncoder().encode(text);

let server: S3Server;
let proxy: FaultProxy;
let client: HttpClient;
let store: S3Store;
/** Pauses that were asked for; none is waited for. */
let pausesMs: number[];

beforeAll(async () => {
  server = await startS3Server();
});

afterAll(() => server.close());

beforeEach(async () => {
  proxy = await startFaultProxy(server.port);
  client = nodeNetwork.httpClient({ host: '127.0.0.1', port: proxy.port });
  pausesMs = [];
  store = openStore(S3_CREDENTIALS);
});

afterEach(async () => {
  await client.close();
  await proxy.close();
});

const clock: Clock = {
  ...nodeClock,
  schedule: (delayMs, action) => {
    pausesMs.push(delayMs);
    return nodeClock.schedule(0, action);
  },
};

/** The largest pause that chance can choose, so that the bound shows. */
const random: Random = {
  bytes: (count) => (count === 4 ? new Uint8Array(4).fill(255) : nodeRandom.bytes(count)),
};

function openStore(credentials: S3Credentials, bucket = 'nyala'): S3Store {
  const location = { ...server.location('deep', proxy.port), bucket };
  return openS3Store({ location, credentials, http: client, clock, random });
}

/** Spoils the first so many requests that match. */
function spoil(
  fault: ReturnType<FaultProxy['fault']>,
  times: number,
  matches: (seen: SeenRequest) => boolean = () => true,
): void {
  let left = times;
  proxy.fault = (seen) => (matches(seen) && left-- > 0 ? fault : null);
}

async function content(key = KEY): Promise<string> {
  const stored = await store.open(key);
  const into = new Uint8Array(stored.lengthBytes);
  await stored.read(into, 0);
  return new TextDecoder().decode(into);
}

describe('a bucket that fails for a while', () => {
  it.each([
    ['500', { kind: 'status', status: 500 }],
    ['503 SlowDown', { kind: 'status', status: 503, body: '<Error><Code>SlowDown</Code></Error>' }],
    ['429', { kind: 'status', status: 429 }],
    ['a connection that breaks', { kind: 'lost answer' }],
  ] as const)('is asked again: %s', async (_name, fault) => {
    spoil(fault, 2);
    await store.put(KEY, [bytes('content')]);
    spoil(fault, 2);
    expect(await content()).toBe('content');
    spoil(fault, 2);
    expect(await store.list('t')).toEqual(['s']);
    spoil(fault, 2);
    await store.delete(KEY);
    expect(pausesMs).toHaveLength(8);
  });

  it('is sent a body again that was too slow to arrive', async () => {
    const body = '<Error><Code>RequestTimeout</Code></Error>';
    spoil({ kind: 'status', status: 400, body }, 1);
    expect(await store.put(KEY, [bytes('content')])).toBe(7);
    spoil({ kind: 'status', status: 400 }, 1);
    await expect(store.put(KEY, [bytes('x')])).rejects.toMatchObject({ code: 'IO' });
  });

  it.each([{ kind: 'cut' }, { kind: 'short' }] as const)(
    'reads again what was $kind',
    async (f) => {
      await store.put(KEY, [bytes('all of the content')]);
      spoil(f, 2, ({ method }) => method === 'GET');
      expect(await content()).toBe('all of the content');
      expect(proxy.seen.filter(({ method }) => method === 'GET')).toHaveLength(3);
    },
  );

  it('gives up after a bounded number of attempts, with pauses that double to a bound', async () => {
    spoil({ kind: 'status', status: 503 }, 100);
    await expect(store.open(KEY)).rejects.toMatchObject({
      code: 'IO',
      message:
        `store: HEAD s3://nyala/deep/t/s.segment at http://127.0.0.1:${proxy.port} answered 503 ` +
        `in each of ${S3_ATTEMPTS_MAX} attempts`,
    });
    expect(proxy.seen).toHaveLength(S3_ATTEMPTS_MAX);
    const bounds = pausesMs.map((_, index) =>
      Math.min(S3_BACKOFF_MS_MAX, S3_BACKOFF_MS * 2 ** index),
    );
    expect(pausesMs.map(Math.round)).toEqual(bounds);
  });

  it('is asked once only while it answers nobody, and as before when it does', async () => {
    spoil({ kind: 'status', status: 503 }, S3_ATTEMPTS_MAX + 1);
    await expect(store.open(KEY)).rejects.toThrow(`in each of ${S3_ATTEMPTS_MAX} attempts`);
    await expect(store.list('t')).rejects.toThrow(/answered 503$/);
    expect(await store.list('none')).toEqual([]);
    spoil({ kind: 'status', status: 503 }, 2);
    expect(await store.list('none')).toEqual([]);
  });

  it('signs each attempt anew', async () => {
    let nowMs = 1_700_000_000_000;
    const http = client;
    const ticking: Clock = { ...clock, nowMs: () => (nowMs += 60_000) };
    proxy.fault = () => ({ kind: 'status', status: 500 });
    const location = server.location('deep', proxy.port);
    const other = openS3Store({
      ...{ location, http, random, credentials: S3_CREDENTIALS, clock: ticking },
    });
    await expect(other.open(KEY)).rejects.toMatchObject({ code: 'IO' });
    const dates = proxy.seen.map(({ headers }) => headers['x-amz-date']);
    expect(dates.slice(0, 2)).toEqual(['20231114T221420Z', '20231114T221520Z']);
  });
});

describe('a bucket that refuses', () => {
  it('is asked once, and what it says stays with us', async () => {
    const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'not-the-secret' };
    const error: unknown = await openStore(credentials)
      .put(KEY, [bytes('x')])
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({
      code: 'IO',
      message: expect.stringMatching(/answered 403 SignatureDoesNotMatch; check the credentials/),
    });
    expect(JSON.stringify([error, (error as Error).stack])).not.toMatch(/S3RVER|not-the-secret/);
    expect(proxy.seen).toHaveLength(1);
  });

  it('names a bucket that is not there', async () => {
    await expect(openStore(S3_CREDENTIALS, 'nowhere').list('t')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('s3://nowhere/ at'),
    });
  });

  it('says IO when nobody listens', async () => {
    await proxy.close();
    await expect(store.open(KEY)).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringMatching(/cannot reach 127\.0\.0\.1.*in each of 6 attempts/),
    });
  });

  it('does not mix two objects in one open segment', async () => {
    await store.put(KEY, [bytes('before')]);
    const stored = await store.open(KEY);
    proxy.fault = ({ headers }) =>
      headers['if-match'] === undefined ? null : { kind: 'status', status: 412 };
    await expect(stored.read(new Uint8Array(3), 0)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('an upload in parts', () => {
  const large = () => [new Uint8Array(2 * S3_PART_BYTES + 10).fill(7)];
  const isPart = ({ url }: SeenRequest) => url.includes('partNumber=');
  const isCompletion = ({ method, url }: SeenRequest) =>
    method === 'POST' && url.includes('uploadId=');

  it('sends again the part that failed, and no other', async () => {
    spoil({ kind: 'status', status: 500 }, 1, ({ url }) => url.includes('partNumber=2'));
    expect(await store.put(KEY, large())).toBe(2 * S3_PART_BYTES + 10);
    const sent = proxy.seen.filter(isPart).map(({ url }) => /partNumber=(\d)/.exec(url)?.[1]);
    expect(sent.sort()).toEqual(['1', '2', '2', '3']);
    expect((await store.open(KEY)).lengthBytes).toBe(2 * S3_PART_BYTES + 10);
  });

  it('is done although the answer to its end was lost', async () => {
    await store.delete(KEY);
    spoil({ kind: 'lost answer' }, 1, isCompletion);
    expect(await store.put(KEY, large())).toBe(2 * S3_PART_BYTES + 10);
    expect(proxy.seen.filter(isCompletion).length).toBeGreaterThan(1);
  });

  it('is not done because an object of before is there', async () => {
    await store.put(KEY, large());
    spoil({ kind: 'status', status: 404 }, 1, isCompletion);
    await expect(store.put(KEY, large())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('believes no success that holds an error', async () => {
    await store.delete(KEY);
    const body = '<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>';
    spoil({ kind: 'status', status: 200, body }, 1, isCompletion);
    expect(await store.put(KEY, large())).toBe(2 * S3_PART_BYTES + 10);
    expect((await store.open(KEY)).lengthBytes).toBe(2 * S3_PART_BYTES + 10);
  });

  it('is taken back when it cannot be finished', async () => {
    await store.delete(KEY);
    spoil({ kind: 'status', status: 403 }, 1, ({ url }) => url.includes('partNumber=2'));
    await expect(store.put(KEY, large())).rejects.toMatchObject({ code: 'IO' });
    const last = proxy.seen.at(-1)!;
    expect([last.method, last.url]).toEqual(['DELETE', expect.stringContaining('uploadId=')]);
    expect(await store.list('t')).toEqual([]);
  });
});

describe('names in a bucket', () => {
  it('are listed page by page', async () => {
    const page = (keys: readonly string[], token: string | null) =>
      `<ListBucketResult><Prefix>deep/t/</Prefix><IsTruncated>${token !== null}</IsTruncated>${
        token === null ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`
      }${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')}</ListBucketResult>`;
    const pages = [
      page(['deep/t/b.segment', 'deep/t/notes.txt'], 'a&amp;b+/=&#x20;'),
      page(['deep/t/a.segment'], null),
    ];
    proxy.fault = () => ({ kind: 'status', status: 200, body: pages.shift()! });
    expect(await store.list('t')).toEqual(['a', 'b']);
    const query = new URL(proxy.seen[1]!.url, 'http://x').searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      'continuation-token': 'a&b+/= ',
      prefix: 'deep/t/',
    });
  });

  it('and bytes are what another client sees', async () => {
    const other = new MinioClient({
      ...{ endPoint: '127.0.0.1', port: server.port, useSSL: false, region: 'us-east-1' },
      accessKey: S3_CREDENTIALS.accessKeyId,
      secretKey: S3_CREDENTIALS.secretAccessKey,
    });
    await store.put(segmentKey('seen', 'one'), [bytes('put by us')]);
    await store.put(segmentKey('seen', 'two'), [new Uint8Array(S3_PART_BYTES + 1).fill(3)]);
    const found: [string | undefined, number][] = [];
    for await (const item of other.listObjectsV2('nyala', 'deep/seen/', true)) {
      found.push([item.name, item.size]);
    }
    expect(found).toEqual([
      ['deep/seen/one.segment', 9],
      ['deep/seen/two.segment', S3_PART_BYTES + 1],
    ]);
    const pieces: Buffer[] = [];
    for await (const piece of await other.getObject('nyala', 'deep/seen/one.segment')) {
      pieces.push(piece);
    }
    expect(Buffer.concat(pieces).toString()).toBe('put by us');
    await other.putObject('nyala', 'deep/seen/three.segment', 'put by another');
    expect(await store.list('seen')).toEqual(['one', 'three', 'two']);
    expect(await content(segmentKey('seen', 'three'))).toBe('put by another');
  });

  it('do not depend on a prefix', async () => {
    const location = server.location('', proxy.port);
    const bare = openS3Store({
      ...{ location, http: client, random, clock, credentials: S3_CREDENTIALS },
    });
    await bare.put(segmentKey('bare', 's'), [bytes('x')]);
    expect(await bare.list('bare')).toEqual(['s']);
    expect(await bare.tables()).toContain('bare');
  });
});
