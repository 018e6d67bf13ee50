import type { KernelInstance } from '../kernels/instance.ts';
import type { Scratch } from '../kernels/scratch.ts';
import type { QueryControl } from './query-control.ts';
import type { Steps } from './steps.ts';

/** What an operator runs with: one thread's kernels over the segment's arena, and working memory. */
export interface ExecutionContext {
  readonly kernels: KernelInstance;
  /** Lives for the query: accumulators, tables, code tables. */
  readonly state: Scratch;
  /** Rows that operators take at once. Divides `BATCH_ROWS`; a multiple of 64. */
  readonly batchRows: number;
  /** Lives for one batch: vectors and masks. The batch loop releases it. */
  readonly batch: Scratch;
  /** The thread's, the same in all its contexts. */
  readonly control: QueryControl;
}

/** The same steps, after which working memory is as before them, however they end. */
export function* releasingSteps<T>(
  steps: Steps<T>,
  { state, batch }: Pick<ExecutionContext, 'state' | 'batch'>,
): Steps<T> {
  const marks = { state: state.mark(), batch: batch.mark() };
  try {
    return yield* steps;
  } finally {
    state.release(marks.state);
    batch.release(marks.batch);
  }
}
