import { assert } from '../base/assert.ts';
import { BATCH_ROWS } from '../base/limits.ts';
import { GroupTable } from '../kernels/group-table.ts';
import type { Expression } from '../sql/expression.ts';
import { type Accumulator, GroupedArray, type State } from './accumulator.ts';
import { idsOrZeros } from './argument.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { GroupKey } from './group-key.ts';
import { compileKey } from './group-keys.ts';
import { allRows, type RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { gatherVector, sliceVector } from './vector-build.ts';

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

  /** @param segment null for a merge: the argument is then a column of the states' values. */
  constructor(argument: Expression, segment: SegmentView | null, context: ExecutionContext) {
    this.#key = compileKey(argument, segment, context);
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

  /** Adds the state of group `i` of a partial to group `groupIds[i]`. */
  merge(state: State, groupIds: Uint32Array): void {
    assert(state.kind === 'frequencies', 'frequencies are merged with frequencies');
    const { kernels, batch } = this.#context;
    const owners = state.groups.map((group) => groupIds[group]!);
    for (let start = 0; start < owners.length; start += BATCH_ROWS) {
      const end = Math.min(start + BATCH_ROWS, owners.length);
      const mark = batch.mark();
      const values = sliceVector(state.values, start, end);
      const ids = copyToMemory(kernels, batch, owners.subarray(start, end));
      const weights = copyToMemory(kernels, batch, state.counts.subarray(start, end));
      const input = { rowCount: end - start, column: () => values };
      this.#count(allRows(0, end - start), ids, input, weights);
      batch.release(mark);
    }
  }

  emit(groups: Uint32Array): State {
    const { u32, f64 } = this.#context.kernels;
    const indexOfGroup = new Map<number, number>();
    groups.forEach((group, index) => {
      indexOfGroup.set(group, index);
    });
    const owners: number[] = [];
    const codes: number[] = [];
    const counts: number[] = [];
    const first = this.#pairs.keys >>> 2;
    for (let pair = 0; pair < this.#pairs.count; pair++) {
      const index = indexOfGroup.get(u32[first + pair * 2 + 1]!);
      if (index === undefined) continue;
      owners.push(index);
      codes.push(u32[first + pair * 2]!);
      counts.push(f64[this.#counts.address / 8 + pair]!);
    }
    const values = this.#key.decode(Uint32Array.from(codes));
    const present = codes.map((_, row) => row).filter((row) => values.nulls?.[row] !== 1);
    return {
      kind: 'frequencies',
      groups: Uint32Array.from(present, (row) => owners[row]!),
      values: { ...gatherVector(values, Uint32Array.from(present)), nulls: null },
      counts: Float64Array.from(present, (row) => counts[row]!),
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
