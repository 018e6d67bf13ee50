import { assert } from '../base/assert.ts';
import { EngineError } from '../base/errors.ts';
import { sequence } from '../base/sequence.ts';
import { isDecimal, isFloat, isInteger } from '../base/types.ts';
import type { AggregateLeaf, Stage } from '../sql/plan.ts';
import type { State } from './accumulator.ts';
import { aggregateStates, type StateSpecification } from './aggregate-states.ts';
import {
  type Answer,
  inputSlice,
  keepTrue,
  namedInput,
  numberedInput,
  project,
} from './answer-steps.ts';
import type { ExecutionContext } from './context.ts';
import { decimalReader } from './decimal-vector.ts';
import type { EvaluationInput } from './evaluate.ts';
import { groupedInput } from './grouped-input.ts';
import { heldBytes } from './held-bytes.ts';
import { mergeRepeatedSteps } from './merge.ts';
import { MOMENT_WIDTH } from './moments.ts';
import type { AggregatePartial } from './partial.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { gatherVector, literalVector } from './vector-build.ts';

/**
 * What a stage's reduce begins with, from the answer that the stage reads.
 *
 * @throws EngineError NOT_SUPPORTED for an aggregate that needs sketches of rows.
 */
export function* stageInput(
  { leaf, reduce }: Stage,
  answer: Answer,
  context: ExecutionContext,
): Steps<EvaluationInput> {
  const named = answer.columns.map(({ name }, index) => [name, answer.vectors[index]!] as const);
  const all = withRowNumbers(namedInput(answer.rowCount, new Map(named)));
  const input = leaf.filter === null ? all : yield* keepTrue(leaf.filter, all, context);
  if (leaf.kind === 'select') {
    return numberedInput(input.rowCount, yield* project(leaf.outputs, input, context));
  }
  const groups = yield* groupsOfRows(leaf, input, context);
  return yield* groupedInput(leaf, groups, reduce.groupingSets, context);
}

/** Rows with the virtual columns that tell them apart. */
function withRowNumbers(input: EvaluationInput): EvaluationInput {
  const { rowCount } = input;
  return {
    rowCount,
    column: (name) => {
      if (name === '$segmentName') return literalVector({ type: 'STRING', value: '' }, rowCount);
      if (name !== '$docId') return input.column(name);
      return { kind: 'flat', type: 'INT', data: Int32Array.from(sequence(rowCount)), nulls: null };
    },
  };
}

/** Aggregates rows as groups of one row each, which are merged. */
function* groupsOfRows(
  leaf: AggregateLeaf,
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<AggregatePartial> {
  const { specifications } = aggregateStates(leaf.aggregates);
  const { batchRows, control } = context;
  const partials: AggregatePartial[] = [];
  for (let start = 0; start < input.rowCount; start += batchRows) {
    const slice = inputSlice(input, start, Math.min(start + batchRows, input.rowCount));
    const keys = yield* project(leaf.keys, slice, context);
    const states: State[] = [];
    for (const specification of specifications) {
      const vectors = yield* project(specification.args, slice, context);
      const isMissing = yield* missingRows(specification, vectors, slice, context);
      states.push(stateOfRows(specification, vectors, isMissing, start));
    }
    partials.push({ kind: 'aggregate', groupCount: slice.rowCount, keys, states });
    control.heapBytes += heldBytes(states);
    control.checkpoint();
    yield;
  }
  return yield* mergeRepeatedSteps(leaf, partials, context);
}

/** For each row 1 where an argument is NULL, of lists the first one, or the filter not true. */
function* missingRows(
  { kind, filter }: StateSpecification,
  vectors: readonly Vector[],
  input: EvaluationInput,
  context: ExecutionContext,
): Steps<Uint8Array> {
  const isMissing = new Uint8Array(input.rowCount);
  for (const { nulls } of kind === 'lists' ? vectors.slice(0, 1) : vectors) {
    nulls?.forEach((one, row) => {
      isMissing[row]! |= one;
    });
  }
  if (filter === null) return isMissing;
  const [truth] = yield* project([filter], input, context);
  assert(truth?.kind === 'flat', 'a predicate is BOOLEAN');
  for (let row = 0; row < isMissing.length; row++) {
    if (truth.data[row] !== 1 || truth.nulls?.[row] === 1) isMissing[row] = 1;
  }
  return isMissing;
}

/** The state of each row as a group of its own. */
function stateOfRows(
  { kind }: StateSpecification,
  vectors: readonly Vector[],
  isMissing: Uint8Array,
  firstRow: number,
): State {
  const [value, second] = vectors;
  const rowCount = isMissing.length;
  if (kind === 'count') return { kind: 'vector', vector: countsOfRows(isMissing) };
  assert(value !== undefined, 'only COUNT has no argument');
  const groups = sequence(rowCount).filter((row) => isMissing[row] !== 1);
  const present = (vector: Vector): Vector => ({ ...gatherVector(vector, groups), nulls: null });
  switch (kind) {
    case 'sum':
      return sumsOfRows(value, isMissing);
    case 'min':
    case 'max':
      return { kind: 'vector', vector: { ...value, nulls: isMissing } };
    case 'distinct':
      return { kind, groups, values: present(value) };
    case 'frequencies': {
      const counts = new Float64Array(groups.length).fill(1);
      return { kind, groups, values: present(value), counts };
    }
    case 'arg_min':
    case 'arg_max': {
      const [values, keys] = [value, second!].map((one) => ({ ...one, nulls: isMissing }));
      return { kind: 'witnesses', values: values!, keys: keys! };
    }
    case 'lists': {
      const place = literalVector({ type: 'STRING', value: '' }, groups.length);
      const numbers = Int32Array.from(groups, (row) => firstRow + row);
      const rows: Vector = { kind: 'flat', type: 'INT', data: numbers, nulls: null };
      return {
        kind,
        groups,
        columns: [...vectors.map((vector) => gatherVector(vector, groups)), place, rows],
      };
    }
    case 'variance':
    case 'moments':
    case 'covariance':
      return momentsOfRows(MOMENT_WIDTH[kind], vectors, isMissing);
    default:
      throw new EngineError(
        'NOT_SUPPORTED',
        `execution: an aggregate with a sketch (${kind}) is not supported over a subquery; use an exact one`,
      );
  }
}

function countsOfRows(isMissing: Uint8Array): Vector {
  const data = new BigInt64Array(isMissing.length);
  // Through the halves, without a BigInt for each row.
  const low = new Uint32Array(data.buffer);
  for (let row = 0; row < isMissing.length; row++) low[2 * row] = 1 - isMissing[row]!;
  return { kind: 'flat', type: 'BIGINT', data, nulls: null };
}

function sumsOfRows(value: Vector, isMissing: Uint8Array): State {
  if (isFloat(value.type)) {
    assert(value.kind === 'flat', 'floats are flat');
    const data = Float64Array.from(value.data as Float64Array, (one, row) =>
      isMissing[row] === 1 ? 0 : one,
    );
    return { kind: 'vector', vector: { kind: 'flat', type: 'DOUBLE', data, nulls: null } };
  }
  const values = new BigInt64Array(2 * isMissing.length);
  const read = integerReader(value);
  for (let row = 0; row < isMissing.length; row++) {
    if (isMissing[row] === 1) continue;
    const one = read(row);
    values[2 * row] = BigInt.asIntN(64, one);
    values[2 * row + 1] = one >> 64n;
  }
  return { kind: 'i128', values };
}

function integerReader(value: Vector): (row: number) => bigint {
  if (isDecimal(value.type)) return decimalReader(value);
  assert(value.kind === 'flat' && isInteger(value.type), 'numbers are added up');
  return (row) => BigInt(value.data[row]!);
}

/** Count and means; the distances from them are 0. */
function momentsOfRows(width: number, vectors: readonly Vector[], isMissing: Uint8Array): State {
  const values = new Float64Array(isMissing.length * width);
  for (let row = 0; row < isMissing.length; row++) {
    if (isMissing[row] === 1) continue;
    values[row * width] = 1;
    // Of covariance, whose arguments are y and x, x comes first.
    vectors.toReversed().forEach((vector, index) => {
      assert(vector.kind === 'flat', 'moments are of numbers');
      values[row * width + 1 + index] = Number(vector.data[row]);
    });
  }
  return { kind: 'moments', values };
}
