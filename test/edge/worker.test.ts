import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareAnswers, type Rows } from '../../bench/compare-answers.ts';
import { DEMO_QUERIES } from '../../bench/suites/flights.ts';
import type { R2Bucket } from '../../src/store/r2-store.ts';
import { closeOurs, demoDataFolder, runOurs } from '../support/demo.ts';
import { pinotRows } from '../support/pinot-rows.ts';
import { repositoryRoot } from '../tidy/source.ts';

describe('the worker, in workerd, over a bucket of the demo segments', () => {
  let workerd: Miniflare;

  beforeAll(async () => {
    workerd = new Miniflare({
      rootPath: join(repositoryRoot, 'dist/edge'),
      modulesRoot: join(repositoryRoot, 'dist/edge'),
      modules: [
        { type: 'ESModule', path: 'worker.js' },
        { type: 'CompiledWasm', path: 'kernels.unshared.wasm' },
      ],
      compatibilityDate: '2026-04-01',
      cf: false,
      r2Buckets: ['SEGMENTS'],
    });
    const bucket = (await workerd.getR2Bucket('SEGMENTS')) as unknown as R2Bucket;
    const folder = join(await demoDataFolder(), 'segments', 'flights');
    for (const file of await readdir(folder)) {
      // Miniflare passes plain byte arrays on, and not Node's Buffer.
      await bucket.put(`flights/${file}`, new Uint8Array(await readFile(join(folder, file))));
    }
  }, 120_000);

  afterAll(async () => {
    await workerd?.dispose();
    await closeOurs();
  });

  async function ask(sql: string): Promise<Record<string, unknown>> {
    const response = await workerd.dispatchFetch('http://worker/query/sql', {
      method: 'POST',
      body: JSON.stringify({ sql }),
    });
    return (await response.json()) as Record<string, unknown>;
  }

  it.each(DEMO_QUERIES)('$name: as in the Node process', async (query) => {
    const found: Rows = pinotRows(await ask(query.sql));
    expect(compareAnswers(found, await runOurs(query.sql), query)).toBeNull();
  });

  it('answers an unknown column with its error code', async () => {
    expect(await ask('SELECT orign FROM flights')).toMatchObject({
      exceptions: [{ errorCode: 710, message: expect.stringContaining('did you mean origin') }],
    });
  });
});
