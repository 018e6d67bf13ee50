import { afterEach, beforeEach, expect, it } from 'vitest';
import { EngineError } from '../../src/base/errors.ts';
import { recordsOf } from '../../src/controller/load-plan.ts';
import {
  type BuildJob,
  inlineBuilds,
  type SegmentBuilds,
} from '../../src/controller/segment-builds.ts';
import { loadKernelModule } from '../../src/io/node-assets.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { nodeRandom } from '../../src/io/node-random.ts';
import { bufferDecoder } from '../../src/kernels/buffer-decoder.ts';
import { until } from '../coord/harness.ts';
import { CatalogCluster, type Controller, schemaOf, visibleFiles } from './catalog-cluster.ts';

const INVERTED = { tableIndexConfig: { invertedIndexColumns: ['n'] } };
const decode = bufferDecoder(await loadKernelModule());

/** Builds that wait until they are told to go on, and fail where they are told to. */
class HeldBuilds implements SegmentBuilds {
  readonly jobs: BuildJob[] = [];
  readonly failures: unknown[] = [];
  readonly #builds: SegmentBuilds;
  goOn = (): void => {};
  readonly #held = new Promise<void>((resolve) => {
    this.goOn = resolve;
  });

  constructor(store: CatalogCluster['store']) {
    const machine = { disk: nodeDisk, clock: nodeClock, random: nodeRandom };
    this.#builds = inlineBuilds({ ...machine, store, decode });
  }

  async run(job: BuildJob, signal?: AbortSignal): Promise<string[]> {
    this.jobs.push(job);
    const stopped = new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
    await Promise.race([this.#held, stopped]);
    if (this.failures.length > 0) throw this.failures.shift();
    return this.#builds.run(job, signal);
  }

  close(): Promise<void> {
    return this.#builds.close();
  }
}

let cluster: CatalogCluster;
let builds: HeldBuilds;
let controller: Controller;

beforeEach(async () => {
  cluster = new CatalogCluster();
  builds = new HeldBuilds(cluster.store);
  await cluster.server('Server_a');
  const started = await cluster.controller('first', { builds });
  await started.lead();
  controller = started;
  await controller.catalog.createTable(schemaOf('t'));
  const uploads = ['a', 'b', 'c'].map((name, value) => cluster.upload('t', name, value));
  await controller.catalog.commitLoad('t', await Promise.all(uploads));
});
afterEach(async () => {
  await controller.close();
  await cluster.close();
  expect(cluster.errors).toEqual([]);
});

async function revisions(): Promise<Record<string, number>> {
  await controller.state.settled();
  const records = [...recordsOf(controller.state, 't')];
  return Object.fromEntries(records.map(([id, its]) => [id, its.configRevision ?? 0]));
}

it('other changes go on while indexes are built, and what they change is left to them', async () => {
  const configured = controller.catalog.configure('t', INVERTED);
  await until('it builds', () => builds.jobs.length === 1);
  // The first is replaced, the second goes, and there is one more, while the first is built.
  const replacement = await cluster.upload('t', 'a', 9);
  await controller.catalog.commitLoad('t', [replacement], ['a']);
  await controller.catalog.dropSegments('t', ['b']);
  await controller.catalog.commitLoad('t', [await cluster.upload('t', 'd', 4)]);
  builds.goOn();
  await configured;
  await controller.state.settled();
  const files = visibleFiles(controller, 't');
  expect(files.map((text) => text.split(' ')[0])).toEqual(['a', 'c', 'd']);
  expect(files[0]).toContain(replacement);
  const { 'a~1': a, c, d } = await revisions();
  expect([a, c, d]).toEqual([1, 1, 1]);
  for (const text of files) expect(cluster.store.objects.has(text.split(' ')[1]!)).toBe(true);
});

it('a configuration that comes meanwhile is what segments have in the end', async () => {
  const first = controller.catalog.configure('t', INVERTED);
  await until('it builds', () => builds.jobs.length === 1);
  const second = controller.catalog.configure('t', {});
  await until('it is configured', async () => {
    await controller.state.settled();
    return controller.state.tables.get('t')?.configRevision === 2;
  });
  builds.goOn();
  await Promise.all([first, second]);
  expect(await revisions()).toEqual({ a: 2, b: 2, c: 2 });
  expect(builds.jobs.at(-1)).toMatchObject({ kind: 'reindex', indexes: [] });
});

it('a thread that dies fails the configuration, and nothing else; a reload tries again', async () => {
  builds.failures.push(new EngineError('SERVER_UNAVAILABLE', 'its thread has ended'));
  builds.goOn();
  await expect(controller.catalog.configure('t', INVERTED)).rejects.toThrow('its thread has ended');
  expect(Object.values(await revisions())).toContain(0);
  expect(controller.catalog.isLeading).toBe(true);
  await controller.catalog.commitLoad('t', [await cluster.upload('t', 'd', 4)]);
  await controller.catalog.reload('t');
  expect(Object.values(await revisions())).toEqual([1, 1, 1, 1]);
});

it('ends with its controller, and the next one goes on', async () => {
  const configured = controller.catalog.configure('t', INVERTED);
  const ended = expect(configured).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
  await until('it builds', () => builds.jobs.length === 1);
  await controller.close();
  await ended;
  const next = await cluster.controller('next');
  await next.lead();
  controller = next;
  await until('all have the index', async () => Object.values(await revisions()).every(Boolean));
});
