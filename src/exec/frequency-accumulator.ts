import { assert } from '../base/assert.ts';
import { GroupTable } from '../kernels/group-table.ts';
import { type Accumulator, GroupedArray, type State } from './accumulator.ts';
import { idsOrZeros } from './argument.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { GroupKey } from './group-key.ts';
import { pairsOfGroupsSteps, presentRows } from './group-pairs.ts';
import { allRows, type RowSet } from './row-set.ts';
import { inBlocks, type Steps } from './steps.ts';
import { gatherVector } from './vector-build.ts';

/**
 * How often each value occurs in each group: a hash table of (group, value) pairs with a counter
 * each. NULL is not counted. Also merges such states.
 */
export class FrequencyAccumulator implements Accumulator {
  readonly #key: GroupKey;
  readonly #context: ExecutionContext;
  readonly #pairs: GroupTable;
  /** f64 a pair: whole numbers, exact up to 2^53. */
  readonly #counts: GroupedArray;

  /** @param key the argument; in a merge a column of the states' values. */
  constructor(key: GroupKey, context: ExecutionContext) {
    this.#key = key;
    this.#context = context;
    this.#pairs = new GroupTable(context.kernels, context.state);
    this.#counts = new GroupedArray(context, 8);
  }

  /** Groups take no room; their pairs do. */
  reserve(_groupCount: number): void {}

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const ones = copyToMemory(
      this.#context.kernels,
      this.#context.batch,
      new Float64Array(rows.count).fill(1),
    );
    this.#count(rows, ids, input, ones);
  }

  /** Adds the state of group `i` of a partial to group `groupIds[i]`: at most a batch of values. */
  merge(state: State, groupIds: Uint32Array): void {
    assert(state.kind === 'frequencies', 'frequencies are merged with frequencies');
    const { kernels, batch } = this.#context;
    const { values, counts } = state;
    const owners = state.groups.map((group) => groupIds[group]!);
    const ids = copyToMemory(kernels, batch, owners);
    const weights = copyToMemory(kernels, batch, counts);
    const input = { rowCount: owners.length, column: () => values };
    this.#count(allRows(0, owners.length), ids, input, weights);
  }

  *emit(groups: Uint32Array): Steps<State> {
    const found = yield* pairsOfGroupsSteps(this.#pairs, groups, this.#context);
    const { groups: owners, codes, pairs } = found;
    const counts = new Float64Array(pairs.length);
    yield* inBlocks(pairs.length, (start, end) => {
      const { f64 } = this.#context.kernels;
      const first = this.#counts.address / 8;
      for (let row = start; row < end; row++) counts[row] = f64[first + pairs[row]!]!;
    });
    yield;
    const values = this.#key.decode(codes);
    yield;
    const present = presentRows(values);
    if (present === null) return { kind: 'frequencies', groups: owners, values, counts };
    const presentCounts = new Float64Array(present.length);
    for (let row = 0; row < present.length; row++) presentCounts[row] = counts[present[row]!]!;
    return {
      kind: 'frequencies',
      groups: present.map((row) => owners[row]!),
      values: { ...gatherVector(values, present), nulls: null },
      counts: presentCounts,
    };
  }

  #count(rows: RowSet, ids: number, input: EvaluationInput, weights: number): void {
    const { kernels, batch } = this.#context;
    const groups = idsOrZeros(ids, rows.count, this.#context);
    const pairs = batch.allocate(rows.count * 8);
    kernels.run.pairKeys(pairs, groups, this.#key.encode(rows, input), rows.count);
    const pairIds = batch.allocate(rows.count * 4);
    this.#pairs.assign(pairIds, pairs, rows.count);
    this.#counts.reserve(this.#pairs.count);
    kernels.run.sumByGroupF64(this.#counts.address, pairIds, weights, rows.count);
  }
}
