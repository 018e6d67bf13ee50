import type { Call, Expression } from '../expression.ts';
import { call, FALSE, isCall, sameExpression, TRUE } from '../expression-tools.ts';
import type { Rule } from './rule.ts';

/** `a AND (b AND c)` is one AND of three; likewise OR. */
export const flattenAndOr: Rule<Expression> = {
  name: 'flatten-and-or',
  match: (node) =>
    isConnective(node) && node.args.some((arg) => isCall(arg, (node as Call).function)),
  rewrite: (node) => {
    const { function: name, args } = node as Call;
    return call(
      name,
      args.flatMap((arg) => (isCall(arg, name) ? arg.args : [arg])),
      'BOOLEAN',
    );
  },
};

/** TRUE leaves an AND, FALSE decides it; the other way round for OR. Repeated operands go too. */
export const simplifyAndOr: Rule<Expression> = {
  name: 'simplify-and-or',
  match: (node) => isConnective(node) && simplified(node as Call) !== node,
  rewrite: (node) => simplified(node as Call),
};

const INVERSE: ReadonlyMap<string, string> = new Map([
  ['equal', 'not_equal'],
  ['not_equal', 'equal'],
  ['less', 'greater_or_equal'],
  ['less_or_equal', 'greater'],
  ['greater', 'less_or_equal'],
  ['greater_or_equal', 'less'],
  ['is_null', 'is_not_null'],
  ['is_not_null', 'is_null'],
  ['is_true', 'is_not_true'],
  ['is_not_true', 'is_true'],
  ['is_false', 'is_not_false'],
  ['is_not_false', 'is_false'],
  ['is_distinct_from', 'is_not_distinct_from'],
  ['is_not_distinct_from', 'is_distinct_from'],
]);

/**
 * NOT moves to the leaves: De Morgan's laws, which three-valued logic keeps, and inverted comparisons,
 * which are NULL for the same rows and otherwise opposite because every type has a total order.
 */
export const pushNot: Rule<Expression> = {
  name: 'push-not',
  match: (node) => isCall(node, 'not') && negated(node.args[0]!) !== null,
  rewrite: (node) => negated((node as Call).args[0]!)!,
};

/** `a = 1 OR a = 2 OR a IN (3, 4)` is `a IN (1, 2, 3, 4)`. */
export const mergeOrToIn: Rule<Expression> = {
  name: 'or-of-equals-to-in',
  match: (node) => isCall(node, 'or') && mergedTests(node) !== null,
  rewrite: (node) => mergedTests(node as Call)!,
};

/** `a IN (1)` is `a = 1`. */
export const singleInToEqual: Rule<Expression> = {
  name: 'single-in-to-equal',
  match: (node) => isCall(node, 'in') && node.args.length === 2,
  rewrite: (node) => call('equal', (node as Call).args, 'BOOLEAN'),
};

function isConnective(node: Expression): node is Call {
  return isCall(node, 'and') || isCall(node, 'or');
}

function simplified(node: Call): Expression {
  const [neutral, deciding] = node.function === 'and' ? [true, false] : [false, true];
  const kept: Expression[] = [];
  for (const arg of node.args) {
    if (arg.kind === 'literal' && arg.value === deciding) return deciding ? TRUE : FALSE;
    const isNeutral = arg.kind === 'literal' && arg.value === neutral;
    if (!isNeutral && !isRepeated(arg, kept)) kept.push(arg);
  }
  if (kept.length === 0) return neutral ? TRUE : FALSE;
  if (kept.length === 1) return kept[0]!;
  return kept.length === node.args.length ? node : call(node.function, kept, 'BOOLEAN');
}

/** Long lists are left alone: comparing each with each would take quadratic time. */
function isRepeated(arg: Expression, kept: readonly Expression[]): boolean {
  return kept.length <= 64 && kept.some((one) => sameExpression(one, arg));
}

function negated(node: Expression): Expression | null {
  if (node.kind === 'column') return null;
  if (node.kind === 'literal') {
    if (node.value === null) return node;
    return node.value === true ? FALSE : TRUE;
  }
  if (node.function === 'not') return node.args[0]!;
  const inverse = INVERSE.get(node.function);
  if (inverse !== undefined) return call(inverse, node.args, 'BOOLEAN', node.position);
  if (!isConnective(node)) return null;
  const dual = node.function === 'and' ? 'or' : 'and';
  const args = node.args.map((arg) => negated(arg) ?? call('not', [arg], 'BOOLEAN'));
  return call(dual, args, 'BOOLEAN');
}

/** The OR with all tests of one column against literals merged; null when no column has two. */
function mergedTests(node: Call): Expression | null {
  const tests = new Map<string, Call[]>();
  for (const arg of node.args) {
    const column = testedColumn(arg);
    if (column === null) continue;
    const list = tests.get(column);
    if (list === undefined) tests.set(column, [arg as Call]);
    else list.push(arg as Call);
  }
  const repeated = new Map([...tests].filter(([, list]) => list.length > 1));
  if (repeated.size === 0) return null;
  const args = node.args.flatMap((arg): Expression[] => {
    const list = repeated.get(testedColumn(arg) ?? '');
    if (list === undefined) return [arg];
    return arg === list[0] ? [mergedIn(list)] : [];
  });
  return args.length === 1 ? args[0]! : call('or', args, 'BOOLEAN');
}

/** The column that `column = literal` or `column IN (…)` tests, or null. */
function testedColumn(node: Expression): string | null {
  if (!isCall(node, 'equal') && !isCall(node, 'in')) return null;
  const [value, ...list] = node.args;
  return value?.kind === 'column' && list.every((one) => one.kind === 'literal')
    ? value.name
    : null;
}

function mergedIn(tests: readonly Call[]): Expression {
  const value = tests[0]!.args[0]!;
  const items = new Map<unknown, Expression>();
  for (const { args } of tests) {
    for (const item of args.slice(1)) if (item.kind === 'literal') items.set(item.value, item);
  }
  return call('in', [value, ...items.values()], 'BOOLEAN');
}
