import { assert } from '../base/assert.ts';
import { isDecimal, isInteger } from '../base/types.ts';
import type { CodeWidth } from '../kernels/exports.ts';
import type { Expression } from '../sql/expression.ts';
import { type Accumulator, GroupedArray, type State } from './accumulator.ts';
import { codedArgument, idsOrZeros } from './argument.ts';
import { rowCodes } from './batch-input.ts';
import type { CodeFunction } from './code-function.ts';
import type { ExecutionContext } from './context.ts';
import { type CountAccumulator, gatherI64 } from './count-accumulator.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { type ValueSource, valueSource } from './value-source.ts';
import { addressOf } from './vector-key.ts';
import { addWide } from './wide-sums.ts';

/**
 * Prepares SUM for a segment. Integer sums are exact (state i128), float sums are f64.
 *
 * @param counts counts the same rows: an affine column's sum is count × base + scale × sum of codes.
 */
export function compileSum(
  argument: Expression,
  segment: SegmentView | null,
  counts: CountAccumulator,
  context: ExecutionContext,
): Accumulator {
  const codes = codedArgument(argument, segment, context);
  const exact = isInteger(argument.type) || isDecimal(argument.type);
  if (codes !== null && argument.kind === 'column' && exact) {
    if (codes.column.metadata.encoding.kind === 'affine') {
      return new AffineSum(codes, counts, context);
    }
  }
  const values = valueSource(argument, codes, context);
  return exact ? new ExactSum(values, context) : new FloatSum(values, context);
}

/** Sums the codes themselves, so that nothing is decoded in the row loop. */
class AffineSum implements Accumulator {
  readonly #codes: CodeFunction;
  readonly #counts: CountAccumulator;
  readonly #context: ExecutionContext;
  readonly #sums: GroupedArray;

  constructor(codes: CodeFunction, counts: CountAccumulator, context: ExecutionContext) {
    this.#codes = codes;
    this.#counts = counts;
    this.#context = context;
    this.#sums = new GroupedArray(context, 8);
  }

  reserve(groupCount: number): void {
    this.#sums.reserve(groupCount);
  }

  add(rows: RowSet, ids: number): void {
    const { kernels, batch } = this.#context;
    const { column } = this.#codes;
    if (ids === 0) {
      kernels.i64[this.#sums.address / 8]! += this.#sumAll(column.width, rows);
      return;
    }
    const codes = rowCodes(kernels, batch, column, rows);
    kernels.run[`sumByGroup${column.width}`](this.#sums.address, ids, codes, rows.count);
  }

  emit(groups: Uint32Array): State {
    const { kernels, batch } = this.#context;
    const { encoding } = this.#codes.column.metadata;
    assert(encoding.kind === 'affine', 'only affine codes are summed as codes');
    const groupCount = groups.length;
    const mark = batch.mark();
    const indexes = addressOf(groups, this.#context);
    const sums = batch.allocate(groupCount * 8);
    const counts = batch.allocate(groupCount * 8);
    kernels.run.gather64(sums, this.#sums.address, indexes, groupCount);
    kernels.run.gather64(counts, this.#counts.counts, indexes, groupCount);
    const out = batch.allocate(groupCount * 16);
    kernels.run.affineI128(out, sums, counts, encoding.base, encoding.scale, groupCount);
    const values = kernels.i64.slice(out / 8, out / 8 + groupCount * 2);
    batch.release(mark);
    return { kind: 'i128', values };
  }

  #sumAll(width: CodeWidth, rows: RowSet): bigint {
    const { run } = this.#context.kernels;
    const { codes, codeBytes } = this.#codes.column;
    const values = codes + rows.start * codeBytes;
    return rows.mask === 0
      ? run[`sum${width}`](values, rows.count)
      : run[`sumMasked${width}`](values, rows.mask, rows.span);
  }
}

class ExactSum implements Accumulator {
  readonly #source: ValueSource;
  readonly #context: ExecutionContext;
  readonly #sums: GroupedArray;

  constructor(source: ValueSource, context: ExecutionContext) {
    this.#source = source;
    this.#context = context;
    this.#sums = new GroupedArray(context, 16);
  }

  reserve(groupCount: number): void {
    this.#sums.reserve(groupCount);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { kernels, batch } = this.#context;
    const present = this.#source.read(rows, ids, input);
    let { values } = present;
    if (present.type === 'I128') {
      const groups = idsOrZeros(present.ids, present.count, this.#context);
      addWide(kernels, this.#sums.address, groups, values, present.count);
      return;
    }
    if (present.type === 'I32') {
      values = batch.allocate(present.count * 8);
      kernels.run.convertI32ToI64(values, present.values, present.count);
    }
    if (ids === 0) kernels.run.sumI64(this.#sums.address, values, present.count);
    else kernels.run.sumByGroupI64(this.#sums.address, present.ids, values, present.count);
  }

  emit(groups: Uint32Array): State {
    const first = this.#sums.address / 4;
    const values = new BigInt64Array(groups.length * 2);
    // As quarters: two BigInts would be made for each otherwise.
    const words = new Uint32Array(values.buffer);
    const { u32 } = this.#context.kernels;
    for (let row = 0; row < groups.length; row++) {
      const from = first + groups[row]! * 4;
      for (let word = 0; word < 4; word++) words[row * 4 + word] = u32[from + word]!;
    }
    return { kind: 'i128', values };
  }
}

class FloatSum implements Accumulator {
  readonly #source: ValueSource;
  readonly #context: ExecutionContext;
  readonly #sums: GroupedArray;

  constructor(source: ValueSource, context: ExecutionContext) {
    this.#source = source;
    this.#context = context;
    this.#sums = new GroupedArray(context, 8);
  }

  reserve(groupCount: number): void {
    this.#sums.reserve(groupCount);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { kernels } = this.#context;
    const { values, ids: presentIds, count } = this.#source.read(rows, ids, input);
    if (ids === 0) kernels.f64[this.#sums.address / 8]! += kernels.run.sumF64(values, count);
    else kernels.run.sumByGroupF64(this.#sums.address, presentIds, values, count);
  }

  emit(groups: Uint32Array): State {
    const { buffer } = gatherI64(this.#context, this.#sums.address, groups);
    const data = new Float64Array(buffer);
    return { kind: 'vector', vector: { kind: 'flat', type: 'DOUBLE', data, nulls: null } };
  }
}
