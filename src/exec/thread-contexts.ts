import { assert } from '../base/assert.ts';
import { BATCH_ROWS } from '../base/limits.ts';
import type { ArenaLayout } from '../kernels/arena.ts';
import { instantiateKernels } from '../kernels/instance.ts';
import { Scratch } from '../kernels/scratch.ts';
import type { ExecutionContext } from './context.ts';
import { QueryControl } from './query-control.ts';

/**
 * One thread's context in each arena: its own instance of the kernels and its own working memory.
 *
 * @param thread index into the layouts' threads; 0 is the main thread.
 * @param batchRows rows that operators take at once: a multiple of 64, because batches begin at a
 *   bitmap word, that divides `BATCH_ROWS`, because a batch lies in one zone.
 */
export function threadContexts(
  module: WebAssembly.Module,
  memories: readonly WebAssembly.Memory[],
  layouts: readonly ArenaLayout[],
  thread: number,
  batchRows: number = BATCH_ROWS,
): ExecutionContext[] {
  assert(batchRows % 64 === 0, 'a batch starts at a bitmap word');
  assert(BATCH_ROWS % batchRows === 0, 'a batch lies in one zone');
  const regions = layouts.map(({ threads }) => threads[thread]!);
  const states = regions.map(({ state }) => new Scratch(state.start, state.end));
  const control = new QueryControl(states);
  return memories.map((memory, arena) => {
    const { batch } = regions[arena]!;
    return {
      kernels: instantiateKernels(module, memory),
      state: states[arena]!,
      batchRows,
      batch: new Scratch(batch.start, batch.end),
      control,
    };
  });
}
