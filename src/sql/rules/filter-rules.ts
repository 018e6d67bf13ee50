import type { Call, Expression } from '../expression.ts';
import { call, FALSE, isCall } from '../expression-tools.ts';
import type { Rule } from './rule.ts';
import {
  countTests,
  intersection,
  setOfTest,
  testsOfSet,
  union,
  type ValueSet,
} from './value-set.ts';

/**
 * Tests of one column against literals, joined by AND or OR, as one set of values: the tightest bounds, one
 * IN, or fewer ranges. Only where NULL comes out for the same rows: not when nothing is left, or everything.
 */
export const mergeTests: Rule<Expression> = {
  name: 'merge-tests',
  match: (node) => merged(node, false) !== null,
  rewrite: (node) => merged(node, false)!,
};

/** The same for a filter, to which NULL is false: what contradicts itself is FALSE there. */
export const mergeFilterTests: Rule<Expression> = {
  name: 'merge-filter-tests',
  match: (node) => merged(node, true) !== null,
  rewrite: (node) => merged(node, true)!,
};

/** A filter that is NULL is false. */
export const nullIsFalse: Rule<Expression> = {
  name: 'null-is-false',
  match: (node) => node.kind === 'literal' && node.value === null,
  rewrite: () => FALSE,
};

/** Comparisons of a column with itself that say no more than whether it is NULL; for filters. */
export const selfComparison: Rule<Expression> = {
  name: 'self-comparison',
  match: (node) => ofItself(node) !== null,
  rewrite: (node) => ofItself(node)!,
};

/** Tests that are longer than this are left alone: sets grow with each test that is joined. */
const TESTS_MAX = 256;

function ofItself(node: Expression): Expression | null {
  if (node.kind !== 'call') return null;
  const [left, right] = node.args;
  if (left?.kind !== 'column' || right?.kind !== 'column' || left.name !== right.name) return null;
  switch (node.function) {
    case 'equal':
    case 'less_or_equal':
    case 'greater_or_equal':
      return call('is_not_null', [left], 'BOOLEAN');
    case 'not_equal':
    case 'less':
    case 'greater':
      return FALSE;
    default:
      return null;
  }
}

/** Tests of one column, where they stand among the arguments, and what they are true for. */
interface Tests {
  readonly places: number[];
  set: ValueSet;
}

function merged(node: Expression, isFilter: boolean): Expression | null {
  if (!isCall(node, 'and') && !isCall(node, 'or')) return null;
  if (node.args.length > TESTS_MAX) return null;
  const combine = node.function === 'and' ? intersection : union;
  const byColumn = new Map<string, Tests>();
  node.args.forEach((arg, place) => {
    const set = setOf(arg, isFilter);
    if (set === null) return;
    const known = byColumn.get(set.column.name);
    if (known === undefined) byColumn.set(set.column.name, { places: [place], set });
    else {
      known.places.push(place);
      known.set = combine(known.set, set);
    }
  });
  let args: (Expression | null)[] | null = null;
  for (const { places, set } of byColumn.values()) {
    const shorter = shorterTests(
      places.map((place) => (node as Call).args[place]!),
      set,
      isFilter,
    );
    if (shorter === null) continue;
    args ??= [...node.args];
    for (const place of places) args[place] = null;
    args[places[0]!] = shorter;
  }
  if (args === null) return null;
  const kept = args.filter((arg) => arg !== null);
  return kept.length === 1 ? kept[0]! : call(node.function, kept, 'BOOLEAN');
}

/** The set as fewer tests than there were, or null. */
function shorterTests(
  before: readonly Expression[],
  set: ValueSet,
  isFilter: boolean,
): Expression | null {
  if (before.length < 2) return null;
  const tests = testsOfSet(set);
  const isTruth = tests.kind === 'literal' || isCall(tests, 'is_not_null');
  if (isTruth && !isFilter) return null;
  const count = before.reduce((sum, one) => sum + countTests(one), 0);
  return countTests(tests) < count ? tests : null;
}

/** The set of one test, or of several of one column that are joined. */
function setOf(expression: Expression, isFilter: boolean): ValueSet | null {
  const isJoined = isCall(expression, 'and') || isCall(expression, 'or');
  if (!isJoined) {
    const set = setOfTest(expression);
    // Where NULL matters, tests of it are not what comparisons can be merged with.
    const isComparison = set !== null && !isNullTest(expression);
    return isComparison || isFilter ? set : null;
  }
  const combine = expression.function === 'and' ? intersection : union;
  let all: ValueSet | null = null;
  if (expression.args.length > TESTS_MAX) return null;
  for (const arg of expression.args) {
    const set = setOf(arg, isFilter);
    if (set === null || (all !== null && set.column.name !== all.column.name)) return null;
    all = all === null ? set : combine(all, set);
  }
  return all;
}

function isNullTest(expression: Expression): boolean {
  return isCall(expression, 'is_null') || isCall(expression, 'is_not_null');
}
