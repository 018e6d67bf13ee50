import type { EvaluationInput } from './evaluate.ts';
import type { RowSet } from './row-set.ts';
import type { Steps } from './steps.ts';
import type { Vector } from './vector.ts';

/** One grouping expression: gives every row a small integer, its id, and ids their values back. */
export interface GroupKey {
  /** Ids are below it, or null when it grows as values appear. */
  readonly cardinality: number | null;
  /** Ids so far are below it. */
  readonly idCount: number;
  /** Address of one u32 id a row. */
  encode(rows: RowSet, input: EvaluationInput): number;
  /** `ids[row] = ids[row] × cardinality + id`, in place; only for keys with a cardinality. */
  append(ids: number, rows: RowSet, input: EvaluationInput): void;
  /**
   * Adds the rows to one i64 counter an id without writing ids down, where that is possible.
   *
   * @returns false when it is not, and nothing has been counted.
   */
  count(counts: number, rows: RowSet): boolean;
  /** The values of ids, on the JavaScript heap. */
  decode(ids: Uint32Array): Vector;
}

/** Several keys as one group id a row. */
export interface GroupKeys {
  /** Group ids are below it; it grows with the calls of `groupIds` unless the keys are dense. */
  readonly capacity: number;
  /** True when several ids may stand for one group: whoever takes the groups merges them. */
  readonly repeatsGroups?: boolean;
  /** Address of one u32 group id a row. */
  groupIds(rows: RowSet, input: EvaluationInput): number;
  /** Counts rows by group without group ids, where that is possible; see `GroupKey.count`. */
  count(counts: number, rows: RowSet): boolean;
  /** The key values of groups, one vector a key, on the JavaScript heap; in steps where there are several keys. */
  decode(groups: Uint32Array): Vector[] | Steps<Vector[]>;
}
