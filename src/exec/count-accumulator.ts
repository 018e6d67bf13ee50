import type { Expression } from '../sql/expression.ts';
import { type Accumulator, GroupedArray, type State } from './accumulator.ts';
import { evaluatePresent } from './argument.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { RowSet } from './row-set.ts';

/** COUNT(*), or COUNT(argument) when the argument can be NULL. State: BIGINT, never NULL. */
export class CountAccumulator implements Accumulator {
  readonly #argument: Expression | null;
  readonly #context: ExecutionContext;
  readonly #weights: number;
  readonly #counts: GroupedArray;

  /**
   * @param argument null to count every row.
   * @param weights address of a u32 a row of the segment: how many rows it stands for; 0 when each is one.
   *   Only without an argument.
   */
  constructor(argument: Expression | null, context: ExecutionContext, weights = 0) {
    this.#argument = argument;
    this.#weights = weights;
    this.#context = context;
    this.#counts = new GroupedArray(context, 8);
  }

  /** True for COUNT(*), and COUNT of what is never NULL, where a row is one. */
  get countsEveryRow(): boolean {
    return this.#argument === null && this.#weights === 0;
  }

  /** Address of one i64 a group. */
  get counts(): number {
    return this.#counts.address;
  }

  reserve(groupCount: number): void {
    this.#counts.reserve(groupCount);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    if (this.#weights !== 0) {
      this.#addWeights(rows, ids);
      return;
    }
    const present =
      this.#argument === null
        ? { ids, count: rows.count }
        : evaluatePresent(this.#argument, rows, ids, input, this.#context);
    const { kernels } = this.#context;
    if (ids === 0) kernels.i64[this.#counts.address / 8]! += BigInt(present.count);
    else kernels.run.countByGroup(this.#counts.address, present.ids, present.count);
  }

  #addWeights(rows: RowSet, ids: number): void {
    const { kernels, batch } = this.#context;
    const { run } = kernels;
    const weights = this.#weights + rows.start * 4;
    if (ids === 0) {
      kernels.i64[this.#counts.address / 8]! +=
        rows.mask === 0
          ? run.sumU32(weights, rows.count)
          : run.sumMaskedU32(weights, rows.mask, rows.span);
      return;
    }
    let selected = weights;
    if (rows.indexes !== 0) {
      selected = batch.allocate(rows.count * 4);
      run.gather32(selected, weights, rows.indexes, rows.count);
    }
    run.sumByGroupU32(this.#counts.address, ids, selected, rows.count);
  }

  emit(groups: Uint32Array): State {
    const data = gatherI64(this.#context, this.#counts.address, groups);
    return { kind: 'vector', vector: { kind: 'flat', type: 'BIGINT', data, nulls: null } };
  }
}

/** The i64 (or f64, by their bits) values of some groups, on the JavaScript heap. */
export function gatherI64(
  { kernels }: ExecutionContext,
  address: number,
  groups: Uint32Array,
): BigInt64Array {
  const { u32 } = kernels;
  const data = new BigInt64Array(groups.length);
  // As halves: a BigInt would be made for each otherwise.
  const words = new Uint32Array(data.buffer);
  const first = address / 4;
  for (let row = 0; row < groups.length; row++) {
    const from = first + groups[row]! * 2;
    words[row * 2] = u32[from]!;
    words[row * 2 + 1] = u32[from + 1]!;
  }
  return data;
}
