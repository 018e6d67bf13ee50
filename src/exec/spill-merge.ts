import { isMemoryLimit } from '../base/errors.ts';
import type { GroupFinish, LeafPlan } from '../sql/plan.ts';
import type { ExecutionContext } from './context.ts';
import { mergePartials, mergeSteps } from './merge.ts';
import type { AggregatePartial, Partial, SelectPartial } from './partial.ts';
import { joinDisjointSteps, PARTITIONS, splitGroupsSteps } from './partition.ts';
import { sortedSteps } from './sort.ts';
import type { SpillFile } from './spill-file.ts';
import { mergePart } from './spill-groups.ts';
import { mergeRuns } from './spill-rows.ts';
import type { Steps } from './steps.ts';
import type { TaskCells } from './task-cells.ts';
import { rowOrder, type Spilled } from './task-spill.ts';
import { gatherVector } from './vector-build.ts';

/** How results of threads are merged of which some lie on the disk. */
export interface SpilledMerge {
  readonly plan: LeafPlan;
  readonly finish: GroupFinish | null;
  readonly byText: boolean;
  readonly cells: TaskCells;
  readonly file: SpillFile;
}

/**
 * One result of those that lie in memory and those that lie on the disk. Where there are none there, they are
 * merged in memory, and on the disk only if that does not do.
 */
export function* mergeSpilled(
  work: SpilledMerge,
  partials: readonly Partial[],
  spilled: readonly Spilled[],
  context: ExecutionContext,
): Steps<Partial> {
  const { plan, finish, byText, file } = work;
  if (spilled.length === 0) {
    try {
      return yield* mergeSteps(plan, partials, context);
    } catch (error) {
      if (plan.kind === 'select' || !isMemoryLimit(error)) throw error;
    }
  }
  if (plan.kind === 'select') {
    const order = rowOrder(plan, finish);
    const inMemory: SelectPartial[][] = [];
    for (const rows of partials as readonly SelectPartial[]) {
      const numbers = yield* sortedSteps(rows.columns, order, rows.rowCount);
      const columns = rows.columns.map((column) => gatherVector(column, numbers));
      inMemory.push([{ ...rows, columns }]);
    }
    const runs = [...inMemory, ...spilled.flatMap(({ lists }) => lists)];
    return yield* mergeRuns({ plan, order, file }, runs, context);
  }
  const pieces: AggregatePartial[][] = [];
  for (const partial of partials as readonly AggregatePartial[]) {
    pieces.push(yield* splitGroupsSteps(partial, { level: 0, byText }));
  }
  const results: Partial[] = [];
  for (let part = 0; part < PARTITIONS; part++) {
    const own = [
      ...pieces.flatMap((split) => (split[part]!.groupCount === 0 ? [] : [split[part]!])),
      ...spilled.flatMap(({ lists }) => lists[part]!),
    ];
    results.push(...(yield* mergePart({ ...work, plan }, own, 1, context)));
  }
  return results.length === 0
    ? mergePartials(plan, [], context)
    : yield* joinDisjointSteps(results);
}
