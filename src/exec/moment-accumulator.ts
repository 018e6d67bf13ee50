import { assert } from '../base/assert.ts';
import type { Expression } from '../sql/expression.ts';
import { type Accumulator, GroupedArray, type State } from './accumulator.ts';
import { codedArgument, evaluateAllPresent, idsOrZeros } from './argument.ts';
import type { ExecutionContext } from './context.ts';
import type { EvaluationInput } from './evaluate.ts';
import { MOMENT_WIDTH, type MomentKind } from './moments.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { type ValueSource, valueSource } from './value-source.ts';
import { addressOf } from './vector-key.ts';

/**
 * Prepares variance, higher moments or covariance for a segment, or by value for several.
 *
 * @param args DOUBLE: one, or y and x for covariance.
 */
export function compileMoments(
  kind: MomentKind,
  args: readonly Expression[],
  segment: SegmentView | null,
  context: ExecutionContext,
): Accumulator {
  if (kind === 'covariance') return new Covariance(args, context);
  const [argument] = args;
  assert(argument !== undefined, 'moments have an argument');
  const source = valueSource(argument, codedArgument(argument, segment, context), context);
  return new Moments(kind, source, context);
}

class Moments implements Accumulator {
  readonly #kind: 'variance' | 'moments';
  readonly #source: ValueSource;
  readonly #context: ExecutionContext;
  readonly #states: GroupedArray;

  constructor(kind: 'variance' | 'moments', source: ValueSource, context: ExecutionContext) {
    this.#kind = kind;
    this.#source = source;
    this.#context = context;
    this.#states = new GroupedArray(context, MOMENT_WIDTH[kind] * 8);
  }

  reserve(groupCount: number): void {
    this.#states.reserve(groupCount);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { run } = this.#context.kernels;
    const { values, ids: presentIds, count } = this.#source.read(rows, ids, input);
    if (ids === 0 && this.#kind === 'variance') {
      run.varianceOfAll(this.#states.address, values, count);
      return;
    }
    const groups = idsOrZeros(presentIds, count, this.#context);
    run[`${this.#kind}ByGroup`](this.#states.address, groups, values, count);
  }

  emit(groups: Uint32Array): State {
    return emitMoments(this.#kind, this.#states.address, groups, this.#context);
  }
}

class Covariance implements Accumulator {
  readonly #args: readonly Expression[];
  readonly #context: ExecutionContext;
  readonly #states: GroupedArray;

  constructor(args: readonly Expression[], context: ExecutionContext) {
    this.#args = args;
    this.#context = context;
    this.#states = new GroupedArray(context, MOMENT_WIDTH.covariance * 8);
  }

  reserve(groupCount: number): void {
    this.#states.reserve(groupCount);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const present = evaluateAllPresent(this.#args, rows, ids, input, this.#context);
    const [ys, xs] = present.vectors.map((vector) => {
      assert(vector.kind === 'flat', 'covariance is of numbers');
      return addressOf(vector.data, this.#context);
    });
    const { run } = this.#context.kernels;
    if (ids === 0) run.covarianceOfAll(this.#states.address, xs!, ys!, present.count);
    else run.covarianceByGroup(this.#states.address, present.ids, xs!, ys!, present.count);
  }

  emit(groups: Uint32Array): State {
    return emitMoments('covariance', this.#states.address, groups, this.#context);
  }
}

function emitMoments(
  kind: MomentKind,
  address: number,
  groups: Uint32Array,
  { kernels }: ExecutionContext,
): State {
  const width = MOMENT_WIDTH[kind];
  const values = new Float64Array(groups.length * width);
  const { f64 } = kernels;
  for (let row = 0; row < groups.length; row++) {
    const start = address / 8 + groups[row]! * width;
    for (let index = 0; index < width; index++) values[row * width + index] = f64[start + index]!;
  }
  return { kind: 'moments', values };
}
