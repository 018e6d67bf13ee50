import { assert } from '../base/assert.ts';
import type { Expression } from '../sql/expression.ts';
import { sameOrNull } from '../sql/expression-tools.ts';
import type { AggregateLeaf } from '../sql/plan.ts';
import type { Accumulator, State } from './accumulator.ts';
import { type AggregateStates, aggregateStates, stateBytesPerGroup } from './aggregate-states.ts';
import { applyFilter, type FilterStatistics } from './apply-filter.ts';
import { BatchInput } from './batch-input.ts';
import { compileFilter } from './compile-filter.ts';
import type { ExecutionContext } from './context.ts';
import { CountAccumulator } from './count-accumulator.ts';
import { compileDistinct } from './distinct-accumulator.ts';
import { compileExtreme } from './extreme-accumulator.ts';
import type { Filter } from './filter.ts';
import { FrequencyAccumulator } from './frequency-accumulator.ts';
import { compileGroupKeys, type GroupKeys } from './group-keys.ts';
import { compileMoments } from './moment-accumulator.ts';
import type { AggregatePartial } from './partial.ts';
import { log2mOf, RegisterAccumulator } from './register-accumulator.ts';
import { copyMask, maskedRows, type RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { compileSum } from './sum-accumulator.ts';
import { sideOf, WitnessAccumulator } from './witness-accumulator.ts';

/** Accumulators that see the same rows: those of one FILTER (WHERE …), or those without any. */
interface Lane {
  readonly filter: Filter | null;
  readonly accumulators: Accumulator[];
}

/** Aggregates the selected rows of one segment, batch by batch. */
export class Aggregation {
  readonly #segment: SegmentView;
  readonly #context: ExecutionContext;
  readonly #keys: GroupKeys | null;
  readonly #lanes: readonly Lane[];
  readonly #accumulators: readonly Accumulator[];
  readonly #groupCounts: CountAccumulator;
  readonly #statistics: FilterStatistics;

  constructor(
    plan: AggregateLeaf,
    segment: SegmentView,
    context: ExecutionContext,
    statistics: FilterStatistics,
  ) {
    this.#segment = segment;
    this.#context = context;
    this.#statistics = statistics;
    const states = aggregateStates(plan.aggregates);
    const stateBytes = Math.max(...states.specifications.map(stateBytesPerGroup));
    this.#keys =
      plan.keys.length === 0 ? null : compileGroupKeys(plan.keys, segment, context, stateBytes);
    const capacity = this.#keys === null ? 1 : this.#keys.capacity || null;
    this.#accumulators = compileAccumulators(states, segment, capacity, context);
    this.#groupCounts = this.#accumulators[0] as CountAccumulator;
    this.#lanes = compileLanes(states, this.#accumulators, (filter) =>
      compileFilter(filter, segment, context, plan.indexUse.forced),
    );
    if (capacity !== null) this.#reserve(capacity);
  }

  /** Adds selected rows. Their vectors live in batch scratch, which the caller releases. */
  add(rows: RowSet): void {
    for (const { filter, accumulators } of this.#lanes) {
      const laneRows = filter === null ? rows : this.#narrow(rows, filter);
      if (laneRows.count === 0) continue;
      const { kernels, batch } = this.#context;
      if (this.#countsOnly(accumulators, laneRows)) continue;
      const input = new BatchInput(this.#segment, laneRows, kernels, batch);
      let ids = 0;
      if (this.#keys !== null) {
        ids = this.#keys.groupIds(laneRows, input);
        this.#reserve(this.#keys.capacity);
      }
      for (const accumulator of accumulators) accumulator.add(laneRows, ids, input);
    }
  }

  /** Groups with at least one row, or the one group of an aggregate without keys. */
  finish(): AggregatePartial {
    const groups = this.#keys === null ? new Uint32Array(1) : this.#occupied(this.#keys.capacity);
    const emitted = new Map<Accumulator, State>();
    const states = this.#accumulators.map((accumulator) => {
      const state = emitted.get(accumulator) ?? accumulator.emit(groups);
      emitted.set(accumulator, state);
      return state;
    });
    return {
      kind: 'aggregate',
      groupCount: groups.length,
      keys: this.#keys === null ? [] : this.#keys.decode(groups),
      states,
    };
  }

  /** A lane with nothing but COUNT(*) needs no group ids when the keys can count by themselves. */
  #countsOnly(accumulators: readonly Accumulator[], rows: RowSet): boolean {
    const [only] = accumulators;
    return (
      this.#keys !== null &&
      accumulators.length === 1 &&
      only instanceof CountAccumulator &&
      only.countsEveryRow &&
      this.#keys.count(only.counts, rows)
    );
  }

  #reserve(groupCount: number): void {
    for (const accumulator of this.#accumulators) accumulator.reserve(groupCount);
  }

  #occupied(capacity: number): Uint32Array {
    // Rows of a segment are counted in 32 bits: the low halves tell, without a BigInt for each group.
    const counts = this.#groupCounts.counts / 4;
    const { u32 } = this.#context.kernels;
    const groups = new Uint32Array(capacity);
    let groupCount = 0;
    for (let group = 0; group < capacity; group++) {
      if (u32[counts + group * 2] !== 0) groups[groupCount++] = group;
    }
    return groups.slice(0, groupCount);
  }

  #narrow(rows: RowSet, filter: Filter): RowSet {
    const mask = copyMask(rows, this.#context);
    const { start, span } = rows;
    applyFilter(filter, mask, this.#segment, start, span, this.#context, this.#statistics);
    return maskedRows(mask, start, span, this.#context);
  }
}

/**
 * Accumulators for states, one each; a count of an argument that is never NULL is the count of its
 * rows, so that they share one.
 */
function compileAccumulators(
  states: AggregateStates,
  segment: SegmentView,
  groupCapacity: number | null,
  context: ExecutionContext,
): Accumulator[] {
  const accumulators: Accumulator[] = [];
  states.specifications.forEach(({ kind, args, count, filter }, index) => {
    if (kind === 'count') {
      const counted = neverNull(args, segment) ? null : args[0]!;
      const same = states.specifications.findIndex(
        (other, at) =>
          at < index &&
          other.kind === 'count' &&
          sameOrNull(other.filter, filter) &&
          counted === null &&
          neverNull(other.args, segment),
      );
      accumulators.push(same >= 0 ? accumulators[same]! : new CountAccumulator(counted, context));
      return;
    }
    const [argument] = args;
    assert(argument !== undefined, 'only COUNT has no argument');
    const counts = accumulators[count] as CountAccumulator;
    switch (kind) {
      case 'sum':
        accumulators.push(compileSum(argument, segment, counts, context));
        break;
      case 'min':
      case 'max':
        accumulators.push(compileExtreme(kind, argument, segment, counts, context));
        break;
      case 'distinct':
        accumulators.push(compileDistinct(argument, segment, groupCapacity, context));
        break;
      case 'arg_min':
      case 'arg_max':
        accumulators.push(new WitnessAccumulator(sideOf(kind), args, context));
        break;
      case 'registers':
        accumulators.push(new RegisterAccumulator(argument, log2mOf(args), segment, context));
        break;
      case 'frequencies':
        accumulators.push(new FrequencyAccumulator(argument, segment, context));
        break;
      default:
        accumulators.push(compileMoments(kind, args, segment, context));
    }
  });
  return accumulators;
}

function neverNull(args: readonly Expression[], segment: SegmentView): boolean {
  const [argument] = args;
  if (argument === undefined) return true;
  if (argument.kind === 'literal') return argument.value !== null;
  if (argument.kind === 'call') return false;
  return segment.columns.get(argument.name)!.metadata.nullCount === 0;
}

function compileLanes(
  states: AggregateStates,
  accumulators: readonly Accumulator[],
  compile: (filter: Expression) => Filter,
): Lane[] {
  const lanes: Lane[] = [];
  const filters: (Expression | null)[] = [];
  states.specifications.forEach(({ filter }, index) => {
    let lane = filters.findIndex((known) => sameOrNull(known, filter));
    if (lane < 0) {
      lane = filters.push(filter) - 1;
      const compiled = filter === null ? null : compile(filter);
      lanes.push({ filter: compiled, accumulators: [] });
    }
    const { accumulators: members } = lanes[lane]!;
    if (!members.includes(accumulators[index]!)) members.push(accumulators[index]!);
  });
  return lanes;
}
