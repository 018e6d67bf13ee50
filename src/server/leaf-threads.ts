import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { KEPT_JOBS_MAX } from '../base/limits.ts';
import { decodeBlockSteps, encodeBlockSteps } from '../exec/block.ts';
import type { StoredBuffers } from '../exec/decode-buffers.ts';
import { type LeafTask, stoppedByOthers, type WholeResult } from '../exec/leaf-task.ts';
import type {
  MergeMessage,
  PlacedSegment,
  RunMessage,
  WorkerAnswer,
  WorkerMessage,
} from '../exec/leaf-worker.ts';
import type { OrdinalDictionary } from '../exec/ordinals.ts';
import type { Partial } from '../exec/partial.ts';
import { joinDisjointSteps, PARTITIONS, splitGroupsSteps } from '../exec/partition.ts';
import type { ColumnAddresses, PinnedBuffers } from '../exec/segment-view.ts';
import type { SpilledBlock } from '../exec/spill-file.ts';
import { checkedSteps, runInSlices, type Steps } from '../exec/steps.ts';
import type { TaskOrdinals } from '../exec/task-ordinals.ts';
import type { Clock } from '../io/clock.ts';
import type { Tasks, WorkerHandle } from '../io/tasks.ts';
import type { ArenaLayout } from '../kernels/arena.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';

/** A segment as a task names it, before it is known what of it which worker already knows. */
export interface ThreadSegment extends Pick<PlacedSegment, 'id' | 'arena'> {
  readonly metadata: SegmentMetadata;
  readonly buffers: PinnedBuffers;
}

/**
 * A leaf task for all threads; its cells lie in shared memory. The same list of segments always comes with
 * the same plan: the threads keep both.
 */
export interface ThreadTask
  extends Omit<LeafTask, 'segments' | 'firstSegment' | 'profiler' | 'spill'> {
  /** Names the query among those of the engine. */
  readonly query: number;
  readonly segments: readonly ThreadSegment[];
  readonly isProfiled: boolean;
  readonly ordinals: readonly TaskOrdinals[];
  /** The dictionaries of `ordinals`, on this thread. */
  readonly dictionaries: readonly OrdinalDictionary[];
}

/** What one thread did for a task, its many groups still encoded. */
interface ThreadResult extends WholeResult {
  /** For each part the blocks of this thread's results. */
  readonly parts: readonly (readonly Uint8Array[])[] | null;
}

/** The engine's worker threads. Every task goes to all of them; they share its batches. */
export class LeafThreads {
  readonly #threads: readonly LeafThread[];
  readonly #clock: Clock;

  constructor(
    tasks: Tasks,
    clock: Clock,
    threadCount: number,
    module: WebAssembly.Module,
    memories: readonly WebAssembly.Memory[],
    layouts: readonly ArenaLayout[],
    batchRows: number,
    spillFolder: string | null,
  ) {
    this.#clock = clock;
    this.#threads = Array.from({ length: threadCount }, (_, index) => {
      const thread = new LeafThread(tasks.spawnWorker(), clock);
      // Thread 0 is the main one.
      const own = { thread: index + 1, batchRows, spillFolder };
      thread.post({ kind: 'start', module, memories, layouts, ...own });
      return thread;
    });
  }

  get count(): number {
    return this.#threads.length;
  }

  /**
   * Runs a task on all threads. Many groups come merged, as the first thread's.
   *
   * @throws EngineError of a thread that failed, after all have ended; CANCELLED only when none has
   *   another reason.
   */
  async run(task: ThreadTask): Promise<WholeResult[]> {
    const { segments } = task;
    const results = await this.#onAll(task, (thread, index) =>
      thread.run(task, Math.floor((index * segments.length) / this.#threads.length)),
    );
    const isDisjoint = results.some((result) => result.isDisjoint);
    const isWhole = results.every(({ parts, spilled }) => parts === null && spilled === null);
    if (!isDisjoint && (isWhole || task.plan.kind === 'select')) return results;
    const partials = results.flatMap((result) => result.partial ?? []);
    const partial = isDisjoint
      ? await inSlices(task, joinSteps(partials), this.#clock)
      : await this.#merge(task, results);
    return results.map((result, index) => ({
      ...result,
      partial: index === 0 ? partial : null,
      spilled: null,
    }));
  }

  /** The threads merge the parts of each other's results; the whole is what they have found. */
  async #merge(task: ThreadTask, results: readonly ThreadResult[]): Promise<Partial | null> {
    const isSpilled = results.some(({ spilled }) => spilled !== null);
    const split = await inSlices(task, splitSteps(task, results), this.#clock);
    const count = this.#threads.length;
    const merged = await this.#onAll(task, (thread, index) => {
      const shares: Uint8Array[][] = [];
      const spilled: SpilledBlock[][] = [];
      for (let part = index; part < PARTITIONS; part += count) {
        shares.push(split.flatMap((own) => own[part]!));
        spilled.push(results.flatMap((result) => result.spilled?.lists[part] ?? []));
      }
      return thread.merge(task, shares, isSpilled ? spilled : null);
    });
    return await inSlices(task, joinBlocksSteps(task, merged.flat()), this.#clock);
  }

  async #onAll<Result>(
    { cells }: ThreadTask,
    ask: (thread: LeafThread, index: number) => Promise<Result>,
  ): Promise<Result[]> {
    const settled = await Promise.allSettled(
      this.#threads.map(async (thread, index) => {
        try {
          return await ask(thread, index);
        } catch (error) {
          cells.stop();
          // A thread that is gone reads no memory of others, who may wait for that.
          if (thread.hasEnded) cells.end(false);
          throw error;
        }
      }),
    );
    const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    if (failures.length > 0) throw failures.find(isCause) ?? failures[0];
    return settled.map((result) => (result as PromiseFulfilledResult<Result>).value);
  }

  /**
   * Checks and decodes buffers on the thread that has least to do.
   *
   * @throws EngineError CORRUPT_DATA when a checksum does not hold.
   */
  async decode(buffers: StoredBuffers, arena: number): Promise<void> {
    const idlest = this.#threads.reduce((best, thread) =>
      thread.waitingCount < best.waitingCount ? thread : best,
    );
    await idlest.decode(buffers, arena);
  }

  /** Tells all threads that a query is over that has put something on the disk. */
  end(query: number): void {
    for (const thread of this.#threads) thread.post({ kind: 'end', query });
  }

  /** Tells all threads that a segment is gone. */
  forget(segment: number): void {
    for (const thread of this.#threads) thread.forget(segment);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/** The parts of each thread's groups, as blocks. */
function* splitSteps(
  { dictionaries, byText }: ThreadTask,
  results: readonly ThreadResult[],
): Steps<(readonly (readonly Uint8Array[])[])[]> {
  const split: (readonly (readonly Uint8Array[])[])[] = [];
  for (const { partial, parts } of results) {
    if (parts !== null) split.push(parts);
    if (parts !== null || partial?.kind !== 'aggregate') continue;
    const blocks: Uint8Array[][] = [];
    for (const piece of yield* splitGroupsSteps(partial, { level: 0, byText })) {
      blocks.push([yield* encodeBlockSteps(piece, dictionaries)]);
    }
    split.push(blocks);
  }
  return split;
}

/** Blocks that have no group in common. */
function* joinBlocksSteps(
  { dictionaries }: ThreadTask,
  blocks: readonly Uint8Array[],
): Steps<Partial | null> {
  const partials: Partial[] = [];
  for (const block of blocks) partials.push(yield* decodeBlockSteps(block, dictionaries));
  return yield* joinSteps(partials);
}

/** Results that have no group in common. */
function* joinSteps(partials: readonly Partial[]): Steps<Partial | null> {
  return partials.length === 0 ? null : yield* joinDisjointSteps(partials);
}

/** Work of this thread for a task, which ends when the task is stopped. */
function inSlices<T>({ cells }: ThreadTask, steps: Steps<T>, clock: Clock): Promise<T> {
  const check = (): void => {
    if (cells.isStopped) throw stoppedByOthers();
  };
  return runInSlices(checkedSteps(steps, check), clock);
}

function isCause(error: unknown): boolean {
  return !(error instanceof EngineError) || error.code !== 'CANCELLED';
}

/** An answer that is no failure. */
type Success = Exclude<WorkerAnswer, { readonly kind: 'failure' }>;

interface Waiter {
  readonly resolve: (answer: Success) => void;
  readonly reject: (error: Error) => void;
}

/** One worker; it answers runs in the order in which they were posted. */
class LeafThread {
  readonly #worker: WorkerHandle;
  readonly #clock: Clock;
  readonly #waiters: Waiter[] = [];
  /** By segment: where its columns lay when they were last sent. */
  readonly #known = new Map<number, Map<string, ColumnAddresses>>();
  /** Numbers of the jobs that the worker has, by their segments, longest unused first. */
  readonly #jobs = new Map<readonly ThreadSegment[], number>();
  #nextJob = 0;
  #ended: Error | null = null;

  constructor(worker: WorkerHandle, clock: Clock) {
    this.#worker = worker;
    this.#clock = clock;
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

  async run(task: ThreadTask, firstSegment: number): Promise<ThreadResult> {
    const { query, limits, hostName, isProfiled, isSpanning, isSplit } = task;
    const { dictionaries, cells, partitionedGroupsMin, finish, byText, ordinals } = task;
    const answer = await this.#ask({
      kind: 'run',
      ...this.#job(task),
      ...{ cells: cells.cells, limits, firstSegment, hostName, isProfiled, isSpanning, isSplit },
      ...{ query, partitionedGroupsMin, finish, byText, ordinals },
    });
    assert(answer.kind === 'result', 'a run is answered with its result');
    const { kind: _, block, ...rest } = answer;
    if (block === null) return { partial: null, ...rest };
    const partial = await inSlices(task, decodeBlockSteps(block, dictionaries), this.#clock);
    return { partial, ...rest };
  }

  /** The plan and the segments of a task, which go along the first time only. */
  #job({ plan, segments }: ThreadTask): Pick<RunMessage, 'job' | 'work'> {
    const known = this.#jobs.get(segments);
    if (known !== undefined) {
      this.#jobs.delete(segments);
      this.#jobs.set(segments, known);
      return { job: known, work: null };
    }
    const job = this.#nextJob++;
    this.#jobs.set(segments, job);
    if (this.#jobs.size > KEPT_JOBS_MAX) {
      const [oldest] = this.#jobs.keys();
      this.post({ kind: 'forgetJob', job: this.#jobs.get(oldest!)! });
      this.#jobs.delete(oldest!);
    }
    return { job, work: { plan, segments: this.#placed(segments) } };
  }

  async merge(
    { query, plan, segments, ordinals, cells, limits, finish, byText }: ThreadTask,
    parts: readonly (readonly Uint8Array[])[],
    spilled: MergeMessage['spilled'],
  ): Promise<readonly Uint8Array[]> {
    const shared = { query, plan, ordinals, limits, finish, byText, spilled };
    const task = { ...shared, cells: cells.cells, segments: this.#placed(segments) };
    const memory = parts.flat().map(({ buffer }) => buffer as ArrayBuffer);
    const answer = await this.#ask({ kind: 'merge', ...task, parts }, memory);
    assert(answer.kind === 'merged', 'a merge is answered with what was merged');
    return answer.blocks;
  }

  async decode(buffers: StoredBuffers, arena: number): Promise<void> {
    const answer = await this.#ask({ kind: 'decode', buffers, arena });
    assert(answer.kind === 'decoded', 'decoding is answered when it is done');
  }

  get hasEnded(): boolean {
    return this.#ended !== null;
  }

  /** Requests that are not answered yet. */
  get waitingCount(): number {
    return this.#waiters.length;
  }

  #ask(message: WorkerMessage, transfer: readonly ArrayBuffer[] = []): Promise<Success> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#worker.post(message, transfer);
    });
  }

  /** Metadata goes along the first time only, and addresses when they have changed. */
  #placed(segments: readonly ThreadSegment[]): PlacedSegment[] {
    return segments.map(({ id, arena, buffers, metadata }) => {
      const { columns, indexes, starTree } = buffers;
      const known = this.#known.get(id) ?? new Map<string, ColumnAddresses>();
      const moved: Record<string, ColumnAddresses> = {};
      for (const [name, addresses] of Object.entries(columns)) {
        if (known.get(name) !== addresses) moved[name] = addresses;
        known.set(name, addresses);
      }
      const isNew = !this.#known.has(id);
      this.#known.set(id, known);
      const names = Object.keys(columns);
      return {
        id,
        arena,
        metadata: isNew ? metadata : null,
        columns: names,
        moved,
        indexes,
        starTree,
      };
    });
  }

  forget(segment: number): void {
    if (!this.#known.delete(segment)) return;
    this.#jobs.clear();
    this.post({ kind: 'forget', segment });
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
    waiter.resolve(answer);
  }
}
