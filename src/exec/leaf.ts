import { BATCH_ROWS } from '../base/limits.ts';
import type { LeafPlan } from '../sql/plan.ts';
import { Aggregation } from './aggregate.ts';
import { applyFilter, type FilterStatistics } from './apply-filter.ts';
import { compileFilter } from './compile-filter.ts';
import type { ExecutionContext } from './context.ts';
import { type Filter, filterIndexNames } from './filter.ts';
import type { Partial } from './partial.ts';
import { allRows, maskedRows, type RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { compileSelection } from './select.ts';

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
  readonly #filterStatistics: FilterStatistics = { entriesScanned: 0 };
  readonly #consumer: RowConsumer;
  #docsScanned = 0;

  /** @param spanning what gathers the rows of this segment and others, where there is such a thing. */
  constructor(
    plan: LeafPlan,
    segment: SegmentView,
    context: ExecutionContext,
    spanning: Aggregation | null,
  ) {
    this.#segment = segment;
    this.#context = context;
    this.#filter = compileFilter(plan.filter, segment, context, plan.indexUse.forced);
    if (spanning !== null) {
      spanning.bind(segment, this.#filterStatistics);
      this.#consumer = { add: (rows) => spanning.add(rows), finish: () => null };
    } else if (plan.kind === 'aggregate') {
      this.#consumer = Aggregation.ofSegment(plan, segment, context, this.#filterStatistics);
    } else {
      this.#consumer = compileSelection(plan, segment, context);
    }
  }

  /** True when no further batch can change the result. */
  get isComplete(): boolean {
    return this.#filter.kind === 'none' || this.#consumer.isComplete === true;
  }

  /** Runs the plan on one batch; batches may come in any order, each once. */
  runBatch(batch: number): void {
    const { kernels, batch: scratch } = this.#context;
    const start = batch * BATCH_ROWS;
    const count = Math.min(BATCH_ROWS, this.#segment.metadata.rowCount - start);
    const mark = scratch.mark();
    let rows = allRows(start, count);
    if (this.#filter.kind !== 'all') {
      const mask = scratch.allocate(Math.ceil(count / 64) * 8);
      kernels.run.bitmapFill(mask, count);
      applyFilter(
        this.#filter,
        mask,
        this.#segment,
        start,
        count,
        this.#context,
        this.#filterStatistics,
      );
      rows = maskedRows(mask, start, count, this.#context);
    }
    this.#docsScanned += rows.count;
    if (rows.count > 0) this.#consumer.add(rows);
    scratch.release(mark);
  }

  /** The result over the batches that were run. */
  finish(): LeafOutcome {
    return {
      partial: this.#consumer.finish(),
      isPruned: this.#filter.kind === 'none',
      docsScanned: this.#docsScanned,
      entriesScannedInFilter: this.#filterStatistics.entriesScanned,
      indexesUsed: filterIndexNames(this.#filter),
    };
  }
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
