import { assert } from '../base/assert.ts';
import type { Expression } from '../sql/expression.ts';
import { copyToMemory, rowCodes } from './batch-input.ts';
import { type CodeFunction, compileCodeFunction } from './code-function.ts';
import type { ExecutionContext } from './context.ts';
import { type EvaluationInput, evaluate, evaluationOf } from './evaluate.ts';
import { unionNulls } from './functions/implementation.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import type { FlatVector, Vector } from './vector.ts';
import { addressOf } from './vector-key.ts';

/**
 * The argument of an aggregate over one coded column without NULL in or out, or null when the
 * argument must be evaluated row by row.
 */
export function codedArgument(
  argument: Expression,
  segment: SegmentView | null,
  context: ExecutionContext,
): CodeFunction | null {
  if (segment === null) return null;
  const codes = compileCodeFunction(argument, segment, context);
  if (codes === null || codes.nullOutput !== null || codes.outputCount === 0) return null;
  if (argument.kind === 'column') return codes;
  return codes.values().nulls === null ? codes : null;
}

/** Rows of an argument without its NULLs: values, and the group ids that go with them. */
export interface PresentRows<V extends Vector = Vector> {
  readonly vector: V;
  /** Address of group ids; 0 when there are none. */
  readonly ids: number;
  readonly count: number;
}

/** Evaluates an argument and leaves out the rows where it is NULL. */
export function evaluatePresent(
  argument: Expression,
  rows: RowSet,
  ids: number,
  input: EvaluationInput,
  context: ExecutionContext,
): PresentRows {
  const { vectors, ...present } = evaluateAllPresent([argument], rows, ids, input, context);
  return { vector: vectors[0]!, ...present };
}

/** Rows of several arguments without those where one is NULL. */
export interface PresentTuples extends Omit<PresentRows, 'vector'> {
  readonly vectors: readonly Vector[];
}

/** Evaluates arguments and leaves out the rows where any of them is NULL. */
export function evaluateAllPresent(
  args: readonly Expression[],
  rows: RowSet,
  ids: number,
  input: EvaluationInput,
  context: ExecutionContext,
): PresentTuples {
  const { kernels, batch } = context;
  const vectors = args.map((arg) => evaluate(arg, input, evaluationOf(context)));
  let nulls: Uint8Array | null = null;
  for (const vector of vectors) nulls = unionNulls(nulls, vector.nulls);
  if (nulls === null) return { vectors, ids, count: rows.count };
  const keep = batch.allocate(rows.count * 4);
  let count = 0;
  for (let row = 0; row < rows.count; row++) {
    if (nulls[row] !== 1) kernels.u32[(keep >>> 2) + count++] = row;
  }
  let keptIds = 0;
  if (ids !== 0) {
    keptIds = batch.allocate(count * 4);
    kernels.run.gather32(keptIds, ids, keep, count);
  }
  const present = vectors.map((vector) => gatherPresent(vector, keep, count, context));
  return { vectors: present, ids: keptIds, count };
}

/** Group ids for kernels that want some: `ids`, or zeros when every row belongs to group 0. */
export function idsOrZeros(
  ids: number,
  count: number,
  { kernels, batch }: ExecutionContext,
): number {
  if (ids !== 0) return ids;
  const zeros = batch.allocate(count * 4);
  kernels.run.splat32(zeros, 0, count);
  return zeros;
}

function gatherPresent(
  vector: Vector,
  keep: number,
  count: number,
  context: ExecutionContext,
): Vector {
  const { kernels, batch } = context;
  const { buffer } = kernels.memory;
  const data = vector.kind === 'text' ? vector.codes : vector.data;
  const bytes = data.BYTES_PER_ELEMENT as 1 | 4 | 8;
  const out = batch.allocate(count * bytes);
  const gather = { 1: 'gather8', 4: 'gather32', 8: 'gather64' } as const;
  kernels.run[gather[bytes]](out, addressOf(data, context), keep, count);
  if (vector.kind === 'text') {
    return { ...vector, codes: new Uint32Array(buffer, out, count), nulls: null };
  }
  const View = data.constructor as new (
    buffer: ArrayBufferLike,
    address: number,
    count: number,
  ) => FlatVector['data'];
  return { ...vector, data: new View(buffer, out, count), nulls: null };
}

/** Copies the value of every code into state memory as 8-byte elements: BIGINT or DOUBLE. */
export function codeValueTable(codes: CodeFunction, context: ExecutionContext): number {
  const { column, table, outputCount } = codes;
  const values = table === null ? codes.values() : codes.decode(table);
  assert(values.kind === 'flat', 'only numbers are summed');
  assert((table?.length ?? outputCount) === column.codeCount, 'one value a code');
  const { data } = values;
  const wide =
    data instanceof Float64Array || data instanceof BigInt64Array
      ? data
      : BigInt64Array.from(data as Int32Array, BigInt);
  return copyToMemory(context.kernels, context.state, wide);
}

/** Address of 8-byte values of each row, through a table made by `codeValueTable`. */
export function lookupValues(
  codes: CodeFunction,
  valueTable: number,
  rows: RowSet,
  { kernels, batch }: ExecutionContext,
): number {
  const out = batch.allocate(rows.count * 8);
  const rowCodeAddress = rowCodes(kernels, batch, codes.column, rows);
  kernels.run[`lookup${codes.column.width}To64`](out, rowCodeAddress, valueTable, rows.count);
  return out;
}
