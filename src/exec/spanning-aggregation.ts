import { assert } from '../base/assert.ts';
import type { Expression } from '../sql/expression.ts';
import type { AggregateLeaf } from '../sql/plan.ts';
import { Aggregation, knowledgeOf } from './aggregate.ts';
import { aggregateStates } from './aggregate-states.ts';
import type { FilterStatistics } from './apply-filter.ts';
import { BatchInput } from './batch-input.ts';
import type { ExecutionContext } from './context.ts';
import type { AggregatePartial } from './partial.ts';
import { RowPartitions, rowBytesOf } from './row-partitions.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import type { SpanningOperator } from './spanning-operator.ts';
import { StoredRows } from './stored-rows.ts';
import type { Grouping, TaskCells } from './task-cells.ts';
import { LISTED_ROW_BYTES } from './value-lists.ts';
import { WordGroups } from './word-groups.ts';

/** Rows of a partition that are worth the trouble: their groups fit the second-level cache. */
const PARTITION_ROWS = 32_768;
const PARTITION_BITS_MIN = 2;
const PARTITION_BITS_MAX = 8;

/** Rows a group from which on a table of each thread pays, if it stays near. */
const ROWS_PER_GROUP_MIN = 8;

/** Groups with which a thread's table is far from its caches, however many rows each has. */
const FAR_GROUPS = 131_072;

/** Rows of the first batch that are looked at. */
const SAMPLE_ROWS = 16_384;

/** A thread's state memory that its rows may take. */
const STORED_SHARE_MAX = 0.6;

/** A query's memory that they may take: more of them go into tables, which can be spilled. */
const STORED_MEMORY_SHARE_MAX = 1 / 4;

/** Rows for each distinct value from which on sets of each thread pay. */
const ROWS_PER_VALUE_MIN = 32;

/** Groups from which on partitions of them keep all threads busy. */
const LISTED_GROUPS_MIN = 16;

/** What a task says about partitions. */
export interface PartitionOptions {
  /** Groups, or distinct values, from which on rows may go into partitions. */
  readonly groupsMin: number;
  /** Whether rows may go by their keys. */
  readonly byKeys: boolean;
  /** Whether they may go by values of which the distinct ones are counted. */
  readonly byValues: boolean;
}

/**
 * Groups the rows of several segments: in a table of this thread, or, where hardly two rows share a group or a
 * distinct value, by handing them over by partition to whoever aggregates that. The first rows that a thread
 * meets decide, for all threads of the task.
 */
export class SpanningAggregation implements SpanningOperator {
  readonly #plan: AggregateLeaf;
  readonly #segments: readonly SegmentView[];
  readonly #cells: TaskCells;
  readonly #groupsMin: number;
  readonly #context: ExecutionContext;
  readonly #rowCount: number;
  readonly #bits: number;
  readonly #byKeys: StoredRows | null;
  readonly #byValues: StoredRows | null;
  /** Arguments all of whose values are kept. */
  readonly #listCount: number;
  #bound: { segment: SegmentView; statistics: FilterStatistics } | null = null;
  #table: Aggregation | null = null;
  #partitions: RowPartitions | null = null;

  /**
   * @param segments those of one arena.
   * @param options null: rows go into tables.
   */
  constructor(
    plan: AggregateLeaf,
    segments: readonly SegmentView[],
    cells: TaskCells,
    options: PartitionOptions | null,
    context: ExecutionContext,
  ) {
    this.#plan = plan;
    this.#segments = segments;
    this.#cells = cells;
    this.#groupsMin = options?.groupsMin ?? Infinity;
    this.#context = context;
    this.#rowCount = segments.reduce((sum, { metadata }) => sum + metadata.rowCount, 0);
    const bits = Math.ceil(Math.log2(this.#rowCount / PARTITION_ROWS));
    this.#bits = Math.min(PARTITION_BITS_MAX, Math.max(PARTITION_BITS_MIN, bits));
    const { byKeys = false, byValues = false } = options ?? {};
    // What is listed for quantiles is listed by whoever has all of it.
    this.#listCount = byValues ? argumentsWithoutFacts(plan, segments).length : 0;
    this.#byKeys = byKeys ? this.#whereFits(StoredRows.byKeys(plan, segments, context)) : null;
    this.#byValues = byValues
      ? this.#whereFits(StoredRows.byValues(plan, segments, context))
      : null;
  }

  /** Whether rows may go into partitions. */
  get hasPartitions(): boolean {
    return this.#byKeys !== null || this.#byValues !== null;
  }

  get partitionCount(): number {
    return 2 ** this.#bits;
  }

  /** How rows are stored; null when they are not, as far as is known. */
  get stored(): StoredRows | null {
    const { grouping } = this.#cells;
    return grouping === 'keys' ? this.#byKeys : grouping === 'values' ? this.#byValues : null;
  }

  bind(segment: SegmentView, statistics: FilterStatistics): void {
    this.#bound = { segment, statistics };
    this.#table?.bind(segment, statistics);
  }

  add(rows: RowSet): void {
    if (this.hasPartitions && this.#cells.grouping === 'undecided') {
      this.#cells.decideGrouping(this.#choose(rows));
    }
    const { stored } = this;
    if (stored === null) {
      this.#addToTable(rows);
      return;
    }
    const columns = stored.write(rows, this.#input(rows));
    this.#partitions ??= this.#startPartitions(stored);
    this.#partitions.add(stored.hash(columns, rows.count), columns, rows.count);
  }

  /** The groups of the table so far; null when there is none. */
  finish(): AggregatePartial | null {
    return this.#table?.finish() ?? null;
  }

  #addToTable(rows: RowSet): void {
    assert(this.#bound !== null, 'a segment is bound before its rows come');
    if (this.#table === null) {
      this.#table = Aggregation.ofSegments(this.#plan, this.#segments, this.#context);
      this.#table.bind(this.#bound.segment, this.#bound.statistics);
    }
    this.#table.add(rows);
  }

  #input(rows: RowSet): BatchInput {
    const { kernels, batch } = this.#context;
    return new BatchInput(this.#bound!.segment, rows, kernels, batch);
  }

  #startPartitions({ widths }: StoredRows): RowPartitions {
    const partitions = new RowPartitions(widths, this.#bits, this.#context);
    this.#cells.addDirectory(partitions.directory);
    return partitions;
  }

  /** Null unless all rows fit into one thread's memory: which thread gets them turns out later. */
  #whereFits(stored: StoredRows | null): StoredRows | null {
    if (stored === null) return null;
    const listedBytes = this.#listCount * LISTED_ROW_BYTES;
    const bytes = this.#rowCount * (rowBytesOf(stored.widths) + listedBytes);
    const { state, control } = this.#context;
    const bytesMax = Math.min(
      state.capacityBytes * STORED_SHARE_MAX,
      control.memoryBytesMax * STORED_MEMORY_SHARE_MAX,
    );
    return bytes <= bytesMax ? stored : null;
  }

  #choose(rows: RowSet): Grouping {
    const rowCount = this.#rowCount * (rows.count / rows.span);
    const isFar = (groups: number, rowsMin: number): boolean =>
      groups >= this.#groupsMin && (groups >= FAR_GROUPS || rowCount < groups * rowsMin);
    const ways = [
      { way: 'keys', stored: this.#byKeys, rowsMin: ROWS_PER_GROUP_MIN },
      { way: 'values', stored: this.#byValues, rowsMin: ROWS_PER_VALUE_MIN },
    ] as const;
    for (const { way, stored, rowsMin } of ways) {
      if (stored === null) continue;
      const count = this.#expectedCount(stored, rows, rowCount);
      const areListed =
        this.#listCount > 0 && count >= LISTED_GROUPS_MIN && rowCount >= this.#groupsMin;
      if (isFar(count, rowsMin) || (way === 'keys' && areListed)) return way;
    }
    return 'tables';
  }

  /** Groups, or values, of so many rows, by those that the first rows have. */
  #expectedCount(stored: StoredRows, rows: RowSet, rowCount: number): number {
    const { state, batch } = this.#context;
    // The rows find their places once, in memory that must outlast the sample.
    assert(rows.indexes >= 0, 'rows have places');
    const marks = { state: state.mark(), batch: batch.mark() };
    const words = stored.partitionColumns(stored.write(rows, this.#input(rows)));
    const sampled = Math.min(rows.count, SAMPLE_ROWS);
    const sample = new WordGroups(stored.partitionBits, sampled, this.#context);
    const pieceRows = Math.ceil(sampled / 4);
    const found: number[] = [];
    for (let start = 0; start < sampled; start += pieceRows) {
      const piece = words.map((address) => address + start * 8);
      sample.assign(piece, Math.min(pieceRows, sampled - start));
      found.push(sample.count);
    }
    state.release(marks.state);
    batch.release(marks.batch);
    return expectedGroups(found, pieceRows, rowCount);
  }
}

/** Arguments of quantiles whose values are as many as rows, as far as is known. */
function argumentsWithoutFacts(
  plan: AggregateLeaf,
  segments: readonly SegmentView[],
): Expression[] {
  const { specifications } = aggregateStates(plan.aggregates);
  const { facts } = knowledgeOf(segments);
  return specifications.flatMap(({ kind, args }) =>
    kind === 'frequencies' && facts(args[0]!) === null ? args.slice(0, 1) : [],
  );
}

/**
 * Groups of so many rows, by those that pieces of a sample have found. Each piece finds fewer new ones than
 * the one before, in the same proportion if all groups are equally frequent; some that are very frequent
 * change nothing about it from the second piece on.
 *
 * @param found groups after each piece.
 * @param pieceRows rows of a piece; the last one may have fewer.
 */
export function expectedGroups(
  found: readonly number[],
  pieceRows: number,
  rowCount: number,
): number {
  const known = found.at(-1) ?? 0;
  if (found.length < 4) return Math.min(known, rowCount);
  const early = found[1]! - found[0]!;
  const late = known - found[2]!;
  const factor = early === 0 ? 0 : Math.min(1, Math.sqrt(late / early));
  const pieces = Math.max(0, rowCount / pieceRows - found.length);
  const sum = factor === 1 ? pieces : (factor * (1 - factor ** pieces)) / (1 - factor);
  return Math.min(rowCount, known + late * sum);
}
