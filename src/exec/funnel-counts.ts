import { assert } from '../base/assert.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { column } from '../sql/expression-tools.ts';
import type { State } from './accumulator.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import type { GroupKey } from './group-key.ts';
import { allRows } from './row-set.ts';
import type { Steps } from './steps.ts';
import { factsOfVectorsSteps } from './value-facts.ts';
import { compileValueKey } from './value-keys.ts';
import type { Vector } from './vector.ts';
import { sliceVector, vectorFromValues } from './vector-build.ts';

/** The distinct values of each group that have done a step. */
type StepState = Extract<State, { kind: 'distinct' }>;

/**
 * How many values of each group have done the first step, the first two, and so on, as text of a JSON
 * array.
 *
 * @param states the distinct values of each step.
 */
export function* funnelCountsSteps(
  states: readonly State[],
  groupCount: number,
  context: ExecutionContext,
): Steps<Vector> {
  const steps = states.map((state): StepState => {
    assert(state.kind === 'distinct', 'a step has sets of values');
    return state;
  });
  const counts = Array.from({ length: groupCount }, () => new Float64Array(steps.length));
  const type = steps[0]!.values.type;
  const facts = yield* factsOfVectorsSteps(steps.map(({ values }) => values));
  const key = compileValueKey(column('$value', type), facts, context);
  const pairs = new GroupTable(context.kernels, context.state);
  /** For each pair of group and value, how many steps it has done one after another. */
  let reached = new Uint8Array(0);
  for (const [number, step] of steps.entries()) {
    yield* eachPair(step, key, pairs, context, (group, pair) => {
      if (pair >= reached.length) reached = grown(reached, pairs.count);
      if (reached[pair] !== number) return;
      reached[pair]!++;
      counts[group]![number]!++;
    });
  }
  return vectorFromValues(
    'STRING',
    counts.map((own) => `[${own.join(',')}]`),
  );
}

/** Numbers the pairs of group and value of a step, equal pairs alike in all steps. */
function* eachPair(
  { groups, values }: StepState,
  key: GroupKey,
  pairs: GroupTable,
  context: ExecutionContext,
  take: (group: number, pair: number) => void,
): Steps<void> {
  const { kernels, batch, batchRows } = context;
  for (let start = 0; start < groups.length; start += batchRows) {
    const count = Math.min(batchRows, groups.length - start);
    const mark = batch.mark();
    const slice = sliceVector(values, start, start + count);
    const input = { rowCount: count, column: () => slice };
    const owners = copyToMemory(kernels, batch, groups.subarray(start, start + count));
    const keys = batch.allocate(count * 8);
    kernels.run.pairKeys(keys, owners, key.encode(allRows(0, count), input), count);
    const ids = batch.allocate(count * 4);
    pairs.assign(ids, keys, count);
    for (let row = 0; row < count; row++) {
      take(groups[start + row]!, kernels.u32[(ids >>> 2) + row]!);
    }
    batch.release(mark);
    yield;
  }
}

function grown(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(length, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}
