import { REDUCE_MEMORY_BYTES } from '../base/limits.ts';
import type { Answer } from '../exec/answer-steps.ts';
import type { ExecutionContext } from '../exec/context.ts';
import { heldBytes } from '../exec/held-bytes.ts';
import type { Partial } from '../exec/partial.ts';
import { localWork } from '../exec/query-control.ts';
import type { QueryStop } from '../exec/query-stop.ts';
import { reduceSteps } from '../exec/reduce.ts';
import type { ReduceProfile } from '../exec/reduce-profile.ts';
import { checkedSteps, runInSlices, Turns } from '../exec/steps.ts';
import { threadContexts } from '../exec/thread-contexts.ts';
import type { Clock } from '../io/clock.ts';
import { createArenaMemory, planArenas } from '../kernels/arena.ts';
import type { QueryPlan } from '../sql/plan.ts';
import type { QueryLimits } from '../sql/query-limits.ts';

/**
 * Runs the broker's part of a plan on what servers answered, in slices, so that other queries and a
 * cancel get their turn. What its stages do is measured into a profile, if there is one.
 *
 * @throws EngineError CANCELLED or TIMEOUT when the query has to stop; GROUP_LIMIT, MEMORY_LIMIT.
 */
export type Reducer = (
  plan: QueryPlan,
  partials: readonly Partial[],
  limits: QueryLimits,
  stop: QueryStop,
  profile?: ReduceProfile | null,
) => Promise<Answer>;

/**
 * Working memory of a broker of its own, for a reducer and for what is computed while planning.
 *
 * @param kernelModule compiled from `dist/kernels.shared.wasm`.
 * @throws EngineError MEMORY_LIMIT when the system refuses the memory.
 */
export function brokerContext(kernelModule: WebAssembly.Module): ExecutionContext {
  const layouts = planArenas(REDUCE_MEMORY_BYTES, 1);
  const memories = layouts.map((layout) => createArenaMemory(layout, true));
  const [context] = threadContexts(kernelModule, memories, layouts, 0) as [ExecutionContext];
  return context;
}

/** A reducer that uses the working memory of a context, whose other users are done within a step. */
export function reducerOver(context: ExecutionContext, clock: Clock): Reducer {
  const turns = new Turns();
  return (plan, partials, limits, stop, profile = null) =>
    turns.take(async () => {
      // Rows of the answer count for themselves, and once more as they are put in order.
      const answerBytes = heldBytes(partials.filter(({ kind }) => kind === 'select'));
      const end = context.control.begin(localWork(limits, stop.reason, 2 * answerBytes));
      try {
        context.control.checkAnswer(answerBytes);
        const steps = reduceSteps(plan, partials, context, profile);
        return await runInSlices(
          checkedSteps(steps, () => stop.check()),
          clock,
        );
      } finally {
        end();
      }
    });
}
