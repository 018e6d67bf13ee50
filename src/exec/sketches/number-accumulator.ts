import { SKETCH_ROWS_MAX } from '../../base/limits.ts';
import type { NumberSketch } from '../../base/sketches/number-sketch.ts';
import type { Expression } from '../../sql/expression.ts';
import { type Accumulator, GroupedArray, type State } from '../accumulator.ts';
import { evaluatePresent, idsOrZeros } from '../argument.ts';
import { copyToMemory } from '../batch-input.ts';
import type { ExecutionContext } from '../context.ts';
import type { EvaluationInput } from '../evaluate.ts';
import type { RowSet } from '../row-set.ts';
import type { Steps } from '../steps.ts';
import { addressOf } from '../vector-key.ts';
import { packSketchesSteps } from './packed.ts';

/**
 * Sketches of a DOUBLE argument. Rows are set aside with their groups until there are many, then
 * sorted within each group and added to its sketch. NULL and NaN are left out.
 */
export class NumberSketchAccumulator implements Accumulator {
  readonly #argument: Expression;
  readonly #kind: NumberSketch;
  readonly #context: ExecutionContext;
  readonly #values: GroupedArray;
  readonly #ids: GroupedArray;
  readonly #sketches: (Float64Array | null)[] = [];
  #waiting = 0;
  #groupCount = 1;

  constructor(argument: Expression, kind: NumberSketch, context: ExecutionContext) {
    this.#argument = argument;
    this.#kind = kind;
    this.#context = context;
    this.#values = new GroupedArray(context, 8);
    this.#ids = new GroupedArray(context, 4);
  }

  reserve(groupCount: number): void {
    this.#groupCount = groupCount;
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const present = evaluatePresent(this.#argument, rows, ids, input, this.#context);
    const { count, vector } = present;
    if (vector.kind !== 'flat' || count === 0) return;
    if (this.#waiting + count > SKETCH_ROWS_MAX) this.#flush();
    this.#values.reserve(this.#waiting + count);
    this.#ids.reserve(this.#waiting + count);
    const { u8 } = this.#context.kernels;
    const values = addressOf(vector.data, this.#context);
    const groups = idsOrZeros(present.ids, count, this.#context);
    u8.copyWithin(this.#values.address + this.#waiting * 8, values, values + count * 8);
    u8.copyWithin(this.#ids.address + this.#waiting * 4, groups, groups + count * 4);
    this.#waiting += count;
  }

  emit(groups: Uint32Array): Steps<State> {
    this.#flush();
    return packSketchesSteps(groups.length, (place) => this.#sketches[groups[place]!] ?? null);
  }

  #flush(): void {
    const { kernels, batch, control } = this.#context;
    const mark = batch.mark();
    const { starts, values } = this.#byGroup();
    let passed = 0;
    for (let group = 0; group < this.#groupCount; group++) {
      const [start, end] = [starts[group]!, starts[group + 1]!];
      if (group % STEP_GROUPS === 0 || end - passed > STEP_VALUES) {
        passed = start;
        control.checkpoint();
      }
      if (start === end) continue;
      const sorted = kernels.f64.subarray(values / 8 + start, values / 8 + end).sort();
      this.#take(group, withoutNaN(sorted));
    }
    this.#waiting = 0;
    batch.release(mark);
  }

  /** The address of the values ordered by group, and where each group's begin. */
  #byGroup(): { readonly starts: Uint32Array; readonly values: number } {
    const { kernels, batch } = this.#context;
    const groupCount = this.#groupCount;
    const counts = batch.allocate(groupCount * 8);
    kernels.run.fillBytes(counts, 0, groupCount * 8);
    kernels.run.countByGroup(counts, this.#ids.address, this.#waiting);
    const starts = new Uint32Array(groupCount + 1);
    for (let group = 0; group < groupCount; group++) {
      starts[group + 1] = starts[group]! + kernels.u32[counts / 4 + group * 2]!;
    }
    const next = copyToMemory(kernels, batch, starts);
    const values = batch.allocate(this.#waiting * 8);
    const inputs = [this.#ids.address, this.#values.address] as const;
    kernels.run.scatterByGroup64(values, next, ...inputs, this.#waiting);
    return { starts, values };
  }

  #take(group: number, values: Float64Array): void {
    if (values.length === 0) return;
    const sketch = this.#kind.build(values);
    const known = this.#sketches[group];
    this.#sketches[group] = known ? this.#kind.unite([known, sketch]) : sketch;
  }
}

/** Groups between two looks whether the query may go on: a millisecond, if each has some values. */
const STEP_GROUPS = 256;

/** Values between two looks: a few milliseconds. */
const STEP_VALUES = 16_384;

/** NaN sorts last. */
function withoutNaN(sorted: Float64Array): Float64Array {
  let end = sorted.length;
  while (end > 0 && Number.isNaN(sorted[end - 1])) end--;
  return sorted.subarray(0, end);
}
