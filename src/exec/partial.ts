import type { State } from './accumulator.ts';
import type { Vector } from './vector.ts';

/**
 * What a leaf plan gives for some segments: on the JavaScript heap, independent of any arena. It is
 * merged with others of the same plan, and travels as a block (`block.ts`).
 */
export type Partial = AggregatePartial | SelectPartial;

/** Groups with their keys and states; every group occurs once. */
export interface AggregatePartial {
  readonly kind: 'aggregate';
  readonly groupCount: number;
  readonly keys: readonly Vector[];
  /** As `aggregateStates` lists them. */
  readonly states: readonly State[];
}

/** Rows of the plan's outputs; or groups that are finished, as their keys and the values of aggregates. */
export interface SelectPartial {
  readonly kind: 'select';
  readonly rowCount: number;
  readonly columns: readonly Vector[];
  /** True when the rows stand in the order of the whole plan (default false). */
  readonly isSorted?: boolean;
}

/** Groups or rows of a partial result. */
export function partialRows(partial: Partial): number {
  return partial.kind === 'aggregate' ? partial.groupCount : partial.rowCount;
}
