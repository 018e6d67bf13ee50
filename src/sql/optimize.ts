import type { AggregateCall, Expression, WindowCall } from './expression.ts';
import { isCall, mapArguments, mapWindow } from './expression-tools.ts';
import type { LogicalPlan } from './logical-plan.ts';
import type { QueryPlan } from './plan.ts';
import {
  flattenAndOr,
  mergeOrToIn,
  pushNot,
  simplifyAndOr,
  singleInToEqual,
} from './rules/boolean-rules.ts';
import {
  comparisonWithoutCast,
  literalRight,
  shiftedComparison,
} from './rules/comparison-rules.ts';
import { constantRule, type EvaluateConstant } from './rules/constant-rule.ts';
import { mergeFilterTests, mergeTests, nullIsFalse, selfComparison } from './rules/filter-rules.ts';
import { foldCase, foldConstants } from './rules/fold-rules.ts';
import { dependentKeys } from './rules/key-rules.ts';
import { pushLimitIntoLeaf } from './rules/limit-rules.ts';
import {
  countConstant,
  distinctToAggregate,
  mergeDuplicateAggregates,
  removeTrueFilter,
} from './rules/plan-rules.ts';
import { pushRankIntoLeaf } from './rules/rank-rules.ts';
import { applyRules, type Rule } from './rules/rule.ts';

/** Rules on expressions, applied from the leaves up. */
export const EXPRESSION_RULES: readonly Rule<Expression>[] = [
  pushNot,
  flattenAndOr,
  literalRight,
  shiftedComparison,
  comparisonWithoutCast,
  foldConstants,
  foldCase,
  mergeOrToIn,
  singleInToEqual,
  simplifyAndOr,
  mergeTests,
];

/** Rules on what only rows are chosen by that make it true: NULL counts as false. */
export const FILTER_RULES: readonly Rule<Expression>[] = [
  nullIsFalse,
  selfComparison,
  mergeFilterTests,
  flattenAndOr,
  simplifyAndOr,
];

/** Rules on plans, applied from the scan up once the expressions are done. */
export const PLAN_RULES: readonly Rule<LogicalPlan>[] = [
  removeTrueFilter,
  distinctToAggregate,
  countConstant,
  mergeDuplicateAggregates,
  dependentKeys,
];

/** Rules on the split between servers and broker. */
export const PHYSICAL_RULES: readonly Rule<QueryPlan>[] = [pushLimitIntoLeaf, pushRankIntoLeaf];

/**
 * The plan with all its expressions, then its nodes, rewritten by the rules.
 *
 * @param evaluate computes calls of constants; without it only arithmetic and comparisons are.
 */
export function optimizeLogical(plan: LogicalPlan, evaluate?: EvaluateConstant): LogicalPlan {
  return new Optimizer(evaluate).plan(plan);
}

/** The split plan, rewritten by the physical rules. */
export function optimizePhysical(plan: QueryPlan): QueryPlan {
  return applyRules(PHYSICAL_RULES, plan);
}

/** The expression, rewritten from its leaves up. */
export function optimizeExpression(expression: Expression): Expression {
  return new Optimizer().expression(expression);
}

/** A condition that chooses rows, rewritten likewise; it may be false where it was NULL. */
export function optimizeFilter(predicate: Expression): Expression {
  return new Optimizer().filter(predicate);
}

class Optimizer {
  readonly #rules: readonly Rule<Expression>[];

  constructor(evaluate?: EvaluateConstant) {
    this.#rules =
      evaluate === undefined ? EXPRESSION_RULES : [...EXPRESSION_RULES, constantRule(evaluate)];
  }

  plan(plan: LogicalPlan): LogicalPlan {
    const node = this.#expressionsOf(plan);
    if (!('input' in node)) return applyRules(PLAN_RULES, node);
    return applyRules(PLAN_RULES, { ...node, input: this.plan(node.input) });
  }

  expression(expression: Expression): Expression {
    const node = mapArguments(expression, (arg) => this.expression(arg));
    return applyRules(this.#rules, node);
  }

  filter(predicate: Expression): Expression {
    return asFilter(this.expression(predicate));
  }

  #expressionsOf(node: LogicalPlan): LogicalPlan {
    switch (node.kind) {
      case 'filter':
        return { ...node, predicate: this.filter(node.predicate) };
      case 'aggregate':
        return {
          ...node,
          keys: node.keys.map((key) => this.expression(key)),
          aggregates: node.aggregates.map((one) => this.#aggregate(one)),
        };
      case 'windows':
        return { ...node, windows: node.windows.map((window) => this.#window(window)) };
      case 'project':
        return { ...node, outputs: node.outputs.map((output) => this.expression(output)) };
      default:
        return node;
    }
  }

  #window(window: WindowCall): WindowCall {
    const optimized = mapWindow(window, (one) => this.expression(one));
    return { ...optimized, filter: window.filter && this.filter(window.filter) };
  }

  #aggregate(aggregate: AggregateCall): AggregateCall {
    const { args, filter } = aggregate;
    const condition = filter === null ? null : this.filter(filter);
    const isAlwaysTrue = condition?.kind === 'literal' && condition.value === true;
    return {
      ...aggregate,
      args: args.map((arg) => this.expression(arg)),
      filter: isAlwaysTrue ? null : condition,
    };
  }
}

/** Through AND and OR alone: there an operand that is NULL does what one that is false does. */
function asFilter(predicate: Expression): Expression {
  const isJoined = isCall(predicate, 'and') || isCall(predicate, 'or');
  const node = isJoined ? mapArguments(predicate, asFilter) : predicate;
  return applyRules(FILTER_RULES, node);
}
