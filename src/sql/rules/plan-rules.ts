import type { AggregateCall, Expression } from '../expression.ts';
import { column, mapColumns, sameAggregate, sameExpression } from '../expression-tools.ts';
import type { AggregateNode, LogicalPlan, ProjectNode } from '../logical-plan.ts';
import type { Rule } from './rule.ts';

/** A filter that is always true goes away. */
export const removeTrueFilter: Rule<LogicalPlan> = {
  name: 'remove-true-filter',
  match: (node) =>
    node.kind === 'filter' && node.predicate.kind === 'literal' && node.predicate.value === true,
  rewrite: (node) => (node.kind === 'filter' ? node.input : node),
};

/** COUNT of a constant that is not NULL counts rows. */
export const countConstant: Rule<LogicalPlan> = {
  name: 'count-of-constant-to-count-star',
  match: (node) => node.kind === 'aggregate' && node.aggregates.some(countsConstant),
  rewrite: (node) => {
    if (node.kind !== 'aggregate') return node;
    const aggregates = node.aggregates.map((one) =>
      countsConstant(one) ? { ...one, args: [] } : one,
    );
    return { ...node, aggregates };
  },
};

/** SELECT DISTINCT of a table's rows is GROUP BY all its outputs: servers then send each row once. */
export const distinctToAggregate: Rule<LogicalPlan> = {
  name: 'distinct-to-aggregate',
  match: (node) =>
    node.kind === 'distinct' && node.input.kind === 'project' && readsRows(node.input.input),
  rewrite: (node) => {
    if (node.kind !== 'distinct' || node.input.kind !== 'project') return node;
    const { outputs, input } = node.input;
    const keys = outputs.filter(
      (output, index) => outputs.findIndex((one) => sameExpression(one, output)) === index,
    );
    const aggregate = {
      kind: 'aggregate',
      keys,
      groupingSets: null,
      aggregates: [],
      input,
    } as const;
    const references = outputs.map((output) =>
      column(`$key${keys.findIndex((key) => sameExpression(key, output))}`, output.type),
    );
    return { ...node.input, outputs: references, input: aggregate };
  },
};

/** Aggregates that compute the same are computed once. */
export const mergeDuplicateAggregates: Rule<LogicalPlan> = {
  name: 'merge-duplicate-aggregates',
  match: (node) => {
    const aggregate = node.kind === 'project' ? aggregateBelow(node) : null;
    return aggregate !== null && distinctAggregates(aggregate).length < aggregate.aggregates.length;
  },
  rewrite: (node) => {
    const aggregate = node.kind === 'project' ? aggregateBelow(node) : null;
    if (node.kind !== 'project' || aggregate === null) return node;
    const aggregates = distinctAggregates(aggregate);
    const targets = new Map(
      aggregate.aggregates.map((one, index) => [
        `$aggregate${index}`,
        `$aggregate${aggregates.findIndex((other) => sameAggregate(one, other))}`,
      ]),
    );
    const rename = (expression: Expression) =>
      mapColumns(expression, ({ name, type }) => column(targets.get(name) ?? name, type));
    const merged = { ...aggregate, aggregates };
    const input =
      node.input.kind === 'filter'
        ? { ...node.input, predicate: rename(node.input.predicate), input: merged }
        : merged;
    return { ...node, outputs: node.outputs.map(rename), input };
  },
};

function countsConstant({ function: name, args: [argument] }: AggregateCall): boolean {
  return name === 'count' && argument?.kind === 'literal' && argument.value !== null;
}

function readsRows(node: LogicalPlan): boolean {
  return node.kind === 'scan' || (node.kind === 'filter' && node.input.kind === 'scan');
}

/** The aggregate under a projection, through HAVING if there is one. */
export function aggregateBelow({ input }: ProjectNode): AggregateNode | null {
  const below = input.kind === 'filter' ? input.input : input;
  return below.kind === 'aggregate' ? below : null;
}

function distinctAggregates({ aggregates }: AggregateNode): readonly AggregateCall[] {
  return aggregates.filter(
    (one, index) => aggregates.findIndex((other) => sameAggregate(one, other)) === index,
  );
}
