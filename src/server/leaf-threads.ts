import { EngineError } from '../base/errors.ts';
import { decodeBlock } from '../exec/block.ts';
import type { LeafTask, TaskResult } from '../exec/leaf-task.ts';
import type { PlacedSegment, WorkerAnswer, WorkerMessage } from '../exec/leaf-worker.ts';
import type { OrdinalDictionary } from '../exec/ordinals.ts';
import type { TaskOrdinals } from '../exec/task-ordinals.ts';
import type { Tasks, WorkerHandle } from '../io/tasks.ts';
import type { ArenaLayout } from '../kernels/arena.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';

/** A segment as a task names it, before it is known which worker already has its metadata. */
export interface ThreadSegment extends Omit<PlacedSegment, 'metadata'> {
  readonly metadata: SegmentMetadata;
}

/** A leaf task for all threads; its cells lie in shared memory. */
export interface ThreadTask extends Omit<LeafTask, 'segments' | 'firstSegment' | 'profiler'> {
  readonly segments: readonly ThreadSegment[];
  readonly isProfiled: boolean;
  readonly ordinals: readonly TaskOrdinals[];
  /** The dictionaries of `ordinals`, on this thread. */
  readonly dictionaries: readonly OrdinalDictionary[];
}

/** The engine's worker threads. Every task goes to all of them; they share its batches. */
export class LeafThreads {
  readonly #threads: readonly LeafThread[];

  constructor(
    tasks: Tasks,
    threadCount: number,
    module: WebAssembly.Module,
    memories: readonly WebAssembly.Memory[],
    layouts: readonly ArenaLayout[],
    batchRows: number,
  ) {
    this.#threads = Array.from({ length: threadCount }, (_, index) => {
      const thread = new LeafThread(tasks.spawnWorker());
      // Thread 0 is the main one.
      thread.post({ kind: 'start', module, memories, layouts, thread: index + 1, batchRows });
      return thread;
    });
  }

  /**
   * Runs a task on all threads.
   *
   * @throws EngineError of a thread that failed, after all have ended; CANCELLED only when none has
   *   another reason.
   */
  async run(task: ThreadTask): Promise<TaskResult[]> {
    const { segments, cells } = task;
    const settled = await Promise.allSettled(
      this.#threads.map(async (thread, index) => {
        const firstSegment = Math.floor((index * segments.length) / this.#threads.length);
        try {
          return await thread.run(task, firstSegment);
        } catch (error) {
          cells.stop();
          throw error;
        }
      }),
    );
    const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    if (failures.length > 0) throw failures.find(isCause) ?? failures[0];
    return settled.map((result) => (result as PromiseFulfilledResult<TaskResult>).value);
  }

  /** Tells all threads that a segment is gone. */
  forget(segment: number): void {
    for (const thread of this.#threads) thread.forget(segment);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

function isCause(error: unknown): boolean {
  return !(error instanceof EngineError) || error.code !== 'CANCELLED';
}

interface Waiter {
  readonly dictionaries: readonly OrdinalDictionary[];
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: Error) => void;
}

/** One worker; it answers runs in the order in which they were posted. */
class LeafThread {
  readonly #worker: WorkerHandle;
  readonly #waiters: Waiter[] = [];
  readonly #known = new Set<number>();
  #ended: Error | null = null;

  constructor(worker: WorkerHandle) {
    this.#worker = worker;
    worker.onMessage = (message) => this.#settle(message as WorkerAnswer);
    worker.onExit = (error) => {
      this.#ended = new EngineError('SERVER_UNAVAILABLE', 'engine: a worker thread has ended', {
        cause: error,
      });
      for (const { reject } of this.#waiters.splice(0)) reject(this.#ended);
    };
  }

  post(message: WorkerMessage): void {
    this.#worker.post(message);
  }

  run(task: ThreadTask, firstSegment: number): Promise<TaskResult> {
    const { segments, dictionaries, cells, ...shared } = task;
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const placed = segments.map(({ id, arena, buffers, metadata }): PlacedSegment => {
      const isKnown = this.#known.has(id);
      this.#known.add(id);
      return { id, arena, buffers, metadata: isKnown ? null : metadata };
    });
    return new Promise((resolve, reject) => {
      this.#waiters.push({ dictionaries, resolve, reject });
      const share = { ...shared, cells: cells.cells, segments: placed, firstSegment };
      this.post({ kind: 'run', ...share });
    });
  }

  forget(segment: number): void {
    if (this.#known.delete(segment)) this.post({ kind: 'forget', segment });
  }

  close(): Promise<void> {
    return this.#worker.terminate();
  }

  #settle(answer: WorkerAnswer): void {
    const waiter = this.#waiters.shift()!;
    if (answer.kind === 'failure') {
      const { code, message, position } = answer;
      waiter.reject(
        code === null
          ? new Error(`worker thread: ${message}`)
          : new EngineError(code, message, position === null ? {} : { position }),
      );
      return;
    }
    const partial = answer.block === null ? null : decodeBlock(answer.block, waiter.dictionaries);
    waiter.resolve({ partial, outcomes: answer.outcomes, profile: answer.profile });
  }
}
