import { BUILD_THREAD_IDLE_MS } from '../base/controller-limits.ts';
import { EngineError } from '../base/errors.ts';
import type { Clock, Timer } from '../io/clock.ts';
import type { Tasks, WorkerHandle } from '../io/tasks.ts';
import type { SegmentStore } from '../store/segment-store.ts';
import type { StoreLocation } from '../store/store-location.ts';
import type { BuildAnswer, BuildRequest } from './build-worker.ts';
import { type BuildJob, notBuilt, type SegmentBuilds, wholly } from './segment-builds.ts';

/** What a thread that builds is made of. */
export interface BuildThreadOptions {
  /** Starts a thread that runs `serveBuilds`. */
  readonly tasks: Pick<Tasks, 'spawnWorker'>;
  readonly clock: Clock;
  readonly store: SegmentStore;
  readonly location: StoreLocation;
}

/**
 * Builds on a worker thread, one job after another, so that no more memory is needed than for one. The
 * thread is started by the first job, and ends when there was none for a while, with a job that is stopped,
 * or by a failure of its own, which is one of its job only: the next has another thread.
 */
export class BuildThread implements SegmentBuilds {
  readonly #options: BuildThreadOptions;
  readonly #over = new AbortController();
  #worker: WorkerHandle | null = null;
  #idle: Timer | null = null;
  /** The end of the jobs so far. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: BuildThreadOptions) {
    this.#options = options;
  }

  run(job: BuildJob, signal = this.#over.signal): Promise<string[]> {
    const result = this.#last.then(() =>
      wholly(this.#options.store, job.table, (onObject) =>
        this.#build(job, AbortSignal.any([signal, this.#over.signal]), onObject),
      ),
    );
    this.#last = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    this.#over.abort(notBuilt('the controller is closing'));
    await this.#last;
    await this.#end();
  }

  async #build(
    job: BuildJob,
    signal: AbortSignal,
    onObject: (object: string) => void,
  ): Promise<void> {
    signal.throwIfAborted();
    this.#idle?.cancel();
    const { tasks, location, clock } = this.#options;
    const worker = this.#worker ?? tasks.spawnWorker();
    this.#worker = worker;
    const failure = await new Promise<Failure | null>((resolve) => {
      const stop = () => resolve({ error: signal.reason, isFinal: true });
      signal.addEventListener('abort', stop);
      worker.onMessage = (message) => {
        const answer = message as BuildAnswer;
        if (answer.kind === 'object') return onObject(answer.object);
        signal.removeEventListener('abort', stop);
        resolve(answer.kind === 'done' ? null : { error: errorOf(answer), isFinal: false });
      };
      worker.onExit = (cause) => {
        if (this.#worker === worker) this.#worker = null;
        resolve({ error: notBuilt('its thread has ended', cause), isFinal: true });
      };
      const request: BuildRequest = { job, location };
      worker.post(request, memoryOf(job));
    });
    // Whatever the thread was storing has come to its end then.
    if (failure?.isFinal) await this.#end();
    else this.#idle = clock.schedule(BUILD_THREAD_IDLE_MS, () => void this.#end());
    if (failure !== null) throw failure.error;
  }

  async #end(): Promise<void> {
    this.#idle?.cancel();
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }
}

/** Why a job has failed, and whether its thread has to go. */
interface Failure {
  readonly error: unknown;
  readonly isFinal: boolean;
}

/** The memory of a job that goes along with it. */
function memoryOf(job: BuildJob): ArrayBuffer[] {
  return job.kind === 'ingest' && typeof job.content !== 'string' ? [job.content.buffer] : [];
}

function errorOf({ code, message }: Extract<BuildAnswer, { kind: 'failure' }>): Error {
  return code === null ? new Error(`build thread: ${message}`) : new EngineError(code, message);
}
