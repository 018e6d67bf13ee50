import { EngineError, type ErrorCode } from '../base/errors.ts';
import { sequence } from '../base/sequence.ts';
import type { Value } from '../base/types.ts';
import type { Expression } from '../sql/expression.ts';
import { collectColumns } from '../sql/expression-tools.ts';
import { findFunction } from '../sql/functions.ts';
import type { ExecutionContext } from './context.ts';
import { evaluate, evaluationOf } from './evaluate.ts';
import {
  type EvaluatedDomain,
  keepDomain,
  keepStepsMin,
  knownDomain,
  knownStepsMin,
} from './evaluated-domains.ts';
import {
  type CodedColumnView,
  codedView,
  decodeCodes,
  decodeDomain,
  type SegmentView,
} from './segment-view.ts';
import type { Vector } from './vector.ts';
import {
  concatVectors,
  gatherVector,
  onHeap,
  sliceVector,
  valueAt,
  vectorFromValues,
  vectorLength,
} from './vector-build.ts';

/**
 * An expression over one coded column, evaluated once per code instead of once per row: a map from
 * codes to *outputs* (small integers), and from outputs to values. This is what keeps JavaScript and
 * strings out of the row loops: rows only ever go through `table`.
 */
export interface CodeFunction {
  readonly column: CodedColumnView;
  /** Outputs are below it; not necessarily distinct values. */
  readonly outputCount: number;
  /** Output of each code; null when a code is its own output. */
  readonly table: Uint32Array | null;
  /** Output of a NULL row, or null when the column has none. */
  readonly nullOutput: number | null;
  /** The values of outputs, as a vector on the JavaScript heap. */
  readonly decode: (outputs: Uint32Array) => Vector;
  /** The values of all outputs, in their order; others see the same vector. */
  readonly values: () => Vector;
}

/** Code spaces up to this size are always evaluated whole: it costs less than one batch of rows. */
export const SMALL_DOMAIN_CODES = 4096;

/**
 * A monotonic expression with more steps than this gains nothing over evaluating every code; nor does one with
 * more than a share of the rows gain over evaluating those.
 */
const STEP_COUNT_MAX = 4096;
const ROWS_PER_STEP = 16;

/** Steps are kept as one output for each code: a code space without measure is not worth that. */
const STEP_CODES_MIN = 2 ** 20;
const STEP_CODES_PER_ROW = 64;

/**
 * Evaluates an expression over the code space of its only column.
 *
 * @returns null when the expression has no column or several, when its column is not coded, when the
 *   code space is larger than the rows are worth, or when some code's value makes it fail: whether
 *   that value occurs in a selected row is then for the row-wise path to find out.
 */
export function compileCodeFunction(
  expression: Expression,
  segment: SegmentView,
  context: ExecutionContext,
): CodeFunction | null {
  const name = onlyColumn(expression);
  const view = name === null ? undefined : segment.columns.get(name);
  const column = view === undefined ? null : codedView(view);
  if (column === null) return null;
  if (expression.kind === 'column') return identity(column, context);
  const known = knownDomain(column.metadata, expression);
  if (known !== null) return functionOf(column, known);
  const mark = context.batch.mark();
  try {
    const found = evaluateCodes(expression, column, segment, context);
    if (found === null) return null;
    keepDomain(column.metadata, expression, found);
    return functionOf(column, found);
  } catch (error) {
    if (error instanceof EngineError && !ENDS_QUERY.has(error.code)) return null;
    throw error;
  } finally {
    context.batch.release(mark);
  }
}

/** Null when the code space is larger than the rows are worth. */
function evaluateCodes(
  expression: Expression,
  column: CodedColumnView,
  segment: SegmentView,
  context: ExecutionContext,
): EvaluatedDomain | null {
  const { codeCount, metadata } = column;
  const rowCount = segment.expectedRows ?? segment.metadata.rowCount;
  const stepCodesMax = Math.max(STEP_CODES_MIN, STEP_CODES_PER_ROW * segment.metadata.rowCount);
  const isLarge = codeCount > SMALL_DOMAIN_CODES && codeCount <= stepCodesMax;
  const stepsMax = Math.min(STEP_COUNT_MAX, rowCount / ROWS_PER_STEP);
  if (isLarge && isMonotonic(expression) && knownStepsMin(metadata, expression) <= stepsMax) {
    const steps = evaluateSteps(expression, column, stepsMax, context);
    if (steps !== null) return steps;
  }
  if (codeCount > Math.max(SMALL_DOMAIN_CODES, rowCount / 2)) return null;
  return evaluateDomain(expression, column, context);
}

function functionOf(column: CodedColumnView, { table, values }: EvaluatedDomain): CodeFunction {
  const outputCount = vectorLength(values);
  return {
    column,
    outputCount,
    table,
    nullOutput: column.metadata.nullCount > 0 ? outputCount - 1 : null,
    decode: (outputs) => gatherVector(values, outputs),
    values: () => values,
  };
}

/** What is not about a value. */
const ENDS_QUERY: ReadonlySet<ErrorCode> = new Set(['MEMORY_LIMIT', 'CANCELLED', 'TIMEOUT']);

/** The name of the one column that an expression reads, or null when there is none or several. */
export function onlyColumn(expression: Expression): string | null {
  const names = new Set<string>();
  collectColumns(expression, names);
  return names.size === 1 ? [...names][0]! : null;
}

/** True when the expression never falls, or never rises, as its one column rises. */
export function isMonotonic(expression: Expression): boolean {
  if (expression.kind === 'column') return true;
  if (expression.kind === 'literal') return false;
  const variable = expression.args.findIndex((arg) => arg.kind !== 'literal');
  const others = expression.args.filter((_, index) => index !== variable);
  if (variable < 0 || !others.every((arg) => arg.kind === 'literal')) return false;
  const signature = findFunction(expression.function);
  const monotonic =
    ORDER_COMPARISONS.has(expression.function) ||
    (signature?.monotonicIn === variable && expression.args.length <= signature.monotonicArgsMax);
  return monotonic && isMonotonic(expression.args[variable]!);
}

const ORDER_COMPARISONS = new Set(['less', 'less_or_equal', 'greater', 'greater_or_equal']);

function identity(column: CodedColumnView, { kernels }: ExecutionContext): CodeFunction {
  const hasNulls = column.metadata.nullCount > 0;
  const nullOutput = hasNulls ? column.codeCount : null;
  const outputCount = column.codeCount + (hasNulls ? 1 : 0);
  const decode = (outputs: Uint32Array): Vector => {
    if (nullOutput === null) return decodeCodes(kernels, column, outputs);
    const nulls = Uint8Array.from(outputs, (output) => (output === nullOutput ? 1 : 0));
    const codes = outputs.map((output) => (output === nullOutput ? 0 : output));
    if (column.codeCount === 0) {
      return vectorFromValues(
        column.metadata.type,
        Array.from(outputs, () => null),
      );
    }
    return { ...decodeCodes(kernels, column, codes), nulls };
  };
  const values = (): Vector => decode(sequence(outputCount));
  return { column, outputCount, table: null, nullOutput, decode, values };
}

function evaluateDomain(
  expression: Expression,
  column: CodedColumnView,
  context: ExecutionContext,
): EvaluatedDomain {
  // NULL goes apart, so that texts stay where they are.
  const domain = decodeDomain(context.kernels, column);
  const ofCodes = evaluateSlices(expression, domain, column.codeCount, context);
  if (column.metadata.nullCount === 0) return { table: null, values: ofCodes };
  const ofNull = evaluateNull(expression, column, context);
  return { table: null, values: concatVectors([ofCodes, ofNull]) };
}

function evaluateNull(
  expression: Expression,
  { metadata }: CodedColumnView,
  context: ExecutionContext,
): Vector {
  const input = vectorFromValues(metadata.type, [null]);
  return onHeap(evaluateOver(expression, input, 1, context), context);
}

/** A regular expression over as many texts takes some tens of milliseconds. */
const SLICE_CODES = 16_384;

/** Evaluates over many codes slice by slice: some hundred thousand texts take seconds. */
function evaluateSlices(
  expression: Expression,
  input: Vector,
  rowCount: number,
  context: ExecutionContext,
): Vector {
  if (rowCount <= SLICE_CODES) {
    return onHeap(evaluateOver(expression, input, rowCount, context), context);
  }
  const pieces: Vector[] = [];
  for (let start = 0; start < rowCount; start += SLICE_CODES) {
    context.control.checkpoint();
    const end = Math.min(start + SLICE_CODES, rowCount);
    const mark = context.batch.mark();
    const slice = sliceVector(input, start, end);
    pieces.push(onHeap(evaluateOver(expression, slice, end - start, context), context));
    context.batch.release(mark);
  }
  return concatVectors(pieces);
}

/**
 * Finds the steps of a monotonic expression by bisection: between two codes of equal value every code
 * has that value. All intervals are halved together, so that each round is one vectorised call.
 */
function evaluateSteps(
  expression: Expression,
  column: CodedColumnView,
  stepsMax: number,
  context: ExecutionContext,
): EvaluatedDomain | null {
  const { codeCount, metadata } = column;
  const values = new Map<number, Value>();
  const sample = (codes: readonly number[]): void => {
    const input = decodeCodes(context.kernels, column, Uint32Array.from(codes));
    const output = evaluateOver(expression, input, codes.length, context);
    codes.forEach((code, row) => {
      values.set(code, valueAt(output, row));
    });
  };
  sample([0, codeCount - 1]);
  let open: [number, number][] = [[0, codeCount - 1]];
  for (;;) {
    open = open.filter(
      ([low, high]) => high - low > 1 && !Object.is(values.get(low), values.get(high)),
    );
    if (open.length === 0) break;
    if (open.length > stepsMax) {
      keepStepsMin(metadata, expression, open.length);
      return null;
    }
    const middles = open.map(([low, high]) => (low + high) >>> 1);
    sample(middles);
    open = open.flatMap(([low, high], index): [number, number][] => [
      [low, middles[index]!],
      [middles[index]!, high],
    ]);
  }
  return stepDomain(expression, column, values, context);
}

function stepDomain(
  expression: Expression,
  column: CodedColumnView,
  values: ReadonlyMap<number, Value>,
  context: ExecutionContext,
): EvaluatedDomain {
  const table = new Uint32Array(column.codeCount);
  const outputs: Value[] = [];
  const codes = [...values.keys()].sort((left, right) => left - right);
  codes.forEach((code, index) => {
    const value = values.get(code)!;
    if (outputs.length === 0 || !Object.is(outputs.at(-1), value)) outputs.push(value);
    table.fill(outputs.length - 1, code, codes[index + 1] ?? column.codeCount);
  });
  if (column.metadata.nullCount > 0) {
    outputs.push(valueAt(evaluateNull(expression, column, context), 0));
  }
  return { table, values: vectorFromValues(expression.type, outputs) };
}

function evaluateOver(
  expression: Expression,
  input: Vector,
  rowCount: number,
  context: ExecutionContext,
): Vector {
  return evaluate(expression, { rowCount, column: () => input }, evaluationOf(context));
}
