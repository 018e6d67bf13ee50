import type { ArenaLayout } from '../kernels/arena.ts';
import { instantiateKernels } from '../kernels/instance.ts';
import { Scratch } from '../kernels/scratch.ts';
import type { ExecutionContext } from './context.ts';

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
  return memories.map((memory, arena) => {
    const { state, batch } = layouts[arena]!.threads[thread]!;
    return {
      kernels: instantiateKernels(module, memory),
      state: new Scratch(state.start, state.end),
      batch: new Scratch(batch.start, batch.end),
    };
  });
}
