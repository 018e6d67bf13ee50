import { Worker } from 'node:worker_threads';

const LIMIT_MS = 20_000;

// Beside the thread that it watches, because a decoder that hangs lets nobody else run there.
const PROGRAM = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { writeSync } = require('node:fs');
  const beats = new Int32Array(workerData.shared);
  let last = -1;
  const timer = setInterval(() => {
    const now = Atomics.load(beats, 0);
    if (now === last) {
      writeSync(2, 'fuzz: frame ' + now + ' was not decided within ${LIMIT_MS} ms: it hangs\\n');
      process.kill(process.pid, 'SIGKILL');
    }
    last = now;
  }, ${LIMIT_MS});
  parentPort.once('message', () => clearInterval(timer));
`;

/** Ends this process when no frame was decided for too long. */
export class Watchdog {
  readonly #beats = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker = new Worker(PROGRAM, {
    eval: true,
    workerData: { shared: this.#beats.buffer },
  });

  /** Frame number `frame` is next. */
  beat(frame: number): void {
    Atomics.store(this.#beats, 0, frame);
  }

  async stop(): Promise<void> {
    this.#worker.postMessage('stop');
    await this.#worker.terminate();
  }
}
