import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_BUILD_CONFIG } from '../../src/base/index-config.ts';
import { BuildThread } from '../../src/controller/build-thread.ts';
import type { BuildAnswer } from '../../src/controller/build-worker.ts';
import { type BuildJob, inlineBuilds } from '../../src/controller/segment-builds.ts';
import { loadKernelModule } from '../../src/io/node-assets.ts';
import { nodeClock } from '../../src/io/node-clock.ts';
import { nodeDisk } from '../../src/io/node-disk.ts';
import { nodeNetwork } from '../../src/io/node-network.ts';
import { nodeRandom } from '../../src/io/node-random.ts';
import { createNodeTasks } from '../../src/io/node-tasks.ts';
import type { WorkerHandle } from '../../src/io/tasks.ts';
import { bufferDecoder } from '../../src/kernels/buffer-decoder.ts';
import { type OpenStore, openStore } from '../../src/store/open-store.ts';
import { segmentKey } from '../../src/store/segment-store.ts';
import { until } from '../coord/harness.ts';
import { temporaryFolder } from '../ingest/temporary-folder.ts';

const folder = temporaryFolder();
const machine = { network: nodeNetwork, clock: nodeClock, disk: nodeDisk, random: nodeRandom };
const tasks = createNodeTasks(new URL('../../dist/src/cli/build-worker.js', import.meta.url));
const SCHEMA = { name: 't', columns: [{ name: 'n', type: 'INT' }] } as const;

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0).reverse()) await each.close();
});

let stores = 0;

async function newStore(): Promise<OpenStore> {
  const location = { kind: 'folder', directory: folder.path(`store${stores++}`) } as const;
  const store = await openStore(location, machine);
  closing.push(store);
  return store;
}

function ingestOf(content: string | Uint8Array<ArrayBuffer>): BuildJob {
  const config = DEFAULT_BUILD_CONFIG;
  return { kind: 'ingest', table: 't', schema: SCHEMA, config, name: 'rows.csv', content };
}

function csv(...rows: readonly unknown[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(['n', ...rows].join('\n'));
}

/** Threads that are real, and those that were started. */
function realThreads(store: OpenStore): {
  readonly builds: BuildThread;
  readonly workers: WorkerHandle[];
} {
  const workers: WorkerHandle[] = [];
  const spawnWorker = () => {
    const worker = tasks.spawnWorker();
    workers.push(worker);
    return worker;
  };
  const { location } = store;
  const builds = new BuildThread({ tasks: { spawnWorker }, clock: nodeClock, store, location });
  closing.push(builds);
  return { builds, workers };
}

/** A thread that does what it is told to. */
class ScriptedWorker implements WorkerHandle {
  onMessage: (message: unknown) => void = () => {};
  onExit: (error: Error | null) => void = () => {};
  readonly requests: unknown[] = [];
  isTerminated = false;

  post(message: unknown): void {
    this.requests.push(message);
  }

  async terminate(): Promise<void> {
    this.isTerminated = true;
  }

  says(answer: BuildAnswer): void {
    this.onMessage(answer);
  }
}

function scriptedThreads(store: OpenStore) {
  const workers: ScriptedWorker[] = [];
  const spawnWorker = () => {
    const worker = new ScriptedWorker();
    workers.push(worker);
    return worker;
  };
  const timers: (() => void)[] = [];
  const clock = {
    ...nodeClock,
    schedule: (_: number, run: () => void) => {
      timers.push(run);
      return { cancel: () => void timers.splice(timers.indexOf(run), 1) };
    },
  };
  const { location } = store;
  const builds = new BuildThread({ tasks: { spawnWorker }, clock, store, location });
  closing.push(builds);
  return { builds, workers, timers };
}

describe('a thread that builds segments', () => {
  it('stores what the controller itself would', async () => {
    const decode = bufferDecoder(await loadKernelModule());
    const store = await newStore();
    const own = inlineBuilds({ ...machine, store, decode });
    const { builds, workers } = realThreads(store);
    await writeFile(folder.path('rows.csv'), csv(3, 1, 2));
    const stored: Uint8Array[] = [];
    for (const { run } of [own, { run: builds.run.bind(builds) }]) {
      for (const content of [csv(3, 1, 2), folder.path('rows.csv')]) {
        const [object, ...others] = await run(ingestOf(content));
        expect(others).toEqual([]);
        const from = segmentKey('t', object!);
        const indexes = [{ kind: 'inverted', columns: ['n'], parameters: {} }] as const;
        const [next] = await run({ kind: 'reindex', table: 't', from, indexes });
        const segment = await store.open(segmentKey('t', next!));
        const bytes = new Uint8Array(segment.lengthBytes);
        await segment.read(bytes, 0);
        await segment.close();
        stored.push(bytes.subarray(0, 300));
      }
    }
    expect(await store.list('t')).toHaveLength(8);
    // The columns; behind them is when they were made.
    expect(new Set(stored.map(String)).size).toBe(1);
    expect(workers).toHaveLength(1);
  });

  it('hands errors on with their code and text, and keeps nothing', async () => {
    const store = await newStore();
    const { builds, workers } = realThreads(store);
    await expect(builds.run(ingestOf(csv('one')))).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(/rows\.csv: line 2, column n: expected INT, found "one"/),
    });
    await expect(builds.run(ingestOf(folder.path('none.csv')))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await store.list('t')).toEqual([]);
    expect(workers).toHaveLength(1);
    await builds.run(ingestOf(csv(1)));
  });

  it('fails the job that it ends with, and the next one has another', async () => {
    const store = await newStore();
    const { builds, workers } = realThreads(store);
    const rows = Array.from({ length: 200_000 }, (_, row) => row);
    const job = builds.run(ingestOf(csv(rows.join('\n'))));
    const next = builds.run(ingestOf(csv(1)));
    await until('it builds', () => workers.length === 1);
    // As the thread's end of its own accord: it is not the builds that ask for it.
    await workers[0]!.terminate();
    await expect(job).rejects.toMatchObject({
      code: 'SERVER_UNAVAILABLE',
      message: expect.stringContaining('its thread has ended'),
    });
    expect(await next).toHaveLength(1);
    expect(await store.list('t')).toHaveLength(1);
    expect(workers).toHaveLength(2);
  });

  it('removes what a job has stored before it failed, and what it was about to store', async () => {
    const store = await newStore();
    const { builds, workers } = scriptedThreads(store);
    const job = builds.run(ingestOf(csv(1)));
    await until('it builds', () => workers[0]?.requests.length === 1);
    const objects = ['a~0000000000000001', 'a~0000000000000002'];
    for (const object of objects) workers[0]!.says({ kind: 'object', object });
    await store.put(segmentKey('t', objects[0]!), [csv(1)]);
    workers[0]!.onExit(new Error('out of memory'));
    await expect(job).rejects.toThrow('its thread has ended: out of memory; try again');
    expect(await store.list('t')).toEqual([]);
  });

  it('ends with a job that is stopped, and with the controller', async () => {
    const store = await newStore();
    const { builds, workers } = scriptedThreads(store);
    const stop = new AbortController();
    const stopped = builds.run(ingestOf(csv(1)), stop.signal);
    await until('it builds', () => workers.length === 1);
    stop.abort(new Error('deposed'));
    await expect(stopped).rejects.toThrow('deposed');
    expect(workers[0]!.isTerminated).toBe(true);

    const last = builds.run(ingestOf(csv(2)));
    const waiting = builds.run(ingestOf(csv(3)));
    await until('it builds again', () => workers.length === 2);
    const ends = [last, waiting].map((job) =>
      expect(job).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' }),
    );
    await builds.close();
    await Promise.all(ends);
    expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, true]);
  });

  it('has one job at a time, and goes when it has none', async () => {
    const store = await newStore();
    const { builds, workers, timers } = scriptedThreads(store);
    const jobs = [builds.run(ingestOf(csv(1))), builds.run(ingestOf(csv(2)))];
    await until('the first begins', () => workers[0]?.requests.length === 1);
    expect(timers).toEqual([]);
    workers[0]!.says({ kind: 'done' });
    await jobs[0];
    await until('the second begins', () => workers[0]?.requests.length === 2);
    expect(timers).toEqual([]);
    workers[0]!.says({ kind: 'failure', code: null, message: 'a defect' });
    await expect(jobs[1]).rejects.toThrow('build thread: a defect');
    expect(workers).toHaveLength(1);
    timers[0]!();
    await until('it goes', () => workers[0]!.isTerminated);
    void builds.run(ingestOf(csv(3))).catch(() => {});
    await until('another one comes', () => workers.length === 2);
  });
});
