import { assert } from '../base/assert.ts';
import type { FlatType } from '../base/types.ts';
import type { Expression } from '../sql/expression.ts';
import type { Accumulator, State } from './accumulator.ts';
import { evaluatePresent } from './argument.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import { placesOf } from './group-pairs.ts';
import type { RowSet } from './row-set.ts';
import { inBlocks, type Steps } from './steps.ts';

/**
 * The values of groups as they come, for floats, of which hardly two are equal: to find those that are
 * would take more than to keep both. The state is that of `FrequencyAccumulator`, where a value may
 * stand several times. On the JavaScript heap, 12 bytes a row. Also merges such states.
 */
export class ValueListAccumulator implements Accumulator {
  readonly #argument: Expression;
  readonly #context: ExecutionContext;
  readonly #groups: Uint32Array[] = [];
  readonly #values: Float64Array[] = [];
  /** Null: each value of the piece stands for one row. */
  readonly #counts: (Float64Array | null)[] = [];

  constructor(argument: Expression, context: ExecutionContext) {
    this.#argument = argument;
    this.#context = context;
  }

  /** Groups take no room; their values do. */
  reserve(): void {}

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const present = evaluatePresent(this.#argument, rows, ids, input, this.#context);
    assert(present.vector.kind === 'flat', 'floats are flat');
    const { u32 } = this.#context.kernels;
    const first = present.ids / 4;
    this.#groups.push(
      ids === 0 ? new Uint32Array(present.count) : u32.slice(first, first + present.count),
    );
    this.#values.push((present.vector.data as Float64Array).slice());
    this.#counts.push(null);
    this.#context.control.heapBytes += present.count * 12;
  }

  /** Adds the state of group `i` of a partial to group `groupIds[i]`. */
  merge(state: State, groupIds: Uint32Array): void {
    assert(state.kind === 'frequencies' && state.values.kind === 'flat', 'expected floats');
    this.#groups.push(state.groups.map((group) => groupIds[group]!));
    this.#values.push(state.values.data as Float64Array);
    this.#counts.push(state.counts);
  }

  *emit(groups: Uint32Array): Steps<State> {
    const places = placesOf(groups);
    const length = this.#groups.reduce((sum, piece) => sum + piece.length, 0);
    const owners = new Uint32Array(length);
    const values = new Float64Array(length);
    const counts = new Float64Array(length);
    let kept = 0;
    for (const [index, piece] of this.#groups.entries()) {
      const own = this.#values[index]!;
      const ownCounts = this.#counts[index]!;
      yield;
      yield* inBlocks(piece.length, (start, end) => {
        for (let row = start; row < end; row++) {
          const place = places[piece[row]!] ?? 0;
          if (place === 0) continue;
          owners[kept] = place - 1;
          // One zero, as everywhere where values are compared.
          values[kept] = own[row]! + 0;
          counts[kept] = ownCounts === null ? 1 : ownCounts[row]!;
          kept++;
        }
      });
    }
    const type = this.#argument.type as FlatType;
    return {
      kind: 'frequencies',
      groups: owners.subarray(0, kept),
      values: { kind: 'flat', type, data: values.subarray(0, kept), nulls: null },
      counts: counts.subarray(0, kept),
    };
  }
}
