import { BATCH_ROWS } from '../base/limits.ts';
import type { LeafPlan } from '../sql/plan.ts';
import { Aggregation } from './aggregate.ts';
import { aggregateStates } from './aggregate-states.ts';
import { applyFilter, type FilterStatistics } from './apply-filter.ts';
import { compileFilter } from './compile-filter.ts';
import type { ExecutionContext } from './context.ts';
import type { Filter } from './filter.ts';
import type { Partial } from './partial.ts';
import { allRows, maskedRows, type RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';
import { compileSelection } from './select.ts';
import {
  planForSegment,
  type RowNumbers,
  rowNumbers,
  statesForSegment,
} from './virtual-columns.ts';

/** The plan's operator on one segment: gets selected rows, gives a partial result. */
interface RowConsumer {
  readonly isComplete?: boolean;
  add(rows: RowSet): void;
  finish(): Partial;
}

/** A leaf plan bound to one segment on one thread: the one place that knows the operators. */
export class SegmentLeaf {
  readonly #segment: SegmentView;
  readonly #context: ExecutionContext;
  readonly #filter: Filter;
  readonly #filterStatistics: FilterStatistics = { entriesScanned: 0 };
  readonly #consumer: RowConsumer;
  readonly #rowNumbers: RowNumbers | null;
  #docsScanned = 0;

  /** @param hostName the value of `$hostName`. */
  constructor(plan: LeafPlan, stored: SegmentView, context: ExecutionContext, hostName: string) {
    const { metadata } = stored;
    this.#rowNumbers = rowNumbers(plan, stored, context);
    const segment = this.#rowNumbers?.segment ?? stored;
    this.#segment = segment;
    this.#context = context;
    const own = planForSegment(plan, metadata, hostName);
    this.#filter = compileFilter(own.filter, segment, context);
    if (own.kind === 'select') {
      this.#consumer = compileSelection(own, segment, context);
      return;
    }
    const states = statesForSegment(aggregateStates(own.aggregates), plan, metadata, hostName);
    this.#consumer = new Aggregation(own, states, segment, context, this.#filterStatistics);
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
    this.#rowNumbers?.fill(start, count);
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
    };
  }
}

/** What one thread made of one segment. */
export interface LeafOutcome {
  readonly partial: Partial;
  /** True when the segment's metadata alone ruled it out. */
  readonly isPruned: boolean;
  /** Rows that passed the filter. */
  readonly docsScanned: number;
  /** Values that filters looked at. */
  readonly entriesScannedInFilter: number;
}
