import type { TextPosition } from '../base/errors.ts';
import type { DataType, Value } from '../base/types.ts';
import type { AggregateCall, Expression, OrderKey, WindowCall } from './expression.ts';

/**
 * What the broker runs: a leaf part that every server runs on its segments, and a reduce part that
 * the broker runs on what they return.
 */
export interface QueryPlan {
  /** Null for a query without FROM: the reduce part then runs on one row without columns. */
  readonly leaf: LeafPlan | null;
  readonly reduce: ReducePlan;
  /** What runs on the answer of the query in FROM, from the inside out; absent for none. */
  readonly stages?: readonly Stage[];
}

/** A query over the answer of another, whose columns are those of its table: the broker runs all of it. */
export interface Stage {
  readonly leaf: LeafPlan;
  readonly reduce: ReducePlan;
}

/** What a server does with each segment. */
export type LeafPlan = AggregateLeaf | SelectLeaf;

/** Filter, group, aggregate. Its output batch: one column `$key0`… per key, then the states. */
export interface AggregateLeaf {
  readonly kind: 'aggregate';
  readonly table: string;
  /** Names of the table's columns that the leaf reads, in no particular order, each once. */
  readonly columns: readonly string[];
  readonly absent?: readonly AbsentColumn[];
  readonly filter: Expression | null;
  readonly indexUse: IndexUse;
  /** Empty for an aggregate over all rows: that gives exactly one group, even without rows. */
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
}

/** Filter, project, and keep the first rows of an order. Its output columns: `$0`, `$1`, … */
export interface SelectLeaf {
  readonly kind: 'select';
  readonly table: string;
  readonly columns: readonly string[];
  readonly absent?: readonly AbsentColumn[];
  readonly filter: Expression | null;
  readonly indexUse: IndexUse;
  readonly outputs: readonly Expression[];
  /** Over `outputs`; empty for no order. */
  readonly order: readonly OrderKey[];
  /** Rows that are needed from each server (LIMIT + OFFSET); null for all. */
  readonly limit: number | null;
  /** Rows that may be left out before that; absent for none. */
  readonly partitionLimit?: PartitionLimit;
}

/** A column that segments may lack, because it was added to the table, and what their rows read then. */
export interface AbsentColumn {
  readonly name: string;
  readonly value: Value;
}

/**
 * Only the first rows of each partition are wanted. Those behind them may be left out or not: whoever
 * reads the rows ranks them again.
 */
export interface PartitionLimit {
  /** Outputs whose values make the partitions, by their indexes. */
  readonly keys: readonly number[];
  /** Over `outputs`; not empty. */
  readonly order: readonly OrderKey[];
  /** Rows of each partition. */
  readonly limit: number;
  /** Whether all rows are wanted that the order does not tell apart from the last wanted one. */
  readonly keepsTies: boolean;
}

/** Which indexes of its segments a leaf may use; answers do not depend on it. */
export interface IndexUse {
  /** False turns all of them off. */
  readonly enabled: boolean;
  /** True to use every index that fits, even where a scan would cost less: for tests. */
  readonly forced: boolean;
  /** Names of kinds that are off, by column. */
  readonly skipped: Readonly<Record<string, readonly string[]>>;
  /** False turns star-trees off. */
  readonly starTree: boolean;
}

/** Any index may be used. */
export const ALL_INDEXES: IndexUse = {
  enabled: true,
  forced: false,
  skipped: {},
  starTree: true,
};

/**
 * What the broker does with the merged leaf output, in this order: grouping sets, HAVING, windows,
 * QUALIFY, project, DISTINCT, GAPFILL, sort, OFFSET and LIMIT, drop hidden columns. Expressions refer to `$key0`…,
 * `$aggregate0`… and `$set` after an aggregate leaf and to `$0`… after a select leaf; those of QUALIFY and
 * the outputs to `$window0`… as well.
 */
export interface ReducePlan {
  /** Groups the groups of the leaf again, once for each set; null: they are the groups. */
  readonly groupingSets: GroupingSets | null;
  readonly having: Expression | null;
  readonly windows: readonly WindowCall[];
  readonly qualify: Expression | null;
  /** Visible columns first, then hidden ones that only `order` needs. */
  readonly outputs: readonly Expression[];
  /** Names and types of the visible columns: as many as the first outputs. */
  readonly columns: readonly OutputColumn[];
  readonly distinct: boolean;
  readonly gapfill: Gapfill | null;
  /** Over `outputs`. */
  readonly order: readonly OrderKey[];
  readonly offset: number;
  /** Null for all rows. */
  readonly limit: number | null;
}

/**
 * Pinot's GAPFILL: each series of rows, of equal keys, gets a row for every bucket of time between two
 * ends that it has none in. Outputs go by their indexes; the other ones are 0, false or empty in a new
 * row.
 */
export interface Gapfill {
  /** The output that is the time, a BIGINT, STRING or TIMESTAMP as the format wants. */
  readonly time: number;
  /** A format of Pinot's times, such as `1:MILLISECONDS:EPOCH`. */
  readonly format: string;
  /** Times in that format: the first bucket, and the end of the last. */
  readonly start: string;
  readonly end: string;
  /** The length of a bucket, such as `1:HOURS`. */
  readonly step: string;
  readonly keys: readonly number[];
  /** Outputs that repeat the value of the row before, in their series. */
  readonly previous: readonly number[];
  /** Where it stands in the SQL text. */
  readonly position: TextPosition;
}

/**
 * What a server may do to groups when it has all of their rows: leave out those that HAVING does not keep, or
 * that are behind the LIMIT. The broker does the same again.
 */
export interface GroupFinish extends Pick<ReducePlan, 'having' | 'outputs' | 'order'> {
  /** Groups that are wanted (LIMIT + OFFSET); null for all. */
  readonly limit: number | null;
}

/** What may be done to groups before the reduce part; null where it needs their states. */
export function groupFinish(plan: ReducePlan): GroupFinish | null {
  const { groupingSets, having, windows, distinct, gapfill, order, offset, limit } = plan;
  if (groupingSets !== null) return null;
  const isWhole = windows.length > 0 || distinct || gapfill !== null;
  if (isWhole) return { having, outputs: [], order: [], limit: null };
  const outputs = order.map(({ column }) => plan.outputs[column]!);
  const ordered = order.map((key, column) => ({ ...key, column }));
  return { having, outputs, order: ordered, limit: limit === null ? null : offset + limit };
}

/** The column that tells the number of a group's grouping set. */
export const GROUPING_SET = '$set';

/** Sets of keys, by their indexes, in the order of the keys. */
export type GroupingSets = readonly (readonly number[])[];

/** A column of an answer. */
export interface OutputColumn {
  readonly name: string;
  readonly type: DataType;
}
