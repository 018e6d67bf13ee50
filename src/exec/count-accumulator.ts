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
  readonly #counts: GroupedArray;

  /** @param argument null to count every row. */
  constructor(argument: Expression | null, context: ExecutionContext) {
    this.#argument = argument;
    this.#context = context;
    this.#counts = new GroupedArray(context, 8);
  }

  /** True for COUNT(*), and COUNT of what is never NULL. */
  get countsEveryRow(): boolean {
    return this.#argument === null;
  }

  /** Address of one i64 a group. */
  get counts(): number {
    return this.#counts.address;
  }

  reserve(groupCount: number): void {
    this.#counts.reserve(groupCount);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const present =
      this.#argument === null
        ? { ids, count: rows.count }
        : evaluatePresent(this.#argument, rows, ids, input, this.#context);
    const { kernels } = this.#context;
    if (ids === 0) kernels.i64[this.#counts.address / 8]! += BigInt(present.count);
    else kernels.run.countByGroup(this.#counts.address, present.ids, present.count);
  }

  emit(groups: Uint32Array): State {
    const data = gatherI64(this.#context, this.#counts.address, groups);
    return { kind: 'vector', vector: { kind: 'flat', type: 'BIGINT', data, nulls: null } };
  }
}

/** The i64 values of some groups, on the JavaScript heap. */
export function gatherI64(
  { kernels }: ExecutionContext,
  address: number,
  groups: Uint32Array,
): BigInt64Array {
  const first = address / 8;
  const data = new BigInt64Array(groups.length);
  for (let row = 0; row < groups.length; row++) data[row] = kernels.i64[first + groups[row]!]!;
  return data;
}
