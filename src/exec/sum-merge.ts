import { GroupedArray, type State } from './accumulator.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { addWide } from './wide-sums.ts';

/** Adds up counts (I64), exact sums (I128) or float sums (F64) of groups. */
export class SumMerge {
  readonly hasEntryPerGroup = true;
  readonly #type: 'I64' | 'I128' | 'F64';
  readonly #context: ExecutionContext;
  readonly #sums: GroupedArray;

  constructor(type: 'I64' | 'I128' | 'F64', context: ExecutionContext) {
    this.#type = type;
    this.#context = context;
    this.#sums = new GroupedArray(context, type === 'F64' ? 8 : 16);
  }

  reserve(groupCount: number): void {
    this.#sums.reserve(groupCount);
  }

  /** Adds the state of group `i` of a partial to group `groupIds[i]`. */
  add(state: State, groupIds: Uint32Array): void {
    const { kernels, batch } = this.#context;
    const values = copyToMemory(kernels, batch, stateData(state));
    const ids = copyToMemory(kernels, batch, groupIds);
    const count = groupIds.length;
    if (this.#type === 'I128') addWide(kernels, this.#sums.address, ids, values, count);
    else kernels.run[`sumByGroup${this.#type}`](this.#sums.address, ids, values, count);
  }

  emit(groups: Uint32Array): State {
    const { kernels, batch } = this.#context;
    const { run } = kernels;
    const mark = batch.mark();
    const count = groups.length;
    const indexes = copyToMemory(kernels, batch, groups);
    const sums = batch.allocate(count * 16);
    let state: State;
    if (this.#type === 'F64') {
      run.gather64(sums, this.#sums.address, indexes, count);
      const data = kernels.f64.slice(sums / 8, sums / 8 + count);
      state = { kind: 'vector', vector: { kind: 'flat', type: 'DOUBLE', data, nulls: null } };
    } else {
      run.gather128(sums, this.#sums.address, indexes, count);
      if (this.#type === 'I64') run.narrowI128(sums, sums, count);
      const words = count * (this.#type === 'I64' ? 1 : 2);
      const data = kernels.i64.slice(sums / 8, sums / 8 + words);
      state =
        this.#type === 'I128'
          ? { kind: 'i128', values: data }
          : { kind: 'vector', vector: { kind: 'flat', type: 'BIGINT', data, nulls: null } };
    }
    batch.release(mark);
    return state;
  }
}

function stateData(state: State): BigInt64Array | Float64Array {
  if (state.kind === 'i128') return state.values;
  if (state.kind === 'vector' && state.vector.kind === 'flat') {
    const { data } = state.vector;
    if (data instanceof BigInt64Array || data instanceof Float64Array) return data;
  }
  throw new Error('a sum has a state of 64-bit numbers');
}
