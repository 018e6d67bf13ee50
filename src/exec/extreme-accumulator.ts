import { assert } from '../base/assert.ts';
import { compareText } from '../base/text-order.ts';
import { isText, isWideDecimal, physicalType } from '../base/types.ts';
import type { Expression } from '../sql/expression.ts';
import { type Accumulator, GroupedArray, type State } from './accumulator.ts';
import { codedArgument, evaluatePresent, idsOrZeros } from './argument.ts';
import { copyToMemory, rowCodes } from './batch-input.ts';
import { numberedExpression, numberedInput } from './chosen-text.ts';
import type { CodeFunction } from './code-function.ts';
import type { ExecutionContext } from './context.ts';
import { type CountAccumulator, gatherI64 } from './count-accumulator.ts';
import type { EvaluationInput } from './evaluate.ts';
import type { OrdinalDictionary } from './ordinals.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { sortedRows } from './sort.ts';
import type { ValueFacts } from './value-facts.ts';
import type { FlatVector } from './vector.ts';
import { valueAt, vectorFromValues } from './vector-build.ts';
import { addressOf } from './vector-key.ts';

/** Which end of the order an accumulator keeps. */
export type Extreme = 'min' | 'max';

/**
 * Prepares MIN or MAX for a segment, or by value. State: a vector of the argument's type, NULL without
 * rows.
 *
 * @param facts what is known of the argument's values when rows go by value.
 * @param counts counts the rows whose argument is not NULL: a group without any has no extreme.
 */
export function compileExtreme(
  extreme: Extreme,
  argument: Expression,
  segment: SegmentView | null,
  facts: ValueFacts,
  counts: CountAccumulator,
  context: ExecutionContext,
): Accumulator {
  const codes = codedArgument(argument, segment, context);
  if (codes !== null) return new CodeExtreme(extreme, codes, argument, counts, context);
  if (facts?.kind === 'ordinals') {
    return new OrdinalExtreme(extreme, argument, facts.dictionary, counts, context);
  }
  return isText(argument.type) || isWideDecimal(argument.type)
    ? new OrderedExtreme(extreme, argument, context)
    : new ValueExtreme(extreme, argument, counts, context);
}

/** Codes order as values do; outputs of a function get ranks that do. */
class CodeExtreme implements Accumulator {
  readonly #extreme: Extreme;
  readonly #codes: CodeFunction;
  readonly #counts: CountAccumulator;
  readonly #context: ExecutionContext;
  readonly #extremes: GroupedArray;
  /** Address of each code's rank, and the outputs by rank; 0 and null when codes are ranks. */
  readonly #ranks: number;
  readonly #outputs: Uint32Array | null;

  constructor(
    extreme: Extreme,
    codes: CodeFunction,
    argument: Expression,
    counts: CountAccumulator,
    context: ExecutionContext,
  ) {
    this.#extreme = extreme;
    this.#codes = codes;
    this.#counts = counts;
    this.#context = context;
    const neutral = extreme === 'min' ? 255 : 0;
    this.#extremes = new GroupedArray(context, 4, (start, end) =>
      context.kernels.run.fillBytes(start, neutral, end - start),
    );
    if (argument.kind === 'column') {
      this.#ranks = 0;
      this.#outputs = null;
      return;
    }
    const values = codes.values();
    const order = [{ column: 0, descending: false, nullsFirst: false }];
    this.#outputs = sortedRows([values], order, codes.outputCount);
    const ranks = new Uint32Array(codes.outputCount);
    this.#outputs.forEach((output, rank) => {
      ranks[output] = rank;
    });
    const table = codes.table?.map((output) => ranks[output]!) ?? ranks;
    this.#ranks = copyToMemory(context.kernels, context.state, table);
  }

  reserve(groupCount: number): void {
    this.#extremes.reserve(groupCount);
  }

  add(rows: RowSet, ids: number): void {
    const { kernels, batch } = this.#context;
    const { run } = kernels;
    const { column } = this.#codes;
    if (ids === 0) {
      this.#addAll(rows);
      return;
    }
    let codes = rowCodes(kernels, batch, column, rows);
    let width = column.width;
    if (this.#ranks !== 0) {
      const ranked = batch.allocate(rows.count * 4);
      run[`lookup${width}To32`](ranked, codes, this.#ranks, rows.count);
      codes = ranked;
      width = 'U32';
    }
    run[`${this.#extreme}ByGroup${width}`](this.#extremes.address, ids, codes, rows.count);
  }

  emit(groups: Uint32Array): State {
    const { kernels } = this.#context;
    const first = this.#extremes.address / 4;
    const counts = gatherI64(this.#context, this.#counts.counts, groups);
    const ranks = groups.map((group, row) =>
      counts[row] === 0n ? 0 : kernels.u32[first + group]!,
    );
    const outputs = this.#outputs;
    const codes = outputs === null ? ranks : ranks.map((rank) => outputs[rank]!);
    const nulls = Uint8Array.from(counts, (count) => (count === 0n ? 1 : 0));
    const hasNulls = nulls.includes(1);
    return {
      kind: 'vector',
      vector: { ...this.#codes.decode(codes), nulls: hasNulls ? nulls : null },
    };
  }

  #addAll(rows: RowSet): void {
    if (rows.count === 0) return;
    const { kernels, batch } = this.#context;
    const { run } = kernels;
    const { column } = this.#codes;
    const slot = this.#extremes.address / 4;
    let found: number;
    if (this.#ranks !== 0) {
      const ranked = batch.allocate(rows.count * 4);
      const codes = rowCodes(kernels, batch, column, rows);
      run[`lookup${column.width}To32`](ranked, codes, this.#ranks, rows.count);
      found = run[`${this.#extreme}U32`](ranked, rows.count);
    } else {
      const codes = column.codes + rows.start * column.codeBytes;
      found =
        rows.mask === 0
          ? run[`${this.#extreme}${column.width}`](codes, rows.count)
          : run[`${this.#extreme}Masked${column.width}`](codes, rows.mask, rows.span);
    }
    const keep = this.#extreme === 'min' ? Math.min : Math.max;
    kernels.u32[slot] = keep(kernels.u32[slot]!, found >>> 0);
  }
}

/** Fixed-width values, row by row. */
class ValueExtreme implements Accumulator {
  readonly #extreme: Extreme;
  readonly #argument: Expression;
  readonly #type: FlatVector['type'];
  readonly #counts: CountAccumulator;
  readonly #context: ExecutionContext;
  readonly #extremes: GroupedArray;
  readonly #kernel: 'I32' | 'I64' | 'F64';

  constructor(
    extreme: Extreme,
    argument: Expression,
    counts: CountAccumulator,
    context: ExecutionContext,
  ) {
    this.#extreme = extreme;
    this.#argument = argument;
    this.#type = argument.type as FlatVector['type'];
    this.#counts = counts;
    this.#context = context;
    const { kernels } = context;
    const physical = physicalType(this.#type);
    if (physical === 'f32' || physical === 'f64') {
      this.#kernel = 'F64';
      // NaN is the greatest value of SQL's order: the neutral value of MIN.
      const neutral = extreme === 'min' ? Number.NaN : Number.NEGATIVE_INFINITY;
      this.#extremes = new GroupedArray(context, 8, (start, end) =>
        kernels.f64.fill(neutral, start / 8, end / 8),
      );
    } else if (physical === 'i64') {
      this.#kernel = 'I64';
      const neutral = extreme === 'min' ? 2n ** 63n - 1n : -(2n ** 63n);
      this.#extremes = new GroupedArray(context, 8, (start, end) =>
        kernels.i64.fill(neutral, start / 8, end / 8),
      );
    } else {
      this.#kernel = 'I32';
      const neutral = extreme === 'min' ? 2 ** 31 - 1 : -(2 ** 31);
      this.#extremes = new GroupedArray(context, 4, (start, end) =>
        kernels.i32.fill(neutral, start / 4, end / 4),
      );
    }
  }

  reserve(groupCount: number): void {
    this.#extremes.reserve(groupCount);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const { kernels, batch } = this.#context;
    const present = evaluatePresent(this.#argument, rows, ids, input, this.#context);
    if (present.vector.kind !== 'flat') throw new Error('text has its own accumulator');
    const { data } = present.vector;
    const wide = data instanceof Uint8Array ? Int32Array.from(data) : data;
    const values = addressOf(wide, this.#context);
    let groupIds = present.ids;
    if (ids === 0) {
      groupIds = batch.allocate(present.count * 4);
      kernels.run.splat32(groupIds, 0, present.count);
    }
    const kernel = kernels.run[`${this.#extreme}ByGroup${this.#kernel}`];
    kernel(this.#extremes.address, groupIds, values, present.count);
  }

  emit(groups: Uint32Array): State {
    const { kernels } = this.#context;
    const counts = gatherI64(this.#context, this.#counts.counts, groups);
    const views = { I32: kernels.i32, I64: kernels.i64, F64: kernels.f64 } as const;
    const view = views[this.#kernel];
    const first = this.#extremes.address / view.BYTES_PER_ELEMENT;
    const values = Array.from(groups, (group, row) => {
      if (counts[row] === 0n) return null;
      const value = view[first + group]!;
      return this.#type === 'BOOLEAN' ? value === 1 : value;
    });
    return { kind: 'vector', vector: vectorFromValues(this.#type, values) };
  }
}

/** Text whose codes order as it does, in every row. */
class OrdinalExtreme implements Accumulator {
  readonly #extreme: Extreme;
  readonly #argument: Expression;
  readonly #numbers: Expression;
  readonly #dictionary: OrdinalDictionary;
  readonly #counts: CountAccumulator;
  readonly #context: ExecutionContext;
  readonly #extremes: GroupedArray;

  constructor(
    extreme: Extreme,
    argument: Expression,
    dictionary: OrdinalDictionary,
    counts: CountAccumulator,
    context: ExecutionContext,
  ) {
    this.#extreme = extreme;
    this.#argument = argument;
    this.#numbers = numberedExpression(argument, dictionary);
    this.#dictionary = dictionary;
    this.#counts = counts;
    this.#context = context;
    const neutral = extreme === 'min' ? 255 : 0;
    this.#extremes = new GroupedArray(context, 4, (start, end) =>
      context.kernels.run.fillBytes(start, neutral, end - start),
    );
  }

  reserve(groupCount: number): void {
    this.#extremes.reserve(groupCount);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const numbered = numberedInput(input);
    const present = evaluatePresent(this.#numbers, rows, ids, numbered, this.#context);
    assert(present.vector.kind === 'flat', 'ordinals are integers');
    const { run } = this.#context.kernels;
    const codes = addressOf(present.vector.data, this.#context);
    const groups = idsOrZeros(present.ids, present.count, this.#context);
    run[`${this.#extreme}ByGroupU32`](this.#extremes.address, groups, codes, present.count);
  }

  emit(groups: Uint32Array): State {
    const { u32 } = this.#context.kernels;
    const first = this.#extremes.address / 4;
    const counts = gatherI64(this.#context, this.#counts.counts, groups);
    const codes = new Uint32Array(groups.length);
    const nulls = new Uint8Array(groups.length);
    for (let row = 0; row < groups.length; row++) {
      if (counts[row] === 0n) nulls[row] = 1;
      else codes[row] = u32[first + groups[row]!]!;
    }
    const dictionary = this.#dictionary.length === 0 ? [''] : this.#dictionary;
    const hasNulls = nulls.includes(1);
    const { type } = this.#argument;
    assert(isText(type), 'ordinals number texts');
    return {
      kind: 'vector',
      vector: { kind: 'text', type, codes, dictionary, nulls: hasNulls ? nulls : null },
    };
  }
}

/** Text, and decimals of many digits, that are not one column's codes. */
class OrderedExtreme implements Accumulator {
  readonly #extreme: Extreme;
  readonly #argument: Expression;
  readonly #context: ExecutionContext;
  readonly #bests: (string | bigint | null)[] = [];

  constructor(extreme: Extreme, argument: Expression, context: ExecutionContext) {
    this.#extreme = extreme;
    this.#argument = argument;
    this.#context = context;
  }

  reserve(groupCount: number): void {
    while (this.#bests.length < groupCount) this.#bests.push(null);
  }

  add(rows: RowSet, ids: number, input: EvaluationInput): void {
    const present = evaluatePresent(this.#argument, rows, ids, input, this.#context);
    const { u32 } = this.#context.kernels;
    const sign = this.#extreme === 'min' ? 1 : -1;
    for (let row = 0; row < present.count; row++) {
      const group = ids === 0 ? 0 : u32[(present.ids >>> 2) + row]!;
      const value = valueAt(present.vector, row) as string | bigint;
      const best = this.#bests[group] ?? null;
      if (best === null || sign * compareOrdered(value, best) < 0) this.#bests[group] = value;
    }
  }

  emit(groups: Uint32Array): State {
    const values = Array.from(groups, (group) => this.#bests[group] ?? null);
    return { kind: 'vector', vector: vectorFromValues(this.#argument.type, values) };
  }
}

function compareOrdered(left: string | bigint, right: string | bigint): number {
  if (typeof left === 'string') return compareText(left, String(right));
  const other = BigInt(right);
  return left < other ? -1 : Number(left > other);
}
