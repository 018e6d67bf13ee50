import { assert } from '../base/assert.ts';
import { SPANNING_STATE_BYTES_MAX } from '../base/limits.ts';
import { sequence } from '../base/sequence.ts';
import { isFloat } from '../base/types.ts';
import { overElements, unnestedArray } from '../sql/bind-array.ts';
import type { Expression } from '../sql/expression.ts';
import { collectColumns, sameOrNull } from '../sql/expression-tools.ts';
import type { AggregateLeaf } from '../sql/plan.ts';
import type { Accumulator, State } from './accumulator.ts';
import {
  type AggregateStates,
  aggregateStates,
  type StateSpecification,
  stateBytesPerGroup,
} from './aggregate-states.ts';
import { applyFilter, type FilterStatistics } from './apply-filter.ts';
import { BatchInput } from './batch-input.ts';
import { compileFilter } from './compile-filter.ts';
import type { ExecutionContext } from './context.ts';
import { CountAccumulator } from './count-accumulator.ts';
import { compileDistinct } from './distinct-accumulator.ts';
import { compileElementKey } from './element-key.ts';
import { type EvaluationInput, subsetOf } from './evaluate.ts';
import { type ExplodedRows, explodeArgument, explodeInPieces, explodeKeys } from './explode.ts';
import { compileExtreme } from './extreme-accumulator.ts';
import type { Filter } from './filter.ts';
import { FrequencyAccumulator } from './frequency-accumulator.ts';
import type { GroupKey, GroupKeys } from './group-key.ts';
import { combineKeys, compileKey } from './group-keys.ts';
import { ListAccumulator } from './list-accumulator.ts';
import { mergeRepeated } from './merge.ts';
import { compileMoments } from './moment-accumulator.ts';
import type { AggregatePartial } from './partial.ts';
import { copyMask, maskedRows, type RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { HyperLogLogAccumulator } from './sketches/hyperloglog-accumulator.ts';
import { NumberSketchAccumulator } from './sketches/number-accumulator.ts';
import { RecordSketches } from './sketches/record-sketches.ts';
import { constantAt, hyperLogLogShape, numberSketch, uniteOfSketches } from './sketches/results.ts';
import { ThetaAccumulator } from './sketches/theta-accumulator.ts';
import { inSteps } from './steps.ts';
import { compileSum } from './sum-accumulator.ts';
import { factsOfSegments, isNeverNull, type ValueFacts } from './value-facts.ts';
import { compileValueKey } from './value-keys.ts';
import { ValueListAccumulator } from './value-list-accumulator.ts';
import { VectorKey } from './vector-key.ts';
import { sideOf, WitnessAccumulator } from './witness-accumulator.ts';

/**
 * Accumulators that see the same rows: those of one FILTER (WHERE …), or those without any; of these rows,
 * or of the elements of one array in them.
 */
interface Lane {
  readonly predicate: Expression | null;
  readonly array: Expression | null;
  /** The predicate, prepared for the bound segment. */
  filter: Filter | null;
  readonly accumulators: Accumulator[];
}

/** Accumulators whose working memory for one batch need not be reused among them. */
const ACCUMULATORS_FEW = 8;

/** What an aggregation goes through. */
export interface Scope {
  /** The only segment, whose codes may be used; null when rows go by value. */
  readonly segment: SegmentView | null;
  /** What is known of the values of an argument. */
  facts(expression: Expression): ValueFacts;
  isNeverNull(expression: Expression): boolean;
  /** Prepares a grouping expression, or an argument whose values are told apart. */
  key(expression: Expression): GroupKey;
  /** What counts the distinct values of an argument in the place of their sets. */
  readonly distinct?: Accumulator;
  /** What keeps the values of an argument, if only quantiles of them are wanted; null: how often each occurs. */
  lists?(expression: Expression): Accumulator | null;
}

/**
 * Aggregates selected rows, batch by batch: those of one segment, by its codes; or those of several, by
 * value, so that many groups are found once and not once a segment.
 */
export class Aggregation {
  readonly #plan: AggregateLeaf;
  readonly #context: ExecutionContext;
  readonly #forceIndexes: boolean;
  readonly #keys: GroupKeys | null;
  /** Of those keys that are elements, by their numbers. */
  readonly #keyArrays: ReadonlyMap<number, Expression>;
  readonly #lanes: readonly Lane[];
  readonly #accumulators: readonly Accumulator[];
  readonly #groupCounts: CountAccumulator;
  #segment: SegmentView | null = null;
  #statistics: FilterStatistics = { entriesScanned: 0, bytesScanned: 0 };

  /** An aggregation of one segment, which is bound. */
  static ofSegment(
    plan: AggregateLeaf,
    states: AggregateStates,
    segment: SegmentView,
    context: ExecutionContext,
    statistics: FilterStatistics,
  ): Aggregation {
    const key = (expression: Expression): GroupKey => compileKey(expression, segment, context);
    const scope = { segment, key, ...knowledgeOf([segment]) };
    const { rowCount } = segment.metadata;
    const aggregation = new Aggregation(plan, states, scope, rowCount, context);
    aggregation.bind(segment, statistics);
    return aggregation;
  }

  /** An aggregation of several segments in one arena, each of which must be bound before its rows come. */
  static ofSegments(
    plan: AggregateLeaf,
    segments: readonly SegmentView[],
    context: ExecutionContext,
  ): Aggregation {
    const key = (expression: Expression): GroupKey =>
      compileValueKey(expression, factsOfSegments(expression, segments), context);
    const states = aggregateStates(plan.aggregates);
    const scope = { segment: null, key, ...knowledgeOf(segments) };
    const rowCount = segments.reduce((sum, { metadata }) => sum + metadata.rowCount, 0);
    return new Aggregation(plan, states, scope, rowCount, context);
  }

  private constructor(
    plan: AggregateLeaf,
    states: AggregateStates,
    scope: Scope,
    rowCount: number,
    context: ExecutionContext,
  ) {
    this.#plan = plan;
    this.#context = context;
    this.#forceIndexes = plan.indexUse.forced;
    this.#keys =
      plan.keys.length === 0 ? null : groupKeysOf(plan, states, scope, rowCount, context);
    this.#keyArrays = new Map(
      plan.keys.flatMap((key, index) => {
        const array = unnestedArray(key);
        return array === null ? [] : [[index, array] as const];
      }),
    );
    const capacity = this.#keys === null ? 1 : this.#keys.capacity || null;
    this.#accumulators = compileAccumulators(states, scope, capacity, context);
    this.#groupCounts = this.#accumulators[0] as CountAccumulator;
    this.#lanes = lanesOf(states, this.#accumulators);
    if (capacity !== null) this.#reserve(capacity);
  }

  /** Says which segment the next rows belong to, and who counts what its filters read. */
  bind(segment: SegmentView, statistics: FilterStatistics): void {
    this.#segment = segment;
    this.#statistics = statistics;
    for (const lane of this.#lanes) {
      if (lane.predicate === null) continue;
      lane.filter = compileFilter(lane.predicate, segment, this.#context, this.#forceIndexes);
    }
  }

  /** Adds selected rows of the bound segment. Their vectors live in batch scratch, which the caller releases. */
  add(rows: RowSet): void {
    const segment = this.#segment;
    assert(segment !== null, 'a segment is bound before its rows come');
    for (const lane of this.#lanes) {
      const { filter } = lane;
      const laneRows = filter === null ? rows : this.#narrow(rows, segment, filter);
      if (laneRows.count === 0) continue;
      const { kernels, batch } = this.#context;
      if (this.#keyArrays.size > 0) {
        explodeInPieces(
          laneRows,
          (piece) => explodeKeys(piece, this.#keyArrays, segment, this.#context),
          ({ rows: exploded, input }) => {
            // Read before the pieces of the lane are, whose memory is released piece by piece.
            const names = new Set<string>();
            collectColumns(lane.array, names);
            for (const name of names) input.column(name);
            this.#addToLane(lane, exploded, input, ({ count }, from) =>
              subsetOf(input, sequence(count, from)),
            );
          },
          this.#context,
        );
        continue;
      }
      if (this.#countsOnly(lane, laneRows)) continue;
      const inputOf = (some: RowSet): BatchInput => new BatchInput(segment, some, kernels, batch);
      this.#addToLane(lane, laneRows, inputOf(laneRows), inputOf);
    }
  }

  /** @param inputOf makes the input of some of the rows, which are those from a number on. */
  #addToLane(
    { array, accumulators }: Lane,
    rows: RowSet,
    input: EvaluationInput,
    inputOf: (piece: RowSet, from: number) => EvaluationInput,
  ): void {
    let ids = 0;
    if (this.#keys !== null) {
      ids = this.#keys.groupIds(rows, input);
      this.#reserve(this.#keys.capacity);
    }
    if (array === null) {
      this.#accumulate(accumulators, { rows, input, ids });
      return;
    }
    explodeInPieces(
      rows,
      (piece, from) => {
        const part = { input: inputOf(piece, from), ids: ids === 0 ? 0 : ids + from * 4 };
        return explodeArgument(array, part, this.#context);
      },
      (exploded) => this.#accumulate(accumulators, exploded),
      this.#context,
    );
  }

  #accumulate(accumulators: readonly Accumulator[], { rows, input, ids }: ExplodedRows): void {
    const { batch, control } = this.#context;
    // Many aggregates would fill the batch's memory. What they share is made before the first of them.
    const areMany = accumulators.length > ACCUMULATORS_FEW && rows.indexes >= 0;
    for (const accumulator of accumulators) {
      const mark = batch.mark();
      const loadedCount = input instanceof BatchInput ? input.loadedCount : 0;
      accumulator.add(rows, ids, input);
      const hasLoaded = !(input instanceof BatchInput) || input.loadedCount !== loadedCount;
      if (areMany && !hasLoaded) batch.release(mark);
      control.checkpoint();
    }
  }

  /** Groups with at least one row, or the one group of an aggregate without keys. */
  finish(): AggregatePartial {
    const groups = this.#keys === null ? new Uint32Array(1) : this.#occupied(this.#keys.capacity);
    const partial = this.#emit(groups);
    if (this.#keys?.repeatsGroups) return mergeRepeated(this.#plan, partial, this.#context);
    this.#context.control.checkGroups(groups.length);
    return partial;
  }

  #emit(groups: Uint32Array): AggregatePartial {
    const emitted = new Map<Accumulator, State>();
    const { control } = this.#context;
    const states = this.#accumulators.map((accumulator) => {
      control.checkpoint();
      const known = emitted.get(accumulator);
      const state = known ?? control.run(inSteps(accumulator.emit(groups)));
      emitted.set(accumulator, state);
      return state;
    });
    return {
      kind: 'aggregate',
      groupCount: groups.length,
      keys: this.#keys === null ? [] : control.run(inSteps(this.#keys.decode(groups))),
      states,
    };
  }

  /** A lane with nothing but COUNT(*) needs no group ids when the keys can count by themselves. */
  #countsOnly({ array, accumulators }: Lane, rows: RowSet): boolean {
    const [only] = accumulators;
    return (
      array === null &&
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
    // The halves of the counts tell, without a BigInt for each group.
    const counts = this.#groupCounts.counts / 4;
    const { u32 } = this.#context.kernels;
    const groups = new Uint32Array(capacity);
    let groupCount = 0;
    for (let group = 0; group < capacity; group++) {
      if ((u32[counts + group * 2]! | u32[counts + group * 2 + 1]!) !== 0)
        groups[groupCount++] = group;
    }
    return groups.slice(0, groupCount);
  }

  #narrow(rows: RowSet, segment: SegmentView, filter: Filter): RowSet {
    const mask = copyMask(rows, this.#context);
    const { start, span } = rows;
    applyFilter(filter, mask, segment, start, span, this.#context, this.#statistics);
    return maskedRows(mask, start, span, this.#context);
  }
}

/** What the metadata of segments say about their values. */
export function knowledgeOf(
  segments: readonly SegmentView[],
): Pick<Scope, 'facts' | 'isNeverNull'> {
  return {
    facts: (expression) => factsOfSegments(expression, segments),
    isNeverNull: (expression) => isNeverNull(expression, segments),
  };
}

function groupKeysOf(
  plan: AggregateLeaf,
  states: AggregateStates,
  scope: Scope,
  rowCount: number,
  context: ExecutionContext,
): GroupKeys {
  const stateBytes = Math.max(...states.specifications.map(stateBytesPerGroup));
  const expectation =
    scope.segment === null
      ? { rowCount, stateBytes, denseBytesMax: SPANNING_STATE_BYTES_MAX, denseRows: 32 }
      : { rowCount, stateBytes, mayRepeat: states.specifications.every(isRepeatable) };
  const keys = plan.keys.map((expression, index) => {
    const array = unnestedArray(expression);
    if (array === null) return scope.key(expression);
    return compileElementKey(array, index, expression.type, scope.segment, context);
  });
  return combineKeys(keys, expectation, context);
}

/**
 * States that may be gathered in several places for a group. All must see the same rows, so that the places
 * with a row are the same for all.
 */
function isRepeatable({ kind, args, filter }: StateSpecification): boolean {
  return filter === null && unnestedArray(args[0]) === null && REPEATABLE.has(kind);
}

const REPEATABLE: ReadonlySet<StateSpecification['kind']> = new Set(['count', 'sum', 'min', 'max']);

/**
 * Accumulators for states, one each; a count of an argument that is never NULL is the count of its
 * rows, so that they share one.
 */
export function compileAccumulators(
  states: AggregateStates,
  scope: Scope,
  groupCapacity: number | null,
  context: ExecutionContext,
): Accumulator[] {
  const accumulators: Accumulator[] = [];
  states.specifications.forEach((specification, index) => {
    const { kind, count, filter } = specification;
    const own = scopeOf(specification, scope, context);
    const { args, segment } = own;
    if (kind === 'count') {
      const counted = args.every(own.isNeverNull) ? null : args[0]!;
      const same = states.specifications.findIndex(
        (other, at) =>
          at < index &&
          other.kind === 'count' &&
          sameOrNull(other.filter, filter) &&
          unnestedArray(other.args[0]) === unnestedArray(specification.args[0]) &&
          counted === null &&
          other.args.every(own.isNeverNull),
      );
      const weights = segment?.starTree?.counts ?? 0;
      accumulators.push(accumulators[same] ?? new CountAccumulator(counted, context, weights));
      return;
    }
    const counts = accumulators[count] as CountAccumulator;
    accumulators.push(compileAccumulator(kind, own, counts, groupCapacity, context));
  });
  return accumulators;
}

/** What gathers a state that is no count. */
function compileAccumulator(
  kind: StateSpecification['kind'],
  own: ArgumentScope,
  counts: CountAccumulator,
  groupCapacity: number | null,
  context: ExecutionContext,
): Accumulator {
  const { args, segment } = own;
  const [argument] = args;
  assert(argument !== undefined, 'only COUNT has no argument');
  const sketches = argument.kind === 'column' && segment?.starTree?.sketches.get(argument.name);
  if (sketches) {
    return new RecordSketches(argument, sketches, uniteOfSketches(kind, args)!, context);
  }
  switch (kind) {
    case 'sum':
      return compileSum(argument, segment, counts, context);
    case 'min':
    case 'max': {
      const facts = segment === null ? own.facts(argument) : null;
      return compileExtreme(kind, argument, segment, facts, counts, context);
    }
    case 'distinct':
      return own.distinct ?? compileDistinct(own.key(argument), groupCapacity, context);
    case 'arg_min':
    case 'arg_max':
      return new WitnessAccumulator(sideOf(kind), args, context);
    case 'hyperloglog':
      return new HyperLogLogAccumulator(argument, hyperLogLogShape(args), segment, context);
    case 'theta':
      return new ThetaAccumulator(argument, constantAt(args, 1), segment, context);
    case 'tdigest':
    case 'kll':
      return new NumberSketchAccumulator(argument, numberSketch(kind, args), context);
    case 'lists':
      return new ListAccumulator(args, segment, context);
    case 'frequencies':
      return own.lists?.(argument) ?? compileFrequencies(argument, own.key(argument), context);
    case 'count':
      return counts;
    default:
      return compileMoments(kind, args, segment, context);
  }
}

/** The arguments of a state, and where they are read. */
interface ArgumentScope extends Scope {
  readonly args: readonly Expression[];
}

/** A specification's arguments and where they are read: elements are read by value. */
function scopeOf(
  { args }: StateSpecification,
  scope: Scope,
  context: ExecutionContext,
): ArgumentScope {
  if (unnestedArray(args[0]) === null) return { ...scope, args };
  return {
    segment: null,
    ...knowledgeOf([]),
    facts: () => null,
    key: (expression) => new VectorKey(expression, context),
    args: args.map(overElements),
  };
}

/** Floats of a dictionary are few; of others each value is a new one. */
function compileFrequencies(
  argument: Expression,
  key: GroupKey,
  context: ExecutionContext,
): Accumulator {
  return isFloat(argument.type) && key.cardinality === null
    ? new ValueListAccumulator(argument, context)
    : new FrequencyAccumulator(key, context);
}

function lanesOf(states: AggregateStates, accumulators: readonly Accumulator[]): Lane[] {
  const lanes: Lane[] = [];
  states.specifications.forEach(({ args, filter }, index) => {
    const array = unnestedArray(args[0]);
    let lane = lanes.find(
      (one) => sameOrNull(one.predicate, filter) && sameOrNull(one.array, array),
    );
    if (lane === undefined) {
      lane = { predicate: filter, array, filter: null, accumulators: [] };
      lanes.push(lane);
    }
    const accumulator = accumulators[index]!;
    if (!lane.accumulators.includes(accumulator)) lane.accumulators.push(accumulator);
  });
  return lanes;
}
