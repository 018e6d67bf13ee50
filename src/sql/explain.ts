import { type IndexConfig, indexName } from '../base/index-config.ts';
import type { OrderKey } from './expression.ts';
import { aggregateText, expressionListText, expressionText } from './expression-text.ts';
import { WINDOW } from './expression-tools.ts';
import { filterIndexes } from './index-use.ts';
import type {
  AggregateLeaf,
  Gapfill,
  LeafPlan,
  PartitionLimit,
  QueryPlan,
  ReducePlan,
} from './plan.ts';
import { usableStarTrees } from './star-tree-use.ts';
import { type TruncatedPlan, withTimestampIndexes } from './timestamp-use.ts';
import { windowText } from './window-text.ts';

/**
 * A plan as text, one line a node, each node indented below the one that reads it:
 *
 *     Reduce [outputs: origin := $key0, flights := $aggregate0] [order: 2 desc] [limit: 10]
 *       Aggregate [keys: origin] [aggregates: count(*)]
 *         Filter [delay > 60]
 *           Scan flights [columns: delay, origin]
 *
 * A filter is followed by the indexes that it may use, if any: `[indexes: inverted(origin)]`; whether
 * they are worth it is for each segment to say. An aggregate has the star-trees that answer it, and a scan
 * the timestamp indexes whose columns it reads. The text is the same for the same plan; order keys count outputs from 1.
 *
 * @param indexes those that the table has.
 */
export function explainPlan(
  { leaf, reduce, stages = [] }: QueryPlan,
  indexes: readonly IndexConfig[] = [],
): readonly string[] {
  // A stage reads the answer below it in the place of a scan.
  const outer = stages
    .toReversed()
    .flatMap((stage) => [reduceText(stage.reduce), ...leafTexts(stage.leaf, []).slice(0, -1)]);
  const inner = leaf === null ? ['OneRow'] : leafTexts(leaf, indexes);
  const nodes = [...outer, reduceText(reduce), ...inner];
  return nodes.map((text, depth) => '  '.repeat(depth) + text);
}

function reduceText(reduce: ReducePlan): string {
  const { groupingSets, columns, outputs, having, gapfill, order, offset, limit } = reduce;
  const named = outputs.map((output, index) => {
    const name = columns[index]?.name ?? '(hidden)';
    const text = expressionText(output);
    return name === text ? text : `${name} := ${text}`;
  });
  const parts = [`[outputs: ${named.join(', ')}]`];
  if (groupingSets !== null) {
    const sets = groupingSets.map((set) => `(${set.map((key) => `$key${key}`).join(', ')})`);
    parts.push(`[grouping sets: ${sets.join(', ')}]`);
  }
  if (having !== null) parts.push(`[having: ${expressionText(having)}]`);
  if (reduce.windows.length > 0) {
    const windows = reduce.windows.map(
      (window, index) => `${WINDOW}${index} := ${windowText(window)}`,
    );
    parts.push(`[windows: ${windows.join(', ')}]`);
  }
  if (reduce.qualify !== null) parts.push(`[qualify: ${expressionText(reduce.qualify)}]`);
  if (reduce.distinct) parts.push('[distinct]');
  if (gapfill !== null) parts.push(`[gapfill: ${gapfillText(gapfill)}]`);
  if (order.length > 0) parts.push(`[order: ${orderText(order)}]`);
  if (offset > 0) parts.push(`[offset: ${offset}]`);
  if (limit !== null) parts.push(`[limit: ${limit}]`);
  return `Reduce ${parts.join(' ')}`;
}

/** What a star-tree answers stays as it is. */
function usableTimestamps(plan: LeafPlan, indexes: readonly IndexConfig[]): TruncatedPlan {
  if (usableStarTrees(plan, indexes).length > 0) return { plan, indexes: [] };
  const names = new Set(
    indexes.filter(({ kind }) => kind === 'timestamp').flatMap(({ columns }) => columns),
  );
  return withTimestampIndexes(plan, (name) => names.has(name));
}

function gapfillText({ time, start, end, step, keys, previous }: Gapfill): string {
  const listed = (columns: readonly number[]) => columns.map((column) => column + 1).join(', ');
  const series = keys.length === 0 ? '' : `, series ${listed(keys)}`;
  const repeated = previous.length === 0 ? '' : `, previous ${listed(previous)}`;
  return `${time + 1} from ${start} to ${end} by ${step}${series}${repeated}`;
}

function leafTexts(plan: LeafPlan, indexes: readonly IndexConfig[]): readonly string[] {
  const timestamps = usableTimestamps(plan, indexes);
  const leaf = timestamps.plan;
  const lines = [leaf.kind === 'aggregate' ? aggregateLine(leaf, indexes) : selectLine(leaf)];
  if (leaf.filter !== null) {
    const usable = filterIndexes(leaf, indexes).map(indexName);
    const note = usable.length === 0 ? '' : ` [indexes: ${usable.join(', ')}]`;
    lines.push(`Filter [${expressionText(leaf.filter)}]${note}`);
  }
  const columns = leaf.columns.length === 0 ? '' : ` [columns: ${leaf.columns.join(', ')}]`;
  const note =
    timestamps.indexes.length === 0 ? '' : ` [indexes: ${timestamps.indexes.join(', ')}]`;
  lines.push(`Scan ${leaf.table}${columns}${note}`);
  return lines;
}

function aggregateLine(leaf: AggregateLeaf, indexes: readonly IndexConfig[]): string {
  const { keys, aggregates } = leaf;
  const parts = ['Aggregate'];
  if (keys.length > 0) parts.push(`[keys: ${expressionListText(keys)}]`);
  if (aggregates.length > 0) {
    parts.push(`[aggregates: ${aggregates.map(aggregateText).join(', ')}]`);
  }
  const trees = usableStarTrees(leaf, indexes).map(indexName);
  if (trees.length > 0) parts.push(`[indexes: ${trees.join(', ')}]`);
  return parts.join(' ');
}

function selectLine(leaf: LeafPlan & { kind: 'select' }): string {
  const { outputs, partitionLimit, order, limit } = leaf;
  const parts = [`Select [outputs: ${expressionListText(outputs)}]`];
  if (partitionLimit !== undefined) parts.push(partitionLimitText(partitionLimit));
  if (order.length > 0) parts.push(`[order: ${orderText(order)}]`);
  if (limit !== null) parts.push(`[limit: ${limit}]`);
  return parts.join(' ');
}

function partitionLimitText({ keys, order, limit, keepsTies }: PartitionLimit): string {
  const ties = keepsTies ? ' and ties' : '';
  const listed = keys.map((key) => key + 1).join(', ');
  return `[partition limit: ${limit}${ties} of (${listed}) by ${orderText(order)}]`;
}

function orderText(order: readonly OrderKey[]): string {
  return order
    .map(({ column, descending, nullsFirst }) => {
      const direction = descending ? ' desc' : '';
      return `${column + 1}${direction}${nullsFirst ? ' nulls first' : ''}`;
    })
    .join(', ');
}
