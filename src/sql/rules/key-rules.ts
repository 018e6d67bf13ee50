import { isFloat } from '../../base/types.ts';
import type { Expression } from '../expression.ts';
import { column, mapColumns, sameExpression } from '../expression-tools.ts';
import type { AggregateNode, LogicalPlan, ProjectNode } from '../logical-plan.ts';
import { aggregateBelow } from './plan-rules.ts';
import type { Rule } from './rule.ts';

/**
 * `GROUP BY a, a - 1, 'x'` has the groups of `GROUP BY a`: a key that is computed from others, or a constant
 * beside another key, is computed once a group. Not from floats: a group has 0 and −0.
 */
export const dependentKeys: Rule<LogicalPlan> = {
  name: 'dependent-keys',
  match: (node) => node.kind === 'project' && keysOf(node) !== null,
  rewrite: (node) => {
    const reduced = node.kind === 'project' ? keysOf(node) : null;
    if (node.kind !== 'project' || reduced === null) return node;
    const { aggregate, references } = reduced;
    const replace = (expression: Expression) =>
      mapColumns(expression, (one) => references.get(one.name) ?? one);
    const input =
      node.input.kind === 'filter'
        ? { ...node.input, predicate: replace(node.input.predicate), input: aggregate }
        : aggregate;
    return { ...node, outputs: node.outputs.map(replace), input };
  },
};

interface ReducedKeys {
  readonly aggregate: AggregateNode;
  /** What stands for each key of before. */
  readonly references: ReadonlyMap<string, Expression>;
}

function keysOf(node: ProjectNode): ReducedKeys | null {
  const aggregate = aggregateBelow(node);
  if (aggregate === null || aggregate.groupingSets !== null) return null;
  const { keys } = aggregate;
  const kept = keys.map((_, index) => index);
  for (let index = keys.length - 1; index >= 0 && kept.length > 1; index--) {
    const others = kept.filter((other) => other !== index);
    if (computed(keys[index]!, keys, others) !== null) kept.splice(kept.indexOf(index), 1);
  }
  if (kept.length === keys.length) return null;
  const references = new Map(
    keys.map((key, index) => [`$key${index}`, computed(key, keys, kept)!] as const),
  );
  return { aggregate: { ...aggregate, keys: kept.map((index) => keys[index]!) }, references };
}

/** An expression in terms of some of the keys, numbered as they come; null when it needs more. */
function computed(
  expression: Expression,
  keys: readonly Expression[],
  kept: readonly number[],
): Expression | null {
  const place = kept.findIndex((index) => sameExpression(keys[index]!, expression));
  if (place >= 0) return column(`$key${place}`, expression.type);
  if (expression.kind === 'literal') return expression;
  if (expression.kind === 'column') return null;
  const args: Expression[] = [];
  for (const arg of expression.args) {
    const own = computed(arg, keys, kept);
    if (own === null || (own.kind === 'column' && isFloat(own.type))) return null;
    args.push(own);
  }
  return { ...expression, args };
}
