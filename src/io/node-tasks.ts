import { availableParallelism } from 'node:os';
import { parentPort, Worker } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import type { Tasks, WorkerHandle, WorkerPort } from './tasks.ts';

/**
 * Worker threads of Node.
 *
 * @param entry the compiled module that every worker runs.
 */
export function createNodeTasks(entry: URL): Tasks {
  return {
    coreCount: availableParallelism(),
    spawnWorker: () => spawnWorker(entry),
  };
}

/**
 * The port of the thread that runs this, towards the thread that started it. Messages that arrive
 * before `onMessage` is set are kept until then.
 *
 * @throws AssertionError on the main thread, which has no such port.
 */
export function parentWorkerPort(): WorkerPort {
  const port = parentPort;
  assert(port !== null, 'parentWorkerPort is called inside a worker thread');
  let listener: ((message: unknown) => void) | null = null;
  return {
    get onMessage() {
      return listener ?? ignore;
    },
    set onMessage(value) {
      if (listener === null) port.on('message', (message: unknown) => listener?.(message));
      listener = value;
    },
    post: (message, transfer) => port.postMessage(message, transfer ? [...transfer] : []),
  };
}

function spawnWorker(entry: URL): WorkerHandle {
  const worker = new Worker(entry);
  let failure: Error | null = null;
  let terminated = false;
  const handle: WorkerHandle = {
    onMessage: ignore,
    onExit: ignore,
    post: (message, transfer) => worker.postMessage(message, transfer ? [...transfer] : []),
    terminate: async () => {
      terminated = true;
      await worker.terminate();
    },
  };
  worker.on('message', (message: unknown) => handle.onMessage(message));
  worker.on('error', (error: Error) => {
    failure = error;
  });
  worker.on('exit', (code) => {
    const unexpected = terminated || code === 0 ? null : new Error(`worker exited with ${code}`);
    handle.onExit(failure ?? unexpected);
  });
  return handle;
}

function ignore(): void {}
