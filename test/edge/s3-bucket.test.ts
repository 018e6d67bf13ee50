import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { nodeRandom } from '../../src/io/node-random.ts';
import { SegmentBuilder } from '../../src/segment/build.ts';
import { openStore } from '../../src/store/open-store.ts';
import { segmentKey } from '../../src/store/segment-store.ts';
import { S3_CREDENTIALS, type S3Server, startS3Server } from '../support/s3-server.ts';
import { repositoryRoot } from '../tidy/source.ts';

let s3: S3Server;
let workerd: Miniflare;

beforeAll(async () => {
  s3 = await startS3Server();
  const location = s3.location('edge');
  const parts = { disk: nodeDisk, network: nodeNetwork, clock: nodeClock, random: nodeRandom };
  const store = await openStore(location, { ...parts, s3Credentials: S3_CREDENTIALS });
  const builder = new SegmentBuilder({ name: 't', columns: [{ name: 'a', type: 'INT' }] });
  builder.append([{ kind: 'integers', values: Int32Array.of(1, 2, 39), nulls: null }]);
  await store.put(segmentKey('t', 's'), builder.build('s', 0).parts);
  await store.close();
  workerd = new Miniflare({
    rootPath: join(repositoryRoot, 'dist/edge'),
    modulesRoot: join(repositoryRoot, 'dist/edge'),
    modules: [
      { type: 'ESModule', path: 'worker.js' },
      { type: 'CompiledWasm', path: 'kernels.unshared.wasm' },
    ],
    compatibilityDate: '2026-04-01',
    cf: false,
    bindings: {
      DEEP_STORE: `s3://${location.bucket}/edge`,
      S3_ENDPOINT: location.endpoint,
      AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
    },
  });
}, 120_000);

afterAll(async () => {
  await workerd?.dispose();
  await s3?.close();
});

describe('the worker, in workerd, over a bucket that speaks S3', () => {
  it('answers from its segments', async () => {
    const response = await workerd.dispatchFetch('http://worker/query/sql', {
      method: 'POST',
      body: JSON.stringify({ sql: 'SELECT SUM(a), COUNT(*) FROM t' }),
    });
    expect(await response.json()).toMatchObject({ resultTable: { rows: [[42, 3]] } });
  });

  it('answers with more than it writes at once', async () => {
    const sql = "SELECT a, REPEAT('x', 1500000) FROM t ORDER BY a";
    const response = await workerd.dispatchFetch(
      `http://worker/query/sql?sql=${encodeURIComponent(sql)}`,
    );
    const text = 'x'.repeat(1_500_000);
    const { resultTable } = (await response.json()) as { resultTable: { rows: unknown[] } };
    expect(resultTable.rows).toEqual([
      [1, text],
      [2, text],
      [39, text],
    ]);
  });
});
