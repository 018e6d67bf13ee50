import { sequence } from '../base/sequence.ts';
import type { AggregateCall, Expression } from '../sql/expression.ts';
import { sameExpression } from '../sql/expression-tools.ts';
import type { AggregateLeaf, GroupFinish } from '../sql/plan.ts';
import type { Accumulator, State } from './accumulator.ts';
import { compileAccumulators } from './aggregate.ts';
import type { ExecutionContext } from './context.ts';
import { DistinctCounter } from './distinct-counter.ts';
import { finishGroups, type Groups } from './finish-groups.ts';
import { heldBytes } from './held-bytes.ts';
import { type AggregatePartial, type Partial, partialRows } from './partial.ts';
import { joinDisjointSteps } from './partition.ts';
import type { LeafProfile } from './profile.ts';
import { chunksOf, type RowChunk } from './row-partitions.ts';
import { allRows } from './row-set.ts';
import { inSteps } from './steps.ts';
import type { StoredRows } from './stored-rows.ts';
import type { TaskCells } from './task-cells.ts';
import { ValueLists } from './value-lists.ts';
import type { Vector } from './vector.ts';
import { concatSteps } from './vector-build.ts';
import { WordGroups } from './word-groups.ts';

/** Groups to have room for from the start at most: a partition with many more rows may have few. */
const EXPECTED_COUNT_MAX = 131_072;

/** What the threads of a task aggregate partition by partition. */
export interface PartitionedTask {
  readonly plan: AggregateLeaf;
  readonly stored: StoredRows;
  readonly cells: TaskCells;
  /** Number of partitions: a power of two. */
  readonly partitionCount: number;
  /** What is done to groups that nobody else has; null: their states are wanted. */
  readonly finish: GroupFinish | null;
  /** Whether finished groups count for the answer, and not for working memory. */
  readonly answersApart: boolean;
  readonly profile: LeafProfile | null;
}

/**
 * Aggregates partitions as long as there are some that no thread has taken: the rows of all threads in
 * each. When they go by their keys, nobody else has any of the groups.
 *
 * @returns null when there was none left.
 */
export function aggregatePartitions(
  task: PartitionedTask,
  context: ExecutionContext,
): Partial | null {
  return task.stored.values === null
    ? partitionsByKeys(task, context)
    : partitionsByValues(task, context);
}

/** The next partition that has rows; null when there is none. */
function takeChunks(task: PartitionedTask, context: ExecutionContext): readonly RowChunk[] | null {
  const { cells, stored, partitionCount, profile } = task;
  const { directories } = cells;
  for (;;) {
    context.control.checkpoint();
    const partition = cells.takePartition();
    if (partition >= partitionCount) return null;
    const chunks = directories.flatMap((directory) =>
      chunksOf(directory, partition, stored.widths, context.kernels),
    );
    if (chunks.length === 0) continue;
    if (profile !== null) profile.partitions++;
    return chunks;
  }
}

function rowCountOf(chunks: readonly RowChunk[]): number {
  return chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

function partitionsByKeys(task: PartitionedTask, context: ExecutionContext): Partial | null {
  const { cells, finish, plan } = task;
  const { state, control } = context;
  const wanted = finish?.order.length === 0 && finish.limit !== null ? finish.limit : Infinity;
  const partials: Partial[] = [];
  let [rowCount, groupsPerRow, answerBytes] = [0, 1, 0];
  while (rowCount < wanted) {
    const chunks = takeChunks(task, context);
    if (chunks === null) break;
    const mark = state.mark();
    const heapBytes = control.heapBytes;
    const rows = rowCountOf(chunks);
    const expected = Math.min(EXPECTED_COUNT_MAX, Math.ceil(rows * groupsPerRow));
    const groups = new StoredGroups(task, rows, expected, context);
    for (const chunk of chunks) groups.add(chunk);
    control.checkGroups(cells.addGroups(groups.count));
    groupsPerRow = Math.min(1, (1.1 * groups.count) / rows);
    const partial = finish === null ? groups.all() : finishGroups(plan, finish, groups, context);
    state.release(mark);
    const bytes = heldBytes(partial);
    const isAnswer = task.answersApart && partial.kind === 'select';
    control.heapBytes = heapBytes + (isAnswer ? 0 : bytes);
    if (isAnswer) answerBytes += bytes;
    control.checkAnswer(answerBytes);
    rowCount += partialRows(partial);
    partials.push(partial);
  }
  return partials.length === 0 ? null : control.run(joinDisjointSteps(partials));
}

/** Groups that come in several partitions, but each of their distinct values in one. */
function partitionsByValues(
  task: PartitionedTask,
  context: ExecutionContext,
): AggregatePartial | null {
  let groups: StoredGroups | null = null;
  for (;;) {
    const chunks = takeChunks(task, context);
    if (chunks === null) break;
    const expected = Math.min(EXPECTED_COUNT_MAX, rowCountOf(chunks));
    groups ??= new StoredGroups(task, 0, expected, context);
    for (const chunk of chunks) groups.add(chunk);
    groups.endPartition();
  }
  if (groups === null) return null;
  context.control.checkGroups(groups.count);
  return groups.all();
}

/** The arguments of which nothing but quantiles is wanted. */
function listedArguments({ plan, stored }: PartitionedTask): Expression[] {
  const { specifications, main } = stored.states;
  return specifications.flatMap(({ kind, args }, state) => {
    const areQuantiles = plan.aggregates.every(
      (aggregate, index) => !main[index]!.includes(state) || QUANTILES.has(aggregate.function),
    );
    const isListed = kind === 'frequencies' && areQuantiles && ValueLists.canList(args[0]!);
    return isListed ? args.slice(0, 1) : [];
  });
}

const QUANTILES: ReadonlySet<AggregateCall['function']> = new Set([
  'quantile_cont',
  'quantile_disc',
  'percentile',
]);

/** The groups of stored rows. */
class StoredGroups implements Groups {
  readonly #task: PartitionedTask;
  readonly #context: ExecutionContext;
  readonly #groups: WordGroups | null;
  readonly #accumulators: readonly Accumulator[];
  readonly #distinct: DistinctCounter | null;

  /**
   * @param rowsMax rows that come at most, if they go by their keys.
   * @param expectedCount groups, or distinct values of a partition, to have room for from the start.
   */
  constructor(
    task: PartitionedTask,
    rowsMax: number,
    expectedCount: number,
    context: ExecutionContext,
  ) {
    const { keys, values, states, scope } = task.stored;
    this.#task = task;
    this.#context = context;
    const groupCount = values === null ? expectedCount : 1;
    this.#groups = keys === null ? null : new WordGroups(keys.bits, groupCount, context);
    this.#distinct =
      values === null ? null : new DistinctCounter(values, keys !== null, expectedCount, context);
    const listed = task.finish !== null && values === null ? listedArguments(task) : [];
    const lists = (argument: Expression): Accumulator | null =>
      listed.some((one) => sameExpression(one, argument))
        ? new ValueLists(argument, rowsMax, context)
        : null;
    const distinct = this.#distinct === null ? {} : { distinct: this.#distinct };
    const own = { ...scope, ...distinct, lists };
    this.#accumulators = compileAccumulators(states, own, null, context);
    this.#reserve(groupCount);
  }

  get count(): number {
    return this.#groups?.count ?? 1;
  }

  add(chunk: RowChunk): void {
    const { batch, control } = this.#context;
    const { stored } = this.#task;
    const { rowCount, columns } = chunk;
    const mark = batch.mark();
    const ids = this.#groups?.assign(stored.keyColumns(columns), rowCount) ?? 0;
    this.#reserve(this.count);
    this.#distinct?.addWords(ids, stored.valueColumns(columns), rowCount);
    const input = stored.read(chunk);
    const rows = allRows(0, rowCount);
    for (const accumulator of new Set(this.#accumulators)) {
      const own = batch.mark();
      accumulator.add(rows, ids, input);
      batch.release(own);
    }
    batch.release(mark);
    control.checkpoint();
  }

  /** No further row has any of the values that were counted apart so far. */
  endPartition(): void {
    this.#distinct?.endPartition();
  }

  keys(groups: Uint32Array): Vector[] {
    const { keys } = this.#task.stored;
    if (keys === null || this.#groups === null) return [];
    const { batch, batchRows, control } = this.#context;
    const pieces: Vector[][] = [];
    let start = 0;
    do {
      const mark = batch.mark();
      const own = groups.subarray(start, start + batchRows);
      pieces.push(keys.decode(this.#groups.wordsOf(own), own.length));
      batch.release(mark);
      control.checkpoint();
      start += batchRows;
    } while (start < groups.length);
    if (pieces.length === 1) return pieces[0]!;
    return this.#task.plan.keys.map((_, key) =>
      control.run(concatSteps(pieces.map((piece) => piece[key]!))),
    );
  }

  state(index: number, groups: Uint32Array): State {
    return this.#context.control.run(inSteps(this.#accumulators[index]!.emit(groups)));
  }

  result(aggregate: AggregateCall, state: number, groups: Uint32Array): Vector | null {
    const accumulator = this.#accumulators[state];
    return accumulator instanceof ValueLists ? accumulator.quantiles(aggregate, groups) : null;
  }

  /** All groups with their states. */
  all(): AggregatePartial {
    const groups = sequence(this.count);
    const keys = this.keys(groups);
    const states = this.#accumulators.map((_, index) => this.state(index, groups));
    return { kind: 'aggregate', groupCount: this.count, keys, states };
  }

  #reserve(groupCount: number): void {
    for (const accumulator of this.#accumulators) accumulator.reserve(groupCount);
  }
}
