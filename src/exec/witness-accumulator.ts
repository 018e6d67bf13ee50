import { assert } from '../base/assert.ts';
import { compareFloats } from '../base/float-order.ts';
import { compareText } from '../base/text-order.ts';
import { type DataType, isFloat, type Value } from '../base/types.ts';
import type { Expression } from '../sql/expression.ts';
import { type Accumulator, GroupedArray, type State } from './accumulator.ts';
import { evaluateAllPresent, idsOrZeros } from './argument.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import { allRows, type RowSet } from './row-set.ts';
import type { Vector } from './vector.ts';
import { valueAt, vectorFromValues } from './vector-build.ts';
import { addressOf } from './vector-key.ts';

/** Which key wins. */
export function sideOf(kind: 'arg_min' | 'arg_max'): 'min' | 'max' {
  return kind === 'arg_min' ? 'min' : 'max';
}

/** The best key of a group so far, and the value that goes with it. */
interface Witness {
  readonly key: Value;
  readonly value: Value;
}

/** About what a group's witness takes on the JavaScript heap. */
const WITNESS_BYTES = 64;

/**
 * The value in the row whose key is least or greatest, for ARG_MIN and ARG_MAX; the least of several,
 * so that the order of rows does not matter. Rows where either is NULL do not count. A kernel finds the
 * few rows that are the best so far; only they are looked at here.
 */
export class WitnessAccumulator implements Accumulator {
  readonly #side: 'min' | 'max';
  /** Value and key. */
  readonly #args: readonly Expression[];
  readonly #context: ExecutionContext;
  readonly #kernel: 'I64' | 'F64';
  readonly #bests: GroupedArray;
  readonly #witnesses: (Witness | null)[] = [];

  /** @param args the value, and the key: anything but text. */
  constructor(side: 'min' | 'max', args: readonly Expression[], context: ExecutionContext) {
    this.#side = side;
    this.#args = args;
    this.#context = context;
    const keyType = args[1]!.type;
    const { kernels } = context;
    if (isFloat(keyType)) {
      this.#kernel = 'F64';
      const neutral = side === 'min' ? Number.NaN : Number.NEGATIVE_INFINITY;
      this.#bests = new GroupedArray(context, 8, (start, end) =>
        kernels.f64.fill(neutral, start / 8, end / 8),
      );
    } else {
      this.#kernel = 'I64';
      const neutral = side === 'min' ? 2n ** 63n - 1n : -(2n ** 63n);
      this.#bests = new GroupedArray(context, 8, (start, end) =>
        kernels.i64.fill(neutral, start / 8, end / 8),
      );
    }
  }

  reserve(groupCount: number): void {
    this.#bests.reserve(groupCount);
    const fresh = Math.max(0, groupCount - this.#witnesses.length);
    this.#context.control.heapBytes += fresh * WITNESS_BYTES;
    while (this.#witnesses.length < groupCount) this.#witnesses.push(null);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { kernels, batch } = this.#context;
    const present = evaluateAllPresent(this.#args, rows, ids, input, this.#context);
    const [values, keys] = present.vectors as [Vector, Vector];
    assert(keys.kind === 'flat', 'keys are not text');
    const { data } = keys;
    const isNarrow = data instanceof Int32Array || data instanceof Uint8Array;
    const wide = isNarrow ? BigInt64Array.from(data, BigInt) : data;
    const groups = idsOrZeros(present.ids, present.count, this.#context);
    const found = batch.allocate(present.count * 4);
    const kernel = kernels.run[`${this.#side}RowsByGroup${this.#kernel}`];
    const keyAddress = addressOf(wide, this.#context);
    const count = kernel(found, this.#bests.address, groups, keyAddress, present.count);
    for (let index = 0; index < count; index++) {
      const row = kernels.u32[(found >>> 2) + index]!;
      this.#take(kernels.u32[(groups >>> 2) + row]!, valueAt(keys, row), valueAt(values, row));
    }
  }

  /** Adds the state of group `i` of a partial to group `groupIds[i]`: at most a batch of them; args are columns `$0` and `$1`. */
  merge(state: State, groupIds: Uint32Array): void {
    assert(state.kind === 'witnesses', 'witnesses are merged with witnesses');
    const { kernels, batch } = this.#context;
    const columns = [state.values, state.keys];
    const rowCount = groupIds.length;
    const ids = copyToMemory(kernels, batch, groupIds);
    const column = (name: string): Vector => columns[Number(name.slice(1))]!;
    this.add(allRows(0, rowCount), ids, { rowCount, column });
  }

  emit(groups: Uint32Array): State {
    const [valueType, keyType] = this.#args.map(({ type }) => type) as [DataType, DataType];
    const witnesses = Array.from(groups, (group) => this.#witnesses[group] ?? null);
    return {
      kind: 'witnesses',
      values: vectorFromValues(
        valueType,
        witnesses.map((witness) => witness?.value ?? null),
      ),
      keys: vectorFromValues(
        keyType,
        witnesses.map((witness) => witness?.key ?? null),
      ),
    };
  }

  /** @param key as good as the best so far, or better. */
  #take(group: number, key: Value, value: Value): void {
    const known = this.#witnesses[group];
    const isTie = known != null && (known.key === key || Object.is(known.key, key));
    if (isTie && compareValues(value, known.value) >= 0) return;
    this.#witnesses[group] = { key, value };
  }
}

/** SQL's order of two values of one type, neither of them NULL. */
function compareValues(left: Value, right: Value): number {
  if (typeof left === 'string') return compareText(left, String(right));
  if (typeof left === 'number') return compareFloats(left, Number(right));
  return left === right ? 0 : left! < right! ? -1 : 1;
}
