import type { ArenaLayout } from '../kernels/arena.ts';
import { instantiateKernels } from '../kernels/instance.ts';
import { Scratch } from '../kernels/scratch.ts';
import type { ExecutionContext } from './context.ts';
import { QueryControl } from './query-control.ts';

/**
 * One thread's context in each arena: its own instance of the kernels and its own working memory.
 *
 * @param thread index into the layouts' threads; 0 is the main thread.
 */
export function threadContexts(
  module: WebAssembly.Module,
  memories: readonly WebAssembly.Memory[],
  layouts: readonly ArenaLayout[],
  thread: number,
): ExecutionContext[] {
  const regions = layouts.map(({ threads }) => threads[thread]!);
  const states = regions.map(({ state }) => new Scratch(state.start, state.end));
  const control = new QueryControl(states);
  return memories.map((memory, arena) => {
    const { batch } = regions[arena]!;
    return {
      kernels: instantiateKernels(module, memory),
      state: states[arena]!,
      batch: new Scratch(batch.start, batch.end),
      control,
    };
  });
}
