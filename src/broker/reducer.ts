import { REDUCE_MEMORY_BYTES } from '../base/limits.ts';
import type { ExecutionContext } from '../exec/context.ts';
import type { Partial } from '../exec/partial.ts';
import { type Answer, reduce } from '../exec/reduce.ts';
import { threadContexts } from '../exec/thread-contexts.ts';
import { createArenaMemory, planArenas } from '../kernels/arena.ts';
import type { QueryPlan } from '../sql/plan.ts';

/** Runs the broker's part of a plan on what servers answered. */
export type Reducer = (plan: QueryPlan, partials: readonly Partial[]) => Answer;

/**
 * A reducer with working memory of its own, which is used by one query at a time: reducing does not
 * wait for anything.
 *
 * @param kernelModule compiled from `dist/kernels.shared.wasm`.
 * @throws EngineError MEMORY_LIMIT when the system refuses the memory; the reducer itself throws it
 *   for a query that needs more than there is.
 */
export function createReducer(kernelModule: WebAssembly.Module): Reducer {
  const layouts = planArenas(REDUCE_MEMORY_BYTES, 1);
  const memories = layouts.map((layout) => createArenaMemory(layout, true));
  const [context] = threadContexts(kernelModule, memories, layouts, 0) as [ExecutionContext];
  return (plan, partials) => reduce(plan, partials, context);
}
