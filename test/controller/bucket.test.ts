import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BrokerRole } from '../../src/broker/role.ts';
import type { ControllerRole } from '../../src/controller/role.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import type { ServerRole } from '../../src/server/role.ts';
import type { SegmentCacheStatus } from '../../src/server/segment-cache.ts';
import { until } from '../coord/harness.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { S3_CREDENTIALS, type S3Server, startS3Server } from '../support/s3-server.ts';
import { json, TestCluster } from './cluster.ts';

const ROWS = 60_000;
const SUM = (ROWS * (ROWS - 1)) / 2;

let s3: S3Server;
let proxy: FaultProxy;
let cluster: TestCluster;
let broker: BrokerRole;

beforeEach(async () => {
  s3 = await startS3Server();
  proxy = await startFaultProxy(s3.port);
  cluster = await TestCluster.start();
  cluster.storeLocation = s3.location('cluster', proxy.port);
});

afterEach(async () => {
  await cluster.close();
  await proxy.close();
  await s3.close();
});

/** A file whose column `a` makes a segment of more than 100 KB. */
function numbers(): string {
  const path = join(cluster.directory, 'numbers.csv');
  const lines = Array.from({ length: ROWS }, (_, n) => `${n},text ${(n * 7919) % ROWS}`);
  writeFileSync(path, ['a,b', ...lines].join('\n'));
  return path;
}

const rows = async (sql: string) => {
  const { body } = await json(broker, '/query/sql', {
    method: 'POST',
    body: JSON.stringify({ sql }),
  });
  return body.resultTable?.rows ?? body.exceptions;
};

const sum = () => rows('SELECT SUM(a), COUNT(DISTINCT b) FROM numbers');
const ANSWER = JSON.stringify([[SUM, ROWS]]);

const status = async (server: ServerRole): Promise<SegmentCacheStatus> =>
  (await json(server, '/v1/segment-cache')).body;

const cachedFiles = (id: string): string[] => {
  const folder = join(cluster.directory, id, 'segment-cache/numbers');
  return existsSync(folder) ? readdirSync(folder) : [];
};

const segmentOf = async (controller: ControllerRole): Promise<string> =>
  (await json(controller, '/segments/numbers')).body[0].OFFLINE[0];

describe('a cluster whose deep store is a bucket', () => {
  it('loads, answers, and gives segments to servers and to people', async () => {
    const controller = await cluster.controller();
    const server = await cluster.server('Server_a');
    broker = await cluster.broker();
    await cluster.load(controller, 'numbers', numbers());
    expect(await sum()).toEqual([[SUM, ROWS]]);
    expect(await status(server)).toMatchObject({
      ...{ files: 1, filesFromStore: 1, filesFromPeers: 0, directReads: 0, discarded: 0 },
    });
    expect(cachedFiles('Server_a')).toHaveLength(1);

    const segment = await segmentOf(controller);
    const path = `/segments/numbers/${segment}`;
    const origin = (role: { address: { port: number } }) => `http://127.0.0.1:${role.address.port}`;
    const download = await fetch(`${origin(controller)}${path}`);
    const bytes = new Uint8Array(await download.arrayBuffer());
    expect(download.headers.get('content-length')).toBe(`${bytes.length}`);
    expect(download.headers.get('content-disposition')).toContain(segment);
    const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
    const served = await fetch(`${origin(server)}/v1/segments/numbers/${segment}/file`);
    expect(digest(new Uint8Array(await served.arrayBuffer()))).toBe(digest(bytes));
    const range = { range: 'bytes=100-199' };
    const part = await fetch(`${origin(controller)}${path}`, { headers: range });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 100-199/${bytes.length}`);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(100, 200));
    const none = await fetch(`${origin(controller)}/segments/numbers/none`);
    expect(none.status).toBe(404);
    expect((await fetch(`${origin(server)}/v1/segments/numbers/none/file`)).status).toBe(404);
    expect(cluster.errors).toEqual([]);
  });

  it('keeps credentials out of the tree, and out of what roles say', async () => {
    const controller = await cluster.controller();
    const { body } = await json(controller, '/tables');
    expect(body.tables).toEqual([]);
    const location = await cluster.read('/nyala/store');
    expect(JSON.parse(location)).toEqual(cluster.storeLocation);
    expect(location).not.toContain(S3_CREDENTIALS.secretAccessKey);
  });

  it('answers with what a server has on its disk while the bucket is away', async () => {
    const controller = await cluster.controller();
    const server = await cluster.server('Server_a');
    await cluster.load(controller, 'numbers', numbers());
    await server.close();
    proxy.fault = () => ({ kind: 'status', status: 403 });
    const again = await cluster.server('Server_a');
    broker = await cluster.broker();
    await until('an answer', async () => JSON.stringify(await sum()) === ANSWER);
    expect(await status(again)).toMatchObject({ files: 1, filesFromStore: 0, fetchedBytes: 0 });
  });

  it('brings a segment from the server that has it, without the bucket', async () => {
    const controller = await cluster.controller('Controller_1', 2);
    const first = await cluster.server('Server_a');
    const second = await cluster.server('Server_b');
    await cluster.load(controller, 'numbers', numbers());
    await second.close();
    await cluster.forget('Server_b');
    proxy.fault = ({ method }) => (method === 'GET' ? { kind: 'status', status: 403 } : null);
    const again = await cluster.server('Server_b');
    expect(await status(again)).toMatchObject({ files: 1, filesFromStore: 0, filesFromPeers: 1 });
    await first.close();
    broker = await cluster.broker();
    await until('an answer', async () => JSON.stringify(await sum()) === ANSWER);
  });

  it('reads the bucket itself where the disk has no room', async () => {
    cluster.diskCacheBytes = 1_000;
    const controller = await cluster.controller();
    const server = await cluster.server('Server_a');
    broker = await cluster.broker();
    await cluster.load(controller, 'numbers', numbers());
    expect(await sum()).toEqual([[SUM, ROWS]]);
    const { usedBytes, directReads } = await status(server);
    expect(usedBytes).toBe(0);
    expect(directReads).toBeGreaterThan(0);
    expect(cachedFiles('Server_a')).toEqual([]);
  });

  it('says which segment failed and why, and serves it once the bucket is back', async () => {
    const controller = await cluster.controller();
    const server = await cluster.server('Server_a');
    await cluster.load(controller, 'numbers', numbers());
    await server.close();
    await cluster.forget('Server_a');
    proxy.fault = () => ({ kind: 'status', status: 403 });
    await cluster.server('Server_a');
    const serving = await cluster.read('/nyala/serving/numbers');
    expect(serving).toMatch(/cannot be fetched from anywhere; deep store: .*answered 403/);
    proxy.fault = () => null;
    broker = await cluster.broker();
    await until('an answer', async () => JSON.stringify(await sum()) === ANSWER);
  });

  it('answers right although a file on the disk has gone bad', async () => {
    const controller = await cluster.controller();
    const server = await cluster.server('Server_a');
    broker = await cluster.broker();
    await cluster.load(controller, 'numbers', numbers());
    const path = join(
      cluster.directory,
      'Server_a/segment-cache/numbers',
      cachedFiles('Server_a')[0]!,
    );
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0x55, 100, bytes.length / 2));
    expect(JSON.stringify(await sum())).toBe(ANSWER);
    expect(await status(server)).toMatchObject({ discarded: 1, filesFromStore: 2, files: 1 });
    expect(cluster.errors).toMatchObject([{ code: 'CORRUPT_DATA' }]);
    cluster.errors.length = 0;
  });

  it('never answers from a whole file of other rows that has the name of one', async () => {
    const controller = await cluster.controller();
    const server = await cluster.server('Server_a');
    broker = await cluster.broker();
    await cluster.load(controller, 'numbers', numbers());
    const segment = await segmentOf(controller);
    await server.close();
    const columns = [
      { name: 'a', type: 'BIGINT' },
      { name: 'b', type: 'STRING' },
    ] as const;
    const builder = new SegmentBuilder({ name: 'numbers', columns });
    builder.append([
      { kind: 'integers', values: BigInt64Array.of(1n), nulls: null },
      { kind: 'texts', values: ['x'], nulls: null },
    ]);
    const folder = join(cluster.directory, 'Server_a/segment-cache/numbers');
    const parts = [...builder.build(segment, 0).parts];
    writeFileSync(join(folder, cachedFiles('Server_a')[0]!), Buffer.concat(parts));
    const again = await cluster.server('Server_a');
    const answers = new Set<string>();
    await until('an answer', async () => {
      answers.add(JSON.stringify(await sum()));
      return answers.has(ANSWER);
    });
    expect([...answers].filter((answer) => answer.startsWith('[['))).toEqual([ANSWER]);
    expect(await status(again)).toMatchObject({ discarded: 1, filesFromStore: 1 });
    cluster.errors.length = 0;
  });

  it('answers many queries at once on a disk that holds a part of the data', async () => {
    const controller = await cluster.controller();
    const first = await cluster.server('Server_a');
    const file = numbers();
    await cluster.load(controller, 't1', file);
    cluster.diskCacheBytes = Math.floor(2.5 * (await status(first)).usedBytes);
    await first.close();
    const server = await cluster.server('Server_a');
    broker = await cluster.broker();
    const tables = ['t1', 't2', 't3', 't4', 't5', 't6'];
    for (const table of tables.slice(1)) await cluster.load(controller, table, file);
    const queries = tables.flatMap((table) => [
      { sql: `SELECT SUM(a) FROM ${table}`, expected: [[SUM]] },
      { sql: `SELECT COUNT(*) FROM ${table} WHERE b = 'text 7'`, expected: [[1]] },
      { sql: `SELECT MAX(b) FROM ${table} WHERE a < 10`, expected: [['text 7919']] },
    ]);
    const answers = await Promise.all(queries.map(({ sql }) => rows(sql)));
    expect(answers).toEqual(queries.map(({ expected }) => expected));
    const { usedBytes, budgetBytes, evicted } = await status(server);
    expect(usedBytes).toBeLessThanOrEqual(budgetBytes);
    expect(evicted).toBeGreaterThan(0);
    expect(cluster.errors).toEqual([]);
  });

  it('does not move to another place by an option', async () => {
    const controller = await cluster.controller();
    await controller.close();
    cluster.storeLocation = s3.location('elsewhere', proxy.port);
    await expect(cluster.controller('Controller_2')).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringMatching(
        /segments are in s3:\/\/nyala\/cluster at .*not in s3:.*elsewhere/,
      ),
    });
    cluster.storeLocation = s3.location('cluster', s3.port);
    await cluster.controller('Controller_3');
    expect(JSON.parse(await cluster.read('/nyala/store'))).toMatchObject({
      endpoint: `http://127.0.0.1:${s3.port}`,
    });
  });

  it('does not begin with a bucket that is not there', async () => {
    cluster.storeLocation = { ...s3.location('x', proxy.port), bucket: 'nowhere' };
    await expect(cluster.controller()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('s3://nowhere/'),
    });
    cluster.storeLocation = undefined;
    await cluster.controller();
    expect(await cluster.read('/nyala/store')).toContain('"folder"');
  });
});
