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
  continuousQuantile,
  discreteQuantile,
  histogram,
  mode,
  percentile,
} from './frequency-results.ts';
import { funnelCounts } from './funnel-counts.ts';
import { funnelWindows } from './funnel-windows.ts';
import { listedSteps } from './list-results.ts';
import { momentResult } from './moment-results.ts';
import type { AggregatePartial } from './partial.ts';
import { sketchResult } from './sketches/results.ts';
import { checkedSteps, runSteps, type Steps } from './steps.ts';
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
    const counts = merged.states[count]!;
    const steps = LISTS.has(aggregate.function)
      ? listedSteps(aggregate, states[0]!, countData(counts).length, context)
      : null;
    const check = (): void => context.control.checkpoint();
    vectors.push(
      steps === null
        ? finalizeAggregate(aggregate, states, counts, context)
        : yield* checkedSteps(steps, check),
    );
    check();
    yield;
  }
  return vectors;
}

/** Aggregates of which a group may take long. */
const LISTS: ReadonlySet<AggregateCall['function']> = new Set([
  'list_agg',
  'list_agg_distinct',
  'array_agg',
  'array_agg_distinct',
]);

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
  return finalize(aggregate, states, countData(counts), context);
}

function finalize(
  aggregate: AggregateCall,
  states: readonly State[],
  counts: BigInt64Array,
  context: ExecutionContext,
): Vector {
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
    case 'count_distinct':
      return { kind: 'flat', type: 'BIGINT', data: distinctCounts(state, counts), nulls: null };
    case 'sum_distinct':
      return distinctSum(aggregate, state, distinctCounts(state, counts));
    case 'avg_distinct':
      return isDecimal(aggregate.type)
        ? decimalAverage(
            aggregate,
            distinctDecimalSums(state, counts.length),
            distinctCounts(state, counts),
          )
        : distinctAverage(state, distinctCounts(state, counts));
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
      return sketchResult(aggregate.function, aggregate.args, state);
    case 'list_agg':
    case 'list_agg_distinct':
    case 'array_agg':
    case 'array_agg_distinct':
      return runSteps(listedSteps(aggregate, state, counts.length, context));
    case 'mode':
      return mode(state, counts.length);
    case 'quantile_disc':
      return discreteQuantile(state, counts.length, constantOf(aggregate));
    case 'quantile_cont':
      return continuousQuantile(state, counts.length, constantOf(aggregate));
    case 'histogram':
      return histogram(state, counts.length, constantOf(aggregate));
    case 'funnel_count':
      return funnelCounts(states, counts.length, context);
    case 'funnel_max_step':
    case 'funnel_complete_count':
    case 'funnel_match_step':
      return funnelWindows(aggregate, state, counts.length, context.control);
    case 'percentile':
      return percentile(state, counts.length, constantOf(aggregate));
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
function distinctCounts(state: State, counts: BigInt64Array): BigInt64Array {
  if (state.kind === 'vector') return countData(state);
  assert(state.kind === 'distinct', 'DISTINCT has sets of values');
  const data = new BigInt64Array(counts.length);
  for (const group of state.groups) data[group]!++;
  return data;
}

function distinctSum({ type }: AggregateCall, state: State, counts: BigInt64Array): Vector {
  if (type === 'DOUBLE') {
    const data = distinctFloatSums(state, counts.length);
    return { kind: 'flat', type, data, nulls: nullsWhereZero(counts) };
  }
  if (isDecimal(type)) {
    const sums = distinctDecimalSums(state, counts.length);
    return decimalVector(type, sums.map(checkSum), nullsWhereZero(counts));
  }
  const data = new BigInt64Array(counts.length);
  eachDistinct(state, (group, value) => {
    const sum = data[group]! + BigInt(value);
    if (BigInt.asIntN(64, sum) !== sum) throw sumOverflow();
    data[group] = sum;
  });
  return { kind: 'flat', type: 'BIGINT', data, nulls: nullsWhereZero(counts) };
}

function distinctAverage(state: State, counts: BigInt64Array): Vector {
  const data = distinctFloatSums(state, counts.length);
  for (let group = 0; group < data.length; group++) data[group]! /= Number(counts[group]);
  return { kind: 'flat', type: 'DOUBLE', data, nulls: nullsWhereZero(counts) };
}

function distinctFloatSums(state: State, groupCount: number): Float64Array {
  const data = new Float64Array(groupCount);
  eachDistinct(state, (group, value) => {
    data[group]! += Number(value);
  });
  return data;
}

function eachDistinct(state: State, take: (group: number, value: number | bigint) => void): void {
  assert(state.kind === 'distinct' && state.values.kind === 'flat', 'numbers are added up');
  const { groups, values } = state;
  for (let row = 0; row < groups.length; row++) take(groups[row]!, values.data[row]!);
}

function distinctDecimalSums(state: State, groupCount: number): bigint[] {
  assert(state.kind === 'distinct', 'DISTINCT has sets of values');
  const sums = new Array<bigint>(groupCount).fill(0n);
  const read = decimalReader(state.values);
  state.groups.forEach((group, row) => {
    sums[group]! += read(row);
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
