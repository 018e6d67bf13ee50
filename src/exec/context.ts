import type { KernelInstance } from '../kernels/instance.ts';
import type { Scratch } from '../kernels/scratch.ts';
import type { QueryControl } from './query-control.ts';

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
