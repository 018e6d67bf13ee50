/**
 * How fast threads can read memory together, with nothing else to do: what a scan of columns beyond the
 * caches cannot exceed, however many threads it has.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createArenaMemory } from '../src/kernels/arena.ts';
import { instantiateKernels } from '../src/kernels/instance.ts';
import { repositoryRoot } from './root.ts';

/** Beyond the caches of any machine's core. */
const BYTES = 256 * 2 ** 20;
const PAGE_BYTES = 65_536;
const MEASURE_MS = 500;
const ROUNDS = 5;

if (!isMainThread && workerData === import.meta.url) readOnRequest();

/** Bytes a second that so many threads read together: the best of some rounds. */
export async function readBandwidth(threads: number): Promise<number> {
  const url = new URL(import.meta.url);
  const workers = Array.from(
    { length: threads },
    () => new Worker(url, { workerData: import.meta.url }),
  );
  const ask = (worker: Worker) =>
    new Promise<number>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage(null);
    });
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const speeds = await Promise.all(workers.map(ask));
    best = Math.max(
      best,
      speeds.reduce((sum, speed) => sum + speed, 0),
    );
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return best;
}

function readOnRequest(): void {
  const module = new WebAssembly.Module(
    readFileSync(join(repositoryRoot(), 'dist', 'kernels.unshared.wasm')),
  );
  const pageCount = BYTES / PAGE_BYTES + 1;
  const { run, u8 } = instantiateKernels(module, createArenaMemory({ pageCount }, false));
  u8.fill(1);
  parentPort?.on('message', () => {
    const startMs = performance.now();
    let bytes = 0;
    let elapsedMs = 0;
    for (; elapsedMs < MEASURE_MS; elapsedMs = performance.now() - startMs) {
      run.sumU32(PAGE_BYTES, BYTES / 4);
      bytes += BYTES;
    }
    parentPort?.postMessage((bytes / elapsedMs) * 1_000);
  });
}
