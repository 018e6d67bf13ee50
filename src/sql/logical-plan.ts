import type { BoundQuery } from './bind.ts';
import type { AggregateCall, Expression, OrderKey, WindowCall } from './expression.ts';
import type { Gapfill, GroupingSets, OutputColumn } from './plan.ts';

/**
 * What a query computes, as a chain of nodes from the answer down to the table. Plain data. Rules
 * rewrite it; `physical-plan.ts` splits it between servers and broker.
 */
export type LogicalPlan =
  | ScanNode
  | OneRowNode
  | FilterNode
  | AggregateNode
  | WindowsNode
  | ProjectNode
  | DistinctNode
  | GapfillNode
  | SortNode
  | LimitNode;

/** All rows of a table, under its columns' names. */
export interface ScanNode {
  readonly kind: 'scan';
  readonly table: string;
}

/** One row without columns: a query without FROM. */
export interface OneRowNode {
  readonly kind: 'one_row';
}

/** The rows for which the predicate is true: WHERE, HAVING above an aggregate, QUALIFY above windows. */
export interface FilterNode {
  readonly kind: 'filter';
  readonly predicate: Expression;
  readonly input: LogicalPlan;
}

/**
 * One row a group with the columns `$key0`… and `$aggregate0`…; one group when there is no key. With
 * grouping sets the groups of each set one after another, keys that are not in it NULL, and a column
 * `$set` with the set's number.
 */
export interface AggregateNode {
  readonly kind: 'aggregate';
  readonly keys: readonly Expression[];
  readonly groupingSets: GroupingSets | null;
  readonly aggregates: readonly AggregateCall[];
  readonly input: LogicalPlan;
}

/** The rows with the results of window functions as columns `$window0`… */
export interface WindowsNode {
  readonly kind: 'windows';
  /** Not empty. */
  readonly windows: readonly WindowCall[];
  readonly input: LogicalPlan;
}

/** New columns from each row. The first `columns.length` are visible, the others only for order. */
export interface ProjectNode {
  readonly kind: 'project';
  readonly outputs: readonly Expression[];
  readonly columns: readonly OutputColumn[];
  readonly input: LogicalPlan;
}

/** Each row once. */
export interface DistinctNode {
  readonly kind: 'distinct';
  readonly input: LogicalPlan;
}

/** The rows, and those that their series lack. */
export interface GapfillNode {
  readonly kind: 'gapfill';
  readonly gapfill: Gapfill;
  readonly input: LogicalPlan;
}

/** The rows in an order of the input's columns. */
export interface SortNode {
  readonly kind: 'sort';
  /** Not empty. */
  readonly order: readonly OrderKey[];
  readonly input: LogicalPlan;
}

/** Leaves out `offset` rows, then keeps at most `limit`; null keeps all. */
export interface LimitNode {
  readonly kind: 'limit';
  readonly offset: number;
  readonly limit: number | null;
  readonly input: LogicalPlan;
}

/**
 * The plan of a bound query, in the one order that SQL defines: scan, WHERE, groups, HAVING, windows,
 * QUALIFY, select list, DISTINCT, GAPFILL, ORDER BY, LIMIT. Steps that the query does not ask for are left out.
 */
export function logicalPlan(query: BoundQuery): LogicalPlan {
  const { table, filter, groups, having, outputs, columns, order, offset, limit } = query;
  let plan: LogicalPlan =
    table === null ? { kind: 'one_row' } : { kind: 'scan', table: table.name };
  if (filter !== null) plan = { kind: 'filter', predicate: filter, input: plan };
  if (groups !== null) plan = { kind: 'aggregate', ...groups, input: plan };
  if (having !== null) plan = { kind: 'filter', predicate: having, input: plan };
  const { windows, qualify } = query;
  if (windows.length > 0) plan = { kind: 'windows', windows, input: plan };
  if (qualify !== null) plan = { kind: 'filter', predicate: qualify, input: plan };
  plan = { kind: 'project', outputs, columns, input: plan };
  if (query.distinct) plan = { kind: 'distinct', input: plan };
  if (query.gapfill !== null) plan = { kind: 'gapfill', gapfill: query.gapfill, input: plan };
  if (order.length > 0) plan = { kind: 'sort', order, input: plan };
  if (offset > 0 || limit !== null) plan = { kind: 'limit', offset, limit, input: plan };
  return plan;
}
