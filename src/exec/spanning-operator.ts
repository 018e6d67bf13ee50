import type { FilterStatistics } from './apply-filter.ts';
import type { Partial } from './partial.ts';
import type { RowSet } from './row-set.ts';
import type { SegmentView } from './segment-view.ts';

/** What gathers the rows of several segments. */
export interface SpanningOperator {
  /** Says which segment the next rows belong to, and who counts what its filters read. */
  bind(segment: SegmentView, statistics: FilterStatistics): void;
  add(rows: RowSet): void;
  /** What is gathered so far and nowhere else; null for nothing. It is not used afterwards. */
  finish(): Partial | null;
}
