import { EngineError } from '../base/errors.ts';
import type { Scratch } from '../kernels/scratch.ts';
import { DEFAULT_QUERY_LIMITS, type QueryLimits } from '../sql/query-limits.ts';
import { checkedSteps, runSteps, type Steps } from './steps.ts';

/** What a thread works on, as far as limits go. */
export interface ControlledWork {
  readonly limits: QueryLimits;
  /** The error to stop with; null while the work may go on. Cheap: asked several times a millisecond. */
  readonly stopReason: () => EngineError | null;
  /** Adds to the KiB that all threads hold for the query, and gives the sum. */
  readonly addKibibytes: (change: number) => number;
  /** Bytes that it may hold above its limit for a while (default 0). */
  readonly slackBytes?: number | undefined;
}

/** Work of one thread alone. */
export function localWork(
  limits: QueryLimits,
  stopReason: ControlledWork['stopReason'],
  slackBytes = 0,
): ControlledWork {
  let kibibytes = 0;
  return {
    limits,
    slackBytes,
    stopReason,
    addKibibytes: (change) => {
      kibibytes += change;
      return kibibytes;
    },
  };
}

/** Work without limits but the default ones. */
const UNCONTROLLED: ControlledWork = {
  limits: DEFAULT_QUERY_LIMITS,
  stopReason: () => null,
  addKibibytes: () => 0,
};

/**
 * Asked by operators between two steps on a thread: whether the query may go on, and may take more
 * memory. Pieces of work may be nested: each begins and ends within a step of the outer one.
 */
export class QueryControl {
  readonly #scratches: readonly Scratch[];
  #work = UNCONTROLLED;
  #reportedKibibytes = 0;
  /** Bytes that the work holds on the JavaScript heap, as far as operators tell. */
  heapBytes = 0;

  /** @param scratches the thread's working memory that counts for the query it works on. */
  constructor(scratches: readonly Scratch[]) {
    this.#scratches = scratches;
  }

  /** Begins a piece of work; the function that it gives ends it. */
  begin(work: ControlledWork): () => void {
    const outer = { work: this.#work, reported: this.#reportedKibibytes, heap: this.heapBytes };
    this.#work = work;
    this.#reportedKibibytes = 0;
    this.heapBytes = 0;
    return () => {
      work.addKibibytes(-this.#reportedKibibytes);
      this.#work = outer.work;
      this.#reportedKibibytes = outer.reported;
      this.heapBytes = outer.heap;
    };
  }

  /** @throws EngineError CANCELLED or TIMEOUT when the query must stop, MEMORY_LIMIT past its cap. */
  checkpoint(): void {
    const reason = this.#work.stopReason();
    if (reason !== null) throw reason;
    const kibibytes = Math.ceil(this.heldBytes / 1024);
    const total = this.#work.addKibibytes(kibibytes - this.#reportedKibibytes);
    this.#reportedKibibytes = kibibytes;
    const { limits, slackBytes = 0 } = this.#work;
    const { memoryBytesMax } = limits;
    if (total * 1024 > memoryBytesMax + slackBytes) {
      throw tooMuchMemory(total * 1024, memoryBytesMax, slackBytes > 0);
    }
  }

  /** The same steps, with a checkpoint before each. */
  checked<T>(steps: Steps<T>): Steps<T> {
    return checkedSteps(steps, () => this.checkpoint());
  }

  /** Does work at once, with a checkpoint before each of its steps: where nobody else waits for the thread. */
  run<T>(steps: Steps<T>): T {
    return runSteps(this.checked(steps));
  }

  /** Bytes that the thread holds for its work. */
  get heldBytes(): number {
    return this.#scratches.reduce((sum, { usedBytes }) => sum + usedBytes, this.heapBytes);
  }

  /** Bytes that the work may hold on all threads. */
  get memoryBytesMax(): number {
    return this.#work.limits.memoryBytesMax;
  }

  /** @throws EngineError MEMORY_LIMIT when rows are more than the query may hand on. */
  checkAnswer(bytes: number): void {
    const { answerBytesMax } = this.#work.limits;
    if (bytes <= answerBytesMax) return;
    throw new EngineError(
      'MEMORY_LIMIT',
      `execution: the answer takes ${bytes} bytes or more, and its limit is ${answerBytesMax}; ` +
        'SET maxServerResponseSizeBytes raises it, a LIMIT makes it smaller',
    );
  }

  /** @throws EngineError GROUP_LIMIT when a result has more groups than the query may have. */
  checkGroups(groupCount: number): void {
    const { groupsMax } = this.#work.limits;
    if (groupCount <= groupsMax) return;
    throw new EngineError(
      'GROUP_LIMIT',
      `execution: the query has ${groupCount} groups or more, and its limit is ${groupsMax}; ` +
        'SET numGroupsLimit raises it, a filter or fewer keys make fewer groups',
    );
  }
}

/** The error of a query that holds more than its cap. */
function tooMuchMemory(bytes: number, bytesMax: number, canSpill: boolean): EngineError {
  const spilling = canSpill ? '' : '; here nothing of it can be spilled to a disk';
  return new EngineError(
    'MEMORY_LIMIT',
    `execution: the query holds ${bytes} bytes of working memory and results, and its limit is ` +
      `${bytesMax}; SET maxQueryMemoryBytes raises it, fewer groups or a LIMIT take less${spilling}`,
  );
}
