import { INTEGER_TYPES } from '../../base/types.ts';
import type { ColumnReference, Expression, Literal } from '../expression.ts';
import { call, FALSE, isCall, TRUE } from '../expression-tools.ts';
import { compareValues } from './compare-literals.ts';

/** One end of an interval. */
interface Bound {
  readonly literal: Literal;
  readonly isIncluded: boolean;
}

/** All values between two ends; null where there is none. */
interface Interval {
  readonly low: Bound | null;
  readonly high: Bound | null;
}

/** The values for which a condition on one column is true: ascending intervals apart, and perhaps NULL. */
export interface ValueSet {
  readonly column: ColumnReference;
  readonly intervals: readonly Interval[];
  readonly hasNull: boolean;
}

const EVERYTHING: readonly Interval[] = [{ low: null, high: null }];

/** The set of a test of one column against literals of its type, or of NULL; null for anything else. */
export function setOfTest(test: Expression): ValueSet | null {
  if (test.kind !== 'call') return null;
  if (test.function === 'not') {
    const inner = isCall(test.args[0]!, 'in') ? setOfTest(test.args[0]) : null;
    // What is NULL stays NULL.
    return inner === null ? null : { ...inner, intervals: complement(inner.intervals) };
  }
  const [column, ...literals] = test.args;
  if (column?.kind !== 'column' || column.type === 'JSON') return null;
  if (test.function === 'is_null') return { column, intervals: [], hasNull: true };
  if (test.function === 'is_not_null') return { column, intervals: EVERYTHING, hasNull: false };
  const known = literals.filter((one): one is Literal => one.kind === 'literal');
  const fits = known.every(({ type, value }) => type === column.type && value !== null);
  if (!fits || known.length === 0 || known.length < literals.length) return null;
  const intervals = intervalsOf(test.function, known);
  return intervals === null ? null : { column, intervals, hasNull: false };
}

/** The values that are in both sets of one column. */
export function intersection(left: ValueSet, right: ValueSet): ValueSet {
  const intervals: Interval[] = [];
  let [at, other] = [0, 0];
  while (at < left.intervals.length && other < right.intervals.length) {
    const [one, two] = [left.intervals[at]!, right.intervals[other]!];
    const low = compareLows(one.low, two.low) >= 0 ? one.low : two.low;
    const isFirstShorter = compareHighs(one.high, two.high) < 0;
    const high = isFirstShorter ? one.high : two.high;
    if (!isEmpty(left.column, low, high)) intervals.push({ low, high });
    if (isFirstShorter) at++;
    else other++;
  }
  return { column: left.column, intervals, hasNull: left.hasNull && right.hasNull };
}

/** The values that are in either. */
export function union(left: ValueSet, right: ValueSet): ValueSet {
  const all = [...left.intervals, ...right.intervals].sort((one, two) =>
    compareLows(one.low, two.low),
  );
  const intervals: Interval[] = [];
  for (const next of all) {
    const last = intervals.at(-1);
    if (last === undefined || areApart(last.high, next.low)) intervals.push(next);
    else if (compareHighs(next.high, last.high) > 0) {
      intervals[intervals.length - 1] = { low: last.low, high: next.high };
    }
  }
  return { column: left.column, intervals, hasNull: left.hasNull || right.hasNull };
}

/** A condition that is true for a set, in few tests; TRUE or FALSE where it has all values and NULL, or none. */
export function testsOfSet({ column, intervals, hasNull }: ValueSet): Expression {
  const [first] = intervals;
  const isNull = call('is_null', [column], 'BOOLEAN');
  if (first === undefined) return hasNull ? isNull : FALSE;
  const last = intervals.at(-1)!;
  if (intervals.length === 1 && first.low === null && first.high === null) {
    return hasNull ? TRUE : call('is_not_null', [column], 'BOOLEAN');
  }
  const parts: Expression[] = hasNull ? [isNull] : [];
  const holes = holesOf(intervals);
  if (holes !== null) {
    const bounds = boundTests(column, { low: first.low, high: last.high });
    parts.push(joined('and', [...bounds, ...holes.map((hole) => test('not_equal', column, hole))]));
  } else {
    const points = intervals.filter(isPoint).map(({ low }) => low!.literal);
    if (points.length === 1) parts.push(test('equal', column, points[0]!));
    if (points.length > 1) parts.push(call('in', [column, ...points], 'BOOLEAN'));
    for (const interval of intervals) {
      if (!isPoint(interval)) parts.push(joined('and', boundTests(column, interval)));
    }
  }
  return joined('or', parts);
}

/** Tests in an expression of AND, OR and NOT. */
export function countTests(expression: Expression): number {
  if (expression.kind !== 'call') return expression.kind === 'literal' ? 0 : 1;
  if (expression.function !== 'and' && expression.function !== 'or') return 1;
  return expression.args.reduce((sum, arg) => sum + countTests(arg), 0);
}

function intervalsOf(name: string, literals: readonly Literal[]): readonly Interval[] | null {
  const [literal] = literals as [Literal];
  const included = { literal, isIncluded: true };
  const excluded = { literal, isIncluded: false };
  switch (name) {
    case 'equal':
    case 'in':
      return pointsOf(literals);
    case 'not_equal':
      return complement(pointsOf(literals));
    case 'less':
      return [{ low: null, high: excluded }];
    case 'less_or_equal':
      return [{ low: null, high: included }];
    case 'greater':
      return [{ low: excluded, high: null }];
    case 'greater_or_equal':
      return [{ low: included, high: null }];
    default:
      return null;
  }
}

function pointsOf(literals: readonly Literal[]): readonly Interval[] {
  const sorted = [...literals].sort((left, right) => compareValues(left.value!, right.value!));
  return sorted
    .filter(({ value }, at) => at === 0 || compareValues(sorted[at - 1]!.value!, value!) !== 0)
    .map((literal) => {
      const bound = { literal, isIncluded: true };
      return { low: bound, high: bound };
    });
}

function complement(intervals: readonly Interval[]): readonly Interval[] {
  const rest: Interval[] = [];
  let low: Bound | null = null;
  for (const interval of intervals) {
    if (interval.low !== null) rest.push({ low, high: opposite(interval.low) });
    if (interval.high === null) return rest;
    low = opposite(interval.high);
  }
  return [...rest, { low, high: null }];
}

function opposite({ literal, isIncluded }: Bound): Bound {
  return { literal, isIncluded: !isIncluded };
}

function compareLows(left: Bound | null, right: Bound | null): number {
  if (left === null || right === null) return Number(right === null) - Number(left === null);
  const order = compareValues(left.literal.value!, right.literal.value!);
  return order !== 0 ? order : Number(right.isIncluded) - Number(left.isIncluded);
}

function compareHighs(left: Bound | null, right: Bound | null): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  const order = compareValues(left.literal.value!, right.literal.value!);
  return order !== 0 ? order : Number(left.isIncluded) - Number(right.isIncluded);
}

function isEmpty({ type }: ColumnReference, low: Bound | null, high: Bound | null): boolean {
  if (low === null || high === null) return false;
  const order = compareValues(low.literal.value!, high.literal.value!);
  if (order >= 0) return order > 0 || !low.isIncluded || !high.isIncluded;
  // Between two integers that follow each other is none.
  const isInteger = INTEGER_TYPES.some((integer) => integer === type);
  return (
    isInteger &&
    !low.isIncluded &&
    !high.isIncluded &&
    BigInt(high.literal.value!) - BigInt(low.literal.value!) === 1n
  );
}

/** True when some value lies between two intervals, or may. */
function areApart(high: Bound | null, low: Bound | null): boolean {
  if (high === null || low === null) return false;
  const order = compareValues(high.literal.value!, low.literal.value!);
  return order < 0 || (order === 0 && !high.isIncluded && !low.isIncluded);
}

function isPoint({ low, high }: Interval): boolean {
  return (
    low !== null && high !== null && compareValues(low.literal.value!, high.literal.value!) === 0
  );
}

/** The only values between intervals, or null when there are others than single ones. */
function holesOf(intervals: readonly Interval[]): readonly Literal[] | null {
  const holes: Literal[] = [];
  for (let at = 1; at < intervals.length; at++) {
    const [high, low] = [intervals[at - 1]!.high!, intervals[at]!.low!];
    if (compareValues(high.literal.value!, low.literal.value!) !== 0) return null;
    holes.push(low.literal);
  }
  return holes.length === 0 && isPoint(intervals[0]!) ? null : holes;
}

function boundTests(column: ColumnReference, { low, high }: Interval): readonly Expression[] {
  const tests: Expression[] = [];
  if (low !== null) {
    tests.push(test(low.isIncluded ? 'greater_or_equal' : 'greater', column, low.literal));
  }
  if (high !== null) {
    tests.push(test(high.isIncluded ? 'less_or_equal' : 'less', column, high.literal));
  }
  return tests;
}

function test(name: string, column: ColumnReference, literal: Literal): Expression {
  return call(name, [column, literal], 'BOOLEAN');
}

function joined(name: 'and' | 'or', parts: readonly Expression[]): Expression {
  return parts.length === 1 ? parts[0]! : call(name, parts, 'BOOLEAN');
}
