import { assert } from '../base/assert.ts';
import { type FlatType, isDecimal, isFloat, isText } from '../base/types.ts';
import type { AggregateCall, Expression } from '../sql/expression.ts';
import { type Accumulator, GroupedArray, type State } from './accumulator.ts';
import { evaluatePresent } from './argument.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import { constantOf } from './finalize.ts';
import {
  betweenValues,
  continuousPosition,
  discreteIndex,
  percentileIndex,
} from './frequency-results.ts';
import type { RowSet } from './row-set.ts';
import type { FlatVector, Vector } from './vector.ts';
import { newFlatData } from './vector-build.ts';
import { addressOf } from './vector-key.ts';

/** Bytes that a row takes: its group and value as they come, and the value among those of its group. */
export const LISTED_ROW_BYTES = 4 + 8 + 8;

/** No list is as long: a group whose values are not looked for. */
const NOWHERE = 2 ** 32 - 1;

/**
 * The values of each group, for groups all of whose rows come here: quantiles are found among them where
 * they lie. In state memory.
 */
export class ValueLists implements Accumulator {
  readonly #argument: Expression;
  readonly #context: ExecutionContext;
  readonly #capacity: number;
  readonly #groups: number;
  readonly #values: number;
  readonly #counts: GroupedArray;
  #length = 0;
  #groupCount = 0;
  /** Addresses of the values by group, and of the end of each group's. */
  #arranged: { readonly values: number; readonly ends: number } | null = null;

  /** Whether the values of an expression can be listed. */
  static canList({ type }: Expression): boolean {
    return !isText(type) && !isDecimal(type) && type !== 'BOOLEAN';
  }

  /** @param rowsMax rows that will come at most. */
  constructor(argument: Expression, rowsMax: number, context: ExecutionContext) {
    this.#argument = argument;
    this.#context = context;
    this.#capacity = rowsMax;
    this.#groups = context.state.allocate(rowsMax * 4);
    this.#values = context.state.allocate(rowsMax * 8);
    this.#counts = new GroupedArray(context, 8);
  }

  reserve(groupCount: number): void {
    this.#counts.reserve(groupCount);
    this.#groupCount = groupCount;
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { kernels } = this.#context;
    const present = evaluatePresent(this.#argument, rows, ids, input, this.#context);
    assert(present.vector.kind === 'flat', 'the values of lists are flat');
    const { count } = present;
    assert(this.#length + count <= this.#capacity, 'no more rows come than was said');
    kernels.run.countByGroup(this.#counts.address, present.ids, count);
    const groups = this.#groups + this.#length * 4;
    kernels.u8.copyWithin(groups, present.ids, present.ids + count * 4);
    this.#put(this.#values + this.#length * 8, present.vector.data);
    this.#length += count;
  }

  emit(): State {
    throw new Error('lists of values give quantiles, no states');
  }

  /** The values of an aggregate of them for some groups. */
  quantiles(aggregate: AggregateCall, groups: Uint32Array): Vector {
    const constant = constantOf(aggregate);
    switch (aggregate.function) {
      case 'quantile_cont':
        return this.#continuous(groups, constant);
      case 'percentile':
        return this.#numbers(groups, (count) => percentileIndex(count, constant));
      default:
        assert(aggregate.function === 'quantile_disc', 'a quantile is one of three');
        return this.#exact(groups, (count) => discreteIndex(count, constant));
    }
  }

  #put(out: number, data: FlatVector['data']): void {
    const { kernels } = this.#context;
    const values = addressOf(data, this.#context);
    if (data instanceof Float64Array) kernels.run.uniformF64(out, values, data.length);
    else if (data instanceof Int32Array) kernels.run.convertI32ToI64(out, values, data.length);
    else kernels.u8.copyWithin(out, values, values + data.byteLength);
  }

  #continuous(groups: Uint32Array, fraction: number): Vector {
    const lows = this.#select(groups, (count) => Math.floor(continuousPosition(count, fraction)));
    const highs = this.#select(groups, (count) => Math.ceil(continuousPosition(count, fraction)));
    const counts = this.#countsOf(groups);
    const [from, to] = [this.#asNumbers(lows), this.#asNumbers(highs)];
    const data = new Float64Array(groups.length);
    for (let row = 0; row < data.length; row++) {
      const position = continuousPosition(counts[row]!, fraction);
      data[row] = betweenValues(from[row]!, to[row]!, position - Math.floor(position));
    }
    return { kind: 'flat', type: 'DOUBLE', data, nulls: nullsOf(counts) };
  }

  #numbers(groups: Uint32Array, indexOf: (count: number) => number): Vector {
    const data = this.#asNumbers(this.#select(groups, indexOf));
    return { kind: 'flat', type: 'DOUBLE', data, nulls: nullsOf(this.#countsOf(groups)) };
  }

  #exact(groups: Uint32Array, indexOf: (count: number) => number): Vector {
    const type = this.#argument.type as FlatType;
    const selected = this.#select(groups, indexOf);
    const nulls = nullsOf(this.#countsOf(groups));
    const sample = newFlatData(type, 0);
    if (sample instanceof BigInt64Array) return { kind: 'flat', type, data: selected, nulls };
    const numbers = this.#asNumbers(selected);
    const data = sample instanceof Int32Array ? Int32Array.from(numbers) : numbers;
    return { kind: 'flat', type, data, nulls };
  }

  #asNumbers(selected: BigInt64Array): Float64Array {
    if (isFloat(this.#argument.type)) return new Float64Array(selected.buffer);
    const { kernels, batch } = this.#context;
    const mark = batch.mark();
    const values = copyToMemory(kernels, batch, selected);
    kernels.run.convertI64ToF64(values, values, selected.length);
    const numbers = kernels.f64.slice(values / 8, values / 8 + selected.length);
    batch.release(mark);
    return numbers;
  }

  /** Values each group has. */
  #countsOf(groups: Uint32Array): Uint32Array {
    const { u32 } = this.#context.kernels;
    const first = this.#counts.address / 4;
    // There are fewer rows than 2^32.
    return groups.map((group) => u32[first + group * 2]!);
  }

  /** For each group the value at an index of its order, 0 for none: as integers, or the bits of floats. */
  #select(groups: Uint32Array, indexOf: (count: number) => number): BigInt64Array {
    const { kernels, batch } = this.#context;
    const { values, ends } = this.#arrange();
    const mark = batch.mark();
    const wanted = new Uint32Array(this.#groupCount).fill(NOWHERE);
    const counts = this.#countsOf(groups);
    for (let row = 0; row < groups.length; row++) {
      if (counts[row]! > 0) wanted[groups[row]!] = indexOf(counts[row]!);
    }
    const indexes = copyToMemory(kernels, batch, wanted);
    const out = batch.allocate(this.#groupCount * 8);
    kernels.run.splat64(out, 0n, this.#groupCount);
    kernels.run.selectByGroup(out, values, ends, indexes, this.#groupCount);
    if (isFloat(this.#argument.type)) kernels.run.flipNegatives(out, this.#groupCount);
    const selected = new BigInt64Array(groups.length);
    const words = new Uint32Array(selected.buffer);
    for (let row = 0; row < groups.length; row++) {
      const from = out / 4 + groups[row]! * 2;
      words[row * 2] = kernels.u32[from]!;
      words[row * 2 + 1] = kernels.u32[from + 1]!;
    }
    batch.release(mark);
    return selected;
  }

  /** Puts the values of each group together. */
  #arrange(): { readonly values: number; readonly ends: number } {
    if (this.#arranged !== null) return this.#arranged;
    const { kernels, state } = this.#context;
    const { run, u32 } = kernels;
    const values = state.allocate(this.#length * 8);
    const ends = state.allocate(this.#groupCount * 4);
    let start = 0;
    for (let group = 0; group < this.#groupCount; group++) {
      u32[ends / 4 + group] = start;
      start += u32[this.#counts.address / 4 + group * 2]!;
    }
    // The place of each group's next value ends up behind its last one.
    run.scatterByGroup64(values, ends, this.#groups, this.#values, this.#length);
    if (isFloat(this.#argument.type)) run.flipNegatives(values, this.#length);
    this.#arranged = { values, ends };
    return this.#arranged;
  }
}

function nullsOf(counts: Uint32Array): Uint8Array | null {
  return counts.includes(0) ? Uint8Array.from(counts, (count) => (count === 0 ? 1 : 0)) : null;
}
