import { BATCH_ROWS } from '../base/limits.ts';
import type { Value } from '../base/types.ts';
import type { SegmentMetadata } from '../segment/metadata.ts';
import type { Expression } from '../sql/expression.ts';
import { literal, mapArguments, mapColumns } from '../sql/expression-tools.ts';
import { optimizeExpression } from '../sql/optimize.ts';
import type { AbsentColumn, LeafPlan } from '../sql/plan.ts';
import { VIRTUAL_COLUMNS } from '../sql/virtual-columns.ts';
import type { AggregateStates } from './aggregate-states.ts';
import type { ExecutionContext } from './context.ts';
import type { ColumnView, SegmentView } from './segment-view.ts';

/** Rewrites an expression of a plan for one segment. */
type Rewrite = (expression: Expression) => Expression;

/**
 * The rewrite of a plan's expressions for one segment: it puts in what is the same for all its rows,
 * `$segmentName`, `$hostName` and columns that were added after the segment was made, so that conditions
 * on them fold, and takes COALESCE off columns that have no NULL there. Null when nothing is to be
 * rewritten.
 */
function segmentRewrite(
  plan: LeafPlan,
  metadata: SegmentMetadata,
  hostName: string,
): Rewrite | null {
  if (!dependsOnSegment(plan)) return null;
  const values = new Map<string, Value>([
    ['$segmentName', metadata.name],
    ['$hostName', hostName],
    ...absentOf(plan).map(({ name, value }) => [name, value] as const),
  ]);
  for (const { name } of metadata.columns) values.delete(name);
  const put = (expression: Expression): Expression =>
    mapColumns(expression, (column) => {
      const value = values.get(column.name);
      return value === undefined ? column : literal(column.type, value);
    });
  return (expression) => optimizeExpression(put(withoutNullDefaults(expression, metadata)));
}

/** Whether a plan may differ from segment to segment; asked for several times a segment. */
function dependsOnSegment(plan: LeafPlan): boolean {
  let depends = dependent.get(plan);
  if (depends === undefined) {
    const isConstant = (name: string) => CONSTANT_COLUMNS.has(name);
    const hasConstants = plan.columns.some(isConstant) || absentOf(plan).length > 0;
    depends = hasConstants || expressionsOf(plan).some(hasCoalesce);
    dependent.set(plan, depends);
  }
  return depends;
}

const dependent = new WeakMap<LeafPlan, boolean>();

function absentOf({ absent = [] }: LeafPlan): readonly AbsentColumn[] {
  return absent;
}

const CONSTANT_COLUMNS: ReadonlySet<string> = new Set(['$segmentName', '$hostName']);

function expressionsOf(plan: LeafPlan): readonly (Expression | null)[] {
  if (plan.kind === 'select') return [plan.filter, ...plan.outputs];
  const parts = plan.aggregates.flatMap(({ args, filter }) => [...args, filter]);
  return [plan.filter, ...plan.keys, ...parts];
}

function hasCoalesce(expression: Expression | null): boolean {
  if (expression?.kind !== 'call') return false;
  return expression.function === 'coalesce' || expression.args.some(hasCoalesce);
}

/** An expression without the COALESCE around columns that have no NULL in a segment. */
export function withoutNullDefaults(expression: Expression, metadata: SegmentMetadata): Expression {
  if (expression.kind !== 'call') return expression;
  const [first] = expression.args;
  if (expression.function === 'coalesce' && first?.kind === 'column') {
    const column = metadata.columns.find(({ name }) => name === first.name);
    if (column?.nullCount === 0) return first;
  }
  return mapArguments(expression, (argument) => withoutNullDefaults(argument, metadata));
}

/** True when a segment's name or its server's host alone shows that none of its rows passes. */
export function isRuledOut(plan: LeafPlan, metadata: SegmentMetadata, hostName: string): boolean {
  if (plan.filter === null) return false;
  const filter = segmentRewrite(plan, metadata, hostName)?.(plan.filter);
  return filter?.kind === 'literal' && filter.value !== true;
}

/** A plan as it is for one segment. */
export function planForSegment(
  plan: LeafPlan,
  metadata: SegmentMetadata,
  hostName: string,
): LeafPlan {
  const rewrite = segmentRewrite(plan, metadata, hostName);
  if (rewrite === null) return plan;
  const filter = plan.filter === null ? null : rewrite(plan.filter);
  if (plan.kind === 'select') return { ...plan, filter, outputs: plan.outputs.map(rewrite) };
  return { ...plan, filter, keys: plan.keys.map(rewrite) };
}

/**
 * The states of a plan's aggregates as they are for one segment. Their number and order stay: states
 * that become equal here are not equal in other segments.
 */
export function statesForSegment(
  states: AggregateStates,
  plan: LeafPlan,
  metadata: SegmentMetadata,
  hostName: string,
): AggregateStates {
  const rewrite = segmentRewrite(plan, metadata, hostName);
  if (rewrite === null) return states;
  const specifications = states.specifications.map((one) => ({
    ...one,
    args: one.args.map(rewrite),
    filter: one.filter === null ? null : rewrite(one.filter),
  }));
  return { ...states, specifications };
}

/** Row numbers as a column whose codes are themselves; see `rowNumberColumn`. */
export interface RowNumbers {
  /** The segment with the column. */
  readonly segment: SegmentView;
  /** Writes the codes of a batch, before anything reads them. */
  readonly fill: (start: number, count: number) => void;
}

const ROW_NUMBER = VIRTUAL_COLUMNS.find(({ name }) => name === '$docId')!;

/**
 * Adds `$docId` to a segment when the plan reads it and the segment does not store it; null otherwise.
 * It is like any coded column with zones, so that filters on it skip batches. Its codes lie in the
 * query's state memory and are written batch by batch: pages of batches that nobody runs stay untouched.
 *
 * @throws EngineError MEMORY_LIMIT when four bytes for each row of the segment do not fit.
 */
export function rowNumbers(
  plan: LeafPlan,
  segment: SegmentView,
  { kernels, state }: ExecutionContext,
): RowNumbers | null {
  const { name, type } = ROW_NUMBER;
  if (!plan.columns.includes(name) || segment.columns.has(name)) return null;
  const { rowCount } = segment.metadata;
  const codes = state.allocate(rowCount * 4);
  const zones = state.allocate(Math.ceil(rowCount / BATCH_ROWS) * 8);
  for (let start = 0; start < rowCount; start += BATCH_ROWS) {
    const zone = zones / 4 + (start / BATCH_ROWS) * 2;
    kernels.u32[zone] = start;
    kernels.u32[zone + 1] = Math.min(start + BATCH_ROWS, rowCount) - 1;
  }
  const encoding = {
    kind: 'affine',
    codeBytes: 4,
    base: 0n,
    scale: 1n,
    codeCount: rowCount,
  } as const;
  const column: ColumnView = {
    metadata: { name, type, encoding, nullCount: 0, min: 0, max: rowCount - 1, buffers: [] },
    addresses: { codes, zones },
  };
  const columns = new Map(segment.columns).set(name, column);
  return {
    segment: { ...segment, columns },
    fill: (start, count) => kernels.run.sequence32(codes + start * 4, start, count),
  };
}
