import { assert } from '../base/assert.ts';
import { divideRounded, powerOfTen } from '../base/decimal.ts';
import { EngineError } from '../base/errors.ts';
import { type DecimalType, decimalShape, isDecimal } from '../base/types.ts';
import type { AggregateCall } from '../sql/expression.ts';
import type { AggregateLeaf } from '../sql/plan.ts';
import type { State } from './accumulator.ts';
import { aggregateStates } from './aggregate-states.ts';
import { copyToMemory } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import { decimalReader, decimalVector } from './decimal-vector.ts';
import {
  continuousQuantileSteps,
  discreteQuantileSteps,
  histogramSteps,
  modeSteps,
  percentileSteps,
} from './frequency-results.ts';
import { funnelCountsSteps } from './funnel-counts.ts';
import { funnelWindowsSteps } from './funnel-windows.ts';
import { listedSteps } from './list-results.ts';
import { momentResult } from './moment-results.ts';
import type { AggregatePartial } from './partial.ts';
import { sketchResultSteps } from './sketches/results.ts';
import { inBlocks, type Steps } from './steps.ts';
import type { Vector } from './vector.ts';
import { checkSum, readWide } from './wide-sums.ts';

/**
 * The values of a plan's aggregates, one vector each, from the merged states of all groups.
 *
 * @throws EngineError NUMERIC_OVERFLOW when an exact sum does not fit BIGINT.
 */
export function* finalizeSteps(
  plan: AggregateLeaf,
  merged: AggregatePartial,
  context: ExecutionContext,
): Steps<Vector[]> {
  const { specifications, main } = aggregateStates(plan.aggregates);
  const vectors: Vector[] = [];
  for (const [index, aggregate] of plan.aggregates.entries()) {
    const own = main[index]!;
    const { count } = specifications[own[0]!]!;
    const states = own.map((state) => merged.states[state]!);
    const counts = countData(merged.states[count]!);
    const steps = finalize(aggregate, states, counts, context);
    vectors.push(yield* context.control.checked(steps));
    yield;
  }
  return vectors;
}

/**
 * The values of one aggregate from its main states.
 *
 * @param counts the state that counts the rows of theirs.
 * @throws EngineError as `finalizeSteps`.
 */
export function finalizeAggregate(
  aggregate: AggregateCall,
  states: readonly State[],
  counts: State,
  context: ExecutionContext,
): Vector {
  return context.control.run(finalize(aggregate, states, countData(counts), context));
}

/** What takes long if there are many groups, or values in them, is done in steps. */
function* finalize(
  aggregate: AggregateCall,
  states: readonly State[],
  counts: BigInt64Array,
  context: ExecutionContext,
): Steps<Vector> {
  const state = states[0]!;
  switch (aggregate.function) {
    case 'count':
    case 'min':
    case 'max':
      return vectorOf(state);
    case 'sum':
      return isDecimal(aggregate.type)
        ? decimalSum(aggregate.type, state, counts)
        : sum(state, counts, context);
    case 'avg':
      return isDecimal(aggregate.type)
        ? decimalAverage(aggregate, decimalSums(state), counts)
        : average(state, counts, context);
    case 'count_distinct': {
      const data = yield* distinctCounts(state, counts);
      return { kind: 'flat', type: 'BIGINT', data, nulls: null };
    }
    case 'sum_distinct':
      return yield* distinctSum(aggregate, state, yield* distinctCounts(state, counts));
    case 'avg_distinct':
      return yield* distinctAverage(aggregate, state, yield* distinctCounts(state, counts));
    case 'arg_min':
    case 'arg_max':
      assert(state.kind === 'witnesses', 'an argument of an extreme has witnesses');
      return state.values;
    case 'approx_count_distinct':
    case 'theta_count':
    case 'theta_raw':
    case 'tdigest_quantile':
    case 'kll_quantile':
    case 'tdigest_raw':
    case 'kll_raw':
      return yield* sketchResultSteps(aggregate.function, aggregate.args, state);
    case 'list_agg':
    case 'list_agg_distinct':
    case 'array_agg':
    case 'array_agg_distinct':
      return yield* listedSteps(aggregate, state, counts.length, context);
    case 'mode':
      return yield* modeSteps(state, counts.length);
    case 'quantile_disc':
      return yield* discreteQuantileSteps(state, counts.length, constantOf(aggregate));
    case 'quantile_cont':
      return yield* continuousQuantileSteps(state, counts.length, constantOf(aggregate));
    case 'histogram':
      return yield* histogramSteps(state, counts.length, constantOf(aggregate));
    case 'funnel_count':
      return yield* funnelCountsSteps(states, counts.length, context);
    case 'funnel_max_step':
    case 'funnel_complete_count':
    case 'funnel_match_step':
      return yield* funnelWindowsSteps(aggregate, state, counts.length, context.control);
    case 'percentile':
      return yield* percentileSteps(state, counts.length, constantOf(aggregate));
    default:
      assert(state.kind === 'moments', 'moments have states of doubles');
      return momentResult(aggregate.function, state.values);
  }
}

function vectorOf(state: State): Vector {
  assert(state.kind === 'vector', 'counts and extremes are vectors');
  return state.vector;
}

/** The literal that is the second argument: of quantiles the fraction, or a percentage. */
export function constantOf({ args: [, constant] }: AggregateCall): number {
  assert(constant?.kind === 'literal', 'a quantile has a fraction');
  return Number(constant.value);
}

/** @param counts only says how many groups there are. */
function* distinctCounts(state: State, counts: BigInt64Array): Steps<BigInt64Array> {
  if (state.kind === 'vector') return countData(state);
  assert(state.kind === 'distinct', 'DISTINCT has sets of values');
  const { groups } = state;
  const data = new BigInt64Array(counts.length);
  // Through the low halves, without a BigInt for each: there are fewer values than 2^32.
  const low = new Uint32Array(data.buffer);
  yield* inBlocks(groups.length, (start, end) => {
    for (let row = start; row < end; row++) low[2 * groups[row]!]!++;
  });
  return data;
}

function* distinctSum({ type }: AggregateCall, state: State, counts: BigInt64Array): Steps<Vector> {
  if (type === 'DOUBLE') {
    const data = yield* distinctFloatSums(state, counts.length);
    return { kind: 'flat', type, data, nulls: nullsWhereZero(counts) };
  }
  if (isDecimal(type)) {
    const sums = yield* distinctDecimalSums(state, counts.length);
    return decimalVector(type, sums.map(checkSum), nullsWhereZero(counts));
  }
  const data = new BigInt64Array(counts.length);
  yield* eachDistinct(state, (group, value) => {
    const sum = data[group]! + BigInt(value);
    if (BigInt.asIntN(64, sum) !== sum) throw sumOverflow();
    data[group] = sum;
  });
  return { kind: 'flat', type: 'BIGINT', data, nulls: nullsWhereZero(counts) };
}

function* distinctAverage(
  aggregate: AggregateCall,
  state: State,
  counts: BigInt64Array,
): Steps<Vector> {
  if (isDecimal(aggregate.type)) {
    const sums = yield* distinctDecimalSums(state, counts.length);
    return decimalAverage(aggregate, sums, counts);
  }
  const data = yield* distinctFloatSums(state, counts.length);
  for (let group = 0; group < data.length; group++) data[group]! /= Number(counts[group]);
  return { kind: 'flat', type: 'DOUBLE', data, nulls: nullsWhereZero(counts) };
}

function* distinctFloatSums(state: State, groupCount: number): Steps<Float64Array> {
  const data = new Float64Array(groupCount);
  yield* eachDistinct(state, (group, value) => {
    data[group]! += Number(value);
  });
  return data;
}

function* eachDistinct(
  state: State,
  take: (group: number, value: number | bigint) => void,
): Steps<void> {
  assert(state.kind === 'distinct' && state.values.kind === 'flat', 'numbers are added up');
  const { groups, values } = state;
  const { data } = values;
  yield* inBlocks(groups.length, (start, end) => {
    for (let row = start; row < end; row++) take(groups[row]!, data[row]!);
  });
}

function* distinctDecimalSums(state: State, groupCount: number): Steps<bigint[]> {
  assert(state.kind === 'distinct', 'DISTINCT has sets of values');
  const { groups } = state;
  const sums = new Array<bigint>(groupCount).fill(0n);
  const read = decimalReader(state.values);
  yield* inBlocks(groups.length, (start, end) => {
    for (let row = start; row < end; row++) sums[groups[row]!]! += read(row);
  });
  return sums;
}

function decimalSums(state: State): bigint[] {
  assert(state.kind === 'i128', 'sums of decimals are exact');
  const { values } = state;
  return Array.from({ length: values.length / 2 }, (_, group) => readWide(values, 2 * group));
}

function decimalSum(type: DecimalType, state: State, counts: BigInt64Array): Vector {
  return decimalVector(type, decimalSums(state).map(checkSum), nullsWhereZero(counts));
}

/** The mean in the scale of the result, halves away from zero. */
function decimalAverage(
  { type, args: [argument] }: AggregateCall,
  sums: readonly bigint[],
  counts: BigInt64Array,
): Vector {
  assert(
    isDecimal(type) && argument && isDecimal(argument.type),
    'a mean of decimals is a decimal',
  );
  const factor = powerOfTen(decimalShape(type).scale - decimalShape(argument.type).scale);
  const means = sums.map((total, group) =>
    counts[group] === 0n ? 0n : checkSum(divideRounded(total * factor, counts[group]!)),
  );
  return decimalVector(type, means, nullsWhereZero(counts));
}

function sum(state: State, counts: BigInt64Array, { kernels, batch }: ExecutionContext): Vector {
  const nulls = nullsWhereZero(counts);
  if (state.kind !== 'i128') return { ...floatSums(state), nulls };
  const mark = batch.mark();
  const count = counts.length;
  const sums = copyToMemory(kernels, batch, state.values);
  const overflowed = kernels.run.narrowI128(sums, sums, count) === 1;
  const data = kernels.i64.slice(sums / 8, sums / 8 + count);
  batch.release(mark);
  if (overflowed) throw sumOverflow();
  return { kind: 'flat', type: 'BIGINT', data, nulls };
}

function sumOverflow(): EngineError {
  return new EngineError(
    'NUMERIC_OVERFLOW',
    'execution: a SUM does not fit into BIGINT; SUM(CAST(… AS DOUBLE)) gives it rounded',
  );
}

function average(state: State, counts: BigInt64Array, context: ExecutionContext): Vector {
  const data = new Float64Array(counts.length);
  if (state.kind === 'i128') {
    const { kernels, batch } = context;
    const mark = batch.mark();
    const sums = copyToMemory(kernels, batch, state.values);
    kernels.run.convertI128ToF64(sums, sums, counts.length);
    data.set(kernels.f64.subarray(sums / 8, sums / 8 + counts.length));
    batch.release(mark);
  } else {
    data.set(floatSums(state).data as Float64Array);
  }
  for (let group = 0; group < data.length; group++) data[group]! /= Number(counts[group]);
  return { kind: 'flat', type: 'DOUBLE', data, nulls: nullsWhereZero(counts) };
}

function floatSums(state: State): Extract<Vector, { kind: 'flat' }> {
  assert(state.kind === 'vector' && state.vector.kind === 'flat', 'float sums are doubles');
  return state.vector;
}

function countData(state: State): BigInt64Array {
  assert(state.kind === 'vector' && state.vector.kind === 'flat', 'counts are numbers');
  return state.vector.data as BigInt64Array;
}

/** Aggregates over no rows are NULL. */
function nullsWhereZero(counts: BigInt64Array): Uint8Array | null {
  if (!counts.includes(0n)) return null;
  const nulls = new Uint8Array(counts.length);
  // The halves tell, without a BigInt for each group.
  const words = new Uint32Array(counts.buffer, counts.byteOffset, counts.length * 2);
  for (let group = 0; group < nulls.length; group++) {
    if ((words[group * 2]! | words[group * 2 + 1]!) === 0) nulls[group] = 1;
  }
  return nulls;
}
