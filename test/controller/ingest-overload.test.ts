import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { INGESTIONS_MAX, INGESTIONS_WAITING_MAX } from '../../src/base/controller-limits.ts';
import { EngineError } from '../../src/base/errors.ts';
import type { ControllerRole } from '../../src/controller/role.ts';
import { json, TestCluster } from './cluster.ts';

let cluster: TestCluster;
let controller: ControllerRole;
let running = 0;
let end = (_: Error): void => {};

beforeEach(async () => {
  cluster = await TestCluster.start();
  const held = new Promise<string[]>((_, reject) => {
    end = reject;
  });
  held.catch(() => {});
  cluster.builds = () => ({
    run: () => {
      running++;
      return held;
    },
    close: async () => {},
  });
  controller = await cluster.controller();
  const fields = { dimensionFieldSpecs: [{ name: 'n', dataType: 'INT' }] };
  const body = JSON.stringify({ schemaName: 't', ...fields });
  expect((await json(controller, '/schemas', { method: 'POST', body })).status).toBe(200);
});
afterEach(async () => {
  await cluster.close();
});

it('files to ingest that are more than can wait are refused, with a time to come again', async () => {
  writeFileSync(join(cluster.directory, 'rows.csv'), 'n\n1\n');
  const uri = encodeURIComponent(`file://${join(cluster.directory, 'rows.csv')}`);
  const path = `/ingestFromURI?tableNameWithType=t_OFFLINE&sourceURIStr=${uri}`;
  const send = () => json(controller, path, { method: 'POST' });
  const taken = INGESTIONS_MAX + INGESTIONS_WAITING_MAX;
  const sent = Array.from({ length: taken + 1 }, send);
  const { status, headers, body } = await Promise.race(sent);
  expect(status).toBe(429);
  expect(body).toMatchObject({ code: 429, error: expect.stringContaining('try again later') });
  expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(0);
  expect(running).toBe(INGESTIONS_MAX);
  // What fails one does not keep others from their turn, and none is lost.
  end(new EngineError('SERVER_UNAVAILABLE', 'its thread has ended'));
  const statuses = (await Promise.all(sent)).map((answer) => answer.status);
  expect(statuses.filter((each) => each === 503)).toHaveLength(taken);
  expect(running).toBe(taken);
});
