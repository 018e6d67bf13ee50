import { assert } from '../base/assert.ts';
import { SPANNING_STATE_BYTES_MAX } from '../base/limits.ts';
import { type DataType, isDecimal, isFloat, isInteger } from '../base/types.ts';
import type { ColumnReference } from '../sql/expression.ts';
import { type AggregateLeaf, GROUPING_SET, type GroupingSets, type LeafPlan } from '../sql/plan.ts';
import type { Accumulator, State } from './accumulator.ts';
import { aggregateStates, type StateSpecification } from './aggregate-states.ts';
import { copyToMemory } from './batch-input.ts';
import { type ExecutionContext, releasingSteps } from './context.ts';
import { CountAccumulator } from './count-accumulator.ts';
import { compileDistinct } from './distinct-accumulator.ts';
import type { EvaluationInput } from './evaluate.ts';
import { compileExtreme } from './extreme-accumulator.ts';
import { FrequencyAccumulator } from './frequency-accumulator.ts';
import type { GroupKey, GroupKeys } from './group-key.ts';
import { combineKeys } from './group-keys.ts';
import { ListAccumulator } from './list-accumulator.ts';
import { MomentMerge } from './moment-merge.ts';
import { MOMENT_WIDTH, mergeMoments } from './moments.ts';
import type { AggregatePartial, Partial, SelectPartial } from './partial.ts';
import { areSplittable, joinGroupsSteps, PARTITIONS, splitGroupsSteps } from './partition.ts';
import { allRows } from './row-set.ts';
import { mergeSelectionSteps } from './select.ts';
import { SketchMerge } from './sketches/packed.ts';
import { uniteOfSketches } from './sketches/results.ts';
import { joinStatesSteps } from './state-parts.ts';
import { statePieces } from './state-pieces.ts';
import { inBlocks, inSteps, type Steps } from './steps.ts';
import { SumMerge } from './sum-merge.ts';
import { factsOfVectorsSteps } from './value-facts.ts';
import { compileValueKey } from './value-keys.ts';
import { ValueListAccumulator } from './value-list-accumulator.ts';
import type { Vector } from './vector.ts';
import { literalVector, sliceVector } from './vector-build.ts';
import { sideOf, WitnessAccumulator } from './witness-accumulator.ts';

/**
 * One partial result from several of the same plan. Working memory is released again; the result is
 * on the JavaScript heap. Of no partials: the plan's answer over no rows.
 */
export function mergePartials(
  plan: LeafPlan,
  partials: readonly Partial[],
  context: ExecutionContext,
): Partial {
  return context.control.run(mergeSteps(plan, partials, context));
}

/** The same in steps; nobody else may use the working memory between them, but within one. */
export function* mergeSteps(
  plan: LeafPlan,
  partials: readonly Partial[],
  context: ExecutionContext,
): Steps<Partial> {
  if (partials.length === 1) return partials[0]!;
  if (plan.kind === 'select') {
    return yield* mergeSelectionSteps(plan, partials as readonly SelectPartial[], context);
  }
  const groups = partials as readonly AggregatePartial[];
  return isTooLargeAtOnce(groups)
    ? yield* mergeParts(plan, groups, context)
    : yield* mergeReleasing(plan, groups, context);
}

/** A result in which groups may stand several times, with each once. */
export function mergeRepeated(
  plan: AggregateLeaf,
  partial: AggregatePartial,
  context: ExecutionContext,
): AggregatePartial {
  return context.control.run(mergeReleasing(plan, [partial], context));
}

/** Results in which groups may stand several times as one with each once, in steps. */
export function mergeRepeatedSteps(
  plan: AggregateLeaf,
  partials: readonly AggregatePartial[],
  context: ExecutionContext,
): Steps<AggregatePartial> {
  return mergeReleasing(plan, partials, context);
}

/** Groups that a thread merges at once: beyond them it needs gigabytes. */
const GROUPS_AT_ONCE_MAX = 2_000_000;

function isTooLargeAtOnce(partials: readonly AggregatePartial[]): boolean {
  const groupCount = partials.reduce((sum, partial) => sum + partial.groupCount, 0);
  return groupCount > GROUPS_AT_ONCE_MAX && areSplittable(partials);
}

function* mergeParts(
  plan: AggregateLeaf,
  partials: readonly AggregatePartial[],
  context: ExecutionContext,
): Steps<AggregatePartial> {
  const split: AggregatePartial[][] = [];
  for (const partial of partials) split.push(yield* splitGroupsSteps(partial));
  const merged: AggregatePartial[] = [];
  for (let part = 0; part < PARTITIONS; part++) {
    const pieces = split.map((own) => own[part]!);
    merged.push(yield* mergeReleasing(plan, pieces, context));
  }
  return yield* joinGroupsSteps(merged);
}

function mergeReleasing(
  plan: AggregateLeaf,
  partials: readonly AggregatePartial[],
  context: ExecutionContext,
): Steps<AggregatePartial> {
  return releasingSteps(mergeGroups(plan, partials, context), context);
}

/**
 * The groups of each grouping set from those of all keys together. The result has one more key: the
 * number of the set. A set without keys makes one group, even of no rows.
 */
export function* regroupSteps(
  plan: AggregateLeaf,
  groups: AggregatePartial,
  sets: GroupingSets,
  context: ExecutionContext,
): Steps<AggregatePartial> {
  const keys = [...plan.keys, reference(GROUPING_SET, 'BIGINT')];
  const hasRows = groups.groupCount > 0;
  const partials: AggregatePartial[] = [];
  for (const [number, set] of sets.entries()) {
    if (!hasRows && set.length > 0) continue;
    const none = { ...plan, keys: [] };
    const { groupCount, states } = hasRows ? groups : yield* mergeGroups(none, [], context);
    yield;
    const kept = plan.keys.map((key, index) =>
      set.includes(index)
        ? groups.keys[index]!
        : literalVector({ type: key.type, value: null }, groupCount),
    );
    const setNumber = literalVector({ type: 'BIGINT', value: BigInt(number) }, groupCount);
    partials.push({ kind: 'aggregate', groupCount, keys: [...kept, setNumber], states });
  }
  return yield* mergeGroups({ ...plan, keys }, partials, context);
}

function* mergeGroups(
  plan: AggregateLeaf,
  partials: readonly AggregatePartial[],
  context: ExecutionContext,
): Steps<AggregatePartial> {
  const merge = yield* AggregateMerge.begin(plan, partials, context);
  for (const partial of partials) yield* merge.add(partial);
  return yield* merge.finish();
}

/** Groups the groups of partial results by key value and merges their states. */
class AggregateMerge {
  readonly #context: ExecutionContext;
  readonly #keys: GroupKeys | null;
  readonly #merges: readonly StateMerge[];
  #isUsed = new Uint8Array();

  /** @param partials all that will be added: what they have in common makes merging fast. */
  static *begin(
    plan: AggregateLeaf,
    partials: readonly AggregatePartial[],
    context: ExecutionContext,
  ): Steps<AggregateMerge> {
    const own: GroupKey[] = [];
    for (const [index, { type }] of plan.keys.entries()) {
      const facts = yield* factsOfVectorsSteps(partials.map(({ keys }) => keys[index]!));
      own.push(compileValueKey(reference(`$key${index}`, type), facts, context));
    }
    const rowCount = partials.reduce((sum, { groupCount }) => sum + groupCount, 0);
    const expectation = { rowCount, denseBytesMax: SPANNING_STATE_BYTES_MAX };
    const keys = own.length === 0 ? null : combineKeys(own, expectation, context);
    const merges: StateMerge[] = [];
    for (const [index, specification] of aggregateStates(
      plan.aggregates,
    ).specifications.entries()) {
      const states = partials.map((partial) => partial.states[index]!);
      merges.push(yield* stateMerge(specification, states, context));
    }
    return new AggregateMerge(keys, merges, context);
  }

  private constructor(
    keys: GroupKeys | null,
    merges: readonly StateMerge[],
    context: ExecutionContext,
  ) {
    this.#context = context;
    this.#keys = keys;
    this.#merges = merges;
    if (keys === null) for (const merge of merges) merge.reserve(1);
  }

  *add(partial: AggregatePartial): Steps<void> {
    const { batch, batchRows, control } = this.#context;
    const groupIds = new Uint32Array(partial.groupCount);
    for (let start = 0; start < partial.groupCount; start += batchRows) {
      const end = Math.min(start + batchRows, partial.groupCount);
      const mark = batch.mark();
      groupIds.set(this.#groupIds(partial, start, end), start);
      batch.release(mark);
      control.checkpoint();
      yield;
    }
    if (this.#keys !== null) yield* this.#mark(groupIds, this.#keys.capacity);
    for (const [index, merge] of this.#merges.entries()) {
      yield;
      if (this.#keys !== null) merge.reserve(this.#keys.capacity);
      const pieces = statePieces(partial.states[index]!, groupIds, batchRows);
      for (const { state, groupIds: owners } of pieces) {
        const mark = batch.mark();
        merge.add(state, owners);
        batch.release(mark);
        control.checkpoint();
        yield;
      }
    }
  }

  *finish(): Steps<AggregatePartial> {
    const groups = this.#keys === null ? new Uint32Array(1) : this.#usedGroups();
    this.#context.control.checkGroups(groups.length);
    const keys = this.#keys === null ? [] : yield* inSteps(this.#keys.decode(groups));
    const states: State[] = [];
    for (const merge of this.#merges) states.push(yield* this.#emit(merge, groups));
    return { kind: 'aggregate', groupCount: groups.length, keys, states };
  }

  *#emit(merge: StateMerge, groups: Uint32Array): Steps<State> {
    const { batchRows, control } = this.#context;
    const pieces: State[] = [];
    const step = merge.hasEntryPerGroup ? batchRows : Math.max(1, groups.length);
    let start = 0;
    do {
      control.checkpoint();
      yield;
      pieces.push(yield* inSteps(merge.emit(groups.subarray(start, start + step))));
      start += step;
    } while (start < groups.length);
    return pieces.length === 1 ? pieces[0]! : yield* joinStatesSteps(pieces);
  }

  #groupIds(partial: AggregatePartial, start: number, end: number): Uint32Array {
    if (this.#keys === null) return new Uint32Array(end - start);
    const { kernels } = this.#context;
    const keys = partial.keys.map((key) => sliceVector(key, start, end));
    const input = vectorsInput(end - start, (name) => keys[Number(name.slice('$key'.length))]!);
    const ids = this.#keys.groupIds(allRows(0, end - start), input) / 4;
    return kernels.u32.slice(ids, ids + end - start);
  }

  /** Not every id below the capacity belongs to a group of some partial result. */
  *#mark(groupIds: Uint32Array, capacity: number): Steps<void> {
    if (this.#isUsed.length < capacity) {
      const grown = new Uint8Array(Math.max(capacity, 2 * this.#isUsed.length));
      grown.set(this.#isUsed);
      this.#isUsed = grown;
    }
    const isUsed = this.#isUsed;
    yield* inBlocks(groupIds.length, (start, end) => {
      for (let index = start; index < end; index++) isUsed[groupIds[index]!] = 1;
    });
  }

  #usedGroups(): Uint32Array {
    const used = new Uint32Array(this.#isUsed.length);
    let usedCount = 0;
    for (let group = 0; group < used.length; group++) {
      if (this.#isUsed[group] === 1) used[usedCount++] = group;
    }
    return used.slice(0, usedCount);
  }
}

/** Merges one state of many groups. */
interface StateMerge {
  /** Whether states of some groups may be put behind those of others. */
  readonly hasEntryPerGroup?: boolean;
  reserve(groupCount: number): void;
  /** Adds the state of group `i` of a partial to group `groupIds[i]`, or a piece of it: at most a batch of entries. */
  add(state: State, groupIds: Uint32Array): void;
  emit(groups: Uint32Array): State | Steps<State>;
}

function* stateMerge(
  specification: StateSpecification,
  states: readonly State[],
  context: ExecutionContext,
): Steps<StateMerge> {
  const { kind, args } = specification;
  // Numbers of distinct values are those of values that nobody else has.
  const areCounts = kind === 'distinct' && states[0]?.kind === 'vector';
  if (kind === 'count' || areCounts) return new SumMerge('I64', context);
  const { type } = args[0]!;
  if (kind === 'sum') {
    return new SumMerge(isInteger(type) || isDecimal(type) ? 'I128' : 'F64', context);
  }
  const value = reference('$value', type);
  if (kind === 'distinct') {
    const key = compileValueKey(value, yield* factsOfVectorsSteps(valuesOf(states)), context);
    return new VectorMerge([compileDistinct(key, null, context)], context);
  }
  if (kind === 'frequencies' && isFloat(type)) {
    return accumulating(new ValueListAccumulator(value, context));
  }
  if (kind === 'frequencies') {
    const key = compileValueKey(value, yield* factsOfVectorsSteps(valuesOf(states)), context);
    return accumulating(new FrequencyAccumulator(key, context));
  }
  if (kind === 'lists') return accumulating(new ListAccumulator(args, null, context));
  const sketches = uniteOfSketches(kind, args);
  if (sketches !== null) return new SketchMerge(sketches);
  if (kind === 'arg_min' || kind === 'arg_max') {
    const columns = args.map(({ type: own }, index) => reference(`$${index}`, own));
    return accumulating(new WitnessAccumulator(sideOf(kind), columns, context));
  }
  if (kind === 'variance' || kind === 'moments' || kind === 'covariance') {
    const merge = (target: Float64Array, other: Float64Array): void =>
      mergeMoments(kind, target, other);
    return new MomentMerge(MOMENT_WIDTH[kind], merge);
  }
  assert(kind === 'min' || kind === 'max', () => `${kind} has a merge`);
  const counts = new CountAccumulator(value, context);
  const facts = yield* factsOfVectorsSteps(valuesOf(states));
  return new VectorMerge(
    [compileExtreme(kind, value, null, facts, counts, context), counts],
    context,
  );
}

function valuesOf(states: readonly State[]): Vector[] {
  return states.map((state) => {
    if (state.kind === 'vector') return state.vector;
    assert(state.kind === 'distinct' || state.kind === 'frequencies', 'expected values');
    return state.values;
  });
}

/** A merge by an accumulator that takes states as well as rows. */
function accumulating(
  accumulator: FrequencyAccumulator | ListAccumulator | ValueListAccumulator | WitnessAccumulator,
): StateMerge {
  return {
    reserve: (groupCount) => accumulator.reserve(groupCount),
    add: (state, groupIds) => accumulator.merge(state, groupIds),
    emit: (groups) => accumulator.emit(groups),
  };
}

/** Feeds states, as vectors, to the accumulators that also take rows. The first one emits. */
class VectorMerge implements StateMerge {
  readonly #accumulators: readonly Accumulator[];
  readonly #context: ExecutionContext;

  constructor(accumulators: readonly Accumulator[], context: ExecutionContext) {
    this.#accumulators = accumulators;
    this.#context = context;
  }

  reserve(groupCount: number): void {
    for (const accumulator of this.#accumulators) accumulator.reserve(groupCount);
  }

  add(state: State, groupIds: Uint32Array): void {
    assert(state.kind === 'vector' || state.kind === 'distinct', 'expected values');
    const owners =
      state.kind === 'vector' ? groupIds : state.groups.map((group) => groupIds[group]!);
    const vector = state.kind === 'vector' ? state.vector : state.values;
    const { kernels, batch } = this.#context;
    const ids = copyToMemory(kernels, batch, owners);
    const input = vectorsInput(owners.length, () => vector);
    const rows = allRows(0, owners.length);
    for (const accumulator of this.#accumulators) accumulator.add(rows, ids, input);
  }

  emit(groups: Uint32Array): State | Steps<State> {
    return this.#accumulators[0]!.emit(groups);
  }
}

function reference(name: string, type: DataType): ColumnReference {
  return { kind: 'column', name, type };
}

function vectorsInput(rowCount: number, column: (name: string) => Vector): EvaluationInput {
  return { rowCount, column };
}
