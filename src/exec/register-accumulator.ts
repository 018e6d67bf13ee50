import { assert } from '../base/assert.ts';
import type { Expression } from '../sql/expression.ts';
import { type Accumulator, GroupedArray, type State } from './accumulator.ts';
import { idsOrZeros } from './argument.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import { HashSource } from './hash-source.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';

/** The logarithm of how many registers a group has: the literal behind the argument. */
export function log2mOf([, log2m]: readonly Expression[]): number {
  assert(log2m?.kind === 'literal', 'registers have a number');
  return Number(log2m.value);
}

/** HyperLogLog registers of groups, 2^log2m bytes each. NULL is not counted. */
export class RegisterAccumulator implements Accumulator {
  readonly #log2m: number;
  readonly #source: HashSource;
  readonly #context: ExecutionContext;
  readonly #registers: GroupedArray;

  constructor(
    argument: Expression,
    log2m: number,
    segment: SegmentView | null,
    context: ExecutionContext,
  ) {
    this.#log2m = log2m;
    this.#source = new HashSource(argument, segment, context);
    this.#context = context;
    this.#registers = new GroupedArray(context, 2 ** log2m);
  }

  reserve(groupCount: number): void {
    this.#registers.reserve(groupCount);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { hashes, ids: presentIds, count } = this.#source.read(rows, ids, input);
    const groups = idsOrZeros(presentIds, count, this.#context);
    const { run } = this.#context.kernels;
    run.registersByGroup(this.#registers.address, groups, hashes, this.#log2m, count);
  }

  emit(groups: Uint32Array): State {
    const width = 2 ** this.#log2m;
    const values = new Uint8Array(groups.length * width);
    groups.forEach((group, index) => {
      const start = this.#registers.address + group * width;
      values.set(this.#context.kernels.u8.subarray(start, start + width), index * width);
    });
    return { kind: 'registers', values };
  }
}
