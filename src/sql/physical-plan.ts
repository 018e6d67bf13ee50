import { assert } from '../base/assert.ts';
import { ELEMENT } from './element.ts';
import type { Expression } from './expression.ts';
import {
  collectColumns,
  column,
  mapColumns,
  mapWindow,
  readsWindow,
  sameExpression,
} from './expression-tools.ts';
import type { AggregateNode, LogicalPlan, ProjectNode } from './logical-plan.ts';
import {
  type AggregateLeaf,
  ALL_INDEXES,
  type IndexUse,
  type LeafPlan,
  type QueryPlan,
  type ReducePlan,
  type SelectLeaf,
} from './plan.ts';

/**
 * Splits a logical plan: everything up to groups, or up to the select list when there are none, runs
 * on the servers; the rest on the broker.
 *
 * @param plan a chain as `logicalPlan` builds it and the rules leave it.
 * @param indexUse which indexes its leaf may use.
 */
export function physicalPlan(plan: LogicalPlan, indexUse: IndexUse = ALL_INDEXES): QueryPlan {
  const { top, project } = splitTop(plan);
  const { windows, qualify, below } = splitWindows(project.input);
  let input = below;
  let having: Expression | null = null;
  if (
    input.kind === 'filter' &&
    (input.input.kind === 'aggregate' || input.input.kind === 'one_row')
  ) {
    having = input.predicate;
    input = input.input;
  }
  const groupingSets = input.kind === 'aggregate' ? input.groupingSets : null;
  const { outputs, columns } = project;
  const reduce = { groupingSets, having, windows, qualify, outputs, columns, ...top };
  if (input.kind === 'one_row') return { leaf: null, reduce };
  if (input.kind === 'aggregate') return { leaf: aggregateLeaf(input, indexUse), reduce };
  return selectPlan(reduce, input, indexUse);
}

/**
 * Servers compute what the rows alone say: all outputs; with windows, what those read, and outputs that all
 * rows have. Of the others they send the columns, because what fails in a row that QUALIFY leaves out, or
 * in a branch that is not taken, is no error.
 */
function selectPlan(reduce: ReducePlan, input: LogicalPlan, indexUse: IndexUse): QueryPlan {
  if (reduce.windows.length === 0) {
    const leaf = selectLeaf(reduce.outputs, input, indexUse);
    const outputs = reduce.outputs.map(({ type }, index) => column(`$${index}`, type));
    return { leaf, reduce: { ...reduce, outputs } };
  }
  const parts: Expression[] = [];
  const sent = (expression: Expression): Expression => {
    if (expression.kind === 'literal') return expression;
    let index = parts.findIndex((part) => sameExpression(part, expression));
    if (index < 0) index = parts.push(expression) - 1;
    return column(`$${index}`, expression.type);
  };
  const overColumns = (expression: Expression): Expression =>
    mapColumns(expression, (one) => (one.name === ELEMENT || readsWindow(one) ? one : sent(one)));
  const windows = reduce.windows.map((window) => mapWindow(window, sent));
  const qualify = reduce.qualify && overColumns(reduce.qualify);
  const outputs = reduce.outputs.map((output) =>
    qualify !== null || readsWindow(output) ? overColumns(output) : sent(output),
  );
  const leaf = selectLeaf(parts, input, indexUse);
  return { leaf, reduce: { ...reduce, windows, qualify, outputs } };
}

type WindowPart = Pick<ReducePlan, 'windows' | 'qualify'> & { readonly below: LogicalPlan };

/** What stands between the projection and the rows or groups: QUALIFY over windows. */
function splitWindows(input: LogicalPlan): WindowPart {
  if (input.kind === 'windows') {
    return { windows: input.windows, qualify: null, below: input.input };
  }
  if (input.kind === 'filter' && input.input.kind === 'windows') {
    return { ...splitWindows(input.input), qualify: input.predicate };
  }
  return { windows: [], qualify: null, below: input };
}

type TopPart = Pick<ReducePlan, 'distinct' | 'gapfill' | 'order' | 'offset' | 'limit'>;

/** What stands above the projection: LIMIT over ORDER BY over GAPFILL over DISTINCT, each at most once. */
function splitTop(plan: LogicalPlan): { readonly top: TopPart; readonly project: ProjectNode } {
  let node = plan;
  let top: TopPart = { distinct: false, gapfill: null, order: [], offset: 0, limit: null };
  if (node.kind === 'limit') {
    top = { ...top, offset: node.offset, limit: node.limit };
    node = node.input;
  }
  if (node.kind === 'sort') {
    top = { ...top, order: node.order };
    node = node.input;
  }
  if (node.kind === 'gapfill') {
    top = { ...top, gapfill: node.gapfill };
    node = node.input;
  }
  if (node.kind === 'distinct') {
    top = { ...top, distinct: true };
    node = node.input;
  }
  assert(
    node.kind === 'project',
    'a plan has limit, sort, gapfill, distinct, project in this order',
  );
  return { top, project: node };
}

function aggregateLeaf(
  { keys, aggregates, input }: AggregateNode,
  indexUse: IndexUse,
): AggregateLeaf {
  const { table, filter } = scanOf(input);
  const parts = aggregates.flatMap(({ args, filter: condition }) => [...args, condition]);
  const columns = columnsOf([filter, ...keys, ...parts]);
  return { kind: 'aggregate', table, columns, filter, indexUse, keys, aggregates };
}

function selectLeaf(
  outputs: readonly Expression[],
  input: LogicalPlan,
  indexUse: IndexUse,
): SelectLeaf {
  const { table, filter } = scanOf(input);
  const columns = columnsOf([filter, ...outputs]);
  return { kind: 'select', table, columns, filter, indexUse, outputs, order: [], limit: null };
}

function scanOf(input: LogicalPlan): Pick<LeafPlan, 'table' | 'filter'> {
  const filter = input.kind === 'filter' ? input.predicate : null;
  const scan = input.kind === 'filter' ? input.input : input;
  assert(scan.kind === 'scan', 'a leaf reads a table, through one filter at most');
  return { table: scan.table, filter };
}

function columnsOf(expressions: readonly (Expression | null)[]): readonly string[] {
  const names = new Set<string>();
  for (const expression of expressions) collectColumns(expression, names);
  return [...names];
}
