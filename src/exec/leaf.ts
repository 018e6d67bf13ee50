import { assert } from '../base/assert.ts';
import type { Expression } from '../sql/expression.ts';
import type { AggregateLeaf, LeafPlan } from '../sql/plan.ts';
import { Aggregation } from './aggregate.ts';
import { type AggregateStates, aggregateStates } from './aggregate-states.ts';
import type { FilterStatistics } from './apply-filter.ts';
import { compileFilter } from './compile-filter.ts';
import { Conjuncts } from './conjuncts.ts';
import type { ExecutionContext } from './context.ts';
import { DistinctCodes } from './distinct-codes.ts';
import { type Filter, filterIndexNames, hasExpression } from './filter.ts';
import { estimatedPassRate } from './filter-estimate.ts';
import { type Partial, partialRows } from './partial.ts';
import type { Profiler } from './profile.ts';
import { allRows, maskedRows, type RowSet } from './row-set.ts';
import { planForSegment, type RowNumbers, rowNumbers, statesForSegment } from './segment-plan.ts';
import { rowBytes, type SegmentView } from './segment-view.ts';
import { compileSelection } from './select.ts';
import type { SpanningOperator } from './spanning-operator.ts';
import { selectRecords } from './star-tree-records.ts';
import { starTreeStates } from './star-tree-view.ts';

/** The plan's operator on one segment: gets selected rows, gives a partial result. */
interface RowConsumer {
  readonly isComplete?: boolean;
  add(rows: RowSet): void;
  /** Null when the rows went into something that goes on to other segments. */
  finish(): Partial | null;
}

/** A leaf plan bound to one segment on one thread: the one place that knows the operators. */
export class SegmentLeaf {
  readonly #segment: SegmentView;
  readonly #context: ExecutionContext;
  readonly #filter: Filter;
  readonly #conjuncts: Conjuncts;
  readonly #filterStatistics: FilterStatistics = { entriesScanned: 0, bytesScanned: 0 };
  readonly #profiler: Profiler | null;
  /** Of the columns that the operator reads. */
  readonly #operatorRowBytes: number;
  readonly #consumer: RowConsumer;
  readonly #rowNumbers: RowNumbers | null;
  readonly #filtersTogether: boolean;
  #docsScanned = 0;

  /** @param spanning what gathers the rows of this segment and others, where there is such a thing. */
  constructor(
    { plan, hostName, profiler }: SegmentTask,
    stored: SegmentView,
    context: ExecutionContext,
    spanning: SpanningOperator | null,
  ) {
    this.#rowNumbers = rowNumbers(plan, stored, context);
    const rows = this.#rowNumbers?.segment ?? stored;
    const { own, states, inputs } = boundPlan(plan, stored, hostName);
    const compiled = compileFilter(own.filter, rows, context, plan.indexUse.forced);
    const { segment, filter } =
      rows.starTree === undefined
        ? { segment: withExpectedRows(rows, compiled, context), filter: compiled }
        : selectRecords(rows, compiled, [own.filter, ...inputs], context);
    this.#segment = segment;
    this.#filter = filter;
    this.#context = context;
    this.#profiler = profiler;
    this.#operatorRowBytes = profiler === null ? 0 : rowBytes(inputs, segment);
    this.#filtersTogether =
      own.kind === 'aggregate' && filter.kind !== 'all' && !hasExpression(filter);
    const statistics = this.#filterStatistics;
    this.#conjuncts = new Conjuncts(filter, segment, context, statistics, profiler);
    if (spanning !== null) {
      spanning.bind(segment, statistics);
      this.#consumer = { add: (selected) => spanning.add(selected), finish: () => null };
      return;
    }
    if (own.kind === 'select') {
      this.#consumer = compileSelection(own, segment, context);
      return;
    }
    const isWhole = filter.kind === 'all' && segment.starTree === undefined;
    this.#consumer =
      (isWhole ? DistinctCodes.compile(own, segment, context) : null) ??
      Aggregation.ofSegment(own, states!, segment, context, statistics);
  }

  /** Batches that there are to run. */
  get batchCount(): number {
    return Math.ceil(this.#segment.metadata.rowCount / this.#context.batchRows);
  }

  /** True when no further batch can change the result. */
  get isComplete(): boolean {
    return this.#filter.kind === 'none' || this.#consumer.isComplete === true;
  }

  /** Rows that have passed the filter so far. */
  get docsScanned(): number {
    return this.#docsScanned;
  }

  /**
   * Runs the plan on some batches in a row, as far as the segment goes; batches may come in any order, each
   * once. They are filtered together, so that operators that go by values get a batch full of rows where
   * few of many pass.
   */
  runBatches(first: number, batchCount: number): void {
    const { batchRows } = this.#context;
    const { rowCount } = this.#segment.metadata;
    const end = Math.min(rowCount, (first + batchCount) * batchRows);
    const step = this.#filtersTogether ? batchCount * batchRows : batchRows;
    for (let start = first * batchRows; start < end && !this.isComplete; start += step) {
      this.#runRows(start, Math.min(step, end - start));
    }
  }

  #runRows(start: number, count: number): void {
    const { kernels, batch: scratch, batchRows } = this.#context;
    const mark = scratch.mark();
    this.#rowNumbers?.fill(start, count);
    if (this.#filter.kind === 'all') {
      this.#add(allRows(start, count));
    } else {
      const mask = scratch.allocate(Math.ceil(count / 64) * 8);
      kernels.run.bitmapFill(mask, count);
      this.#applyFilter(mask, start, count);
      const passed = maskedRows(mask, start, count, this.#context);
      if (passed.count <= batchRows) this.#add(passed);
      else this.#addBatches(mask, start, count);
    }
    scratch.release(mark);
  }

  /** Operators have memory for the values of a batch. */
  #addBatches(mask: number, start: number, count: number): void {
    const { batch: scratch, batchRows } = this.#context;
    for (let from = 0; from < count; from += batchRows) {
      const mark = scratch.mark();
      const rows = Math.min(batchRows, count - from);
      this.#add(maskedRows(mask + from / 8, start + from, rows, this.#context));
      scratch.release(mark);
    }
  }

  #add(rows: RowSet): void {
    this.#docsScanned += rows.count;
    if (this.#profiler !== null) this.#addProfiled(rows, this.#profiler);
    else if (rows.count > 0) this.#consumer.add(rows);
  }

  #applyFilter(mask: number, start: number, count: number): void {
    const profiler = this.#profiler;
    if (profiler === null) {
      this.#conjuncts.apply(mask, start, count);
      return;
    }
    const { filter } = profiler.profile;
    const before = this.#filterStatistics.bytesScanned;
    profiler.measure(filter, () => this.#conjuncts.apply(mask, start, count));
    const bytes = this.#filterStatistics.bytesScanned - before;
    filter.bytes += bytes;
    filter.rowsIn += count;
    const passed = this.#context.kernels.run.bitmapCount(mask, Math.ceil(count / 64));
    filter.rowsOut += passed;
    if (passed > 0 || bytes > 0) return;
    profiler.profile.batchesSkipped += Math.ceil(count / this.#context.batchRows);
  }

  #addProfiled(rows: RowSet, { profile, measure }: Profiler): void {
    const { operator } = profile;
    profile.batches += Math.ceil(rows.span / this.#context.batchRows);
    if (this.#filter.kind === 'all') {
      profile.filter.rowsIn += rows.count;
      profile.filter.rowsOut += rows.count;
    }
    operator.rowsIn += rows.count;
    operator.bytes += rows.count * this.#operatorRowBytes;
    if (rows.count > 0) measure(operator, () => this.#consumer.add(rows));
  }

  /** The result over the batches that were run. */
  finish(): LeafOutcome {
    const { starTree } = this.#segment;
    return {
      partial: this.#finishOperator(),
      isPruned: this.#filter.kind === 'none',
      docsScanned: this.#docsScanned,
      entriesScannedInFilter: this.#filterStatistics.entriesScanned,
      indexesUsed: starTree === undefined ? filterIndexNames(this.#filter) : [starTree.name],
    };
  }

  #finishOperator(): Partial | null {
    const profiler = this.#profiler;
    if (profiler === null) return this.#consumer.finish();
    const { operator } = profiler.profile;
    const partial = profiler.measure(operator, () => this.#consumer.finish());
    if (partial !== null) operator.rowsOut += partialRows(partial);
    return partial;
  }
}

/** Estimates go by codes, each as likely as another, but some have many times the rows of others. */
const SKEW = 16;

function withExpectedRows(
  segment: SegmentView,
  filter: Filter,
  context: ExecutionContext,
): SegmentView {
  const passRate = Math.min(1, SKEW * estimatedPassRate(filter, segment, context));
  return { ...segment, expectedRows: passRate * segment.metadata.rowCount };
}

/** What is done with each segment of a task. */
export interface SegmentTask {
  readonly plan: LeafPlan;
  /** The value of `$hostName`. */
  readonly hostName: string;
  /** Null when nothing is measured. */
  readonly profiler: Profiler | null;
}

/** A plan as it is for a segment. */
interface BoundPlan {
  readonly plan: LeafPlan;
  readonly hostName: string;
  readonly own: LeafPlan;
  /** Null for a selection. */
  readonly states: AggregateStates | null;
  /** What the operator reads. */
  readonly inputs: readonly (Expression | null)[];
}

/** The last plan of each view: views are kept with the plans that come again. */
const boundPlans = new WeakMap<SegmentView, BoundPlan>();

function boundPlan(plan: LeafPlan, stored: SegmentView, hostName: string): BoundPlan {
  const known = boundPlans.get(stored);
  if (known?.plan === plan && known.hostName === hostName) return known;
  const own = planForSegment(plan, stored.metadata, hostName);
  const states = own.kind === 'select' ? null : segmentStates(own, plan, stored, hostName);
  const inputs = states === null ? operatorInputs(own) : stateInputs(own, states);
  const bound = { plan, hostName, own, states, inputs };
  boundPlans.set(stored, bound);
  return bound;
}

function operatorInputs(plan: LeafPlan): readonly (Expression | null)[] {
  return plan.kind === 'select' ? plan.outputs : plan.keys;
}

function stateInputs(
  plan: LeafPlan,
  { specifications }: AggregateStates,
): readonly (Expression | null)[] {
  const gathered = specifications.flatMap(({ args, filter }) => [...args, filter]);
  return [...operatorInputs(plan), ...gathered];
}

/** The states of a plan's aggregates over the rows of a segment, or over what stands for them. */
function segmentStates(
  own: AggregateLeaf,
  plan: LeafPlan,
  { metadata, starTree }: SegmentView,
  hostName: string,
): AggregateStates {
  const states = statesForSegment(aggregateStates(own.aggregates), plan, metadata, hostName);
  if (starTree === undefined) return states;
  const ofRows = { ...metadata, rowCount: starTree.rowCount };
  const gathered = starTreeStates(states, ofRows, starTree.shape);
  assert(gathered !== null, 'the star-tree was chosen because it has the states');
  return gathered;
}

/** What one thread made of one segment. */
export interface LeafOutcome {
  /** Null when a spanning aggregation has it. */
  readonly partial: Partial | null;
  /** True when the segment's metadata alone ruled it out. */
  readonly isPruned: boolean;
  /** Rows that passed the filter. */
  readonly docsScanned: number;
  /** Values that filters looked at. */
  readonly entriesScannedInFilter: number;
  /** Names of the indexes that the filter goes by. */
  readonly indexesUsed: readonly string[];
}
